import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fastGlob from "fast-glob";
import * as fc from "fast-check";
import { XMLValidator } from "fast-xml-parser";
import { ServicingError } from "../../core/error.ts";
import {
  fillSecrets,
  mergeAnswerFile,
  readAnswerFile,
  writeAnswerFile,
} from "../../core/formats/answer-file.ts";
import type { Setting } from "../../core/formats/answer-file-setting.ts";

const shell = "Microsoft-Windows-Shell-Setup";
const one = (pass: Setting["pass"], path: string[], value: Setting["value"], component = shell): Setting => ({
  pass,
  component,
  path,
  value,
});
const merge = (base: string | undefined, ...requests: Parameters<typeof mergeAnswerFile>[1]) => {
  const read = base === undefined ? undefined : readAnswerFile(base, "base.xml");
  const merged = mergeAnswerFile(read, requests, "amd64");
  assert.equal(XMLValidator.validate(merged.text), true);
  return merged;
};
const fails = (code: string, run: () => unknown, message = /./) =>
  assert.throws(
    run,
    (error) => error instanceof ServicingError && error.code === code && message.test(error.message),
  );

const base = `<?xml version="1.0" encoding="utf-16"?>
<!-- ours -->
<unattend xmlns="urn:schemas-microsoft-com:unattend">
  <settings pass="oobeSystem" wasPassProcessed="true">
    <component name="${shell}" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS" xmlns:x="urn:x">
      <!-- keep <me> -->
      <TimeZone>UTC</TimeZone>
      <x:Other a='1"2'>  two &amp; three&#13; </x:Other>
      <UserAccounts><LocalAccounts>
        <LocalAccount wcm:action="add" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State"><Name>Ann</Name><Group>Users</Group></LocalAccount>
      </LocalAccounts></UserAccounts>
      <FirstLogonCommands>
        <SynchronousCommand><Order>4</Order><CommandLine><![CDATA[cmd /c "a & b"]]></CommandLine></SynchronousCommand>
      </FirstLogonCommands>
    </component>
  </settings>
  <Extensions xmlns="https://example.com/"><File path="C:\\a">x &lt; y
  z</File></Extensions>
</unattend>`;

const order = (name: string, value: number) =>
  one("oobeSystem", ["FirstLogonCommands", `SynchronousCommand[${name}]`, "Order"], value);

const zone = (by: string, value: string) => ({ by, settings: [one("specialize", ["TimeZone"], value)] });

const locale = (value: string) => [
  one("specialize", ["UserLocale"], value, "Microsoft-Windows-International-Core"),
];

const password = (...path: string[]) => one("oobeSystem", path, "pw");

/** A base whose package has a selection. */
const withSelection = (action: string, state: string) =>
  `<unattend xmlns="urn:schemas-microsoft-com:unattend"><servicing><package action="${action}"><assemblyIdentity name="Microsoft-Windows-Foundation-Package" version="10.0.26100.1" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral"/><source location="a.cab"/><selection name="TFTP" state="${state}"/></package></servicing></unattend>`;

const bad = (text: string, message: RegExp) =>
  fails("SERVICING_ANSWER_FILE_INVALID", () => readAnswerFile(text, "bad.xml"), message);

