import assert from "node:assert/strict";
import { join } from "node:path";
import { ServicingError } from "../../core/error.ts";
import { chosen, loadProject, mergeLine, type Project } from "../../core/project.ts";
import { storeFolder } from "../../core/store-folder.ts";
import { treeText } from "../../core/task.ts";
import { folderOf } from "../support/command.ts";

const named = (name: string) => ({ name, apply: () => undefined });
const lineText = (name: string): string => `export default { line: "${name}", image: { file: "a.wim" } };`;
const plugin = (name: string): string => `{ name: "${name}", apply() {} }`;

async function refusal(files: Readonly<Record<string, string>>, config?: string): Promise<ServicingError> {
  const folder = folderOf(files);
  try {
    await loadProject({ cwd: folder.path, config });
  } catch (error) {
    assert.ok(error instanceof ServicingError, String(error));
    return error;
  }
  assert.fail("the config was accepted");
}

async function wrongOutput(output: string): Promise<string> {
  const error = await refusal({
    "servicing.config.ts": `export const other = { image: { file: "c.wim" } };
      export default { lines: ["lines/*/servicing.config.ts"], output: ${output} };`,
    "lines/a/servicing.config.ts": lineText("a"),
  });
  return error.message;
}

async function load(
  files: Readonly<Record<string, string>>,
  look: (project: Project, folder: string) => void,
  below = "",
): Promise<void> {
  const folder = folderOf(files);
  look(await loadProject({ cwd: join(folder.path, below) }), folder.path);
}

describe("a project", () => {
  it("completes a line with defaults and absolute paths", () =>
    load(
      {
        "servicing.config.ts": `export default { line: "kiosk", image: { file: "a.wim", index: 2 }, plugins: [${plugin("p")}], deploy: [${plugin("d")}] };`,
      },
      ({ lines, default: entry }, folder) => {
        const [line] = lines;
        const { store, ...own } = line ?? assert.fail();
        assert.equal(store, storeFolder(undefined));
        assert.deepEqual(
          { ...own, plugins: own.plugins.map(({ name }) => name) },
          {
            line: "kiosk",
            folder,
            config: join(folder, "servicing.config.ts"),
            image: { file: join(folder, "a.wim"), index: 2 },
            output: { file: join(folder, "out/kiosk.wim"), compress: "keep", images: "all" },
            engine: "auto",
            prefer: ["offline", "online", "setup"],
            deployment: "applied",
            plugins: ["p", "d"],
            work: join(folder, ".servicing/work"),
            runs: join(folder, ".servicing/runs"),
            records: join(folder, ".servicing/lines"),
          },
        );
        assert.deepEqual(entry, { kind: "line", name: "kiosk", line });
      },
    ));

  it("is found above the folder, and may import servicing", () =>
    load(
      {
        "servicing.config.ts": `import { ServicingError } from "servicing"; export default { image: { file: ServicingError.name } };`,
        "a/b/c.txt": "",
      },
      ({ lines }, folder) => assert.equal(lines[0]?.image.file, join(folder, "ServicingError")),
      "a/b",
    ));

  it("says where it looked when there is none", async () => {
    const folder = folderOf();
    await assert.rejects(loadProject({ cwd: folder.path }), { code: "SERVICING_CONFIG_NOT_FOUND" });
  });

  it("reads JSON, which cannot hold plugins", async () => {
    await load({ "servicing.config.json": `\uFEFF{ "image": { "file": "a.wim" } }` }, ({ lines }) =>
      assert.equal(lines.length, 1),
    );
    const error = await refusal({
      "servicing.config.json": `{ "image": { "file": "a.wim" }, "plugins": [] }`,
    });
    assert.match(error.message, /plugins: a JSON config cannot hold plugins; write servicing\.config\.ts/);
    assert.equal((await refusal({ "servicing.config.json": "{" })).code, "SERVICING_CONFIG_UNREADABLE");
  });
});

