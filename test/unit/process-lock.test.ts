import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { ownIdentity } from "../../core/process-identity.ts";
import {
  acquire,
  acquireWaiting,
  holder,
  type LockOwner,
  type ProcessLock,
  tryAcquire,
} from "../../core/process-lock.ts";
import { deadOwner } from "../support/dead-owner.ts";
import { rig } from "../support/rig.ts";

const here = (): string => join(rig().folder, "lock");
const owner = (given: Partial<LockOwner> = {}): LockOwner => ({
  ...ownIdentity(),
  token: "0123456789abcdef",
  what: "runs kiosk",
  since: "2030-01-01T00:00:00.000Z",
  ...given,
});
const put = (file: string, value: unknown): void => writeFileSync(file, `${JSON.stringify(value)}\n`);
const noLinks = (): never => {
  throw Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM", syscall: "link" });
};

async function taken(file: string): Promise<ProcessLock> {
  const lock = await tryAcquire(file, "tests");
  assert.ok("release" in lock, "it is busy");
  return lock;
}

describe("a process lock", () => {
  it("says who has it, and is gone when it is released", async () => {
    const file = here();
    const lock = await acquire(file, "runs kiosk");
    const { token, since, ...rest } = JSON.parse(readFileSync(file, "utf8")) as LockOwner;
    assert.deepEqual(rest, { ...ownIdentity(), what: "runs kiosk" });
    assert.match(token, /^[\da-f]{16}$/);
    assert.ok(Date.parse(since) > 0);
    assert.equal(holder(file)?.token, token);
    lock.release();
    lock.release();
    assert.deepEqual(readdirSync(join(file, "..")), []);
    assert.equal(holder(file), undefined);
  });

  it("is busy for other work of the same process as well", async () => {
    const file = here();
    const lock = await acquire(file, "runs kiosk");
    await assert.rejects(acquire(file, "runs laptop"), {
      code: "SERVICING_LOCK_BUSY",
      message: `${file} is held by process ${process.pid}, which runs kiosk`,
    });
    lock.release();
    (await acquire(file, "runs laptop")).release();
  });

  it("is taken over from a process that was killed", async () => {
    const file = here();
    const script = `import { acquire } from ${JSON.stringify(new URL("../../core/process-lock.ts", import.meta.url).href)};
      await acquire(${JSON.stringify(file)}, "hangs"); console.log("has it"); setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    await once(child.stdout, "data");
    await assert.rejects(acquire(file, "tests"), {
      message: new RegExp(`process ${child.pid}, which hangs`),
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    (await taken(file)).release();
    assert.deepEqual(readdirSync(join(file, "..")), []);
  });

  it("is taken over from a zombie, whose number is still in use", async function () {
    if (process.platform !== "linux") this.skip();
    const file = here();
    // The shell becomes `sleep`, which never waits for its child.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
    const [data] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(data.toString());
    const state = (): string => /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? "";
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ");
    const boot = ownIdentity().started.split(" ")[0];
    put(file, owner({ pid, started: `${boot} ${fields?.[19]}` }));
    while (state() !== "Z") await new Promise((later) => setTimeout(later, 10));
    (await taken(file)).release();
    parent.kill("SIGKILL");
  });

  it("is not owned by a process that only has the number of its owner", async function () {
    if (process.platform !== "linux") this.skip();
    const file = here();
    const [boot, ticks] = ownIdentity().started.split(" ");
    for (const started of ["", "1", `${boot} 1`, `another-boot ${ticks}`]) {
      put(file, owner({ started }));
      // What does not say when it started is believed.
      if (started === "") assert.ok(!("release" in (await tryAcquire(file, "tests"))));
      else (await taken(file)).release();
    }
  });

  it("of another host or container is never taken over, and the error says what to do", async () => {
    const file = here();
    for (const given of [{ host: "builder.example" }, { space: "pid:[1]" }]) {
      if ("space" in given && process.platform !== "linux") continue;
      const of = deadOwner(given);
      put(file, of);
      await assert.rejects(acquire(file, "tests"), {
        code: "SERVICING_LOCK_ELSEWHERE",
        message: new RegExp(`process ${of.pid} of ${of.host}, which runs dead; whether it lives`),
        remedy: `Wait for it. If you know that it is gone, remove ${file} and run again.`,
      });
      assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), of);
    }
  });

  it("does not go by the time of day", async () => {
    const file = here();
    put(file, deadOwner({ since: "2999-01-01T00:00:00.000Z" }));
    (await taken(file)).release();
    put(file, owner({ since: "1970-01-01T00:00:00.000Z" }));
    assert.ok(!("release" in (await tryAcquire(file, "tests"))));
  });

  it("that says nothing sensible is taken over, but not before it had the time to be written", async () => {
    const file = here();
    writeFileSync(file, `{"pid":`);
    const start = performance.now();
    (await taken(file)).release();
    assert.ok(performance.now() - start > 2500);
    writeFileSync(file, "");
    setTimeout(() => put(file, owner()), 300);
    const busy = await tryAcquire(file, "tests");
    assert.ok(!("release" in busy) && busy.what === "runs kiosk");
  });

  it("works where there are no hard links", async () => {
    const file = here();
    const lock = await acquire(file, "first", { link: noLinks });
    await assert.rejects(acquire(file, "second", { link: noLinks }), { message: /which first$/ });
    lock.release();
    put(file, deadOwner());
    (await acquire(file, "third", { link: noLinks })).release();
    assert.deepEqual(readdirSync(join(file, "..")), []);
  });

  it("survives the death of whoever was just removing a dead one", async () => {
    const file = here();
    const dead = deadOwner();
    put(file, dead);
    put(`${file}.${dead.token}`, deadOwner({ token: "fedcba9876543210" }));
    put(`${file}.fedcba9876543210.new`, deadOwner());
    writeFileSync(`${file}.0011223344556677.new`, "");
    put(`${file}.kept`, deadOwner());
    (await taken(file)).release();
    assert.deepEqual(readdirSync(join(file, "..")), ["lock.kept"]);
  });

  it("is not removed by its owner once it is somebody else's", async () => {
    const file = here();
    const lock = await acquire(file, "tests");
    put(file, owner());
    lock.release();
    assert.ok(existsSync(file));
  });

  it("cannot be had where nothing can be written", async () => {
    const file = here();
    await assert.rejects(acquire(join(file, "missing", "lock"), "tests"), { code: "ENOENT" });
  });

  it("is refused, and not waited for, where something else than a file is in its place", function () {
    if (process.platform === "win32") this.skip();
    const file = here();
    const kinds = ["a folder", "a symbolic link", "a pipe"];
    const files = kinds.map((kind) => `${file} ${kind}`);
    const [folder, link, pipe] = files as [string, string, string];
    mkdirSync(folder);
    symlinkSync("nowhere", link);
    assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
    // A process of its own can be ended where it hangs.
    const script = `import { acquire, holder } from ${JSON.stringify(new URL("../../core/process-lock.ts", import.meta.url).href)};
      for (const file of ${JSON.stringify(files)}) {
        console.log(holder(file)?.what);
        await acquire(file, "tests").catch(({ code, message }) => console.log(code, message));
      }`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 10_000,
    });
    const said = kinds.map(
      (kind, at) =>
        `is unknown\nSERVICING_LOCK_NOT_A_FILE ${files[at]} is where a lock belongs, and it is ${kind}, which no run made\n`,
    );
    assert.equal(stdout, said.join(""));
  });

  it("is waited for, and whom it is waited for is told once", async () => {
    const file = here();
    const lock = await acquire(file, "runs kiosk");
    const told: string[] = [];
    const { signal } = new AbortController();
    const waiting = acquireWaiting(file, "tests", { signal, onWait: ({ what }) => void told.push(what) });
    await new Promise((later) => setTimeout(later, 700));
    lock.release();
    (await waiting).release();
    assert.deepEqual(told, ["runs kiosk"]);
  });

  it("is waited for no longer than the signal lets it", async () => {
    const file = here();
    const lock = await acquire(file, "runs kiosk");
    const controller = new AbortController();
    const waiting = acquireWaiting(file, "tests", {
      signal: controller.signal,
      onWait: () => void setTimeout(() => controller.abort(), 20),
    });
    await assert.rejects(waiting, { name: "AbortError" });
    lock.release();
  });

  it("shows nothing of a foreign file that a terminal would act on", async () => {
    const file = here();
    put(file, owner({ what: "\u001B[2Jclears" }));
    await assert.rejects(acquire(file, "tests"), { message: /which \[2Jclears$/ });
  });

  it("has one owner at a time within a process, however many want it", async () => {
    const file = here();
    put(file, deadOwner());
    let inside = 0;
    let count = 0;
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const lock = await acquireWaiting(file, "tests", {
          signal: AbortSignal.timeout(60_000),
          onWait: () => undefined,
        });
        assert.equal(++inside, 1);
        await new Promise((later) => setTimeout(later, 1));
        inside -= 1;
        count += 1;
        lock.release();
      }),
    );
    assert.equal(count, 12);
  });

  it("reads any file without failing", async () => {
    const file = here();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ pid: value })),
        ),
        (text) => {
          writeFileSync(file, text);
          holder(file);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("processes that race for the lock of a dead one", () => {
  const script = new URL("../support/lock-racer.ts", import.meta.url).pathname;
  const racers: { readonly child: ChildProcess; say(text: string): Promise<string> }[] = [];

  before(() => {
    for (let count = 0; count < 3; count += 1) {
      const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
      const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      racers.push({
        child,
        async say(text) {
          child.stdin.write(`${text}\n`);
          return (await answers.next()).value as string;
        },
      });
    }
  });

  after(() => {
    for (const { child } of racers) child.kill();
  });

  it("have one winner, every time", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const folder = rig().folder;
    for (let round = 0; round < 200; round += 1) {
      const file = join(folder, String(round));
      put(file, owner({ pid, token: round.toString(16).padStart(16, "0") }));
      const answers = await Promise.all(racers.map(({ say }) => say(`take\t${file}`)));
      assert.deepEqual(answers.toSorted(), ["lost", "lost", "won"], `round ${round}`);
      await Promise.all(racers.map(({ say }) => say("release")));
      assert.ok(!existsSync(file));
    }
    assert.deepEqual(readdirSync(folder), []);
  });
});
