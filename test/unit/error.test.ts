import assert from "node:assert/strict";
import { catalogue, type Code, failure } from "../../core/error.ts";

/** Any value that a text asks for: a list where it joins, a word elsewhere. */
const anything: unknown = new Proxy(
  {},
  {
    get: (_, name) =>
      ["problems", "choices", "differences", "valid", "items", "known", "lines", "architectures"].includes(
        String(name),
      )
        ? ["one", "two"]
        : `the ${String(name)} of it`,
  },
);

describe("the error catalogue", () => {
  for (const code of Object.keys(catalogue) as Code[])
    it(`${code} says what happened and what to do`, () => {
      const error = failure(code, anything as never);
      assert.match(code, /^SERVICING(_[A-Z]+)+$/);
      assert.ok(error.message.length > 10 && !error.message.includes("undefined"), error.message);
      assert.match(error.remedy, /^[A-Z`"<].*\.$/s, error.remedy);
      assert.ok(!error.remedy.includes("undefined"), error.remedy);
    });
});
