import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { media } from "../../plugins/media.ts";
import { unattend } from "../../plugins/unattend.ts";
import { secret } from "../../core/secret.ts";
import { makeMedia } from "../support/media.ts";
import { done, filesBelow, needs, type Rig, rig, sampleFolder, sha256, wimlib } from "../support/rig.ts";

const tools = [
  "wimlib-imagex",
  "hivexsh",
  "7z",
  "genisoimage",
  "xorriso",
  "sfdisk",
  "mformat",
  "mcopy",
  "mdir",
];
const password = "s3cret & <sauce>";

describe("installation media", function () {
  let sample: string;

  before(async function () {
    needs(this, ...tools, "mkntfs", "hivexregedit");
    sample = await sampleFolder();
    process.env["MEDIA_PASSWORD"] = password;
  });

  after(() => {
    delete process.env["MEDIA_PASSWORD"];
  });

  function source(of: Rig): string {
    return makeMedia(of.path("windows"), join(sample, "boot.wim"));
  }

  it("are a folder, an ISO for BIOS and UEFI, and a flash drive, each read back by other tools", async () => {
    const of = rig();
    const from = source(of);
    const before = new Map(filesBelow(from).map((name) => [name, statSync(join(from, name)).mtimeMs]));
    of.write({ "drivers/net/net.inf": "[Version]\n", "oem/$1/Größe.txt": "ä" });
    const line = of.line({
      image: { file: join(sample, "install.wim"), index: 1 },
      deployment: "media",
      plugins: [
        unattend({
          computerName: "LAPTOP-14",
          accounts: [{ name: "Ada", password: secret("MEDIA_PASSWORD") }],
        }),
        media({
          from,
          folder: "out/media",
          iso: "out/product.iso",
          usb: "out/product.img",
          label: "PRODUCT_14",
          files: { "drivers/net": "$WinPEDriver$\\net" },
        }),
      ],
    });
    const report = await done(line);
    const folder = of.path("out/media");
    assert.equal(sha256(join(folder, "Sources/install.wim")), sha256(of.path("out/test.wim")));
    assert.deepEqual(
      readdirSync(join(folder, "Sources")).toSorted(),
      ["boot.wim", "ei.cfg", "install.wim", "lang.ini", "setup.exe"],
      "another image stayed, or a file is missing",
    );
    assert.ok(existsSync(join(folder, "$WinPEDriver$/net/net.inf")));
    assert.match(JSON.stringify(report), /setup\.exe of the media was another than in boot\.wim/);
    wimlib(
      "extract",
      join(from, "Sources/boot.wim"),
      "2",
      "/sources/setup.exe",
      `--dest-dir=${of.path("boot")}`,
    );
    assert.equal(sha256(join(folder, "Sources/setup.exe")), sha256(of.path("boot/setup.exe")));
    const answer = readFileSync(join(folder, "autounattend.xml"), "utf8");
    assert.match(answer, /LAPTOP-14/);
    assert.ok(!answer.includes(password), "the password stands there as it is");
    for (const name of filesBelow(from))
      assert.equal(statSync(join(from, name)).mtimeMs, before.get(name), name);

    const iso = of.path("out/product.iso");
    const boot = execFileSync("xorriso", ["-indev", iso, "-report_el_torito", "plain"], {
      encoding: "utf8",
      stdio: "pipe",
    });
    assert.match(boot, /boot img : +1 +BIOS +y +none .* 8 +\d+\n/);
    assert.match(boot, /boot img : +2 +UEFI +y +none /);
    assert.match(execFileSync("7z", ["l", iso], { encoding: "utf8" }), /Type = Udf[^]*Id: PRODUCT_14/);
    execFileSync("7z", ["x", "-y", `-o${of.path("iso")}`, iso], { stdio: "pipe" });
    assertSame(of.path("iso"), folder, ["boot/boot.cat"]);

    const usb = of.path("out/product.img");
    const volume = `${usb}@@1M`;
    execFileSync("mcopy", ["-i", volume, "-s", "-n", "::/", of.path("usb")], {
      stdio: "pipe",
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    assertSame(of.path("usb"), folder, []);
    assert.match(
      execFileSync("mdir", ["-i", volume, "::/"], { encoding: "utf8" }),
      /Volume in drive : is PRODUCT_14/,
    );
    assert.match(
      execFileSync("sfdisk", ["-d", usb], { encoding: "utf8" }),
      /start= *2048, size= *\d+, type=c, bootable/,
    );

    const again = await done(line);
    assert.ok(
      again.results.every(({ outcome }) => outcome !== "done"),
      "a rerun did something",
    );
    writeFileSync(join(folder, "Sources/lang.ini"), "changed");
    await done(line);
    assert.notEqual(
      readFileSync(join(folder, "Sources/lang.ini"), "utf8"),
      "changed",
      "what was altered stayed",
    );
    assert.deepEqual(
      readdirSync(of.path("out")).toSorted(),
      ["media", "product.img", "product.iso", "test.wim"],
      "something is left",
    );
  });
});

/** Same names, same contents. */
function assertSame(found: string, wanted: string, more: readonly string[]): void {
  assert.deepEqual(filesIn(found), [...filesIn(wanted), ...more].toSorted());
  for (const name of filesIn(wanted))
    assert.equal(sha256(join(found, name)), sha256(join(wanted, name)), name);
}

function filesIn(folder: string): readonly string[] {
  return filesBelow(folder).filter((name) => statSync(join(folder, name)).isFile());
}
