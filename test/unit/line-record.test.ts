import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { type LineRecord, readRecord, writeRecord } from "../../core/line-record.ts";
import { rig } from "../support/rig.ts";

const record: LineRecord = {
  fingerprint: "f0",
  inputs: {
    servicing: "0.1.0",
    engine: "wimlib",
    tools: { "wimlib-imagex": "1.13.5" },
    image: { file: "install.wim", contents: "c0", guid: "a0", images: ["1 Windows 11 Pro"] },
    output: "wim keep all",
    files: { drivers: { sha256: "d0", bytes: 3, identity: "net", inside: { "net.inf": "e0" } } },
    items: [{ item: "drivers/1", operation: "Add-Driver net.inf", image: 1, road: "offline", digest: "b0" }],
  },
  lines: { kiosk: "90" },
  artifacts: [{ file: "/out/kiosk.wim", bytes: 4, sha256: "80", restore: "wimlib-imagex export" }],
  outputs: { "/out/kiosk.wim": "4 1 1 1" },
  warnings: ["beware"],
  tables: [{ title: "Drivers", columns: ["file"], rows: [["net.inf"]], notes: ["one"] }],
  finished: "2030-01-01T00:00:00.000Z",
};

describe("the record of a line", () => {
  it("is read as it was written", async () => {
    const { path } = rig();
    await writeRecord(path("lines"), "kiosk", record);
    assert.deepEqual(readRecord(path("lines"), "kiosk"), record);
  });

  it("is none where it is damaged", () => {
    const { path } = rig();
    mkdirSync(path("lines"));
    const { outputs, ...rest } = record;
    const damages = ["", "null", "{}", "[]", "5", `{"fingerprint":"a"}`, JSON.stringify(rest)];
    damages.push(
      JSON.stringify({ ...record, outputs: [outputs] }),
      JSON.stringify({ ...record, inputs: {} }),
    );
    for (const text of damages) {
      writeFileSync(path("lines/kiosk.json"), text);
      assert.equal(readRecord(path("lines"), "kiosk"), undefined, text);
    }
  });
});
