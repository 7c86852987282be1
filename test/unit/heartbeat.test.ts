import assert from "node:assert/strict";
import * as fc from "fast-check";
import { heartbeatText, readHeartbeat } from "../../core/audit/heartbeat.ts";
import type { Heartbeat } from "../../core/audit/job.ts";

const number = fc.integer({ min: 0, max: 999_999 });
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom(..." \\u0aé\u0000\n\r\ud800servicing:".split("")), maxLength: 40 }),
);

const plain = { noNullPrototype: true };

const heartbeat: fc.Arbitrary<Heartbeat> = fc.oneof(
  fc.record({ says: fc.constant("begin" as const), id: text, steps: number }, plain),
  fc.record({ says: fc.constant("step" as const), step: number, minutes: number, title: text }, plain),
  fc.constantFrom<Heartbeat>(
    { says: "beat" },
    { says: "restart" },
    { says: "end", ok: true },
    { says: "end", ok: false },
    { says: "end", ok: false, full: true },
  ),
);

describe("heartbeat", () => {
  it("is read as it was written, whatever stands before it and ends the line", () => {
    const before = fc.constantFrom("", "\u001b[2J\u001b[01;01H", "BdsDxe: starting ");
    fc.assert(
      fc.property(heartbeat, before, fc.constantFrom("", "\r", "\r\n", " \r"), (said, begin, end) => {
        const line = heartbeatText(said);
        assert.match(line, /^[ -~]+$/);
        assert.deepEqual(readHeartbeat(`${begin}${line}${end}`), said);
      }),
      { numRuns: 1000 },
    );
  });

  it("is nothing that anybody else writes", () => {
    const part = fc.constantFrom(
      "servicing: ",
      "step ",
      "minutes ",
      "end ",
      "beat",
      "1",
      "1234567",
      " ",
      "\\u00",
      "id ",
    );
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(line, (written) => {
        const said = readHeartbeat(written);
        if (said !== undefined) assert.deepEqual(readHeartbeat(heartbeatText(said)), said);
      }),
      { numRuns: 2000 },
    );
    for (const other of ["", "beat", "servicing:beat", "servicing: beats", "servicing: step x minutes 1 a"])
      assert.equal(readHeartbeat(other), undefined);
    assert.equal(readHeartbeat(`${"x".repeat(9000)}servicing: beat`), undefined);
  });
});
