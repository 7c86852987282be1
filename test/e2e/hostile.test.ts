import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { filler } from "../../templates/sample/filler.ts";
import { canMount } from "../kill/fuse.ts";
import { type Finished, folderOf } from "../support/command.ts";
import { launch, reportOf } from "../support/process.ts";
import { filesBelow, needs, sampleFolder, sha256 } from "../support/rig.ts";
import { verifyWim, wimDigest } from "../support/wim-digest.ts";

const bin = join(resolve(import.meta.dirname, "../.."), "core/bin.js");
const day = 24 * 60 * 60 * 1000;

interface Disturbance {
  /** The hook in which it happens; "begins modify": as the first step of that phase begins, without a step of its own. */
  readonly at: string;
  /** Code, which has `fs`, `fill`, `waitFor` and `exec`; of what happens as a step begins, nothing is awaited. */
  readonly code: string;
}

interface Place {
  /** What is mounted, in the project. */
  readonly at: string;
  /** The command that mounts it, and the one that ends the trouble. */
  readonly mount: string;
  readonly relieve: string;
  readonly disturb?: Disturbance;
}

interface Endured {
  readonly first: Finished;
  /** Every path of the project after the first run, and after the second. */
  readonly left: readonly (readonly string[])[];
  /** A copy of what the first gave. */
  readonly result: string | undefined;
}

/**
 * A line over all that writes: files, hives, text. What `SERVICING_TEST_…` asks for happens at a place of the run:
 * DO is code, AT the hook in which it is called.
 */
const config = `
  import { execFileSync as exec } from "node:child_process";
  import * as fs from "node:fs";
  import { setTimeout } from "node:timers/promises";
  import { defineConfig, files, settings } from "servicing";
  const { SERVICING_TEST_DO: code, SERVICING_TEST_AT: at } = process.env;
  /** Leaves \`free\` bytes of the disk that holds a folder. */
  const fill = (folder, free) => {
    fs.mkdirSync(folder, { recursive: true });
    const ballast = folder + "/ballast";
    for (let size = 1 << 20; size > 0; size >>= 1)
      try { for (;;) fs.appendFileSync(ballast, Buffer.alloc(size)); } catch {}
    fs.truncateSync(ballast, Math.max(0, fs.statSync(ballast).size - free));
  };
  const waitFor = async (file) => { for (let left = 1000; left > 0 && !fs.existsSync(file); left -= 1) await setTimeout(20); };
  const act = new (Object.getPrototypeOf(async () => {}).constructor)("fs", "fill", "waitFor", "exec", code ?? "");
  const disturb = () => act(fs, fill, waitFor, exec);
  const phase = /^begins (.*)/.exec(at ?? "")?.[1];
  let begun = false;
  const disturbing = {
    name: "disturbing",
    apply: ({ hooks }) => {
      if (code === undefined) return;
      if (phase !== undefined)
        hooks.event.tap("disturbing", (event) => {
          if (begun || event.type !== "started" || event.step.phase !== phase) return;
          begun = true;
          disturb();
        });
      else if (at === "plan") hooks.plan.tapPromise("disturbing", async (plan) => (await disturb(), plan));
      else hooks[at].tap("disturbing", (phase) => phase.call("disturbs", disturb));
    },
  };
  export default defineConfig({
    line: "line",
    image: { file: "install.wim", index: "Professional" },
    plugins: [
      disturbing,
      files({ copy: { payload: "\\\\Windows\\\\Payload" }, write: { "\\\\Windows\\\\win.ini": "replaced" } }),
      settings({ registry: { "HKLM\\\\SOFTWARE\\\\Contoso": { Line: "line" } } }),
    ],
  });`;

/** With the source's compression nothing of it goes through the work folder. */
const deltaConfig = (at: string): string => {
  const compress = at === "out" ? "keep" : "fast";
  return config.replace('line: "line",', `line: "line", output: { kind: "delta", compress: "${compress}" },`);
};

