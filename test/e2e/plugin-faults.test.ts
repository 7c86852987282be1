import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Plugin } from "../../core/plugin.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { asking, filesBelow, needs, rig, type Rig, run } from "../support/rig.ts";

const note = asking({ type: "Write-File", to: "\\Windows\\note.txt", text: "hello" });

async function plainImage(here: Rig): Promise<string> {
  const file = here.path("plain.wim");
  const entries = [{ name: "Windows", entries: [{ name: "a.txt", data: Buffer.from("a") }] }];
  await writeWim(file, { images: [{ name: "Plain", time: new Date(0), tree: { name: "", entries } }] });
  return file;
}

/** Breaks a directory entry and makes the hash of the metadata right again, as somebody hostile would. */
function breakMetadata(file: string, rehash: boolean): void {
  const bytes = readFileSync(file);
  const table = Number(bytes.readBigUInt64LE(56));
  const size = Number(bytes.readBigUInt64LE(48) & 0xff_ffff_ffff_ffffn);
  for (let entry = table; entry < table + size; entry += 50) {
    if (((bytes[entry + 7] ?? 0) & 2) === 0) continue;
    const at = Number(bytes.readBigUInt64LE(entry + 8));
    const length = Number(bytes.readBigUInt64LE(entry) & 0xff_ffff_ffff_ffffn);
    const name = bytes.indexOf(Buffer.from("a.txt", "utf16le"), at);
    bytes.writeUInt16LE(0xfff0, name - 2);
    const hash = createHash("sha1")
      .update(bytes.subarray(at, at + length))
      .digest();
    if (rehash) hash.copy(bytes, entry + 30);
  }
  writeFileSync(file, bytes);
}

describe("what goes wrong outside of servicing", function () {
  before(function () {
    needs(this, "wimlib-imagex");
  });

  it("a plugin that fails while it listens does not end the run, and is named once", async () => {
    const here = rig();
    const listening: Plugin = {
      name: "listening",
      apply: ({ hooks }) =>
        hooks.event.tap("listening", () => {
          throw new Error("deaf");
        }),
    };
    const report = await run(
      here.line({ image: { file: await plainImage(here) }, plugins: [note, listening] }),
    );
    assert.equal(report.error, undefined);
    assert.deepEqual(report.warnings, ['The plugin "listening" failed in event: deaf']);
  });

  for (const rehash of [false, true])
    it(`metadata that is damaged${rehash ? " and hashed again" : ""} is the image's fault, by its name`, async () => {
      const here = rig();
      const file = await plainImage(here);
      breakMetadata(file, rehash);
      const line = here.line({ image: { file }, plugins: [note] });
      const report = await run(line);
      assert.equal(report.error?.code, "SERVICING_IMAGE_CORRUPT", report.error?.message);
      assert.ok(report.error?.message.startsWith(`${file} is damaged: `), report.error?.message);
      assert.deepEqual([...filesBelow(here.path("out")), ...filesBelow(line.work)], []);
    });

  it("a run folder that cannot be made leaves no work folder behind", async () => {
    const here = rig();
    // The name of a run folder begins with the time, which makes it longer than a file system takes.
    const line = here.line({
      line: "x".repeat(240),
      image: { file: await plainImage(here) },
      plugins: [note],
    });
    await assert.rejects(run(line), { code: "ENAMETOOLONG" });
    assert.deepEqual(filesBelow(line.work), []);
  });
});
