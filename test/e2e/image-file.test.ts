import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import type { Line } from "../../core/line.ts";
import type { Operation } from "../../core/operation.ts";
import type { Plugin } from "../../core/plugin.ts";
import { done, filesBelow, needs, type Rig, rig, run, wimlib } from "../support/rig.ts";

/** A plugin that asks for these in `deploy`. */
function delivering(...operations: readonly Operation[]): Plugin {
  return {
    name: "delivering",
    apply: ({ hooks }) => hooks.deploy.tap("delivering", (deploy) => deploy.add(...operations)),
  };
}

/** A small source, and a folder that images are captured from. */
function prepared(): {
  readonly at: Rig;
  readonly source: string;
  line(...operations: readonly Operation[]): Line;
} {
  const at = rig();
  at.write({ "tree/Windows/one.txt": "one", "more/Windows/two.txt": "two", "more/pagefile.sys": "" });
  const source = at.path("source.wim");
  wimlib("capture", at.path("tree"), source, "Source", "--compress=none");
  return {
    at,
    source,
    line: (...operations) =>
      at.line({ image: { file: source, index: 1 }, plugins: [delivering(...operations)] }),
  };
}

function titles(file: string): readonly string[] {
  return [...wimlib("info", file).matchAll(/^(?:Name|Description): +(.*)$/gm)]
    .map(([, text = ""]) => text)
    .filter((text) => text !== "");
}

describe("the images of a file, with wimlib", () => {
  before(function () {
    needs(this, "wimlib-imagex");
  });

  it("are captured, appended and deleted, as a file that is whole at any time", async () => {
    const { at, line } = prepared();
    const to = at.path("made/captured.wim");
    const first = {
      type: "Capture-Image",
      from: at.path("tree"),
      to,
      name: "-first",
      description: "of two",
    } as const;
    const second = { type: "Append-Image", from: at.path("more"), to, name: "--second" } as const;
    await done(line(first, second));
    assert.deepEqual(titles(to), ["-first", "of two", "--second"]);
    assert.match(wimlib("dir", to, "2"), /two\.txt/);
    wimlib("verify", to);
    assert.ok(wimlib("info", to).includes("Integrity"), "it has no integrity table");

    await done(line(first, second, { type: "Delete-Image", file: to, index: 1 }));
    assert.deepEqual(titles(to), ["--second"]);
    assert.throws(() => wimlib("dir", to, "2"));
    assert.deepEqual(filesBelow(at.path("made")), ["captured.wim"]);
  });

  it("leave out of a capture what its configuration file says", async () => {
    const { at, line } = prepared();
    const configFile = at.write({ "wimscript.ini": "[ExclusionList]\r\n\\Windows\\two.txt\r\n" });
    const to = at.path("made/captured.wim");
    await done(line({ type: "Capture-Image", from: at.path("more"), to, name: "less", configFile }));
    const held = wimlib("dir", to, "1");
    assert.doesNotMatch(held, /two\.txt/);
    assert.match(held, /pagefile\.sys/);
  });

  it("are as they were where one cannot be added", async () => {
    const { at, line } = prepared();
    const to = at.path("made/kept.wim");
    const report = await run(
      line(
        { type: "Capture-Image", from: at.path("tree"), to, name: "first" },
        { type: "Append-Image", from: at.path("more"), to, name: "first" },
      ),
    );
    assert.equal(report.ok, false, "wimlib takes a name twice");
    assert.deepEqual(titles(to), ["first"]);
    wimlib("verify", to);
    assert.deepEqual(filesBelow(at.path("made")), ["kept.wim"]);
  });

  it("are captured anew by every run, since what is captured is not hashed", async () => {
    const { at, line } = prepared();
    const to = at.path("made/captured.wim");
    const asked = line({ type: "Capture-Image", from: at.path("more"), to, name: "again" });
    await done(asked);
    at.write({ "more/three.txt": "three" });
    await done(asked);
    assert.match(wimlib("dir", to, "1"), /three\.txt/);
  });

  it("are never those of a source, of another input, of the result or of what an earlier run made", async () => {
    const { at, source, line } = prepared();
    const other = at.path("other.wim");
    copyFileSync(source, other);
    const before = readFileSync(source);
    const from = at.path("more");
    const appended = (to: string): Operation => ({ type: "Append-Image", from, to, name: "more" });
    const captured = (to: string): Operation => ({ type: "Capture-Image", from, to, name: "more" });
    const refused: readonly (readonly Operation[])[] = [
      [appended(source)],
      [captured(source)],
      [captured(source), appended(source)],
      [{ type: "Delete-Image", file: source, index: 1 }],
      [appended(at.path("tree/../source.wim"))],
      [appended(at.path("out/test.wim"))],
      [captured(at.path("out/test.wim"))],
      [appended(other)],
      [appended(at.path("new.wim")), captured(at.path("new.wim"))],
      [
        { type: "Export-Image", file: other, index: 1, to: at.path("made/x.wim") },
        { type: "Delete-Image", file: other, index: 1 },
      ],
      [{ type: "Export-Image", file: other, index: 1, to: other }],
    ];
    for (const operations of refused)
      await assert.rejects(
        run(line(...operations)),
        { code: "SERVICING_OUTPUT_IS_SOURCE" },
        JSON.stringify(operations),
      );
    assert.ok(readFileSync(source).equals(before));
    assert.ok(readFileSync(other).equals(before));
    assert.ok(!existsSync(at.path("out/test.wim")), "it was found out before anything was begun");
  });

  it("may be those that an earlier item has made", async () => {
    const { at, source, line } = prepared();
    const to = at.path("both.wim");
    await done(
      line(
        { type: "Export-Image", file: source, index: 1, to },
        { type: "Append-Image", from: at.path("more"), to, name: "more", checkIntegrity: true },
      ),
    );
    assert.deepEqual(titles(to), ["Source", "more"]);
  });
});