describe("a hostile environment", function () {
  let material: string;
  let source: string;
  let digest: string;
  /** Of the result of a run that nobody disturbed. */
  let expected: string;

  before(async function () {
    if (process.platform !== "linux") {
      process.stderr.write("    skipped: mounts, and processes by their group, as Linux has them\n");
      this.skip();
    }
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "gcab", "wixl");
    material = mkdtempSync(join(tmpdir(), "servicing-hostile-"));
    source = join(await sampleFolder(), "install.wim");
    digest = sha256(source);
    mkdirSync(join(material, "payload"));
    for (let at = 0; at < 20; at += 1)
      writeFileSync(join(material, `payload/${at}.bin`), filler(`${at}`, 100_000));
    const cwd = project();
    const { code, stdout, stderr } = await runIn(cwd);
    assert.equal(code, 0, stdout + stderr);
    expected = await wimDigest(join(cwd, "out/line.wim"));
  });

  after(() => {
    if (material !== undefined) rmSync(material, { recursive: true, force: true });
  });

  function project(text = config): string {
    const { path } = folderOf({ "servicing.config.ts": text });
    copyFileSync(source, join(path, "install.wim"));
    cpSync(join(material, "payload"), join(path, "payload"), { recursive: true });
    return path;
  }

  /** That all is as after a run, and that the result is the one of an undisturbed run. */
  async function asUsual(cwd: string, file = join(cwd, "out/line.wim")): Promise<void> {
    await verifyWim(file);
    assert.equal(await wimDigest(file), expected);
    assert.equal(sha256(join(cwd, "install.wim")), digest);
    assert.deepEqual(unwanted(filesBelow(cwd)), []);
  }

  /**
   * Runs twice in a file system name space of its own: in trouble, and then without it, where the place holds what the
   * first has left.
   */
  async function endured(context: Mocha.Context, place: Place, own?: string): Promise<Endured> {
    const cwd = project(own);
    const seen = folderOf().path;
    const script = `
      trap 'cd /' EXIT
      mkdir -p ${place.at} && ${place.mount} && cd "$PWD" || exit 99
      "$@" >${seen}/1.out 2>${seen}/1.err; echo $? >${seen}/1.code
      find . >${seen}/1.left; cp out/line*.wim ${seen}/first.wim 2>/dev/null
      unset SERVICING_TEST_DO
      ${place.relieve} && rm -f ${place.at}/ballast || exit 98
      "$@" >${seen}/2.out 2>&1; echo $? >${seen}/2.code
      find . >${seen}/2.left; cp out/line*.wim ${seen}/result.wim 2>/dev/null; exit 0`;
    const { status, stderr } = spawnSync(
      "unshare",
      ["-rm", "bash", "-c", script, "bash", process.execPath, "--conditions=@servicing/source", bin, "run"],
      {
        cwd,
        encoding: "utf8",
        env: environment(cwd, place.disturb),
        timeout: 60_000,
      },
    );
    if (status === 99 || /unshare/.test(stderr)) {
      process.stderr.write(`    skipped: no file system can be mounted here: ${stderr.trim()}\n`);
      context.skip();
    }
    assert.equal(status, 0, stderr);
    const text = (name: string): string => readFileSync(join(seen, name), "utf8");
    const second = text("2.code").trim();
    assert.equal(second, "0", `the next run, after the trouble:\n${text("2.out")}`);
    assert.equal(sha256(join(cwd, "install.wim")), digest, "the source changed");
    if (own === undefined) {
      await verifyWim(join(seen, "result.wim"));
      assert.equal(await wimDigest(join(seen, "result.wim")), expected);
    } else await verifyWim(join(seen, "result.wim"), [join(cwd, "install.wim")]);
    const left = ["1.left", "2.left"].map((name) => text(name).trim().split("\n").sort());
    assert.deepEqual(unwanted(left[1] ?? []), []);
    const first = { code: Number(text("1.code")), stdout: text("1.out"), stderr: text("1.err") };
    const result = existsSync(join(seen, "first.wim")) ? join(seen, "first.wim") : undefined;
    return { first, left, result };
  }

  /** What the store cannot do is no reason to fail: it only saves time. */
  async function goesOn({ first, left, result }: Endured, warning: RegExp): Promise<void> {
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.match(first.stdout, warning);
    assert.deepEqual(unwanted(left[0] ?? []), []);
    assert.ok(result !== undefined);
    assert.equal(await wimDigest(result), expected);
  }

  describe("a full disk", () => {
    for (const [phase, free] of [
      ["prepare", 0],
      ["modify", 150_000],
      ["modify", 1_000_000],
    ] as const)
      it(`below the work folder, with ${free} bytes free from ${phase} on`, async function () {
        const place = tmpfs(".servicing/work", "12m");
        const disturb = { at: phase, code: `fill(".servicing/work", ${free})` };
        const run = await endured(this, { ...place, disturb });
        refused(run, 1, /SERVICING_(COMMAND_FAILED|SYSTEM_REFUSED)[^]*(ENOSPC|No space left on device)/);
      });

    for (const free of [0, 200_000])
      it(`below the output, with ${free} bytes free from commit on`, async function () {
        const place = tmpfs("out", "12m");
        const run = await endured(this, {
          ...place,
          disturb: { at: "commit", code: `fill("out", ${free})` },
        });
        refused(run, 1, /SERVICING_(COMMAND_FAILED|SYSTEM_REFUSED)[^]*(ENOSPC|No space left on device)/);
      });

    it("below the run folders from the start", async function () {
      const place = tmpfs(".servicing/runs", "12m");
      const run = await endured(this, {
        ...place,
        disturb: { at: "plan", code: 'fill(".servicing/runs", 0)' },
      });
      refused(run, 2, /SERVICING_(DISK_FULL|SYSTEM_REFUSED|OUTPUT_UNWRITABLE)/);
    });

    for (const phase of ["prepare", "commit"])
      it(`below the run folders from ${phase} on ends in an error or in a whole result`, async function () {
        const place = tmpfs(".servicing/runs", "12m");
        const disturb = { at: phase, code: 'fill(".servicing/runs", 0)' };
        const run = await endured(this, { ...place, disturb });
        if (run.first.code !== 0) return refused(run, 1, /SERVICING_SYSTEM_REFUSED[^]*ENOSPC/);
        assert.match(run.first.stdout, /warning +report\.json could not be written/);
        assert.deepEqual(unwanted(run.left[0] ?? []), []);
        assert.ok(run.result !== undefined);
        assert.equal(await wimDigest(run.result), expected);
      });
  });

  describe("a folder that cannot be written", () => {
    for (const at of ["out", ".servicing/work", ".servicing/runs"])
      it(`${at} is named before anything is begun`, async function () {
        const run = await endured(this, readOnly(at));
        refused(run, 2, new RegExp(`SERVICING_OUTPUT_UNWRITABLE: .*${at}.* cannot be written: EROFS`));
        assert.doesNotMatch(run.first.stdout, /Mount-Image/);
      });

    it("the config's own is named too", async function () {
      const run = await endured(this, {
        at: ".",
        mount: "mount --bind . . && cd .. && cd - >/dev/null && mount -o remount,bind,ro .",
        relieve: "mount -o remount,bind,rw .",
      });
      refused(run, 2, /SERVICING_OUTPUT_UNWRITABLE: .* cannot be written: EROFS/);
    });

    for (const [at, phase] of [
      ["out", "commit"],
      [".servicing/runs", "modify"],
    ] as const)
      it(`${at} that becomes so at ${phase} ends the run, and the next one tidies up`, async function () {
        sealedOff(await endured(this, sealed(at, phase)));
      });
  });

  describe("others", () => {
    it("that run the same line get an error, and the first finishes", async () => {
      const cwd = project();
      const first = launch(["run"], cwd, {
        env: environment(cwd, { at: "modify", code: 'fs.writeFileSync("begun", ""); await waitFor("go")' }),
      });
      try {
        await appears(join(cwd, "begun"));
        const second = await runIn(cwd);
        assert.equal(second.code, 2, second.stdout + second.stderr);
        assert.match(second.stderr, /SERVICING_\w*BUSY: [^]*→ \S/);
        assert.deepEqual(filesBelow(join(cwd, "out")), [".line.wim.lock"]);
      } finally {
        writeFileSync(join(cwd, "go"), "");
      }
      const { code, stdout, stderr } = await first.finished;
      assert.equal(code, 0, stdout + stderr);
      await asUsual(cwd);
      assert.equal((await runIn(cwd)).code, 0);
      await asUsual(cwd);
    });

    it("may not name one output for two lines of a project", async () => {
      const two = config
        .replace("export default", "export const other =")
        .replace('line: "line"', 'line: "other"');
      const cwd = project(
        `${two}\nexport const another = defineConfig({ extends: other, line: "another", output: { file: "out/other.wim" } });`,
      );
      const { code, stderr } = await runIn(cwd);
      assert.equal(code, 2);
      assert.match(stderr, /SERVICING_CONFIG_INVALID[^]*other\.wim is what the line "\w+" writes already/);
    });
  });

  describe("a source that somebody else", () => {
    const changes: Readonly<Record<string, string>> = {
      "replaces by another image": `fs.copyFileSync("install.wim", "other"); fs.appendFileSync("other", "x"); fs.renameSync("other", "install.wim");`,
      "replaces by the same": `fs.copyFileSync("install.wim", "other"); fs.renameSync("other", "install.wim");`,
      "appends to": `fs.appendFileSync("install.wim", Buffer.alloc(4096, 1));`,
      touches: `fs.utimesSync("install.wim", new Date(), new Date(Date.now() + 1000));`,
      truncates: `fs.truncateSync("install.wim", 500_000);`,
      empties: `fs.truncateSync("install.wim", 0);`,
      removes: `fs.rmSync("install.wim");`,
    };
    // Each moment with several changes, and each change at one moment at least.
    const moments = ["prepare", "modify", "commit"] as const;
    for (const [turn, [what, code]] of Object.entries(changes).entries())
      it(`${what} during the run gets no result`, async () => {
        const some = turn === 0 ? moments : moments.slice(turn % 3, (turn % 3) + 1);
        const [cwd] = await Promise.all(some.map((at) => refusesChange({ at, code })));
        assert.ok(cwd !== undefined);
        if (turn > 1) return;
        copyFileSync(source, join(cwd, "install.wim"));
        const again = await runIn(cwd);
        assert.equal(again.code, 0, again.stdout + again.stderr);
        await asUsual(cwd);
      });
  });

  /** Gives the folder of the project, in which nothing is left. */
  async function refusesChange(change: Disturbance): Promise<string> {
    const cwd = project();
    const { code, stdout, stderr } = await runIn(cwd, change, { json: true });
    const at = `at ${change.at}: `;
    assert.equal(code, 1, at + stdout + stderr);
    const { error, artifacts } = reportOf(stdout);
    assert.match(error?.code ?? "", /^SERVICING_IMAGE_|^SERVICING_COMMAND_FAILED$/, at + error?.message);
    assert.notEqual(error?.remedy ?? "", "");
    assert.deepEqual(artifacts, []);
    assert.deepEqual(filesBelow(join(cwd, "out")), []);
    assert.deepEqual(unwanted(filesBelow(cwd)), []);
    return cwd;
  }

  describe("a clock", () => {
    for (const [what, now] of [
      ["that was set back by a day", `real() - ${day}`],
      ["that was set forward by a year", `real() + ${365 * day}`],
      ["that stands still", "1_700_000_000_000"],
      [
        "that jumps back with every look",
        `real() - (globalThis.looks = (globalThis.looks ?? 0) + 1) * 60_000`,
      ],
    ] as const)
      it(`${what} changes nothing`, async () => {
        const cwd = project();
        assert.equal((await runIn(cwd)).code, 0);
        for (let time = 1; time <= 2; time += 1) {
          const shifted = { json: true, node: ["--import", clock(now)] };
          const { code, stdout, stderr } = await runIn(cwd, undefined, shifted);
          assert.equal(code, 0, stdout + stderr);
          const { milliseconds, results } = reportOf(stdout);
          assert.ok(milliseconds >= 0 && milliseconds < 60_000, `it says that it took ${milliseconds} ms`);
          for (const result of results) assert.ok(result.milliseconds >= 0 && result.milliseconds < 60_000);
          await asUsual(cwd);
        }
      });

    it("that was ahead when everything was written changes nothing", async () => {
      const cwd = project();
      const ahead = new Date(Date.now() + 30 * day);
      for (const name of ["install.wim", "servicing.config.ts", "payload", "payload/1.bin"])
        utimesSync(join(cwd, name), ahead, ahead);
      const before = statSync(join(cwd, "install.wim")).mtimeMs;
      for (let time = 1; time <= 2; time += 1) {
        const { code, stdout, stderr } = await runIn(cwd);
        assert.equal(code, 0, stdout + stderr);
        await asUsual(cwd);
      }
      assert.equal(statSync(join(cwd, "install.wim")).mtimeMs, before);
    });
  });

  describe("with locks, and a journal", () => {
    it("a work folder that becomes read-only at modify ends the run with that error", async function () {
      sealedOff(await endured(this, sealed(".servicing/work", "modify")));
    });

    it("of many that run one line at the same moment each finishes or is told that it is busy", async () => {
      const cwd = project();
      const all = await Promise.all(Array.from({ length: 6 }, () => runIn(cwd)));
      for (const { code, stdout, stderr } of all)
        if (code !== 0) assert.match(stdout + stderr, /^(?=[^]*SERVICING_\w*BUSY: )(?![^]*UNEXPECTED)/);
      assert.ok(all.some(({ code }) => code === 0));
      await asUsual(cwd);
      assert.equal((await runIn(cwd)).code, 0);
      await asUsual(cwd);
    });

    it("two projects that write one output at the same moment leave a whole one", async () => {
      const shared = folderOf().path;
      const output = JSON.stringify(join(shared, "line.wim"));
      const text = config.replace('line: "line",', `line: "line", output: { file: ${output} },`);
      const folders = [project(text), project(text), project(text)];
      const all = await Promise.all(folders.map((cwd) => runIn(cwd)));
      for (const { code, stdout, stderr } of all)
        if (code !== 0) assert.match(stdout + stderr, /^(?=[^]*SERVICING_\w*BUSY: )(?![^]*UNEXPECTED)/);
      assert.ok(all.some(({ code }) => code === 0));
      for (const cwd of folders) await asUsual(cwd, join(shared, "line.wim"));
      assert.deepEqual(filesBelow(shared), ["line.wim"]);
    });

    for (const at of ["modify", "commit"])
      it(`a source that is overwritten at ${at}, its size and times as before, gets no result`, async () => {
        await refusesChange({
          at,
          code: `
            const { execFileSync } = await import("node:child_process");
            execFileSync("cp", ["-p", "install.wim", "before"]);
            const file = fs.openSync("install.wim", "r+");
            fs.writeSync(file, Buffer.alloc(400_000, 1), 0, 400_000, 1000);
            fs.closeSync(file);
            execFileSync("touch", ["-r", "before", "install.wim"]);`,
        });
      });

    it("a source that is replaced while the line is planned gets no result", async () => {
      const cwd = project();
      const code = 'fs.copyFileSync("install.wim", "other"); fs.renameSync("other", "install.wim");';
      const { code: exit, stdout, stderr } = await runIn(cwd, { at: "plan", code });
      assert.ok(exit === 1 || exit === 2, stdout + stderr);
      assert.match(stdout + stderr, /SERVICING_IMAGE_CHANGED/);
      assert.deepEqual(filesBelow(join(cwd, "out")), []);
    });
  });

  describe("with a store", () => {
    const at = ".servicing/store";
    const unkept = /warning +no checkpoint could be kept in .*store/;

    for (const [when, free] of [
      ["plan", 0],
      ["begins modify", 200_000],
    ] as const)
      it(`that is full, but for ${free} bytes, from ${when} on`, async function () {
        const disturb = { at: when, code: `fill("${at}", ${free})` };
        await goesOn(await endured(this, { ...tmpfs(at, "12m"), disturb }), unkept);
      });

    it("that cannot be written", async function () {
      await goesOn(await endured(this, readOnly(at)), unkept);
      await goesOn(await endured(this, sealed(at, "begins modify")), unkept);
    });

    it("that is a file", async () => {
      const cwd = project();
      mkdirSync(join(cwd, ".servicing"));
      writeFileSync(join(cwd, at), "a file");
      const { code, stdout, stderr } = await runIn(cwd);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, unkept);
      await asUsual(cwd);
      assert.equal(readFileSync(join(cwd, at), "utf8"), "a file");
    });

    const every = `fs.readdirSync("${at}", { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile()).map((entry) => entry.parentPath + "/" + entry.name)`;
    const meanwhile: Readonly<Record<string, string>> = {
      "is taken away": `fs.rmSync("${at}", { recursive: true });`,
      "becomes a file": `fs.rmSync("${at}", { recursive: true }); fs.writeFileSync("${at}", "");`,
      "loses half of each file": `for (const file of ${every}) fs.truncateSync(file, fs.statSync(file).size >> 1);`,
      "gets another byte in each file": `for (const file of ${every}) {
        const bytes = fs.readFileSync(file);
        bytes[bytes.length >> 1] ^= 0xff;
        fs.writeFileSync(file, bytes);
      }`,
    };
    for (const [turn, [what, code]] of Object.entries(meanwhile).entries())
      it(`that ${what} while the line runs, whether it fills or uses it`, async () => {
        const moments = ["begins modify", "begins commit"] as const;
        const some = turn === 0 ? moments : moments.slice(turn % 2, (turn % 2) + 1);
        const each = some.map(async (when) => {
          const cwd = project();
          for (let time = 1; time <= 2; time += 1) {
            rmSync(join(cwd, "out"), { recursive: true, force: true });
            const run = await runIn(cwd, { at: when, code });
            assert.equal(run.code, 0, `${when}, run ${time}:\n${run.stdout}${run.stderr}`);
            await asUsual(cwd);
            if (time === 2) continue;
            rmSync(join(cwd, at), { recursive: true, force: true });
            assert.equal((await runIn(cwd)).code, 0);
          }
        });
        await Promise.all(each);
      });

    const damages: Readonly<Record<string, (file: string) => void>> = {
      "a byte of it changed": (file) => {
        const bytes = readFileSync(file);
        const middle = bytes.length >> 1;
        bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
        writeFileSync(file, bytes);
      },
      "its second half lost": (file) => truncateSync(file, statSync(file).size >> 1),
      "a folder in its place": (file) => {
        rmSync(file);
        mkdirSync(file);
      },
      "nothing in its place": (file) => rmSync(file),
      "a time in the future": (file) => utimesSync(file, Date.now() / 1000 + 1e6, Date.now() / 1000 + 1e6),
    };
    it("of which a file of a checkpoint, or every file, was damaged, in whatever way", async function () {
      this.timeout(300_000);
      const cwd = project();
      assert.equal((await runIn(cwd)).code, 0);
      const store = join(cwd, at);
      const kept = `${store}.kept`;
      cpSync(store, kept, { recursive: true, preserveTimestamps: true });
      const files = filesBelow(store).filter((name) => statSync(join(store, name)).isFile());
      const last = files.filter((name) => isOfLast(store, name));
      assert.equal(last.length, 3, files.join());
      for (const [turn, [what, damage]] of Object.entries(damages).entries()) {
        const damaged = turn % 2 === 0 ? files : last.slice(turn % 3, (turn % 3) + 1);
        rmSync(store, { recursive: true });
        cpSync(kept, store, { recursive: true, preserveTimestamps: true });
        for (const name of damaged) damage(join(store, name));
        rmSync(join(cwd, "out"), { recursive: true });
        const { code, stdout, stderr } = await runIn(cwd);
        assert.equal(code, 0, `${what}, ${damaged.join()}:\n${stdout}${stderr}`);
        await asUsual(cwd);
      }
      // And is mended: the next finds it whole.
      rmSync(join(cwd, "out"), { recursive: true });
      assert.doesNotMatch((await runIn(cwd)).stdout, /warning/);
    });

    it("that two processes fill and use at once: what they share is made by one, and both finish", async () => {
      const cwd = project();
      const text = config.replace(
        "files({ copy",
        'files({ write: { "\\\\Windows\\\\own.txt": "LINE" } }), files({ copy',
      );
      const names = ["a", "b"];
      for (const name of names) {
        mkdirSync(join(cwd, "lines", name), { recursive: true });
        const own = text
          .replace('line: "line"', `line: "${name}"`)
          .replace("LINE", name)
          .replace('"install.wim"', '"../../install.wim"')
          .replace("copy: { payload:", 'copy: { "../../payload":');
        writeFileSync(join(cwd, "lines", name, "servicing.config.ts"), own);
      }
      writeFileSync(
        join(cwd, "servicing.config.ts"),
        'import { defineConfig } from "servicing"; export default defineConfig({ lines: ["lines/*/servicing.config.ts"] });',
      );
      const all = await Promise.all(
        names.map((name) => launch(["run", name, "--json"], cwd, { env: environment(cwd) }).finished),
      );
      for (const { code, stdout, stderr } of all) assert.equal(code, 0, stdout + stderr);
      const reports = all.map(({ stdout }) => reportOf(stdout));
      const outcomes = reports.map(({ results }) => results.map(({ outcome }) => outcome));
      assert.deepEqual(outcomes.map(([mount]) => mount).sort(), ["done", "reused"]);
      assert.deepEqual(outcomes.map(([, shared]) => shared).sort(), ["done", "reused"]);
      for (const name of names) await verifyWim(join(cwd, "lines", name, "out", `${name}.wim`));
      assert.deepEqual(unwanted(filesBelow(cwd)), []);
    });
  });

  describe("what the next run is told", () => {
    it("cannot be written at all, which is no reason to fail", async function () {
      const run = await endured(this, readOnly(".servicing/lines"));
      await goesOn(run, /warning +the next run will not know of this one: .*EROFS/);
    });

    it("cannot be written beside the config, where all else can be", async function () {
      const run = await endured(this, {
        at: "out",
        mount: `mount --bind . . && cd .. && cd - >/dev/null && mkdir .servicing &&
          mount -t tmpfs tmpfs .servicing && mount -t tmpfs tmpfs out && mount -o remount,bind,ro .`,
        relieve: "mount -o remount,bind,rw .",
      });
      await goesOn(run, /warning +servicing\.lock\.json was not written: .*EROFS/);
    });
  });

  describe("an output folder that disappears", () => {
    for (const at of ["prepare", "begins modify", "begins commit"])
      it(`as ${at.startsWith("begins") ? "" : "something is done in "}${at} ends the run or is made again`, async () => {
        const cwd = project();
        const { code, stdout, stderr } = await runIn(cwd, {
          at,
          code: 'fs.rmSync("out", { recursive: true });',
        });
        const said = stdout + stderr;
        assert.doesNotMatch(said, /SERVICING_UNEXPECTED|\n\s+at .*:\d+:\d+/, "it is taken for a defect");
        if (code !== 0) {
          assert.equal(code, 1, said);
          assert.match(said, /→ \S/);
        }
        assert.equal((await runIn(cwd)).code, 0);
        await asUsual(cwd);
      });
  });

  describe("a delta", () => {
    for (const [at, free] of [
      ["out", 200_000],
      [".servicing/work", 50_000],
    ] as const)
      it(`for which there is no room but ${free} bytes below ${at}`, async function () {
        const disturb = { at: "begins commit", code: `fill("${at}", ${free})` };
        const run = await endured(this, { ...tmpfs(at, "40m"), disturb }, deltaConfig(at));
        refused(run, 1, /SERVICING_(COMMAND_FAILED|SYSTEM_REFUSED)[^]*(ENOSPC|No space left on device)/);
      });
  });

  describe("what a plugin mounted in the work folder and left there", () => {
    const text = `
      import { execFileSync } from "node:child_process";
      import { existsSync, mkdirSync } from "node:fs";
      import { defineConfig } from "servicing";
      const mounting = {
        name: "mounting",
        apply: ({ hooks }) =>
          hooks.modify.tap("mounting", (modify) => modify.call("mounts", async ({ target }) => {
            if (process.env.SERVICING_TEST_DO === undefined) return;
            const at = target.branch.replace("branch.wim", "mounted");
            mkdirSync(at);
            execFileSync("wimlib-imagex", ["mount", "install.wim", "1", at]);
            if (process.env.SERVICING_TEST_DO === "hang") await new Promise((done) => setInterval(done, 600_000));
          })),
      };
      export default defineConfig({ line: "line", image: { file: "install.wim", index: 1 }, plugins: [mounting] });`;

    for (const end of ["is cut off", "finishes"])
      it(`stays, though the run ${end}, and the next names the command that ends it`, async function () {
        if (!canMount()) {
          process.stderr.write("    skipped: FUSE does not work here\n");
          this.skip();
        }
        const cwd = project(text);
        const mounted = join(cwd, ".servicing/work/line/image-1/mounted");
        const first = launch(["run"], cwd, {
          env: environment(cwd, { at: "", code: end === "finishes" ? "end" : "hang" }),
        });
        try {
          if (end === "is cut off") {
            await appears(join(mounted, "Windows"));
            first.killGroup("SIGKILL");
          }
          const { code, stdout } = await first.finished;
          if (end === "finishes") {
            assert.equal(code, 0, stdout);
            assert.match(stdout, /warning +.*work.line stays: .* mounted at .*→ Unmount it first, by/);
            rmSync(join(cwd, "out"), { recursive: true });
          }
          const next = await runIn(cwd);
          assert.equal(next.code, 2, next.stdout);
          assert.match(
            next.stderr,
            /SERVICING_WORK_MOUNTED: [^]*\n→ Unmount it first, by `fusermount -u \S+mounted`;/,
          );
          assert.ok(existsSync(join(mounted, "Windows")));
          assert.equal(sha256(join(cwd, "install.wim")), digest);
        } finally {
          spawnSync("fusermount", ["-u", mounted]);
        }
        const { code, stdout, stderr } = await runIn(cwd);
        assert.equal(code, 0, stdout + stderr);
        assert.deepEqual(unwanted(filesBelow(cwd)), []);
      });
  });
});

