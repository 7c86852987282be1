import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { answerFilePath, finishSetup } from "../../core/setup-finish.ts";
import { element, elements, readAnswerFile, textOf } from "../../core/formats/answer-file-tree.ts";
import { numberItems } from "../../core/formats/answer-file-list.ts";
import { bufferSource } from "../../core/formats/bytes.ts";
import { foldName } from "../../core/formats/hive.ts";
import { expandTokens, readInf, stringsOf } from "../../core/formats/inf/document.ts";
import { readDriver } from "../../core/formats/inf/driver.ts";
import { readInstallation } from "../../core/formats/inf/installation.ts";
import { readPackageManifest } from "../../core/formats/package.ts";
import { decodeData } from "../../core/formats/registry-value.ts";
import { fileBytesIn, rootNamesIn, versionIn } from "../../core/formats/tool-listing.ts";
import { metadataBlobs, readHeader, WimFormatError } from "../../core/formats/wim.ts";
import { branchParts } from "../../core/formats/wim-parts.ts";
import { flatMetadata, openMetadata } from "../../core/formats/wim-metadata.ts";
import { compareImageXml, imageElements, readImageXml } from "../../core/formats/wim-xml.ts";
import { portable } from "../../core/engines/setup-road.ts";
import { inspect } from "../../core/inspect.ts";
import { progressReader, withoutRedraws } from "../../core/process-output.ts";
import { createRunner } from "../../core/runner.ts";
import { updateManifest } from "../support/package-fixture.ts";
import { image } from "../support/fake-builder.ts";

const million = 1024 * 1024;

const many = (count: number, line: string): string => `${line}\n`.repeat(count);

/** What takes the square of a length takes minutes here. */
function soon<T>(act: () => T): T {
  const start = performance.now();
  try {
    return act();
  } finally {
    const elapsed = performance.now() - start;
    assert.ok(elapsed < 3000, `${Math.round(elapsed)} ms`);
  }
}

