import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Report } from "../../core/event.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { type Finished, folderOf, servicing } from "../support/command.ts";
import { filesBelow, needs, sha256, wimlib } from "../support/rig.ts";

const bin = join(resolve(import.meta.dirname, "../.."), "core/bin.js");
const mebibyte = 1024 * 1024;
const note = { type: "Write-File", to: String.raw`\Windows\note.txt`, text: "note" };

/** Small as it lies there, 64 MiB when it is written without compression. */
async function makeImage(file: string): Promise<void> {
  const entries = Array.from({ length: 32 }, (_, at) => ({
    name: `${at}.dll`,
    data: () => Buffer.alloc(2 * mebibyte, at + 1),
  }));
  const plain = `${file}.plain`;
  await writeWim(plain, {
    images: [
      { name: "Large", time: new Date(0), tree: { name: "", entries: [{ name: "Windows", entries }] } },
    ],
  });
  wimlib("export", plain, "1", file, "--compress=LZX");
  rmSync(plain);
}

function config(fields: string): string {
  return `
    import { defineConfig } from "servicing";
    const plugin = { name: "noting", apply: ({ hooks }) => hooks.modify.tap("noting", (modify) => modify.add(${JSON.stringify(note)})) };
    export default defineConfig({ line: "large", image: { file: "install.wim" }, plugins: [plugin], ${fields} });`;
}

/** A plugin that leaves no byte of the disk free. */
const filling = `
  import { appendFileSync } from "node:fs";
  const filling = { name: "filling", apply: ({ hooks }) => hooks.commit.tap("filling", (commit) =>
    commit.call("fills the disk", async () => {
      for (let size = 1 << 20; size > 0; size >>= 1)
        try { for (;;) appendFileSync("ballast", Buffer.alloc(size)); } catch {}
    })) };`;

const uncompressed = 'output: { compress: "none" }';