describe("a config that is wrong", () => {
  it("asks for a delta of images that are not serviced, itself or by what it extends", async () => {
    const error = await refusal({
      "servicing.config.ts": `const image = { file: "i.wim" };
        export const a = { image, output: { kind: "delta", images: "all" } };
        const base = { image, output: { images: "all" } };
        export const b = { extends: base, output: { kind: "delta" } };
        export const c = { image, output: { kind: "dleta" } };`,
    });
    assert.match(error.message, /a\.output\.images: a delta holds the serviced images only/);
    assert.match(error.message, /b\.output\.images: a delta holds the serviced images only/);
    assert.match(error.message, /c\.output\.kind: must be one of "wim", "delta"; did you mean "delta"\?/);
  });

  it("has every problem named with its path", async () => {
    const error = await refusal({
      "servicing.config.ts": `export default {
        line: "a/b",
        image: { indx: 1, index: 0 },
        output: { compress: "maxx" },
        engin: "dism",
        prefer: ["offline", "offlin"],
        plugins: [${plugin("ok")}, ${plugin("ok")}, { name: "no" }],
        extends: { plugins: [1], image: 7 },
      };`,
    });
    assert.equal(error.code, "SERVICING_CONFIG_INVALID");
    assert.deepEqual(
      error.message
        .split("\n")
        .slice(1)
        .map((line) => line.trim())
        .sort(),
      [
        'engin: unknown key; did you mean "engine"?',
        "extends.image: must be an object",
        "extends.plugins[0]: is not a plugin ({ name, apply })",
        "image.file: is missing; name the .wim to service",
        'image.index: must be a number from 1, a name, an edition id or "all"',
        'image.indx: unknown key; did you mean "index"?',
        "line: must be letters, digits, dots, dashes and underscores",
        'output.compress: must be one of "keep", "none", "fast", "max", "recovery"; did you mean "max"?',
        "plugins[2]: is not a plugin ({ name, apply })",
        'prefer[1]: must be one of "offline", "online", "setup"; did you mean "offline"?',
      ].sort(),
    );
  });

  it("needs an image, a line that is not its own base, and an export", async () => {
    const missing = await refusal({ "servicing.config.ts": "export default { line: 'a' };" });
    assert.match(missing.message, /image\.file: is missing/);
    const circle = await refusal({
      "servicing.config.ts":
        "const a = { image: { file: 'a' } }; a.extends = { extends: a }; export default a;",
    });
    assert.match(circle.message, /extends\.extends: extends itself/);
    assert.match(
      (await refusal({ "servicing.config.ts": "export {};" })).message,
      /neither a line nor a task/,
    );
  });

  it("keeps the place of whatever it throws", async () => {
    const thrown = await refusal({
      "servicing.config.ts":
        "\nfunction boom(): never { throw new TypeError('no'); }\nboom();\nexport default {};",
    });
    assert.equal(thrown.code, "SERVICING_CONFIG_UNREADABLE");
    assert.match(thrown.message, /no \(.*servicing\.config\.ts:2:\d+\)$/);
    const typescript = await refusal({ "servicing.config.ts": "export default {};\nconst x: = 3;" });
    assert.match(typescript.message, /servicing\.config\.ts:2\)$/);
    const javascript = await refusal({ "servicing.config.mjs": "export default {\n  a: 1 1\n};" });
    assert.match(javascript.message, /servicing\.config\.mjs:2\)$/);
    const missing = await refusal({ "servicing.config.ts": 'import "no-such-package";' });
    assert.match(missing.message, /no-such-package.*servicing\.config\.ts/);
    const absent = await refusal({}, "no.config.ts");
    assert.equal(absent.code, "SERVICING_CONFIG_UNREADABLE");
  });

  it("lets the errors of plugins through as they are", async () => {
    const error = await refusal({
      "servicing.config.ts": `import { failure } from "servicing"; throw failure("SERVICING_INPUT_NOT_FOUND", { path: "x.inf", wanted: "a driver" });`,
    });
    assert.equal(error.code, "SERVICING_INPUT_NOT_FOUND");
  });
});

describe("extends", () => {
  it("gives what the line lacks, and the plugins of the base come first", () => {
    const merged = mergeLine({
      image: { file: "b.wim" },
      plugins: [named("own")],
      extends: {
        line: "base",
        engine: "dism",
        output: { compress: "max" },
        plugins: [named("base")],
        extends: { image: { file: "a.wim", index: 3 }, engine: "wimlib", plugins: [named("root")] },
      },
    });
    assert.equal(merged.line, undefined);
    assert.equal(merged.engine, "dism");
    assert.deepEqual(merged.image, { file: "b.wim", index: 3 });
    assert.deepEqual(merged.output, { compress: "max" });
    assert.deepEqual(
      merged.plugins?.map(({ name }) => name),
      ["root", "base", "own"],
    );
  });
});

