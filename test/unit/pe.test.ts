import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { bufferSource } from "../../core/formats/bytes.ts";
import { readPe } from "../../core/formats/pe.ts";
import { packageFileOf, readPackageFile } from "../../core/inspect/package-file.ts";
import { executable } from "../../templates/sample/pe.ts";
import { signer } from "../../templates/sample/catalog.ts";
import { osslsigncode } from "../support/osslsigncode.ts";

const machines = ["x86", "amd64", "arm64"] as const;

describe("portable executables", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-pe-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("say for which machine and what they are", () => {
    for (const machine of machines)
      for (const [kind, read] of [
        ["sys", "native"],
        ["dll", "dll"],
        ["exe", "exe"],
      ] as const) {
        const pe = readPe(bufferSource(executable(machine, kind, Buffer.from("data"))));
        assert.deepEqual([pe?.machine, pe?.kind], [machine, read]);
      }
    const other = Buffer.from(executable("amd64", "sys", new Uint8Array(0)));
    other.writeUInt16LE(0x5064, 0x84);
    assert.equal(readPe(bufferSource(other))?.machine, "0x5064");
  });

  it("have the Authenticode digest that osslsigncode makes, signed or not, of every length", function () {
    this.timeout(60_000);
    const { certificate, key } = signer();
    writeFileSync(join(folder, "signer.der"), certificate);
    writeFileSync(join(folder, "key.pem"), key.export({ type: "pkcs8", format: "pem" }));
    for (const machine of machines)
      for (const odd of [0, 3]) {
        const plain = Buffer.concat([executable(machine, "sys", Buffer.from("data")), Buffer.alloc(odd, 7)]);
        const [from, to] = [join(folder, "plain.sys"), join(folder, `${machine}-${odd}.sys`)];
        writeFileSync(from, plain);
        const keys = ["-certs", join(folder, "signer.der"), "-key", join(folder, "key.pem")];
        const signed = osslsigncode(this, ["sign", "-h", "sha256", ...keys, "-in", from, "-out", to]);
        assert.equal(signed.code, 0, signed.output);
        const { output } = osslsigncode(this, ["verify", "-in", to]);
        const digest = /Calculated message digest *: ([0-9A-F]{64})/.exec(output)?.[1]?.toLowerCase();
        assert.ok(digest !== undefined, output);
        assert.deepEqual(packageFileOf(plain, "a.sys", ["sha256"]).listed, [digest]);
        assert.deepEqual(packageFileOf(readFileSync(to), "a.sys", ["sha256"]).listed, [digest]);
      }
  });

  it("are digested in parts as at once", async () => {
    const large = executable("amd64", "sys", Buffer.alloc(3_500_001, "servicing"));
    const file = join(folder, "large.sys");
    writeFileSync(file, large);
    const read = await readPackageFile(file, { path: "large.sys", algorithms: ["sha256", "sha1"] });
    assert.deepEqual(read, packageFileOf(large, "large.sys", ["sha256", "sha1"]));
    assert.equal(read.sha256, createHash("sha256").update(large).digest("hex"));
    assert.notEqual(read.listed[0], read.sha256);
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(readPackageFile(file, { path: "large.sys", algorithms: [], signal }), /enough/);
  });

  it("that point outside of themselves are none", () => {
    const whole = Buffer.from(executable("amd64", "sys", Buffer.from("data")));
    const entry = 0x84 + 20 + 112 + 4 * 8;
    for (const [start, size] of [
      [0xffffffff, 0xffffffff],
      [whole.length - 4, 8],
      [0x40, 8],
      [0, 1],
    ] as const) {
      const bad = Buffer.from(whole);
      bad.writeUInt32LE(start, entry);
      bad.writeUInt32LE(size, entry + 4);
      assert.equal(readPe(bufferSource(bad)), undefined);
    }
    for (let length = 0; length < 0x84 + 20 + 96; length += 1)
      assert.equal(readPe(bufferSource(whole.subarray(0, length))), undefined);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = Buffer.from(whole.subarray(0, length));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const pe = readPe(bufferSource(bytes));
          let at = 0;
          for (const { start, end } of pe?.hashed ?? []) {
            assert.ok(at <= start && start < end && end <= bytes.length);
            at = end;
          }
        },
      ),
    );
  });
});
