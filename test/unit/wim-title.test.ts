import assert from "node:assert/strict";
import fc from "fast-check";
import { inheritedElement, titledElement, titledXml } from "../../core/formats/wim-title.ts";
import { WimFormatError } from "../../core/formats/wim.ts";
import { compareImageXml, readImageXml } from "../../core/formats/wim-xml.ts";

describe("the names of a WIM's images", () => {
  it("are set in NAME and DISPLAYNAME, and nothing else is touched", () => {
    const before =
      '<WIM><TOTALBYTES>9</TOTALBYTES><IMAGE INDEX="1"><NAME>Pro</NAME><WINDOWS><NAME>inner</NAME></WINDOWS>' +
      '<DISPLAYNAME>Windows Pro</DISPLAYNAME><FLAGS/></IMAGE><IMAGE INDEX="2"><NAME>Pro</NAME></IMAGE></WIM>';
    assert.equal(
      titledXml(before, ["a & b", "<c>"]),
      '<WIM><TOTALBYTES>9</TOTALBYTES><IMAGE INDEX="1"><NAME>a &amp; b</NAME><WINDOWS><NAME>inner</NAME></WINDOWS>' +
        '<DISPLAYNAME>a &amp; b</DISPLAYNAME><FLAGS/></IMAGE><IMAGE INDEX="2"><NAME>&lt;c&gt;</NAME>' +
        "<DISPLAYNAME>&lt;c&gt;</DISPLAYNAME></IMAGE></WIM>",
    );
  });

  it("replace those that are there twice, empty, or behind what is no markup", () => {
    const before =
      '<IMAGE INDEX="1"><!-- <NAME>x</NAME> --><NAME/><X><![CDATA[</X><NAME>]]></X><NAME>old</NAME><?p <NAME>?></IMAGE>';
    assert.equal(
      titledElement(before, "new"),
      '<IMAGE INDEX="1"><!-- <NAME>x</NAME> --><NAME>new</NAME><X><![CDATA[</X><NAME>]]></X><?p <NAME>?>' +
        "<DISPLAYNAME>new</DISPLAYNAME></IMAGE>",
    );
  });

  it("go with the rest to what was captured of the image's volume, which counts for itself", () => {
    const before =
      '<IMAGE INDEX="3"><DIRCOUNT>1</DIRCOUNT><WINDOWS><ARCH>9</ARCH></WINDOWS><NAME>Pro</NAME><DESCRIPTION>d &amp; e</DESCRIPTION><FLAGS>P</FLAGS></IMAGE>';
    const after =
      '<IMAGE INDEX="1"><DIRCOUNT>2</DIRCOUNT><NAME>captured</NAME><WINDOWS><ARCH>9</ARCH><VERSION/></WINDOWS></IMAGE>';
    const made = inheritedElement(before, after);
    assert.equal(
      made,
      '<IMAGE INDEX="1"><NAME>Pro</NAME><DESCRIPTION>d &amp; e</DESCRIPTION><FLAGS>P</FLAGS><DIRCOUNT>2</DIRCOUNT>' +
        "<WINDOWS><ARCH>9</ARCH><VERSION/></WINDOWS></IMAGE>",
    );
    assert.deepEqual(compareImageXml(before, made, true), []);
  });

  it("are refused where there are not as many images, or they are malformed", () => {
    assert.throws(() => titledXml("<WIM></WIM>", ["a"]), WimFormatError);
    for (const inner of ["<A>", "</A>", "<A></B>", "<!-- ", "<A"])
      assert.throws(() => titledXml(`<IMAGE>${inner}</IMAGE>`, ["a"]), WimFormatError, inner);
  });

  it("are what is read again, whatever they are", () => {
    const name = fc.string({ unit: "grapheme-ascii", minLength: 1 }).filter((text) => text.trim() === text);
    fc.assert(
      fc.property(name, (title) => {
        const before = '<IMAGE INDEX="1"><NAME>Pro</NAME><DESCRIPTION>d</DESCRIPTION></IMAGE>';
        const after = titledElement(before, title);
        assert.equal(readImageXml(after).name, title);
        assert.deepEqual(
          compareImageXml(before, after).filter((text) => !/^IMAGE\/(?:DISPLAY)?NAME /.test(text)),
          [],
        );
      }),
    );
  });

  it("never hang or throw anything else, whatever the XML is", () => {
    const piece = fc.constantFrom(
      "<IMAGE>",
      "</IMAGE>",
      "<NAME>",
      "</NAME>",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "<",
      ">",
      "/>",
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          titledXml(pieces.join(""), ["a"]);
        } catch (error) {
          assert.ok(error instanceof WimFormatError, String(error));
        }
      }),
    );
    assert.throws(() => titledXml(`<IMAGE>${"<!--".repeat(1_000_000)}</IMAGE>`, ["a"]), WimFormatError);
  });
});