describe("a workspace", () => {
  it("gathers the lines of its configs, each with its own folder", () =>
    load(
      {
        "servicing.config.ts": `import kiosk from "./lines/kiosk/servicing.config.ts"; export default { lines: ["lines/*/servicing.config.ts"] }; export const first = { task: "series", members: [kiosk] };`,
        "lines/kiosk/servicing.config.ts": lineText("kiosk"),
        "lines/laptop/servicing.config.ts": `export default { image: { file: "a.wim" } }; export const small = { image: { file: "b.wim" } };`,
      },
      ({ lines, tasks, default: all }, folder) => {
        assert.deepEqual(
          lines.map((each) => [each.line, each.image.file]),
          [
            ["kiosk", join(folder, "lines/kiosk/a.wim")],
            ["laptop", join(folder, "lines/laptop/a.wim")],
            ["small", join(folder, "lines/laptop/b.wim")],
          ],
        );
        assert.equal(tasks.map(treeText).join("\n"), "first (series)\n└─ kiosk (line)");
        assert.equal(all?.kind, "parallel");
      },
    ));

  it("may make one file of all lines, after them", () =>
    load(
      {
        "servicing.config.ts": `export default { lines: ["lines/*/servicing.config.ts"], output: { file: "out/all images" } };`,
        "lines/a/servicing.config.ts": lineText("a"),
        "lines/b/servicing.config.ts": lineText("b"),
      },
      ({ lines, collection, runs, default: all }, folder) => {
        assert.deepEqual(collection, {
          name: "all-images",
          lines,
          output: { file: join(folder, "out/all images.wim"), compress: "keep", verify: false },
          config: join(folder, "servicing.config.ts"),
          work: join(folder, ".servicing/work"),
          runs: join(folder, ".servicing/runs"),
          records: join(folder, ".servicing/lines"),
        });
        assert.equal(runs, join(folder, ".servicing/runs"));
        assert.equal(
          treeText(all as NonNullable<typeof all>),
          `series
├─ all lines (parallel)
│  ├─ a (line)
│  └─ b (line)
└─ all-images (collection)`,
        );
      },
    ));

  it("has every problem of its output named with its path", async () => {
    assert.match(await wrongOutput("{}"), /output\.file: is missing/);
    assert.match(await wrongOutput("7"), /output: must be an object/);
    assert.match(
      await wrongOutput(`{ file: "x", kind: "delta", compres: "max" }`),
      /output\.kind: unknown key$/m,
    );
    assert.match(
      await wrongOutput(`{ file: "x", compres: "max" }`),
      /compres: unknown key; did you mean "compress"/,
    );
    assert.match(await wrongOutput(`{ file: "x", verify: 1 }`), /output\.verify: must be true or false/);
    assert.match(
      await wrongOutput(`{ file: "lines/a/out/../out/a.wim" }`),
      /output\.file: .*a\.wim is what the line "a" writes already/,
    );
    assert.match(
      await wrongOutput(`{ file: "lines/a/a" }`),
      /output\.file: .*a\.wim is the image of the line "a"/,
    );
    assert.match(
      await wrongOutput(`{ file: "x/other.wim" }`),
      /"other" is the name of a line or task already/,
    );
  });

  it("refuses two lines that write to one file, before anything starts", async () => {
    const rest = 'image: { file: "i.wim" }, output: { file: "out/../x.wim" }';
    const error = await refusal({
      "servicing.config.ts": `export const a = { ${rest} }; export const b = { ${rest} };`,
    });
    assert.equal(error.code, "SERVICING_CONFIG_INVALID");
    assert.match(error.message, /b\.output\.file: .*x\.wim is what the line "a" writes already/);
  });

  it("refuses twins, workspaces inside, and globs that match nothing", async () => {
    const error = await refusal({
      "servicing.config.ts": `export default { lines: ["lines/*/servicing.config.ts", "none/*.ts"] };`,
      "lines/a/servicing.config.ts": lineText("same"),
      "lines/b/servicing.config.ts": lineText("same"),
      "lines/c/servicing.config.ts": `export default { lines: ["*"] };`,
    });
    assert.match(error.message, /b.servicing\.config\.ts: line: "same" is the name of another line already/);
    assert.match(error.message, /c.servicing\.config\.ts: is a workspace, which cannot be inside another/);
    assert.match(error.message, /lines\[1\]: no config matches "none\/\*\.ts"/);
  });
});

describe("tasks of a config", () => {
  const config = `
    const base = { line: "base", image: { file: "a.wim" } };
    export const kiosk = { extends: base, image: { file: "b.wim" } };
    export const shared = { plugins: [] };
    export async function publish() {}
    export const nightly = { task: "series", members: [{ task: "parallel", members: [base, kiosk] }, publish] };
    export default base;`;

  it("take their names from their exports", () =>
    load({ "servicing.config.ts": config }, ({ lines, tasks }) => {
      assert.deepEqual(lines.map((line) => line.line).sort(), ["base", "kiosk"]);
      assert.equal(
        tasks.map(treeText).join("\n"),
        `nightly (series)
├─ parallel
│  ├─ base (line)
│  └─ kiosk (line)
└─ publish (function)
publish (function)`,
      );
    }));

  it("are chosen by name, and an unknown name lists the known", () =>
    load({ "servicing.config.ts": config }, (project) => {
      assert.equal(chosen(project, []).name, "base");
      assert.equal(chosen(project, ["nightly"]).kind, "series");
      const both = chosen(project, ["kiosk", "base"]);
      assert.ok("members" in both && both.members.length === 2);
      assert.throws(() => chosen(project, ["kios"]), {
        code: "SERVICING_UNKNOWN_LINE",
        remedy: "Known: nightly, publish, kiosk, base.",
      });
    }));
});
