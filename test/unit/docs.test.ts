import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { commands, flags } from "../../core/cli-commands.ts";
import type { LineConfig } from "../../core/line.ts";
import { loadConfig } from "../../core/config-file.ts";
import { loadProject } from "../../core/project.ts";
import { planFor, summary } from "../../core/testing.ts";
import { folderOf, linked, typeErrors } from "../support/command.ts";

const root = resolve(import.meta.dirname, "../..");
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const read = (page: string): string => readFileSync(join(root, page), "utf8");

/** As GitHub names the anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

function blocks(page: string, language: string): readonly string[] {
  return [...read(page).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, of, text]) =>
    of === language ? [text ?? ""] : [],
  );
}

/** Every name is on the page. */
const named = (page: string, found: Iterable<RegExpExecArray>, least: number) => {
  const names = [...found].map(([, name = ""]) => name);
  assert.ok(names.length > least, page);
  for (const name of names) assert.match(page, new RegExp(`[\`.{ ]${name}[\`,: }]`), name);
};

describe("the documentation", () => {
  for (const page of pages) {
    it(`${page} links to what is there`, () => {
      const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, "");
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(join(root, file)), `${page} links to ${target}`);
        if (anchor === undefined) continue;
        const anchors = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slug(heading));
        assert.ok(anchors.includes(anchor), `${page} links to ${target}`);
      }
    });

    it(`${page} names files, scripts, commands and flags that are there`, () => {
      const text = read(page);
      for (const [, path = ""] of text.matchAll(/`((?:core|plugins|test|templates|docs)\/[\w./-]*)[`*]/g))
        assert.ok(
          existsSync(join(root, path)) ||
            readdirSync(join(root, dirname(path))).some((n) => `${dirname(path)}/${n}`.startsWith(path)),
          `${page} names ${path}`,
        );
      const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
      for (const [, script = ""] of text.matchAll(/npm run (?:-s )?([a-z]+)/g))
        assert.ok(script in scripts, `${page} names npm run ${script}`);
      for (const [, line = ""] of text.matchAll(/`(?:npx )?servicing ([^`\n]*)`/g)) {
        const [name = ""] = line.split(" ");
        const command = commands.find((each) => each.name === name);
        assert.ok(command !== undefined || /^(?:-|\{|<|…)/.test(name), `${page} names servicing ${name}`);
        for (const [, flag = ""] of line.matchAll(/--([a-z-]+)/g))
          assert.ok(flag in { ...flags, ...command?.flags }, `${page} names servicing ${line}`);
      }
    });
  }

  it("README.md shows every command and every flag", () => {
    const text = read("README.md");
    for (const { name } of commands) assert.match(text, new RegExp(`\\| \`servicing ${name}[ \`]`));
    for (const flag of Object.keys(flags)) assert.ok(text.includes(`\`--${flag}`), flag);
  });

  it("ARCHITECTURE.md has at most 100 lines", () => {
    assert.ok(read("ARCHITECTURE.md").trimEnd().split("\n").length <= 100);
  });

  it("docs/config.md and docs/unattend.md name every field of a line and every option of every plugin", () => {
    const text = read("docs/config.md");
    const fields = /interface LineConfig \{([\s\S]*?)^\}/m.exec(read("core/line.ts"))?.[1] ?? "";
    const options = (folder: string) =>
      readdirSync(join(root, folder))
        .filter((name) => name !== "index.ts" && name.endsWith(".ts"))
        .map((name) => read(`${folder}/${name}`))
        .flatMap((source) => [
          ...source.matchAll(/^ +(\w+): (?:(?:exactO|o)ptional\(|optional(?:Text|Flag)\b)/gm),
        ]);
    named(text, [...fields.matchAll(/readonly (\w+)\??:/g), ...options("plugins")], 40);
    named(read("docs/unattend.md"), options("plugins/unattend"), 90);
  });

  it("docs/plugins.md names everything that the public API gives", async () => {
    const text = read("docs/plugins.md");
    const plugins = new Set(readdirSync(join(root, "plugins")).map((name) => name.replace(".ts", "")));
    const given = Object.keys(await import("servicing")).filter((name) => !plugins.has(name));
    assert.ok(given.length > 10);
    for (const name of given) assert.match(text, new RegExp(`\\| .*\`${name}[\`(].* \\|`), name);
  });

  it("every config and plugin that is shown has the types that servicing wants", function () {
    this.timeout(60_000);
    const shown = pages.flatMap((page) =>
      blocks(page, "ts").map((text, at) => [`${page.replaceAll(/\W/g, "-")}-${at}.ts`, text] as const),
    );
    const [plugin = "", test = ""] = blocks("README.md", "ts").filter((text) => text.includes("kioskShell"));
    const files = Object.fromEntries([
      ...shown.filter(([, text]) => text !== test),
      ["kiosk-shell.test.ts", `import assert from "node:assert/strict";\n${plugin}\n${test}`],
    ]);
    const folder = folderOf({ ...files, "package.json": '{ "type": "module" }' });
    linked(folder.path);
    assert.equal(typeErrors(folder.path, Object.keys(files)), "");
  });

  it("every config that is shown loads, without a problem", async () => {
    for (const page of pages)
      for (const text of blocks(page, "ts").filter((each) => each.includes("export default"))) {
        const { path } = folderOf({
          "servicing.config.ts": text,
          "lines/a/servicing.config.ts": 'export default { image: { file: "a.wim" } };',
        });
        assert.ok((await loadProject({ cwd: path })).lines.length > 0);
      }
  });

  it("the first config of README.md plans, whatever the image", async () => {
    const { path } = folderOf({ "servicing.config.ts": blocks("README.md", "ts")[0] ?? "" });
    const { default: line } = await loadConfig(join(path, "servicing.config.ts"));
    for (const plugin of (line as LineConfig).plugins ?? [])
      assert.ok(summary(await planFor(plugin, { folder: path })).length > 0);
  });

  it("the test of a plugin that is shown passes", async () => {
    const [plugin = "", test = ""] = blocks("README.md", "ts").filter((text) => text.includes("kioskShell"));
    const testing = blocks("docs/plugins.md", "ts").find((text) => text.includes("servicing/testing")) ?? "";
    const { path } = folderOf({
      "a.ts": `import assert from "node:assert/strict";\n${plugin}\n${test}`,
      "b.ts": testing,
    });
    for (const name of ["a.ts", "b.ts"]) await loadConfig(join(path, name));
  });
});
