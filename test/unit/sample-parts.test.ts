import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { executable } from "../../templates/sample/pe.ts";
import { descriptorOf } from "../../templates/sample/security-descriptor.ts";

describe("what the sample is made of", () => {
  it("executables have the machine, kind and checksum that they say", () => {
    const dll = Buffer.from(executable("amd64", "dll", Buffer.from("data")));
    const coff = dll.readUInt32LE(0x3c) + 4;
    assert.equal(dll.readUInt16LE(coff), 0x8664);
    assert.equal(dll.readUInt16LE(coff + 18) & 0x2000, 0x2000);
    assert.equal(dll.readUInt16LE(coff + 20), 0x20b);
    const x86 = Buffer.from(executable("x86", "exe", Buffer.alloc(0)));
    assert.equal(x86.readUInt16LE(coff), 0x14c);
    assert.equal(x86.readUInt16LE(coff + 20), 0x10b);
    assert.equal(dll.length, 0x400 + 0x200 + 0x200);
  });

  it("security descriptors are laid out as Windows lays them out", () => {
    // Owner and group Administrators, one entry: Everyone may do anything.
    assert.equal(
      Buffer.from(descriptorOf("O:BAG:BAD:P(A;OICI;FA;;;WD)")).toString("hex"),
      "010004901400000024000000000000003400000001020000000000052000000020020000" +
        "0102000000000005200000002002000002001c000100000000031400ff011f00010100000000000100000000",
    );
    assert.throws(() => descriptorOf("O:XXG:BAD:"), /Not known in a security descriptor: XX/);
    assert.throws(() => descriptorOf("nonsense"), /Not a security descriptor/);
  });

  it("an empty hive is one that hivex opens", async function () {
    if (spawnSync("hivexregedit", ["--help"]).error !== undefined) {
      console.log("      skipped: hivexregedit is not installed");
      this.skip();
    }
    const hive = Buffer.from(emptyHive("TEST", new Date("2024-10-01T12:00:00Z")));
    assert.equal(hive.length, 8192);
    assert.equal(hive.readUInt32LE(4), hive.readUInt32LE(8));
    const folder = await mkdtemp(join(tmpdir(), "hive-"));
    await writeFile(join(folder, "TEST"), hive);
    const [file, prefix] = [join(folder, "TEST"), "HKEY_LOCAL_MACHINE\\TEST"];
    await writeFile(
      join(folder, "new.reg"),
      `Windows Registry Editor Version 5.00\n\n[${prefix}\\New]\n"a"="b"\n`,
    );
    execFileSync("hivexregedit", ["--merge", "--prefix", prefix, file, join(folder, "new.reg")]);
    const text = execFileSync("hivexregedit", ["--export", "--unsafe-printable-strings", file, "\\"], {
      encoding: "utf8",
    });
    assert.deepEqual(text.split("\n").filter(Boolean).slice(1), ["[\\]", "[\\New]", '"a"=str(1):"b"']);
    await rm(folder, { recursive: true });
  });
});
