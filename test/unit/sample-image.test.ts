import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeImage } from "../../templates/sample/image.ts";
import { descriptorOf } from "../../templates/sample/security-descriptor.ts";
import { requireTools } from "../../templates/sample/tool.ts";
import { type Listed, listing } from "../support/wim-listing.ts";

const execute = promisify(execFile);

describe("the sample's image", function () {
  let work = "";
  let image = "";

  before(async function () {
    try {
      requireTools(["wimlib-imagex", "mkntfs", "hivexregedit"]);
    } catch (error) {
      console.log(`      skipped: ${(error as Error).message}`);
      this.skip();
    }
    work = await mkdtemp(join(tmpdir(), "image-"));
    image = join(work, "install.wim");
    await makeImage(image, work);
  });

  after(async () => {
    if (work !== "") await rm(work, { recursive: true });
  });

  it("passes wimlib's verification", async () => {
    await execute("wimlib-imagex", ["verify", image]);
  });

  it("says what it is in its XML, as wimlib reads it from the hives", async () => {
    const { stdout } = await execute("wimlib-imagex", ["info", image, "--xml"], { encoding: "buffer" });
    const images = stdout.toString("utf16le").split("<IMAGE ").slice(1);
    assert.equal(images.length, 2);
    for (const [at, edition] of (["Professional", "Core"] as const).entries()) {
      const xml = images[at] ?? "";
      const name = edition === "Core" ? "Sample Windows Home" : "Sample Windows Pro";
      for (const fact of [
        "<ARCH>9</ARCH>",
        `<EDITIONID>${edition}</EDITIONID>`,
        "<INSTALLATIONTYPE>Client</INSTALLATIONTYPE>",
        `<PRODUCTNAME>${name}</PRODUCTNAME>`,
        "<MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD><SPBUILD>1742</SPBUILD>",
        "<PRODUCTTYPE>WinNT</PRODUCTTYPE>",
        "<LANGUAGES><LANGUAGE>en-US</LANGUAGE><DEFAULT>en-US</DEFAULT></LANGUAGES>",
        `<NAME>${name}</NAME>`,
        `<FLAGS>${edition}</FLAGS>`,
        `<DISPLAYNAME>${name}</DISPLAYNAME>`,
        `image: not Windows, cannot boot</DISPLAYDESCRIPTION>`,
        `image: not Windows, cannot boot</DESCRIPTION>`,
      ]) {
        assert.ok(xml.includes(fact), `${fact} in ${xml}`);
      }
    }
  });

  for (const index of [1, 2]) {
    it(`has what only NTFS has, in image ${index}`, async () => {
      const files = await listing(image, index);
      const at = (path: string): Listed => {
        const file = files.get(path);
        assert.ok(file !== undefined, `${path} is there`);
        return file;
      };
      assert.ok(files.size > 400);
      assert.ok([...files.values()].every((file) => file.security !== ""));
      assert.ok(new Set([...files.values()].map((file) => file.security)).size >= 8);
      assert.equal(at("/Windows/System32/kernel32.dll").security, trustedFile);

      assert.equal(at("/Program Files").shortName, "PROGRA~1");
      assert.equal(at("/Program Files/Common Files").shortName, "COMMON~1");
      const links = [...files.values()].map((file) => file.links);
      assert.ok(links.filter((count) => count === 2).length > 100);
      assert.equal(at("/Windows/notepad.exe").links, 3);
      assert.equal(at("/Windows/notepad.exe").group, at("/Windows/System32/notepad.exe").group);

      assert.equal(at("/Users/desktop.ini").attributes, 0x26);
      assert.equal(at("/Users/Default").attributes, 0x12);
      assert.equal(at("/Users/Default/NTUSER.DAT").attributes, 0x22);
      assert.equal(at("/Documents and Settings").attributes, 0x2416);
      assert.equal(at("/Documents and Settings").reparseTag, 0xa0000003);
      assert.deepEqual(at("/Users/Public/Downloads/notes from the web.txt").streams, ["Zone.Identifier"]);
      at("/Users/Public/Documents/読んでください.txt");
      at("/Users/Public/Documents/Überblick – Größe.txt");
      at("/Windows/Setup/State/State.ini");
      at("/Windows/INF/cnetbox.inf");
      at("/Windows/System32/DriverStore/FileRepository/cnetbox.inf_amd64_8b41d27e06f5c39a/cnetbox.inf");
    });
  }

  it("has hives that hivex reads", async () => {
    for (const [index, edition] of [
      ["1", "Professional"],
      ["2", "Core"],
    ] as const) {
      const to = join(work, index);
      const paths = ["SYSTEM", "SOFTWARE", "DRIVERS"].map((name) => `/Windows/System32/config/${name}`);
      await execute("wimlib-imagex", ["extract", image, index, ...paths, `--dest-dir=${to}`, "--no-acls"]);
      const value = (hive: string, key: string, name: string): string =>
        execFileSync("hivexget", [join(to, hive), key, name], { encoding: "utf8" }).trim();
      const windows = "Microsoft\\Windows NT\\CurrentVersion";
      assert.equal(value("SOFTWARE", windows, "EditionID"), edition);
      assert.equal(value("SOFTWARE", windows, "CurrentBuild"), "26100");
      assert.equal(
        value("SOFTWARE", "Microsoft\\Windows\\CurrentVersion\\Setup\\State", "ImageState"),
        "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE",
      );
      const environment = "ControlSet001\\Control\\Session Manager\\Environment";
      assert.equal(value("SYSTEM", environment, "PROCESSOR_ARCHITECTURE"), "AMD64");
      assert.equal(value("SYSTEM", "ControlSet001\\Control\\Nls\\Language", "InstallLanguage"), "0409");
      assert.equal(
        value("SYSTEM", "DriverDatabase\\DriverInfFiles\\cstorbox.inf", "Active"),
        "cstorbox.inf_amd64_5f3a1c0b9d8e7264",
      );
      assert.equal(
        value("DRIVERS", "DriverDatabase\\DriverInfFiles\\cnetbox.inf", "Active"),
        "cnetbox.inf_amd64_8b41d27e06f5c39a",
      );
    }
  });

  it("holds a recovery image", async () => {
    const winre = "/Windows/System32/Recovery/Winre.wim";
    const to = join(work, "winre");
    await execute("wimlib-imagex", ["extract", image, "1", winre, `--dest-dir=${to}`, "--no-acls"]);
    const { stdout } = await execute("wimlib-imagex", ["info", join(to, "Winre.wim")]);
    assert.match(stdout, /Boot Index:\s+1/);
    await execute("wimlib-imagex", ["verify", join(to, "Winre.wim")]);
  });
});

/** Owned by TrustedInstaller, which may do anything; the others read and execute. */
const trustedFile = Buffer.from(
  descriptorOf(
    "O:TIG:TID:PAI(A;;FA;;;TI)(A;;0x1200a9;;;BA)(A;;0x1200a9;;;SY)(A;;0x1200a9;;;BU)(A;;0x1200a9;;;AC)(A;;0x1200a9;;;RP)",
  ),
).toString("hex");