describe("at the limits of the machine", function () {
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

  function project(fields: string): string {
    const { path } = folderOf({
      "servicing.config.ts": config(fields),
      "out/large.wim": "the result before",
    });
    symlinkSync(join(images, "install.wim"), join(path, "install.wim"));
    return path;
  }

  /** A script in a file system name space of its own, where it may mount what it likes. */
  function mounting(context: Mocha.Context, script: string, cwd: string): Finished {
    const probe = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", images]);
    if (probe.status !== 0) {
      process.stderr.write("    skipped: no file system can be mounted here (unshare -rm mount)\n");
      context.skip();
    }
    return below(`exec unshare -rm bash -c ${quoted(script)} bash "$@"`, cwd);
  }

  function unharmed(cwd: string): void {
    assert.equal(sha256(join(images, "install.wim")), digest);
    assert.deepEqual(filesBelow(join(cwd, "out")), ["large.wim"]);
    assert.equal(readFileSync(join(cwd, "out/large.wim"), "utf8"), "the result before");
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);
  }

  it("a result that may not grow on ends with the command, its log, and nothing half-written", () => {
    const cwd = project(uncompressed);
    const { code, stdout, stderr } = below('ulimit -f 20000; exec "$@"', cwd);
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout, /SERVICING_COMMAND_FAILED: wimlib-imagex export ended with SIGXFSZ/);
    unharmed(cwd);
    const { error } = reportIn(cwd);
    assert.match(error?.command ?? "", /wimlib-imagex export .*large\.unfinished\.wim .*--compress=none$/);
    assert.match(readFileSync(error?.log ?? "", "utf8"), /^= SIGXFSZ \(25\) after \d+ ms$/m);
  });

  it("a disk that fills up in the middle of the export does the same", function () {
    const cwd = project(`work: "scratch", ${uncompressed}`);
    const script = `
      mount -t tmpfs -o size=20m tmpfs out && echo 'the result before' > out/large.wim || exit 99
      "$@"; code=$?
      ls -A out scratch; cat out/large.wim; exit $code`;
    const { code, stdout, stderr } = mounting(this, script, cwd);
    assert.equal(code, 1, stdout + stderr);
    assert.match(
      stdout,
      /SERVICING_COMMAND_FAILED: wimlib-imagex export ended with 72:\n[^]*No space left on device/,
    );
    assert.match(stdout, /Again by hand:\n +wimlib-imagex export /);
    assert.match(stdout, /\nout:\nlarge\.wim\n\nscratch:\nthe result before\n$/);
    assert.equal(sha256(join(images, "install.wim")), digest);
    assert.match(readFileSync(reportIn(cwd).error?.log ?? "", "utf8"), /No space left on device/);
  });

  it("a disk that is full for the logs too does not keep the line from undoing and reporting", function () {
    const cwd = project(`${uncompressed}, deploy: [filling]`);
    const text = readFileSync(join(cwd, "servicing.config.ts"), "utf8");
    writeFileSync(join(cwd, "servicing.config.ts"), `${filling}\n${text}`);
    const script = `
      mount -t tmpfs -o size=20m tmpfs out || exit 99
      cp -L servicing.config.ts install.wim out && cd out && "$@"; code=$?
      echo; find . -type f | sort; exit $code`;
    const { code, stdout, stderr } = mounting(this, script, cwd);
    assert.equal(code, 1, stdout + stderr);
    assert.equal(stderr, "");
    assert.match(stdout, /✖ large failed after /);
    assert.match(stdout, /commit › Export-Image large\.wim\n[^]*No space left on device/);
    // What was scratch goes first, and makes room for it.
    assert.doesNotMatch(stdout, /report\.json could not be written/);
    const left = stdout.split("\n\n").at(-1);
    assert.match(
      left ?? "",
      /^\.\/\.servicing\/runs\/[^]*\/report\.json\n\.\/ballast\n[^]*\.\/install\.wim\n/,
    );
    assert.doesNotMatch(left ?? "", /unfinished|work/);
  });

  it("too little space is said before anything is begun", function () {
    const cwd = project(uncompressed);
    const script = `
      mount -t tmpfs -o size=64k tmpfs out || exit 99
      "$@"; code=$?
      ls -A out; exit $code`;
    const { code, stdout, stderr } = mounting(this, script, cwd);
    assert.equal(code, 2, stdout + stderr);
    assert.match(stderr, /SERVICING_DISK_FULL: out has [\d.]+ kB free; this line needs about [\d.]+ kB/);
    assert.doesNotMatch(stdout, /mount › |unfinished/);
  });

  it("an output folder that cannot be written is said before anything is begun", function () {
    const cwd = project(uncompressed);
    const { code, stderr } = mounting(this, `mount -t tmpfs -o ro tmpfs out || exit 99; exec "$@"`, cwd);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /SERVICING_OUTPUT_UNWRITABLE: out cannot be written: EROFS/);
    const other = project('output: { file: "notes.txt/large.wim" }');
    writeFileSync(join(other, "notes.txt"), "no folder");
    const blocked = servicing(["run"], other);
    assert.deepEqual(
      [blocked.code, /SERVICING_\w+/.exec(blocked.stderr)?.[0]],
      [2, "SERVICING_OUTPUT_UNWRITABLE"],
    );
    unharmed(other);
  });

  it("a folder of the config that cannot be written is said before anything is begun", function () {
    const elsewhere = folderOf({}).path;
    const cwd = project(`output: { file: ${JSON.stringify(join(elsewhere, "large.wim"))} }`);
    const { code, stderr } = mounting(
      this,
      `mount --bind -r . . && cd . && cd "$PWD" || exit 99; exec "$@"`,
      cwd,
    );
    assert.equal(code, 2, stderr);
    assert.match(stderr, /SERVICING_OUTPUT_UNWRITABLE: .*\.servicing.* cannot be written/);
  });

  it("a tool that is missing is named with the command that installs it", () => {
    const cwd = project(uncompressed);
    const { code, stdout, stderr } = below('export PATH=/nowhere; exec "$@"', cwd);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^SERVICING_TOOL_MISSING: wimlib-imagex is not installed; it is needed to read, change/,
    );
    assert.match(stderr, /`sudo apt-get install wimtools`/);
    assert.doesNotMatch(stdout, /done in/);
    unharmed(cwd);
  });

  it("a plugin that fails is named, with its hook and its reason", () => {
    const cwd = project("");
    writeFileSync(join(cwd, "servicing.config.ts"), config("").replace("modify.add(", "modify.nothing("));
    const { code, stderr } = servicing(["run"], cwd);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^SERVICING_PLUGIN_FAILED: The plugin "noting" failed in modify: modify\.nothing is not a function/,
    );
    unharmed(cwd);
  });
});

/** Runs a line below a shell script, in which `$@` is the command line of servicing. */
function below(script: string, cwd: string): Finished {
  const command = [process.execPath, "--conditions=@servicing/source", bin, "run"];
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script, "bash", ...command], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

function reportIn(cwd: string): Report {
  const [run] = readdirSync(join(cwd, ".servicing/runs"));
  return JSON.parse(readFileSync(join(cwd, ".servicing/runs", run ?? "", "report.json"), "utf8")) as Report;
}

function quoted(script: string): string {
  return `'${script.replaceAll("'", String.raw`'\''`)}'`;
}