/** Whether a file is of the checkpoint to which something was added, and not the same in all. */
function isOfLast(store: string, name: string): boolean {
  return existsSync(join(store, name, "../blobs-1.wim")) && !name.endsWith("blobs-0.wim");
}

function refused({ first, left }: Endured, exitCode: number, error: RegExp): void {
  const said = first.stdout + first.stderr;
  assert.equal(first.code, exitCode, said);
  assert.match(said, error);
  assert.match(said, /→ \S/, "no remedy");
  assert.doesNotMatch(said, /SERVICING_UNEXPECTED|\n\s+at .*:\d+:\d+/, "it is taken for a defect");
  assert.deepEqual(unwanted(left[0] ?? []), []);
  assert.ok(!left[0]?.includes("./out/line.wim"), "there is a result");
}

function sealedOff({ first, result }: Endured): void {
  const said = first.stdout + first.stderr;
  assert.equal(first.code, 1, said);
  assert.match(said, /SERVICING_(COMMAND_FAILED|SYSTEM_REFUSED)[^]*(EROFS|Read-only file system)/);
  assert.doesNotMatch(said, /SERVICING_UNEXPECTED|\n\s+at .*:\d+:\d+/, "it is taken for a defect");
  assert.equal(result, undefined);
}

function environment(cwd: string, disturb?: Disturbance): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    SERVICING_STORE: join(cwd, ".servicing/store"),
    ...(disturb === undefined ? {} : { SERVICING_TEST_AT: disturb.at, SERVICING_TEST_DO: disturb.code }),
  };
}

