import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { copy } from "../../core/acts/file.ts";
import { lineProblems } from "../../core/config-schema.ts";
import { cabinetNameFault } from "../../core/formats/cabinet.ts";
import { imagePath } from "../../core/formats/image-path.ts";
import { inspect, type InspectOptions } from "../../core/inspect.ts";
import { createRunner } from "../../core/runner.ts";
import { storedCabinet } from "../support/cabinet.ts";
import { hasTool, makeCabinet, updateManifest } from "../support/package-fixture.ts";

const options: InspectOptions = { runner: createRunner() };
const never: InspectOptions = { runner: { run: () => Promise.reject(new Error("unpacked")) } };
const unreadable = "SERVICING_INPUT_UNREADABLE";

const needs = (test: Mocha.Context, ...tools: readonly string[]): void => {
  const absent = tools.filter((tool) => !hasTool(tool));
  if (absent.length === 0) return;
  console.log(`      skipped: ${absent.join(", ")} not installed`);
  test.skip();
};

const outside: readonly (readonly [name: string, fault: RegExp])[] = [
  ["..\\..\\x", /would leave its folder/],
  ["a\\..\\..\\x", /would leave its folder/],
  ["a/../x", /would leave its folder/],
  ["..", /would leave its folder/],
  ["\\Windows\\x", /begins at the root/],
  ["/etc/passwd", /begins at the root/],
  ["\\\\server\\share\\x", /begins at the root/],
  ["C:\\Windows\\x", /names a drive/],
  ["c:x", /names a drive/],
  ["a.txt:stream", /names a stream/],
  ["a\\nul", /"nul" is the name of a device/],
  ["COM1.txt", /"COM1.txt" is the name of a device/],
];

