import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { commandLine, posixQuoted, windowsQuoted } from "../../core/command-line.ts";

describe("a command as a line", () => {
  it("is quoted for cmd.exe where the program is Windows's", () => {
    assert.equal(
      commandLine({
        run: "dism",
        args: ["/English", "/Image:C:\\mount dir", "/Add-Driver", "/Driver:C:\\d\\a.inf"],
        writes: true,
      }),
      'dism /English "/Image:C:\\mount dir" /Add-Driver /Driver:C:\\d\\a.inf',
    );
  });

  it("carries its environment and says that there is a standard input", () => {
    assert.equal(
      commandLine({
        run: "hivexsh",
        args: ["-w", "/w/SOFT WARE"],
        env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
        stdin: "cd \\\nls\n",
        writes: true,
      }),
      "WIMLIB_IMAGEX_IGNORE_CASE=1 hivexsh -w '/w/SOFT WARE' < (2 lines on its standard input)",
    );
  });

  it("doubles the backslashes before a quote", () => {
    assert.equal(windowsQuoted(String.raw`a b\"c\ `.trimEnd()), String.raw`"a b\\\"c\\"`);
    assert.equal(windowsQuoted(""), '""');
  });

  it("comes out of a POSIX shell as it went in", function () {
    if (process.platform === "win32") {
      console.log("skipped: no POSIX shell on Windows");
      this.skip();
    }
    const word = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const script = `printf '%s\\0' ${words.map(posixQuoted).join(" ")}`;
        const { stdout } = spawnSync("sh", ["-c", script]);
        assert.deepEqual(
          stdout.toString("utf8").split("\0").slice(0, -1),
          words.map((text) => Buffer.from(text).toString()),
        );
      }),
      { numRuns: 25 },
    );
  });
});
