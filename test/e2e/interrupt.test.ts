import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../core/event.ts";
import { filler } from "../../templates/sample/filler.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { folderOf, servicing } from "../support/command.ts";
import { launch, reportOf, type Running } from "../support/process.ts";
import { filesBelow, needs, sha256, wimlib } from "../support/rig.ts";

const mebibyte = 1024 * 1024;

/** Compressing this takes seconds, in which there is time to interrupt it. */
async function makeImage(file: string): Promise<void> {
  const entries = Array.from({ length: 48 }, (_, at) => ({
    name: `${at}.dll`,
    data: () => filler(`${at}`, 2 * mebibyte),
  }));
  await writeWim(file, {
    images: [
      { name: "Large", time: new Date(0), tree: { name: "", entries: [{ name: "Windows", entries }] } },
    ],
  });
}

const config = (tap: string): string => `
  import { setTimeout } from "node:timers/promises";
  import { defineConfig } from "servicing";
  const plugin = { name: "plugin", apply: ({ hooks }) => hooks.modify.tap("plugin", (modify) => { ${tap} }) };
  export default defineConfig({
    line: "large",
    image: { file: "install.wim" },
    output: { compress: "max" },
    plugins: [plugin],
  });`;

const small = `modify.add({ type: "Write-File", to: "\\\\Windows\\\\note.txt", text: "note" });`;

