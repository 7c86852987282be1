import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { openPromise, type ZipFile } from "yauzl";
import { buildSample } from "../../templates/sample/sample.ts";
import { MissingTools, requireTools } from "../../templates/sample/tool.ts";

const tools = ["wimlib-imagex", "mkntfs", "hivexregedit", "gcab", "wixl"] as const;

/** The sample, and beside it a folder for what is taken out of it. */
let folder = "";
let scratch = "";

describe("the sample", function () {
  const built: string[] = [];

  before(async function () {
    try {
      requireTools(tools);
    } catch (error) {
      console.log(`      skipped: ${(error as Error).message}`);
      this.skip();
    }
    scratch = await mkdtemp(join(tmpdir(), "sample-"));
    folder = join(scratch, "sample");
    await buildSample(folder, (text) => built.push(text));
  });

  after(async () => {
    if (scratch !== "") await rm(scratch, { recursive: true });
  });

  it("is built once, and again only where something is missing", async () => {
    assert.equal(built.length, 11);
    const again: string[] = [];
    await buildSample(folder, (text) => again.push(text));
    assert.deepEqual(again, ["nothing to build: the sample is there and as new as its sources"]);

    const image = await digest(join(folder, "install.wim"));
    await rm(join(folder, "install.wim"));
    await rm(join(folder, "drivers"), { recursive: true });
    const third: string[] = [];
    await buildSample(folder, (text) => third.push(text));
    assert.deepEqual(third, ["built install.wim", "built drivers"]);
    assert.equal(await digest(join(folder, "install.wim")), image, "the same image, byte for byte");
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith(".")),
      [],
      "no scratch folder stays behind",
    );
  });

  it("names every missing tool and its package, builds nothing and exits with 2", async function () {
    if (["/usr/sbin/wimlib-imagex", "/sbin/wimlib-imagex"].some((file) => existsSync(file))) {
      console.log("      skipped: the tools lie in /usr/sbin, where they are always looked for");
      this.skip();
    }
    const other = await mkdtemp(join(tmpdir(), "sample-"));
    const command = join(import.meta.dirname, "../../templates/sample/build.ts");
    const { status, stderr } = spawnSync(process.execPath, [command, other], {
      env: { ...process.env, PATH: join(other, "nowhere") },
      encoding: "utf8",
    });
    assert.equal(status, 2, stderr);
    assert.match(
      stderr,
      /^The sample cannot be built without wimlib-imagex, .*gcab, wixl: install the Debian/,
    );
    assert.match(stderr, /packages wimtools, .*wixl\.$/m);
    assert.deepEqual(await readdir(other), []);
    await rm(other, { recursive: true });
    assert.match(new MissingTools(["mkntfs"]).message, /mkntfs: install the Debian package ntfs-3g\.$/);
  });

  it("has drivers in UTF-16 with programs for their machine", async () => {
    const machines = {
      "contoso-net/cnet": 0x8664,
      "contoso-storage/cstor": 0x8664,
      "arm64-only/cnetarm": 0xaa64,
    };
    for (const [path, machine] of Object.entries(machines)) {
      const inf = await readFile(join(folder, "drivers", `${path}.inf`));
      assert.deepEqual([...inf.subarray(0, 2)], [0xff, 0xfe]);
      assert.match(inf.toString("utf16le"), /\r\nSignature\s+= "\$WINDOWS NT\$"\r\n/);
      const driver = await readFile(join(folder, "drivers", `${path}.sys`));
      assert.equal(driver.readUInt16LE(driver.readUInt32LE(0x3c) + 4), machine);
    }
    const broken = await readFile(join(folder, "drivers/no-signature/broken.inf"), "utf16le");
    assert.doesNotMatch(broken, /^Signature\s*=/m);
  });

  it("has packages with a manifest at their root", async function () {
    skipWithout(this, "cabextract");
    const packages = join(folder, "packages");
    assert.match(manifest(join(packages, "Contoso-Sample-Package.cab")), /<selectable disposition="staged">/);
    const language = manifest(join(packages, "Microsoft-Windows-Client-Language-Pack_x64_fr-fr.cab"));
    assert.match(language, /language="fr-FR".*\r\n.*releaseType="Language Pack"/);

    const update = join(packages, "windows-kb5000001-x64.msu");
    const members = execFileSync("gcab", ["--list", update], { encoding: "utf8" }).trim().split("\n");
    assert.deepEqual(members, [
      "Windows-KB5000001-x64.cab",
      "Windows-KB5000001-x64.xml",
      "Windows-KB5000001-x64-pkgProperties.txt",
    ]);
    const inner = join(scratch, "inner");
    execFileSync("cabextract", ["-q", "-d", inner, "-F", "*.cab", update]);
    assert.match(manifest(join(inner, "Windows-KB5000001-x64.cab")), /identifier="KB5000001"/);
  });

  it("has an installer that installs one file", function () {
    skipWithout(this, "msiinfo");
    assert.match(table("Property"), /ProductName\tContoso Agent\r?\n/);
    assert.match(table("Property"), /ProductVersion\t1\.2\.0\r?\n/);
    assert.match(table("File"), /AgentTextFile\tAgentText\tagent\.txt\t/);
  });

  it("has an unsigned app package whose block map is true", async () => {
    const zip = await openPromise(join(folder, "apps/Contoso.Sample.appx"));
    const parts = new Map<string, { readonly data: Buffer; readonly header: number }>();
    for await (const entry of zip.eachEntry()) {
      const local = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      const header = local.fileDataStart - entry.relativeOffsetOfLocalHeader;
      parts.set(entry.fileName, { data: await contents(zip, entry), header });
    }
    assert.deepEqual(
      [...parts.keys()],
      ["Contoso.exe", "Assets/Logo.png", "AppxManifest.xml", "AppxBlockMap.xml", "[Content_Types].xml"],
    );
    const map = parts.get("AppxBlockMap.xml")?.data.toString() ?? "";
    const files = [...map.matchAll(/<File Name="([^"]+)" Size="(\d+)" LfhSize="(\d+)">(.*?)<\/File>/g)];
    assert.equal(files.length, 3);
    for (const [, name = "", size, header, blocks = ""] of files) {
      const part = parts.get(name.replaceAll("\\", "/"));
      assert.equal(part?.data.length, Number(size));
      assert.equal(part?.header, Number(header));
      const hashes = [...blocks.matchAll(/Hash="([^"]+)"/g)].map(([, hash]) => hash);
      const expected = [];
      for (let at = 0; at < part.data.length; at += 65_536) {
        expected.push(
          createHash("sha256")
            .update(part.data.subarray(at, at + 65_536))
            .digest("base64"),
        );
      }
      assert.deepEqual(hashes, expected);
    }
  });

  it("has an answer file and branding", async () => {
    assert.match(await readFile(join(folder, "autounattend.xml"), "utf8"), /<settings pass="oobeSystem">/);
    const wallpaper = await readFile(join(folder, "branding/wallpaper.bmp"));
    assert.equal(wallpaper.toString("latin1", 0, 2), "BM");
    assert.equal(wallpaper.readUInt32LE(2), (await stat(join(folder, "branding/wallpaper.bmp"))).size);
    await stat(join(folder, "branding/oem.txt"));
  });
});

function manifest(file: string): string {
  return execFileSync("cabextract", ["-q", "-p", "-F", "update.mum", file], { encoding: "utf8" });
}

function table(name: string): string {
  return execFileSync("msiinfo", ["export", join(folder, "apps/agent.msi"), name], { encoding: "utf8" });
}

async function digest(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

async function contents(
  zip: ZipFile,
  entry: Parameters<ZipFile["openReadStreamPromise"]>[0],
): Promise<Buffer> {
  return buffer(await zip.openReadStreamPromise(entry));
}

function skipWithout(test: Mocha.Context, tool: string): void {
  if (spawnSync(tool, ["--version"]).error === undefined) return;
  console.log(`      skipped: ${tool} is not installed`);
  test.skip();
}
