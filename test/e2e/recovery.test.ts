import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "../../core/plugin.ts";
import { claim } from "../../core/work-folder.ts";
import { deadOwner } from "../support/dead-owner.ts";
import { folderOf, servicing } from "../support/command.ts";
import { launch } from "../support/process.ts";
import { asking, filesBelow, needs, rig, run as runLine, sha256, wimlib } from "../support/rig.ts";

/**
 * A line whose steps hold something outside of its folders, as an engine that mounts does: the undo of each is a real
 * process that writes down its step. With SERVICING_TEST_HANG it comes to a step that never ends.
 */
const config = `
  import { appendFileSync } from "node:fs";
  import { defineConfig } from "servicing";
  const trace = process.cwd() + "/trace";
  const plugin = {
    name: "holds",
    apply: ({ hooks }) => {
      hooks.modify.tap("holds", (modify) => {
        modify.add({ type: "Write-File", to: "\\\\note.txt", text: "note" });
        if (process.env.SERVICING_TEST_HANG)
          modify.call("hangs", () => new Promise(() => setInterval(() => undefined, 1000)));
      });
      hooks.plan.tap("holds", (plan) => ({
        ...plan,
        steps: plan.steps.map((step) => ({
          ...step,
          undo: [...step.undo, {
            run: process.execPath,
            args: ["-e", "fs.appendFileSync(process.argv[1], process.argv[2])", trace, step.phase + " "],
            writes: true,
            progress: /never/,
          }],
        })),
      }));
    },
  };
  export default defineConfig({ line: "kiosk", image: { file: "install.wim" }, plugins: [plugin] });`;

function project(): string {
  const { path } = folderOf({ "servicing.config.ts": config, "tree/Windows/a.txt": "a" });
  wimlib("capture", join(path, "tree"), join(path, "install.wim"), "Small", "--compress=LZX");
  return path;
}

async function killed(cwd: string): Promise<void> {
  process.env["SERVICING_TEST_HANG"] = "1";
  const running = launch(["run"], cwd);
  delete process.env["SERVICING_TEST_HANG"];
  await running.says(/note\.txt {2}done/);
  // The journal is ahead of the view.
  const journal = (): string => {
    const [run = ""] = readdirSync(join(cwd, ".servicing/runs"));
    return readFileSync(join(cwd, ".servicing/runs", run, "journal.jsonl"), "utf8");
  };
  for (let left = 200; left > 0 && !/"step begun".*hangs/.test(journal()); left -= 1)
    await new Promise((later) => setTimeout(later, 10));
  running.killGroup("SIGKILL");
  await running.finished;
}

describe("a run that was cut off", function () {
  before(function () {
    if (process.platform === "win32") this.skip();
    needs(this, "wimlib-imagex");
  });

  it("is undone by the next, latest step first, by the processes that its plan named", async () => {
    const cwd = project();
    await killed(cwd);
    const { code, stdout, stderr } = servicing(["run", "--json"], cwd);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string).report as { warnings: string[] };
    assert.equal(report.warnings.length, 1);
    assert.match(
      report.warnings[0] ?? "",
      /^\S+-kiosk was cut off during holds: hangs; what it had begun was undone$/,
    );
    assert.equal(readFileSync(join(cwd, "trace"), "utf8"), "modify modify mount ");
    assert.deepEqual(filesBelow(join(cwd, "out")), ["kiosk.wim"]);
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);
    assert.doesNotMatch(servicing(["run"], cwd).stdout, /cut off/);
    assert.equal(readFileSync(join(cwd, "trace"), "utf8"), "modify modify mount ", "it was undone twice");
  });

  it("is undone though the recovery itself was cut off, and only what is left of it", async () => {
    const cwd = project();
    await killed(cwd);
    const [run = ""] = readdirSync(join(cwd, ".servicing/runs"));
    const journal = join(cwd, ".servicing/runs", run, "journal.jsonl");
    const last = /"step begun","step":\{"id":"(\w+)","title":"holds: hangs/.exec(
      readFileSync(journal, "utf8"),
    )?.[1];
    writeFileSync(journal, `{"entry":"step undone","step":"${last}"}\n{"entry":"step und`, { flag: "a" });
    servicing(["clean"], cwd);
    assert.equal(readFileSync(join(cwd, "trace"), "utf8"), "modify mount ");
  });

  it("is left to a next run in which the undo fails, as a warning", async () => {
    const cwd = project();
    await killed(cwd);
    // The undo appends to this file.
    servicing(["tasks"], cwd);
    const [run = ""] = readdirSync(join(cwd, ".servicing/runs"));
    const journal = join(cwd, ".servicing/runs", run, "journal.jsonl");
    const text = readFileSync(journal, "utf8");
    writeFileSync(
      journal,
      text.replace('"modify "', '"modify ","--no-such-option"').replace(/"-e","fs\./, '"-e","none.'),
    );
    const { code, stdout } = servicing(["run"], cwd);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /not all that it had begun could be undone/);
    assert.match(stdout, /could not undo .*none\.appendFileSync/);
    assert.equal(readFileSync(join(cwd, "trace"), "utf8").trim().split(" ").length, 2);
  });
});