describe("an interrupted run", function () {
  let images: string;
  let digest: string;

  before(async function () {
    if (process.platform === "win32") this.skip();
    needs(this, "wimlib-imagex");
    images = mkdtempSync(join(tmpdir(), "servicing-large-"));
    await makeImage(join(images, "install.wim"));
    digest = sha256(join(images, "install.wim"));
  });

  after(() => {
    if (images !== undefined) rmSync(images, { recursive: true, force: true });
  });

  function project(tap: string, files: Readonly<Record<string, string>> = {}): string {
    const { path } = folderOf({ "servicing.config.ts": config(tap), ...files });
    symlinkSync(join(images, "install.wim"), join(path, "install.wim"));
    return path;
  }

  async function leavesNothing(cwd: string, running: Running): Promise<Report> {
    assert.equal(await running.leavesProcesses(), false, "a process that it started goes on");
    assert.deepEqual(filesBelow(join(cwd, "out")), []);
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);
    assert.equal(sha256(join(images, "install.wim")), digest);
    const runs = readdirSync(join(cwd, ".servicing/runs"));
    assert.equal(runs.length, 1);
    const file = join(cwd, ".servicing/runs", runs[0] as string, "report.json");
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    assert.deepEqual([report.ok, report.outcome, report.artifacts], [false, "cancelled", []]);
    assert.equal(report.error?.code, "SERVICING_INTERRUPTED");
    assert.deepEqual(report.warnings, []);
    return report;
  }

  it("by Ctrl-C in the middle of the export leaves nothing half-made behind, and says so", async () => {
    const cwd = project(small);
    const running = launch(["run"], cwd);
    await running.says(/Export-Image large\.wim {2}25%/);
    running.killGroup("SIGINT");
    const { code, stdout, stderr } = await running.finished;
    assert.equal(code, 130);
    assert.equal(stderr, "\nStopping; press Ctrl-C again to stop at once.\n");
    assert.match(stdout, /large › commit › Export-Image large\.wim {2}cancelled after /);
    assert.match(stdout, /✖ large cancelled after /);
    assert.match(stdout, /SERVICING_INTERRUPTED: Interrupted during Export-Image large\.wim/);
    await leavesNothing(cwd, running);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const)
    it(`by ${signal} to its process alone does the same, and --json ends with the report`, async () => {
      const cwd = project(small);
      const running = launch(["run", "--json"], cwd);
      await running.says(/"phase":"commit"[^\n]*"percent":1\d,/);
      running.kill(signal);
      const { code, stdout } = await running.finished;
      assert.equal(code, 130);
      assert.deepEqual(reportOf(stdout), await leavesNothing(cwd, running));
    });

  it("in the middle of an update leaves nothing behind", async () => {
    const cwd = project(
      `modify.add({ type: "Copy-File", from: modify.resolve("payload"), to: "\\\\Windows\\\\Payload" });`,
    );
    // The branch that is updated is compressed as the source is.
    rmSync(join(cwd, "install.wim"));
    wimlib(
      "capture",
      folderOf({ "Windows/a.txt": "a" }).path,
      join(cwd, "install.wim"),
      "Small",
      "--compress=LZX",
    );
    symlinkSync(payload(), join(cwd, "payload"));
    const before = sha256(join(cwd, "install.wim"));
    const running = launch(["run", "--json"], cwd);
    await running.says(/"phase":"modify"[^\n]*"percent":1\d,/);
    running.killGroup("SIGINT");
    const { code, stdout } = await running.finished;
    assert.equal(code, 130);
    const report = await leavesNothing(cwd, running);
    assert.deepEqual(reportOf(stdout), report);
    assert.match(report.error?.message ?? "", /^Interrupted during Copy-File /);
    assert.equal(sha256(join(cwd, "install.wim")), before);
  });

  /** The files of the image, as a folder. */
  function payload(): string {
    const folder = join(images, "files");
    wimlib("apply", join(images, "install.wim"), "1", folder, "--no-acls");
    return join(folder, "Windows");
  }

  it("tells a plugin's own code by its signal, and waits for it", async () => {
    const cwd = project(`
      modify.call("waits", async ({ signal }) => {
        console.error("waiting");
        await setTimeout(60_000, undefined, { signal }).finally(() => console.error("tidied up"));
      });`);
    const running = launch(["run", "--json"], cwd);
    await running.says(/waiting/, "stderr");
    running.kill("SIGINT");
    const { code, stdout, stderr } = await running.finished;
    assert.equal(code, 130);
    assert.match(stderr, /tidied up\n$/);
    assert.deepEqual(reportOf(stdout), await leavesNothing(cwd, running));
  });

  it("by a second Ctrl-C ends at once, and the next run takes over what it left", async () => {
    const cwd = project(`${small}
      if (process.env.SERVICING_TEST_HANG) modify.call("hangs", () => new Promise(() => setInterval(() => undefined, 1000)));`);
    process.env["SERVICING_TEST_HANG"] = "1";
    const running = launch(["run"], cwd);
    delete process.env["SERVICING_TEST_HANG"];
    await running.says(/note\.txt {2}done/);
    running.killGroup("SIGINT");
    await running.says(/Stopping; press Ctrl-C again/, "stderr");
    assert.equal(await Promise.race([running.finished, Promise.resolve("still there")]), "still there");
    running.killGroup("SIGINT");
    assert.equal((await running.finished).code, 130);
    assert.equal(await running.leavesProcesses(), false);
    assert.equal(sha256(join(images, "install.wim")), digest);
    assert.deepEqual(filesBelow(join(cwd, "out")), [".large.wim.lock"]);
    const again = servicing(["run"], cwd);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);
  });

  it("killed without warning does not stand in the way of the next", async () => {
    const cwd = project(small);
    const running = launch(["run"], cwd);
    await running.says(/Export-Image large\.wim {2}25%/);
    running.killGroup("SIGKILL");
    assert.equal((await running.finished).signal, "SIGKILL");
    assert.deepEqual(filesBelow(join(cwd, "out")), [".large.wim.lock", "large.unfinished.wim"]);
    const again = servicing(["run"], cwd);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.match(
      again.stdout,
      /warning +\S+-large was cut off during Export-Image large\.wim; what it had begun was undone\n/,
    );
    assert.deepEqual(filesBelow(join(cwd, "out")), ["large.wim"]);
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);
    wimlib("verify", join(cwd, "out/large.wim"));
  });

  it("killed without warning leaves nothing that `clean` does not undo and remove", async () => {
    const cwd = project(small);
    const running = launch(["run"], cwd);
    await running.says(/Export-Image large\.wim {2}25%/);
    running.killGroup("SIGKILL");
    await running.finished;
    const { code, stderr } = servicing(["clean"], cwd);
    assert.equal(code, 0);
    assert.match(stderr, /^warning: \S+-large was cut off during Export-Image large\.wim; .* undone\n$/);
    assert.deepEqual(filesBelow(join(cwd, "out")), []);
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);
  });

  it("is the only one of its line and of its output, whoever else wants to run", async () => {
    const cwd = project(small);
    const running = launch(["run"], cwd);
    await running.says(/Export-Image large\.wim {2}25%/);
    // It goes no further while the others try.
    running.killGroup("SIGSTOP");
    const same = servicing(["run"], cwd);
    assert.equal(same.code, 2);
    assert.match(same.stderr, /SERVICING_LINE_BUSY: large is being run by process \d+/);
    const other = project(small);
    const text = readFileSync(join(other, "servicing.config.ts"), "utf8");
    const output = JSON.stringify(join(cwd, "out/large.wim"));
    writeFileSync(
      join(other, "servicing.config.ts"),
      text.replace("output: {", `output: { file: ${output},`).replace('line: "large"', 'line: "other"'),
    );
    const twin = servicing(["run"], other);
    assert.equal(twin.code, 2);
    assert.match(
      twin.stderr,
      /SERVICING_OUTPUT_BUSY: .*large\.wim is being written by process \d+, which runs large\n/,
    );
    assert.deepEqual(filesBelow(join(other, ".servicing/work")), []);
    assert.equal(servicing(["clean"], cwd).stdout, "Nothing to remove.\n");
    running.killGroup("SIGKILL");
    await running.finished;
    // The lock of the dead process is taken over by the line of the other project.
    assert.equal(servicing(["run"], other).code, 0);
    assert.deepEqual(filesBelow(join(cwd, "out")), ["large.wim"]);
  });
});