describe("data that is made to be slow, large or wrong", () => {
  it("XML of a WIM with elements that never end", () => {
    for (const word of ["<IMAGE>", "<IMAGE ", "<IMAGES>"])
      assert.deepEqual(
        soon(() => imageElements(word.repeat(million / 8))),
        [],
      );
    assert.deepEqual(imageElements("<IMAGES/><IMAGE A='>'>1</IMAGE><IMAGE>2</IMAGE><IMAGE>"), [
      "<IMAGE A='>'>1</IMAGE>",
      "<IMAGE>2</IMAGE>",
    ]);
    const counts = `<IMAGE>${"<DIRCOUNT>".repeat(million / 8)}</IMAGE>`;
    assert.throws(() => soon(() => compareImageXml(counts, counts)), WimFormatError);
  });

  it("XML of a WIM with entities of its own", () => {
    assert.throws(() => readImageXml('<IMAGE><!DOCTYPE a [<!ENTITY b "c">]><NAME>&b;</NAME></IMAGE>'), {
      message: /DOCTYPE/,
    });

    it("elements of an image's XML below one of a long name", () => {
      const name = "a".repeat(million / 5);
      const below = `<IMAGE><${name}>${"<b/>".repeat(million / 10)}</${name}><NAME>One</NAME></IMAGE>`;
      assert.equal(soon(() => readImageXml(below)).name, "One");
    });
  });

  it("a blob table by which metadata unpacks to more than any disk holds", () => {
    const parts = branchParts(Buffer.alloc(16), { flags: 0 }, "<IMAGE/>", { bytes: 8, hash: "0".repeat(40) });
    const bytes = Buffer.concat([parts.before, Buffer.alloc(8), parts.after]);
    const read = () => metadataBlobs(bufferSource(bytes), readHeader(bufferSource(bytes)));
    assert.equal(read().length, 1);
    bytes.writeBigUInt64LE(2n ** 64n - 1n, 208 + 8 + 16);
    assert.throws(read, {
      message: /the metadata of its image 1 claims to unpack to 18446744073709552000 bytes/,
    });
  });

  it("a stream in the metadata of an image whose name runs beyond it", () => {
    const bytes = fileWithStreams(1);
    const at = bytes.length - 8 - 40;
    bytes.writeUInt16LE(4, at + 36);
    assert.throws(() => openMetadata(bufferSource(bytes)).lookup("\\x"), {
      message: /the name of a stream of the directory entry at byte \d+ of the metadata is too long/,
    });
  });

  it("folders that all hold one file, which is as large as they are together", () => {
    const file = fileWithStreams(5000);
    const child = file.readBigUInt64LE(8 + 16);
    const folders = Array.from({ length: 5000 }, () => {
      const folder = Buffer.alloc(112);
      folder.writeBigUInt64LE(108n, 0);
      folder.writeUInt32LE(0x10, 8);
      folder.writeBigUInt64LE(child, 16);
      folder.writeUInt16LE(2, 100);
      folder.write("a", 102, "utf16le");
      return folder;
    });
    const bytes = Buffer.concat([file, ...folders, Buffer.alloc(8)]);
    bytes.writeBigUInt64LE(BigInt(file.length), 8 + 16);
    assert.throws(() => soon(() => [...openMetadata(bufferSource(bytes)).walk()]), WimFormatError);
  });

  it("names longer than a call takes arguments", () => {
    assert.equal(foldName("ß".repeat(million)).length, million);
    assert.equal(foldName("größe 名前"), "GRÖßE 名前");
  });

  it("a list of the registry that is nothing but ends", () => {
    const value = Buffer.from(`${"\0".repeat(million)}a`, "utf16le");
    const { data } = soon(() => decodeData(7, value));
    assert.ok(Array.isArray(data) && data.length === million + 1);
    assert.deepEqual(decodeData(7, Buffer.from("a\0b\0\0", "utf16le")).data, ["a", "b"]);
    assert.deepEqual(decodeData(7, Buffer.from("\0\0\0", "utf16le")).data, []);
    assert.deepEqual(decodeData(7, Buffer.from("a\0\0b\0", "utf16le")).data, ["a", "", "b"]);
  });

  it("an INF that multiplies itself", () => {
    const value = "v".repeat(4000);
    const models = Array.from({ length: 60_000 }, () => "%t%=i,%t%\n").join("");
    const text = `[Manufacturer]\na=m\n[m]\n${models}[Strings]\nt=${value}\n`;
    const driver = soon(() => readDriver(Buffer.from(text)));
    assert.equal(driver.models.length, 60_000);
    const characters = driver.models.reduce(
      (sum, one) => sum + one.description.length + one.hardwareId.length,
      0,
    );
    assert.ok(characters < 20 * million, `${characters}`);
    assert.equal(driver.models[0]?.hardwareId, value);
    assert.equal(driver.models.at(-1)?.hardwareId, "%t%");
  });

  it("an INF with a line of nothing but quotation marks, tokens or continuations", () => {
    for (const word of ['"C ', '"', '""x', "%", "%a", "\\", "\\ ", "a;"])
      assert.ok(
        soon(() => readInf(Buffer.from(`[a]\nb=${word.repeat(million / 4)}`))).sections.has("a"),
        word,
      );
    for (const line of ['"\n', '""x\n', "\\\n", "[\n", "%a\n"])
      assert.ok(soon(() => readInf(Buffer.from(`[a]\n${line.repeat(million / 8)}`))).sections.has("a"), line);
  });

  it("an INF that names a list, a service or a section as often as it can", () => {
    const windows = { architecture: "amd64", major: 10, minor: 0, build: 26100, productType: 1 } as const;
    const head = "[Manufacturer]\nM=M,NTamd64\n[M.NTamd64]\n";
    for (const text of [
      `a=I,X\n[I]\n${many(20_000, "AddReg=R,R,R,R")}[R]\n${many(20_000, "HKR,,a")}`,
      `a=I,X\n[I]\n${many(20_000, "CopyFiles=F,F,F")}[F]\n${many(20_000, "f")}[DestinationDirs]\nF=12\n`,
      `a=I,X\n[I]\n${many(20_000, "Needs=I,I,I")}`,
      `a=I,X\n[I]\n[I.Services]\n${many(20_000, "AddService=a,2,S,S")}[S]\n${many(20_000, "a=b")}`,
      `a=I,X\n[I]\n[I.Filters]\n${many(20_000, "AddFilter=a,,S")}[S]\n${many(20_000, "a=b")}`,
      Array.from({ length: 20_000 }, (_, at) => `a=I${at},X\n[I${at}]\nAddReg=R\n[M.NTamd64]\n`).join("") +
        `[R]\n${many(20_000, "HKR,,a")}`,
    ]) {
      const { sections } = soon(() => readInstallation(Buffer.from(head + text), windows));
      const entries = sections.reduce(
        (sum, one) => sum + one.copies.length + one.driverRegistry.length + one.services.length,
        0,
      );
      assert.ok(sections.length > 0 && entries <= 1_000_000, `${entries}`);
    }
  });

  it("an INF with more fields than any", () => {
    const text = `[a]\n${`${"a,".repeat(9000)}\n`.repeat(200)}`;
    const inf = soon(() => readInf(Buffer.from(text)));
    const entries = inf.sections.get("a")?.entries ?? [];
    assert.ok(entries.length > 100 && entries.length < 120, `${entries.length} lines`);
    assert.deepEqual(
      inf.diagnostics.map(({ message }) => message),
      ["more than 1000000 fields: the rest was not read"],
    );
  });

  it("does not count what honest INFs say", () => {
    const strings = stringsOf(readInf(Buffer.from('[Strings]\nName="Contoso"\n')));
    for (let count = 0; count < 100_000; count += 1) assert.equal(expandTokens("%name%", strings), "Contoso");
  });

  it("a package whose name is longer than any", () => {
    const manifest = updateManifest({ name: "LanguageFeatures-a".repeat(100) });
    assert.throws(() => readPackageManifest(manifest, "update.mum"), { code: "SERVICING_INPUT_UNREADABLE" });
  });

  it("output of a tool without a line break", () => {
    const output = "x".repeat(million);
    assert.equal(
      soon(() => withoutRedraws()(output)),
      output,
    );
    const settled = withoutRedraws();
    const parts = ["1 %\r", "2 %\r", "\nkept\n3", " %\rdo", "ne"].map(settled);
    assert.equal(parts.join(""), "2 %\nkept\n");
    assert.equal(settled("\n"), "done\n");
    assert.equal(settled("10 %\r"), "");
    assert.equal(
      withoutRedraws()("x".repeat(100_000)).length,
      100_000,
      "a line without end is kept all the same",
    );
    const seen: number[] = [];
    soon(() =>
      progressReader(/\((\d{1,3})%\)/, (percent) => seen.push(percent))(`${"(".repeat(million)}(7%)`),
    );
    assert.deepEqual(seen, [7]);
  });

  it("output of a tool that is all digits, or lists what is no file", () => {
    assert.equal(
      soon(() => versionIn("1".repeat(million))),
      undefined,
    );
    assert.equal(versionIn("wimlib-imagex 1.13.6 (using wimlib 1.13.6)"), "1.13.6");
    assert.deepEqual(rootNamesIn("/\n/a.cab\r\n/b/c\n"), ["a.cab"]);
    const file = 'Full Path           = "/a"\nUncompressed size = 3 bytes\nUncompressed size = 4 bytes\n';
    assert.equal(fileBytesIn(file), 7);
    assert.equal(fileBytesIn(file + file), undefined);
    assert.equal(fileBytesIn(`${file}    FILE_ATTRIBUTE_DIRECTORY is set\n`), undefined);
    assert.equal(fileBytesIn(""), undefined);
  });

  it("a host file whose name is nothing but dots", () => {
    assert.equal(
      soon(() => portable(`${".".repeat(million)}a${".".repeat(million)}b..`)),
      "b",
    );
    assert.deepEqual([portable("..a.b.."), portable("...")], ["a.b", "file"]);
  });

  it("entities and declarations that only look like XML's", () => {
    for (const name of ["constructor", "__proto__", "toString"])
      assert.throws(() => readAnswerFile(unattend(`<a>&${name};</a>`), "a.xml"), {
        code: "SERVICING_ANSWER_FILE_INVALID",
        message: new RegExp(`&${name}; is not one of XML's own`),
      });
    assert.throws(() => readAnswerFile(unattend("<!b></!b>"), "a.xml"), {
      code: "SERVICING_ANSWER_FILE_INVALID",
    });
    for (const name of ["a'b", "$", "a a$b='c'"])
      assert.throws(() => readAnswerFile(`<?${name} ?>${unattend("")}`, "a.xml"), {
        code: "SERVICING_ANSWER_FILE_INVALID",
      });
    for (const text of ["<a>< >1</ ></a>", "<a></><></a>", "<a b/='c'/>", "<>1</>"])
      assert.throws(() => readAnswerFile(unattend(text), "a.xml"), {
        code: "SERVICING_ANSWER_FILE_INVALID",
      });
    assert.equal(readAnswerFile(`<?xml-stylesheet href="a.xsl"?>${unattend("")}`, "a.xml").before.length, 1);
    assert.equal(
      readAnswerFile(unattend("<!--<!b>--><a><![CDATA[<!b>]]></a>"), "a.xml").root.children.length,
      2,
    );
  });

  it("lists of an answer file with more items than a call takes arguments", () => {
    const items = Array.from({ length: 150_000 }, (_, at) =>
      element("SynchronousCommand", {}, [element("Order", {}, [{ kind: "text", text: String(at + 1) }])]),
    );
    const list = element("FirstLogonCommands", {}, [...items, element("SynchronousCommand")]);
    soon(() => numberItems(list, "SynchronousCommand"));
    const last = elements(list).at(-1);
    assert.ok(last);
    assert.equal(textOf(elements(last, "Order")[0] ?? last), "150001");
  });

  it("a script of an image that was serviced more often than a call takes arguments", () => {
    const setupComplete = "call \\Setup\\Servicing\\setupcomplete-7.cmd\r\n".repeat(150_000);
    const command = { title: "a", file: "pnputil.exe", args: [], success: [0] };
    const { operations } = finishSetup(
      [{ by: "test", item: "1", contribution: { specialize: [command] } }],
      image,
      { setupComplete },
    );
    const written = operations.flatMap(({ operation }) =>
      operation.type === "Write-File" ? [operation.to] : [],
    );
    assert.deepEqual(written, ["\\Windows\\Setup\\Servicing\\specialize-8.cmd", answerFilePath]);
  });

  describe("in a file", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "servicing-test-hostile-"));
    });
    after(() => rmSync(folder, { recursive: true }));
    const inspected = (name: string, bytes: Uint8Array | string) => {
      writeFileSync(join(folder, name), bytes);
      return inspect(join(folder, name), { runner: createRunner() });
    };

    it("a text of nothing but line breaks", async () => {
      const start = performance.now();
      await assert.rejects(inspected("a.inf", "\n".repeat(million)), { code: "SERVICING_INPUT_UNREADABLE" });
      assert.ok(performance.now() - start < 3000);
    });

    it("a zip that points further than any file reaches", async () => {
      const file = new ZipFile();
      file.addBuffer(Buffer.from("<Package/>"), "AppxManifest.xml");
      file.end();
      const bytes = await buffer(file.outputStream);
      const end = bytes.length - 22;
      for (const offset of [2n ** 62n, 2n ** 53n, 2n ** 40n, 2n ** 64n - 1n]) {
        const locator = Buffer.alloc(20);
        locator.writeUInt32LE(0x07064b50, 0);
        locator.writeBigUInt64LE(offset, 8);
        const pointing = Buffer.concat([bytes.subarray(0, end), locator, bytes.subarray(end)]);
        await assert.rejects(inspected("a.appx", pointing), {
          code: "SERVICING_INPUT_UNREADABLE",
          message: /it is a zip that is damaged \(it points beyond its end\)/,
        });
      }
    });
  });
});

/** A file with named streams, one after the other at the end. */
function fileWithStreams(count: number): Buffer {
  const bytes = flatMetadata([{ name: "x", hash: "0".repeat(40) }]);
  const file = openMetadata(bufferSource(bytes)).lookup("\\x");
  assert.ok(file);
  bytes.writeUInt16LE(count, file.offset + 96);
  const streams = Array.from({ length: count }, () => {
    const stream = Buffer.alloc(40);
    stream.writeBigUInt64LE(40n);
    stream.writeUInt16LE(2, 36);
    return stream;
  });
  return Buffer.concat([bytes.subarray(0, file.offset + file.span), ...streams, Buffer.alloc(8)]);
}

function unattend(text: string): string {
  return `<unattend xmlns="urn:schemas-microsoft-com:unattend">${text}</unattend>`;
}
