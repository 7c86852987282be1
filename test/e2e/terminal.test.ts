import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { filler } from "../../templates/sample/filler.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { folderOf, storeIn } from "../support/command.ts";
import { filesBelow, needs } from "../support/rig.ts";
import { screenOf } from "../support/screen.ts";

const bin = join(resolve(import.meta.dirname, "../.."), "core/bin.js");
// oxlint-disable-next-line no-control-regex
const colours = /\x1b\[(?:1|2|3\d)m/;

interface Session {
  /** Every screen that was shown, the last one last. */
  readonly screens: readonly (readonly string[])[];
  readonly raw: string;
  readonly code: number | null;
}

describe("a run on a terminal", function () {
  let images: string;

  before(async function () {
    needs(this, "wimlib-imagex", "script");
    if (spawnSync("script", ["-qec", "true", "/dev/null"]).status !== 0) {
      process.stderr.write("    skipped: this `script` takes no -qec (util-linux's does)\n");
      this.skip();
    }
    images = mkdtempSync(join(tmpdir(), "servicing-terminal-"));
    const entries = Array.from({ length: 14 }, (_, at) => ({
      name: `${at}.dll`,
      data: () => filler(`${at}`, 2 * 1024 * 1024),
    }));
    const tree = { name: "", entries: [{ name: "Windows", entries }] };
    await writeWim(join(images, "install.wim"), { images: [{ name: "Large", time: new Date(0), tree }] });
  });

  after(() => {
    if (images !== undefined) rmSync(images, { recursive: true, force: true });
  });

  function project(line = ""): string {
    const { path } = folderOf({
      "servicing.config.ts": `
        import { defineConfig, files } from "servicing";
        export default defineConfig({
          line: "large", image: { file: "install.wim" }, output: { compress: "max" },
          plugins: [files({ write: { "\\\\Windows\\\\note.txt": "note" } }), ${line}],
        });`,
    });
    symlinkSync(join(images, "install.wim"), join(path, "install.wim"));
    return path;
  }

  it("shows lines, phases, steps and their progress as it goes, and the summary in the end", async () => {
    const { screens, raw, code } = await session(project());
    assert.equal(code, 0, raw);
    const during = screens.find((screen) => screen.some((row) => / {2}[1-9]\d % {2}Archiving/.test(row)));
    assert.deepEqual(during?.map(settled), [
      "* large",
      "  ✔ mount",
      "    ✔ Mount-Image install.wim:1 (Large)  …",
      "  ✔ modify",
      String.raw`    ✔ Write-File \Windows\note.txt  …`,
      "  * commit",
      "    * Export-Image large.wim  … %  Archiving file data",
    ]);
    const end = screens.at(-1)?.map(settled) ?? [];
    assert.deepEqual(end.slice(0, 9), [
      "✔ large",
      "  ✔ mount",
      "    ✔ Mount-Image install.wim:1 (Large)  …",
      "  ✔ modify",
      String.raw`    ✔ Write-File \Windows\note.txt  …`,
      "  ✔ commit",
      "    ✔ Export-Image large.wim  …",
      "",
      "✔ large done in …",
    ]);
    assert.match(end[9] ?? "", /^ {2}result +out\/large\.wim/);
    assert.match(end.slice(9).join("\n"), /^ {2}logs +\.servicing\/runs\/.*large$/m);
    assert.match(raw, colours);
  });

  it("shows which step failed, and why, below the tree", async () => {
    const failing = `{ name: "failing", apply: ({ hooks }) => hooks.modify.tap("failing", (modify) =>
      modify.call("cannot", async () => { throw new Error("on purpose"); })) }`;
    const { screens, raw, code } = await session(project(failing));
    assert.equal(code, 1, raw);
    const end = screens.at(-1)?.map(settled) ?? [];
    const tree = end.slice(0, end.indexOf(""));
    assert.ok(tree.includes("    ✖ failing: cannot  …"), tree.join("\n"));
    assert.match(tree.at(-1) ?? "", /commit/);
    assert.match(end.slice(tree.length).join("\n"), /^\n✖ large failed after …\n[^]*: on purpose\n/);
  });

  it("ends on Ctrl-C with the undo done, the cursor back and the summary", async () => {
    const cwd = project();
    const { screens, raw, code } = await session(
      cwd,
      {},
      { when: /large\.wim {2}[1-9]\d %/, type: "\u0003" },
    );
    assert.equal(code, 130, raw);
    const end = screens.at(-1)?.map(settled) ?? [];
    assert.ok(end.includes("✖ large cancelled after …"), end.join("\n"));
    assert.ok(raw.lastIndexOf("\u001B[?25h") > raw.lastIndexOf("\u001B[?25l"), "the cursor stays hidden");
    assert.deepEqual(filesBelow(join(cwd, "out")), []);
  });

  it("leaves colours away with NO_COLOR", async () => {
    const { screens, raw, code } = await session(project(), { NO_COLOR: "1" });
    assert.equal(code, 0);
    assert.doesNotMatch(raw, colours);
    assert.ok(screens.at(-1)?.includes("  ✔ commit"));
  });

  for (const env of [{ CI: "1" }, { TERM: "dumb" }])
    it(`writes lines and draws nothing where ${Object.keys(env).join()} is set to ${Object.values(env).join()}`, async () => {
      const { raw, code } = await session(project(), env);
      assert.equal(code, 0);
      assert.match(raw, /^large › commit › Export-Image large\.wim {2}50%\r$/m);
      assert.ok(!raw.includes("\u001B[2K"), "a line was drawn again");
      assert.match(stripVTControlCharacters(raw), /✔ large done in/);
    });
});

/** Runs the line below a pseudo-terminal; types something when the screen matches. */
function session(
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  answer?: { readonly when: RegExp; readonly type: string },
): Promise<Session> {
  const command = [process.execPath, "--conditions=@servicing/source", bin, "run"];
  const script = `stty rows 40 cols 200; exec ${command.map((part) => `'${part}'`).join(" ")}`;
  const unset = { CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: "xterm-256color" };
  const child = spawn("script", ["-qec", script, "/dev/null"], {
    cwd,
    env: { ...process.env, ...unset, SERVICING_STORE: storeIn(cwd), SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let raw = "";
  let waiting = answer;
  const screens: (readonly string[])[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    raw += text;
    screens.push(screenOf(raw, 200));
    if (waiting?.when.test(raw) !== true) return;
    child.stdin.write(waiting.type);
    waiting = undefined;
  });
  return new Promise((done) =>
    child.on("close", (code) => done({ raw, code, screens: screens.map((rows) => trimmed(rows)) })),
  );
}

function trimmed(rows: readonly string[]): readonly string[] {
  return rows.slice(0, rows.findLastIndex((row) => row !== "") + 1);
}

/** Without what differs from run to run: times, percentages, and where the spinner is. */
function settled(row: string): string {
  return row
    .replace(/( {2}|done in |after )[\d.]+(?:ms|s)$/, "$1…")
    .replace(/\d+ %/, "… %")
    .replace(/^( *)[❯⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /, "$1* ");
}