function runIn(
  cwd: string,
  disturb?: Disturbance,
  { json = false, node = [] }: { readonly json?: boolean; readonly node?: readonly string[] } = {},
): Promise<Finished> {
  const args = ["run", ...(json ? ["--json"] : [])];
  return launch(args, cwd, { env: environment(cwd, disturb), node }).finished;
}

async function appears(file: string): Promise<void> {
  for (let left = 500; left > 0 && !existsSync(file); left -= 1)
    await new Promise((later) => setTimeout(later, 20));
  assert.ok(existsSync(file), `${file} did not appear`);
}

/** Whatever is not finished, locks, or lies in the work folder. */
function unwanted(paths: readonly string[]): readonly string[] {
  return paths.filter((path) =>
    /unfinished|\.lock$|servicing-probe|\.servicing\/work\/(?!ballast$)/.test(path),
  );
}

/** A disk of its own for a folder, which grows when the trouble is over. */
function tmpfs(at: string, size: string): Place {
  return {
    at,
    mount: `mount -t tmpfs -o size=${size} tmpfs ${at}`,
    relieve: `mount -o remount,size=100m ${at}`,
  };
}

function readOnly(at: string): Place {
  return { at, mount: `mount -t tmpfs -o ro tmpfs ${at}`, relieve: `mount -o remount,rw ${at}` };
}

/** Becomes read-only in the middle of the run: by a mount over it, since what has files open to be written cannot. */
function sealed(at: string, phase: string): Place {
  return {
    at,
    mount: "true",
    relieve: `(umount ${at} || true)`,
    disturb: {
      at: phase,
      code: `
        exec("mount", ["--bind", "${at}", "${at}"]);
        exec("mount", ["-o", "remount,bind,ro", "${at}"]);`,
    },
  };
}

/** For `node --import`: what Date says. */
function clock(now: string): string {
  return `data:text/javascript,${encodeURIComponent(`
    const real = Date.now;
    const now = () => ${now};
    globalThis.Date = new Proxy(Date, {
      construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
      get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
    });`)}`;
}
