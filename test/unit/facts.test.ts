import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createFacts } from "../../core/facts.ts";
import { rig } from "../support/rig.ts";

describe("facts", () => {
  it("are read as they were written, whatever they are", () => {
    const facts = createFacts(rig().path("facts"));
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, key) => {
        facts.write(key, value);
        assert.equal(JSON.stringify(facts.read(key)), JSON.stringify(value));
      }),
      { numRuns: 200 },
    );
  });

  it("may be long lists, of which no text is made", () => {
    const facts = createFacts(rig().path("facts"));
    const list = Array.from({ length: 20_000 }, (_, at) => ({ at, name: "ä".repeat(at % 50) }));
    facts.write("list", { list, empty: [], missing: undefined, none: null });
    assert.deepEqual(facts.read("list"), { list, empty: [], none: null });
  });

  it("that were damaged, cut off or never written are not known", () => {
    const { path } = rig();
    const facts = createFacts(path("facts"));
    facts.write("key", { list: [1, 2, 3] });
    const names = readdirSync(path("facts"), { recursive: true, encoding: "utf8" });
    const file = names.map((name) => join(path("facts"), name)).find((name) => statSync(name).isFile()) ?? "";
    const whole = readFileSync(file);
    for (const damaged of [
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.from(" ")]),
      Buffer.from(whole).fill(0, 0, 65),
    ]) {
      writeFileSync(file, damaged);
      assert.equal(facts.read("key"), undefined);
    }
    assert.equal(facts.read("other"), undefined);
  });

  it("that cannot be written are left", () => {
    const { path, write } = rig();
    write({ facts: "a file" });
    const facts = createFacts(path("facts"));
    facts.write("key", 1);
    assert.equal(facts.read("key"), undefined);
  });
});