describe("files that want to leave their folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-hostile-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  describe("in a cabinet", () => {
    for (const [name, fault] of outside)
      it(`${name} is refused before anything is unpacked`, async () => {
        const manifest = { name: "update.mum", data: Buffer.from(updateManifest({})) };
        const file = write("a.cab", storedCabinet([manifest, { name }]));
        await assert.rejects(inspect(file, never), { code: unreadable, message: fault });
      });

    it("is refused inside the cabinet of an .msu as well", async function () {
      needs(this, "gcab", "cabextract");
      const inner = storedCabinet([{ name: "update.mum", data: Buffer.from("x") }, { name: "..\\x" }]);
      const file = makeCabinet(folder, "a.msu", { "Windows-KB1-x64.cab": inner });
      await assert.rejects(inspect(file, options), { code: unreadable, message: /would leave its folder/ });
    });

    it("names of honest packages are none of these", () => {
      for (const name of [
        "update.mum",
        "amd64_a_31bf_10.0_none_1\\f\\a.dll",
        "a/b..c/console.txt",
        "update..mum",
      ])
        assert.equal(cabinetNameFault(name), undefined);
    });

    it("a second file of the name that is unpacked, in another case and of another size, is refused", async () => {
      const file = write(
        "a.cab",
        storedCabinet([
          { name: "update.mum", data: Buffer.from(updateManifest({})) },
          { name: "UPDATE.MUM", bytes: 0xffff_ffff },
        ]),
      );
      await assert.rejects(inspect(file, never), { code: unreadable, message: /update\.mum more than once/ });
    });
  });

  describe("in an app package", () => {
    for (const name of ["../../evil", "..\\..\\evil", "/etc/evil", "\\evil", "C:/evil", "c:evil"])
      it(`${name} is refused`, async () => {
        await assert.rejects(inspect(write("a.appx", await zip(name)), never), {
          code: unreadable,
          message: /it is a zip that is damaged \((?:invalid relative path|absolute path)/,
        });
      });
  });

  describe("in an .msu that is a WIM", () => {
    it("a package that unpacks to far more than its XML says is refused", async function () {
      needs(this, "wimlib-imagex");
      const file = captured(folder, { "Windows-KB1-x64.cab": Buffer.alloc(8 * 1024 * 1024) }, "a.msu");
      const bytes = readFileSync(file);
      const honest = Buffer.from("8388608", "utf16le");
      const at = bytes.indexOf(honest);
      assert.ok(at > 0);
      for (let each = at; each !== -1; each = bytes.indexOf(honest)) bytes.write("0000001", each, "utf16le");
      writeFileSync(file, bytes);
      await assert.rejects(inspect(file, options), {
        code: unreadable,
        message: /would unpack to 8388608 bytes/,
      });
    });

    it("folders that are named like a package or its manifest are refused", async function () {
      needs(this, "wimlib-imagex");
      const folders = captured(folder, { "Windows-KB1-x64.cab/a/b": "x" }, "a.msu");
      await assert.rejects(inspect(folders, options), {
        code: unreadable,
        message: /is no file of a plausible size/,
      });
      const inner = readFileSync(captured(folder, { "update.mum/a": "x" }, "inner.wim"));
      const nested = captured(folder, { "Windows-KB1-x64.wim": inner }, "b.msu");
      await assert.rejects(inspect(nested, options), {
        code: unreadable,
        message: /update\.mum in it is no file/,
      });
    });
  });

  it("named by a driver are missing, even where they are there", async () => {
    mkdirSync(join(folder, "driver", "link"), { recursive: true });
    write("outside.sys", "");
    const inf = join(folder, "driver", "a.inf");
    writeFileSync(
      inf,
      '[Version]\nSignature="$Windows NT$"\nCatalogFile=..\\outside.sys\n[SourceDisksNames]\n1=a,,,..\n2=a\n[SourceDisksFiles]\noutside.sys=1\n..\\outside.sys=2\n[DefaultInstall.NTamd64]\n',
    );
    const artefact = await inspect(inf, options);
    assert.ok(artefact.kind === "driver");
    assert.deepEqual(artefact.missingFiles, ["..\\outside.sys"]);
  });

  it("in an image are not named by a path", () => {
    for (const path of [
      "\\Windows\\..\\..\\x",
      "\\..",
      "C:\\x",
      "\\a:b",
      "\\\\server\\x",
      "\\Windows/../x",
      "\\nul",
      "x",
    ])
      assert.throws(() => imagePath(path), { code: "SERVICING_IMAGE_PATH" }, path);
  });

  it("are not copied into a mounted image by a link in the folder that is copied", async function () {
    if (process.platform === "win32") this.skip();
    mkdirSync(join(folder, "payload"));
    write("secret.txt", "of the host");
    symlinkSync("../secret.txt", join(folder, "payload", "link.txt"));
    const act = {
      act: "copy",
      from: join(folder, "payload"),
      to: join(folder, "mounted", "payload"),
    } as const;
    await assert.rejects(copy(act), {
      code: unreadable,
      message: /it is a link that leads out of its folder/,
    });
    rmSync(join(folder, "payload", "link.txt"));
    writeFileSync(join(folder, "payload", "own.txt"), "own");
    symlinkSync("own.txt", join(folder, "payload", "link.txt"));
    await copy(act);
    assert.equal(readFileSync(join(act.to, "link.txt"), "utf8"), "own");
  });

  it("are not named by a line", () => {
    for (const line of ["..", "../x", "a/b", "a\\b", "C:x", "nul", "CON", "com1.txt", "a."])
      assert.equal(lineProblems({ line }).length > 0, true, line);
    assert.deepEqual(lineProblems({ line: "console-1.2_x" }), []);
  });
});

/** A zip with a file of a name that no packer would write. */
async function zip(name: string): Promise<Buffer> {
  const file = new ZipFile();
  file.addBuffer(Buffer.from("<Package/>"), "AppxManifest.xml");
  file.addBuffer(Buffer.from("x"), name.replaceAll(/[^a-z.]/gi, "_").replaceAll("..", "__"));
  file.end();
  const bytes = await buffer(file.outputStream);
  const tame = name.replaceAll(/[^a-z.]/gi, "_").replaceAll("..", "__");
  for (let at = bytes.indexOf(tame); at !== -1; at = bytes.indexOf(tame)) bytes.write(name, at, "latin1");
  return bytes;
}

/** A WIM below `folder` that holds these files. */
function captured(folder: string, tree: Readonly<Record<string, string | Buffer>>, name: string): string {
  const root = mkdtempSync(join(folder, "tree-"));
  for (const [path, data] of Object.entries(tree)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), data);
  }
  const file = join(folder, name);
  execFileSync("wimlib-imagex", ["capture", root, file, "--no-acls"], { stdio: "ignore" });
  return file;
}