describe("a run that was cut off when its result was in place", function () {
  before(function () {
    needs(this, "wimlib-imagex");
  });

  const leaves: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "all that it had": {
      "work/test/lock": JSON.stringify(deadOwner()),
      "work/test/run.json": JSON.stringify({ line: "test", run: "/nowhere" }),
      "work/test/image-1/branch.wim": "x",
      "out/.test.wim.lock": JSON.stringify(deadOwner()),
    },
    "its locks alone": {
      "work/test/lock": JSON.stringify(deadOwner()),
      "out/.test.wim.lock": JSON.stringify(deadOwner()),
    },
    "the beginnings of locks": {
      "work/test/lock.0123456789abcdef.new": "",
      "out/.test.wim.lock.0123456789abcdef.new": "",
    },
  };
  for (const [what, files] of Object.entries(leaves))
    it(`and left ${what} is tidied up after, though there is nothing to do`, async () => {
      const { here, file } = source();
      const line = here.line({ image: { file } });
      assert.equal((await runLine(line)).ok, true);
      here.write(files);
      const again = await runLine(line);
      assert.deepEqual([again.ok, again.results.every(({ outcome }) => outcome === "reused")], [true, true]);
      assert.deepEqual(again.warnings, []);
      assert.deepEqual(filesBelow(here.path("out")), ["test.wim"]);
      assert.ok(!existsSync(here.path("work/test")));
    });

  it("and lives is left alone", async () => {
    const { here, file } = source();
    const line = here.line({ image: { file } });
    await runLine(line);
    const work = await claim("test", join(line.work, "test"));
    here.write({ "work/test/scratch": "x" });
    assert.deepEqual((await runLine(line)).warnings, []);
    assert.ok(existsSync(here.path("work/test/scratch")));
    await work.remove();
  });
});

function source(): { readonly here: ReturnType<typeof rig>; readonly file: string } {
  const here = rig();
  here.write({ "tree/Windows/a.txt": "a" });
  wimlib("capture", here.path("tree"), here.path("install.wim"), "Small");
  return { here, file: here.path("install.wim") };
}

/** What lets syncing fail as the system does, until the function that it gives is called. */
async function breaker(): Promise<(method: "sync" | "datasync", code: string) => () => void> {
  const handle = await open(process.execPath, "r");
  const prototype = Object.getPrototypeOf(handle) as Record<string, unknown>;
  await handle.close();
  return (method, code) => {
    const real = prototype[method];
    prototype[method] = () => Promise.reject(Object.assign(new Error(`${code}: f${method}`), { code }));
    return () => void (prototype[method] = real);
  };
}

const nothing = (): void => undefined;

describe("a disk that takes no more", function () {
  before(function () {
    needs(this, "wimlib-imagex");
  });

  it("for the journal fails the line, undoes what was begun, and keeps the result of before", async () => {
    const { here, file } = source();
    here.write({ "out/test.wim": "the result of before" });
    const undone: string[] = [];
    const held: Plugin = {
      name: "held",
      apply: ({ hooks }) =>
        hooks.plan.tap("held", (plan) => ({
          ...plan,
          steps: plan.steps.map((step) => ({
            ...step,
            undo: [
              ...step.undo,
              { act: "call" as const, title: "u", run: async () => void undone.push(step.phase) },
            ],
          })),
        })),
    };
    const failing = await breaker();
    let restore = nothing;
    const line = here.line({
      image: { file },
      plugins: [asking({ type: "Write-File", to: "\\note.txt", text: "x" }), held],
    });
    const report = await runLine(line, {
      onEvent(event) {
        if (event.type === "finished" && event.step.phase === "modify" && event.result.outcome === "done")
          restore = failing("datasync", "ENOSPC");
      },
    });
    restore();
    assert.deepEqual([report.ok, report.error?.code], [false, "SERVICING_JOURNAL_UNWRITABLE"]);
    assert.match(report.error?.message ?? "", /journal\.jsonl cannot be written: ENOSPC/);
    assert.deepEqual(undone, ["modify", "mount"]);
    assert.deepEqual(filesBelow(here.path("out")), ["test.wim"]);
    assert.equal(readFileSync(here.path("out/test.wim"), "utf8"), "the result of before");
    assert.deepEqual(filesBelow(here.path("work")), []);
    assert.ok(existsSync(join(report.folder, "report.json")));
  });

  for (const code of ["ENOSPC", "EIO"])
    it(`says it on the sync of the result (${code}), which fails the line`, async () => {
      const { here, file } = source();
      const [before, line] = [sha256(file), here.line({ image: { file } })];
      const failing = await breaker();
      let restore = nothing;
      const report = await runLine(line, {
        onEvent(event) {
          if (event.type === "started" && event.step.phase === "commit") restore = failing("sync", code);
        },
      });
      restore();
      assert.deepEqual([report.ok, report.error?.code], [false, "SERVICING_SYSTEM_REFUSED"]);
      assert.match(report.error?.message ?? "", new RegExp(`${code}: fsync`));
      assert.deepEqual(filesBelow(here.path("out")), []);
      assert.equal(sha256(file), before);
    });
});