describe("answer file", () => {
  it("keeps everything through reading and writing", () => {
    const read = readAnswerFile(base, "base.xml");
    const text = writeAnswerFile(read);
    assert.deepEqual(readAnswerFile(text, "again.xml"), read);
    for (const kept of [
      "<!-- ours -->",
      "<!-- keep <me> -->",
      'xmlns:x="urn:x"',
      'a="1&quot;2"',
      "  two &amp; three&#13; ",
    ]) {
      assert.ok(text.includes(kept), kept);
    }
    assert.ok(text.includes("x &lt; y\n  z</File>") && text.includes('<![CDATA[cmd /c "a & b"]]>'));
    assert.match(text, /^<\?xml version="1.0" encoding="utf-8"\?>/);
  });

  it("adds to a base: the request wins, accounts are found by name, lists are numbered on", () => {
    const { text, notes } = merge(base, {
      by: "unattend",
      settings: [
        one("oobeSystem", ["TimeZone"], "Romance Standard Time"),
        one("oobeSystem", ["UserAccounts", "LocalAccounts", "LocalAccount[ann]", "Group"], "Administrators"),
        one("oobeSystem", ["FirstLogonCommands", "SynchronousCommand[mine]", "CommandLine"], 'a "b" & <c>'),
        one("specialize", ["ComputerName"], "PC-1"),
      ],
    });
    assert.equal(text.match(/<LocalAccount /g)?.length, 1);
    assert.match(text, /<Group>Administrators<\/Group>/);
    assert.match(
      text,
      /<Order>5<\/Order>\s*<Description>mine<\/Description>\s*<CommandLine>a "b" &amp; &lt;c&gt;</,
    );
    assert.ok(text.includes("xmlns:wcm=") && text.includes("<x:Other") && !text.includes("wasPassProcessed"));
    assert.ok(text.indexOf('pass="specialize"') < text.indexOf('pass="oobeSystem"'));
    assert.ok(text.indexOf("</settings>") < text.indexOf("<Extensions"));
    assert.ok(notes.some((note) => note.includes("overrules") && note.includes("TimeZone")));
    assert.ok(!notes.join("").includes("Romance"));
  });

  it("leaves no text of the base beside settings that are added below it", () => {
    const direct = base.replace(
      "<UserAccounts>",
      "<UserAccounts><AdministratorPassword>of the base</AdministratorPassword>",
    );
    const { text, notes, origins } = merge(direct, {
      by: "a",
      settings: [one("oobeSystem", ["UserAccounts", "AdministratorPassword", "Value"], "pw")],
    });
    assert.match(
      text,
      /<AdministratorPassword>\s*<Value>\w+=*<\/Value>\s*<PlainText>false<\/PlainText>\s*<\/Adm/,
    );
    assert.ok(!text.includes("of the base"));
    assert.deepEqual(
      notes.filter((note) => note.includes("overrules")),
      [`a overrules the answer file's ${shell}/UserAccounts/AdministratorPassword (oobeSystem)`],
    );
    const value = origins.find(({ setting }) => setting.endsWith("AdministratorPassword/Value"));
    assert.equal(value?.overrules, "the answer file");
  });

  it("says who set what, the base by its name, and all who agree", () => {
    const zones = [one("oobeSystem", ["TimeZone"], "Samoa Standard Time")];
    const hidden = ["UserAccounts", "AdministratorPassword", "Value"];
    const identity = "Contoso-Package~31bf3856ad364e35~amd64~~1.0.0.0";
    const { origins } = mergeAnswerFile(
      readAnswerFile(base, "base"),
      [
        {
          by: "a",
          settings: [...zones, one("oobeSystem", hidden, "x")],
          packages: [{ action: "remove", identity }],
        },
        { by: "b", settings: zones, packages: [{ action: "remove", identity }] },
        { by: "c", defaults: [one("specialize", ["TimeZone"], "Samoa Standard Time")] },
        { by: "d", defaults: [one("specialize", ["TimeZone"], "Samoa Standard Time")] },
      ],
      "amd64",
      "mine.xml",
    );
    const of = (pass: string, path: string) =>
      origins.filter((origin) => origin.pass === pass && origin.setting === `${shell}/${path}`);
    assert.deepEqual(of("oobeSystem", "TimeZone")[0]?.by, ["a", "b"]);
    assert.equal(of("oobeSystem", "TimeZone")[0]?.overrules, "mine.xml");
    assert.deepEqual(of("specialize", "TimeZone")[0]?.by, ["c", "d"]);
    assert.deepEqual(of("oobeSystem", "UserAccounts/LocalAccounts/LocalAccount[Ann]/Group")[0]?.by, [
      "mine.xml",
    ]);
    assert.deepEqual(of("oobeSystem", "UserAccounts/AdministratorPassword/PlainText")[0]?.by, ["a"]);
    assert.deepEqual(origins[0], {
      pass: "offlineServicing",
      setting: "remove Contoso-Package",
      by: ["a", "b"],
    });
    assert.ok(!JSON.stringify(origins).includes("Samoa"));
  });

  it("puts what is in an interface and a route into the order that Windows wants", () => {
    const tcp = "Microsoft-Windows-TCPIP";
    const { text } = merge(undefined, {
      by: "p",
      settings: [
        one(
          "specialize",
          ["Interfaces", "Interface[Ethernet]", "Routes", "Route[0]", "Prefix"],
          "0.0.0.0/0",
          tcp,
        ),
        one(
          "specialize",
          ["Interfaces", "Interface[Ethernet]", "Routes", "Route[0]", "NextHopAddress"],
          "10.0.0.1",
          tcp,
        ),
        one(
          "specialize",
          ["Interfaces", "Interface[Ethernet]", "UnicastIpAddresses", "IpAddress[1]"],
          "10.0.0.2/24",
          tcp,
        ),
        one("specialize", ["Interfaces", "Interface[Ethernet]", "Ipv4Settings", "DhcpEnabled"], false, tcp),
      ],
    });
    const names = [...text.matchAll(/<([A-Z][A-Za-z0-9]+)(?=[ >])/g)].map(([, name]) => name);
    assert.deepEqual(names, [
      "Interfaces",
      "Interface",
      "Ipv4Settings",
      "DhcpEnabled",
      "Identifier",
      "UnicastIpAddresses",
      "IpAddress",
      "Routes",
      "Route",
      "Identifier",
      "NextHopAddress",
      "Prefix",
    ]);
  });

  it("numbers a list from 1, by action, order and key", () => {
    const paths = ["W:\\a", "W:\\b"].map((path) =>
      one(
        "offlineServicing",
        ["DriverPaths", `PathAndCredentials[${path}]`, "Path"],
        path,
        "Microsoft-Windows-PnpCustomizationsNonWinPE",
      ),
    );
    const { text } = merge(undefined, { by: "drivers", settings: paths });
    assert.match(text, /wcm:action="add" wcm:keyValue="1">\s*<Path>W:\\a</);
    assert.match(text, /wcm:action="add" wcm:keyValue="2">\s*<Path>W:\\b</);
    for (const attribute of [
      "amd64",
      "31bf3856ad364e35",
      'language="neutral"',
      'versionScope="nonSxS"',
      "xmlns:xsi=",
    ]) {
      assert.ok(text.includes(attribute), attribute);
    }
  });

  it("numbers anew where orders collide", () => {
    const { text } = merge(undefined, { by: "p", settings: [order("b", 2), order("a", 1), order("c", 2)] });
    const found = [...text.matchAll(/<Description>(\w)<\/Description>\s*<Order>(\d)/g)].map(
      (m) => m[1]! + m[2]!,
    );
    assert.deepEqual(found.sort(), ["a1", "b2", "c3"]);
  });

  it("names both parties of a conflict and accepts agreement", () => {
    merge(undefined, zone("a", "UTC"), zone("b", "UTC"));
    fails(
      "SERVICING_SETTING_CONFLICT",
      () => merge(undefined, zone("a", "UTC"), zone("b", "GMT")),
      /by a and by b/,
    );
    fails("SERVICING_SETTING_CONFLICT", () =>
      merge(undefined, {
        by: "a",
        settings: [one("oobeSystem", ["OOBE"], ""), one("oobeSystem", ["OOBE", "HideEULAPage"], true)],
      }),
    );
  });

  it("lets defaults give way", () => {
    const { text } = merge(
      undefined,
      { by: "all", defaults: locale("fr-FR") },
      { by: "own", settings: locale("de-DE") },
    );
    assert.ok(text.includes("<UserLocale>de-DE</UserLocale>") && !text.includes("fr-FR"));
    fails("SERVICING_SETTING_CONFLICT", () =>
      merge(undefined, { by: "a", defaults: locale("fr-FR") }, { by: "b", defaults: locale("de-DE") }),
    );
  });

  it("refuses a wrong pass, a long path and what XML cannot hold", () => {
    fails(
      "SERVICING_SETTING_PASS",
      () => merge(undefined, { by: "a", settings: [one("windowsPE", ["ComputerName"], "x")] }),
      /windowsPE/,
    );
    const path = ["RunSynchronous", "RunSynchronousCommand[a]", "Path"];
    const long = [one("specialize", path, "x".repeat(260), "Microsoft-Windows-Deployment")];
    fails("SERVICING_SETTING_VALUE", () => merge(undefined, { by: "a", settings: long }), /260/);
    fails("SERVICING_SETTING_VALUE", () =>
      merge(undefined, { by: "a", settings: [one("specialize", ["OEMName"], "\u0000")] }),
    );
    fails("SERVICING_SETTING_VALUE", () =>
      merge(undefined, { by: "a", settings: [one("specialize", ["a b"], "")] }),
    );
  });

  it("hides passwords as documented", () => {
    const { text } = merge(undefined, {
      by: "a",
      settings: [
        password("UserAccounts", "AdministratorPassword", "Value"),
        password("UserAccounts", "LocalAccounts", "LocalAccount[a]", "Password", "Value"),
      ],
    });
    const values = [...text.matchAll(/<Value>(.*)<\/Value>\s*<PlainText>false</g)].map((match) =>
      Buffer.from(match[1]!, "base64").toString("utf16le"),
    );
    assert.deepEqual(values, ["pwAdministratorPassword", "pwPassword"]);
  });

  it("writes placeholders for secrets, apart from any text", () => {
    const hidden = { secret: "ADMIN" };
    const { text, secrets } = merge(base.replace("UTC", "@secret:1@"), {
      by: "a",
      settings: [
        one("oobeSystem", ["UserAccounts", "AdministratorPassword", "Value"], hidden),
        one("specialize", ["ProductKey"], { secret: "KEY" }),
        one("specialize", ["OEMName"], "@@secret"),
      ],
    });
    assert.deepEqual(
      secrets.map(({ secret, hiddenAs }) => [secret, hiddenAs]),
      [
        ["ADMIN", "AdministratorPassword"],
        ["KEY", undefined],
      ],
    );
    for (const { placeholder } of secrets) assert.equal(text.split(placeholder).length, 2, placeholder);
    assert.match(text, /<PlainText>false</);

    const values: Record<string, string> = { ADMIN: "pw", KEY: `<&${secrets[0]?.placeholder}` };
    const filled = fillSecrets(text, secrets, (name) => values[name]);
    const hiddenValue = Buffer.from("pwAdministratorPassword", "utf16le").toString("base64");
    assert.ok(filled.includes(`<Value>${hiddenValue}</Value>`));
    assert.ok(filled.includes(`<ProductKey>&lt;&amp;${secrets[0]?.placeholder}</ProductKey>`));
    fails("SERVICING_SECRET_MISSING", () => fillSecrets(text, secrets, () => undefined), /ADMIN/);
    fails(
      "SERVICING_SETTING_VALUE",
      () => fillSecrets(text, secrets, () => "bad\u0001"),
      /^The secret ADMIN cannot be written: it has a character that XML cannot hold$/,
    );
  });

  it("installs packages by identity and refuses opposite wishes", () => {
    const identity =
      "Microsoft-Windows-Client-LanguagePack-Package~31bf3856ad364e35~amd64~fr-FR~10.0.26100.1";
    const wish = (by: string, action: "install" | "remove") => ({
      by,
      packages: [{ action, identity, source: "W:\\lp.cab", selections: { Telnet: true } }],
    });
    const { text } = merge(base, wish("a", "install"), wish("b", "install"));
    assert.ok(text.indexOf("<servicing>") < text.indexOf("<settings"));
    assert.equal(text.match(/<package /g)?.length, 1);
    assert.match(
      text,
      /version="10.0.26100.1" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="fr-FR"/,
    );
    assert.ok(
      text.includes('<source location="W:\\lp.cab" />') &&
        text.includes('<selection name="Telnet" state="true" />'),
    );
    fails("SERVICING_SETTING_CONFLICT", () => merge(undefined, wish("a", "install"), wish("b", "remove")));
    fails("SERVICING_SETTING_VALUE", () =>
      merge(undefined, { by: "a", packages: [{ action: "remove", identity: "x~y" }] }),
    );
  });

  it("overrules what the base has of a package, and says so; two parties have to agree", () => {
    const identity = "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.26100.1";
    const wish = (by: string, state: boolean) => ({
      by,
      packages: [{ action: "configure" as const, identity, selections: { TFTP: state } }],
    });
    const overruled = (what: string) =>
      `a overrules the answer file's ${what} of ${identity} (offlineServicing)`;
    const cases: readonly (readonly [string, string, boolean, string, readonly string[]])[] = [
      ["configure", "false", true, "configure", [overruled("selection TFTP")]],
      ["configure", "False", false, "configure", []],
      ["Configure", "1", true, "configure", []],
      ["install", "true", true, "install", []],
      ["install", "true", false, "install", [overruled("selection TFTP")]],
      ["remove", "true", true, "configure", [overruled("action remove")]],
      ["stage", "TRUE", false, "configure", [overruled("action stage"), overruled("selection TFTP")]],
    ];
    for (const [action, state, wanted, becomes, expected] of cases) {
      const { text, notes, origins } = merge(
        withSelection(action, state),
        wish("a", wanted),
        wish("b", wanted),
      );
      assert.deepEqual(notes, expected, `${action} ${state}`);
      assert.match(text, new RegExp(`<package action="${becomes}">`));
      assert.match(
        text,
        new RegExp(`<source location="a.cab" />\\s*<selection name="TFTP" state="${wanted}" />\\s*</`),
      );
      assert.deepEqual(origins, [
        {
          pass: "offlineServicing",
          setting: `${becomes} Microsoft-Windows-Foundation-Package`,
          by: ["a", "b"],
          ...(expected.length > 0 && { overrules: "the answer file" }),
        },
      ]);
    }
    for (const begin of [undefined, withSelection("install", "false")])
      fails(
        "SERVICING_SETTING_CONFLICT",
        () => merge(begin, wish("a", true), wish("b", false)),
        /selection TFTP .* by a and by b/,
      );
    const neutral = {
      by: "b",
      packages: [{ action: "remove" as const, identity: identity.replace("~~", "~neutral~") }],
    };
    fails(
      "SERVICING_SETTING_CONFLICT",
      () => merge(withSelection("install", "true"), wish("a", true), neutral),
      /a \(configure\)/,
    );
  });

  it("refuses what is no answer file, with the line", () => {
    bad("<unattend>\n<a></b></unattend>", /bad\.xml.*line 2, column 4: /);
    bad('<?xml version="1.0"?>\r\n<!DOCTYPE a>', /line 2, column 1: a document type declaration/);
    const open = '<unattend xmlns="urn:schemas-microsoft-com:unattend">';
    bad(`${open}\r\n  <b/>\r\n  <a>\n&nope;</a></unattend>`, /line 3, column 3: the entity &nope;/);
    bad(`${open}\n <a b="&#0;"/></unattend>`, /line 2, column 2: &#0; is not a character/);
    bad(
      '<!DOCTYPE a [<!ENTITY e "x">]>\n<unattend xmlns="urn:schemas-microsoft-com:unattend">&e;</unattend>',
      /line 1.*type declaration/,
    );
    bad('<unattend xmlns="urn:schemas-microsoft-com:unattend">&nbsp;</unattend>', /nbsp/);
    bad('<unattend xmlns="urn:schemas-microsoft-com:unattend">&#0;</unattend>', /&#0;/);
    bad(`<${"a".repeat(10_000)}>`, /^.{0,400}$/);
    bad("<Task/>", /<Task/);
    bad("", /./);
    bad(
      `<unattend xmlns="urn:schemas-microsoft-com:unattend">${"<a>".repeat(200)}${"</a>".repeat(200)}</unattend>`,
      /./,
    );
    bad(" ".repeat(4 * 1024 * 1024 + 1), /4 MiB/);
  });

  it("survives any text, and any value comes back as it was", () => {
    const tokens = fc.constantFrom(
      "<a>",
      "</a>",
      "<",
      ">",
      "&",
      ";",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      '"',
      "=",
      "<?x",
      "?>",
      "__proto__",
      "<unattend xmlns='urn:schemas-microsoft-com:unattend'>",
      "</unattend>",
      " ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(tokens).map((all) => all.join("")),
        ),
        (text) => {
          try {
            const read = readAnswerFile(text, "any.xml");
            assert.deepEqual(readAnswerFile(writeAnswerFile(read), "again.xml"), read);
          } catch (error) {
            assert.ok(error instanceof ServicingError, String(error));
          }
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (value) => {
        const { text } = merge(undefined, {
          by: "a",
          settings: [one("specialize", ["OEMName"], `a${value}z`)],
        });
        assert.ok(JSON.stringify(readAnswerFile(text, "x")).includes(JSON.stringify(`a${value}z`)));
      }),
    );
  });

  it("keeps every well-formed file of a corpus", function () {
    const corpus = process.env["SERVICING_CORPUS"];
    if (corpus === undefined) {
      console.log("        skipped: SERVICING_CORPUS is not set");
      return this.skip();
    }
    const files = fastGlob.sync("unattend/**/*", { cwd: corpus, onlyFiles: true });
    let kept = 0;
    for (const file of files) {
      const bytes = readFileSync(join(corpus, file));
      const text = bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");
      const wellFormed = XMLValidator.validate(text.replace(/^\uFEFF/, "")) === true;
      try {
        const read = readAnswerFile(text, file);
        assert.deepEqual(readAnswerFile(writeAnswerFile(read), file), read, file);
        kept += 1;
      } catch (error) {
        assert.ok(error instanceof ServicingError, `${file}: ${String(error)}`);
        assert.ok(!wellFormed || error.message.includes("its root is"), `${file}: ${error.message}`);
      }
    }
    assert.ok(kept > 150, String(kept));
  });
});
