import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Flags, Invocation } from "../../core/cli-commands.ts";
import { type RunLine, runTree, type TreeOptions } from "../../core/commands/run.ts";
import { failure } from "../../core/error.ts";
import type { Event, Report, RunReport } from "../../core/event.ts";
import type { Line } from "../../core/line.ts";
import type { Prepared } from "../../core/line-plan.ts";
import type { Plugin } from "../../core/plugin.ts";
import type { Plan } from "../../core/step.ts";
import type { TaskTree } from "../../core/task.ts";
import { folderOf } from "../support/command.ts";
import { kioskPlan, kioskReport } from "../support/plan.ts";

const node = (name: string): TaskTree => ({
  kind: "line",
  name,
  line: { line: name, output: { file: `/out/${name}.wim` }, plugins: [delivering] } as unknown as Line,
});
const delivering: Plugin = {
  name: "delivering",
  apply: ({ hooks }) => hooks.deploy.tap("delivering", () => undefined),
};
const all = (...members: TaskTree[]): TaskTree => ({ kind: "parallel", name: "", members });

const never: RunLine = () => assert.fail("it began");
const three = (kind: "parallel" | "series"): TaskTree => ({
  kind,
  name: "",
  members: [node("a"), node("b"), node("c")],
});

/** Plans of which a's replaces /out/media, b's this folder, and those of others nothing. */
const delivered = (folder: string) => (group: readonly Line[]) =>
  new Map(
    group.map((line) => {
      const file = line.line === "b" ? folder : "/out/media";
      const place = { act: "place folder", folder: `${file}.unfinished`, to: file } as const;
      const steps = [{ id: "1", phase: "deploy", title: "", items: [], commands: [place], undo: [] }];
      const plan = { ...kioskPlan, steps: line.line === "c" ? [] : steps } as Plan;
      return [line, Promise.resolve({ plan } as Prepared)] as const;
    }),
  );

function sink(): { readonly stream: NodeJS.WriteStream; text(): string } {
  let text = "";
  const stream = new Writable({
    write(piece: Buffer, _, done) {
      text += piece.toString();
      done();
    },
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

async function ran(
  tree: TaskTree,
  runLine: RunLine,
  given: Partial<Flags> = {},
  signal = new AbortController().signal,
  runs?: string,
  together?: TreeOptions["together"],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [sink(), sink()];
  const flags: Flags = {
    cwd: "/",
    json: false,
    dryRun: false,
    keepWork: false,
    resume: false,
    fresh: false,
    why: false,
    frozen: false,
    store: false,
    failFast: false,
    verbose: false,
    parallel: 1,
    ...given,
  };
  const invocation: Invocation = {
    positionals: [],
    flags,
    signal,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {},
  };
  const code = await runTree(tree, invocation, runLine, {
    ...(runs === undefined ? {} : { runs }),
    ...(together === undefined ? {} : { together }),
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** As an engine would: it plans, ends every step, and reports. */
const good: RunLine = (line, { emit }) => {
  const name = line.line;
  const say = (event: Event): void => emit(event);
  say({ line: name, type: "planned", plan: { ...kioskPlan, line: name } });
  for (const step of kioskPlan.steps) {
    say({ line: name, type: "started", step });
    say({ line: name, type: "finished", step, result: { step: step.id, outcome: "done", milliseconds: 5 } });
  }
  const report = { ...kioskReport, line: name };
  say({ line: name, type: "reported", report });
  return Promise.resolve(report);
};
const bad: RunLine = (line) =>
  Promise.resolve({ ...kioskReport, line: line.line, ok: false, outcome: "failed", results: [] });
const missing: RunLine = () => Promise.reject(failure("SERVICING_IMAGE_NOT_FOUND", { file: "/x.wim" }));

const broken: RunLine = () => Promise.reject(new TypeError("undefined is not a function"));
/** Gives each line what its name says. */
const byName: RunLine = (line, options) => ({ good, bad, missing })[line.line as "good"](line, options);

const twin = (name: string): TaskTree => ({
  kind: "line",
  name,
  line: { line: name, output: { file: "/out/same.wim" } } as Line,
});
/** Runs until it is told to stop. */
const endless: RunLine = (line, { signal }) =>
  new Promise((done) =>
    signal.addEventListener("abort", () =>
      done({ ...kioskReport, line: line.line, ok: false, outcome: "cancelled", results: [] }),
    ),
  );

const mixed: RunLine = (line, options) =>
  ({ good, bad, missing, endless })[line.line.replace(/\d/, "") as "good"](line, options);

/** Lines of all sorts, then what they are gathered in. */
const gathers = (file: string): TaskTree => {
  const members = [node("bad"), node("good"), node("missing")];
  const lines = members.flatMap((leaf) => (leaf.kind === "line" ? [leaf.line] : []));
  const output = { file, compress: "keep", verify: false } as const;
  const collection = {
    name: "x",
    lines: lines.map((line) => ({ ...line, image: { file: "/" } })),
    output,
  };
  return {
    kind: "series",
    name: "",
    members: [all(...members), { kind: "collection", name: "x", collection: collection as never }],
  };
};

describe("a run", () => {
  it("ends with 3 where all that failed are devices that have yet to come back", async () => {
    const { code: reason, message, remedy } = failure("SERVICING_DEVICE_WAITS", { folder: "/srv/device" });
    const error = { code: reason, message, remedy };
    const waits: RunLine = async (line, options) => ({ ...((await bad(line, options)) as Report), error });
    const lines: Readonly<Record<string, RunLine>> = { waits, good, bad };
    const run = async (...names: readonly string[]) =>
      (await ran(all(...names.map(node)), (line, options) => (lines[line.line] as RunLine)(line, options)))
        .code;
    assert.deepEqual([await run("waits"), await run("good", "waits"), await run("waits", "bad")], [3, 3, 1]);
  });

  it("ends with 0 and a report when every line was done", async () => {
    const { code, stdout, stderr } = await ran(all(node("a"), node("b")), good);
    assert.equal(code, 0);
    assert.match(stdout, /a › commit › Export to kiosk\.wim {2}done in 5ms/);
    assert.match(stdout, /✔ a done in 1m 5s[\S\s]*✔ b done in 1m 5s/);
    assert.equal(stderr, "");
  });

  it("ends with 1 when a line failed, whatever became of the others", async () => {
    const { code, stdout, stderr } = await ran(all(node("bad"), node("missing"), node("good")), byName);
    assert.equal(code, 1);
    assert.match(stdout, /✔ good done/);
    assert.match(stderr, /SERVICING_IMAGE_NOT_FOUND: There is no image at \/x\.wim/);
  });

  it("ends with 2 when a line could not start", async () => {
    const { code, stdout } = await ran(node("a"), missing);
    assert.equal(code, 2);
    assert.match(stdout, /a {2}failed: SERVICING_IMAGE_NOT_FOUND/);
  });

  it("ends with 1 and a stack when something is broken", async () => {
    const { code, stderr } = await ran(node("a"), broken, { verbose: true });
    assert.equal(code, 1);
    assert.match(stderr, /SERVICING_UNEXPECTED: a: undefined is not a function/);
    assert.match(stderr, /TypeError: undefined[\S\s]*run\.test\.ts:\d+/);
  });

  it("ends with 130 when it was interrupted, and starts no more lines", async () => {
    const controller = new AbortController();
    const begun: string[] = [];
    const stopping: RunLine = (line, options) => {
      begun.push(line.line);
      controller.abort();
      return bad(line, options);
    };
    const { code } = await ran(all(node("a"), node("b")), stopping, {}, controller.signal);
    assert.equal(code, 130);
    assert.deepEqual(begun, ["a"]);
  });

  it("says nothing but JSON on stdout when asked to", async () => {
    const { code, stdout, stderr } = await ran(all(node("good"), node("missing")), byName, { json: true });
    assert.equal(code, 2);
    const values = stdout
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row) as { type?: string; error?: { code: string } });
    assert.equal(values[0]?.type, "planned");
    assert.equal(values.at(-3)?.type, "reported");
    assert.equal(values.at(-2)?.error?.code, "SERVICING_IMAGE_NOT_FOUND");
    assert.equal(values.at(-1)?.type, "ended");
    assert.match(stderr, /There is no image/);
  });

  it("writes one report of several lines, in their order, those included that could not start", async () => {
    const runs = folderOf().path;
    const tree = all(node("missing"), node("bad"), node("good"));
    const { stdout } = await ran(tree, byName, { json: true }, undefined, runs);
    const [folder = ""] = readdirSync(runs);
    assert.match(folder, /^\d{4}-.*-lines$/);
    const text = readFileSync(join(runs, folder, "report.json"), "utf8");
    const report = JSON.parse(text) as RunReport;
    assert.deepEqual(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""), { type: "ended", ...report });
    assert.equal(report.ok, false);
    assert.deepEqual(report.steps, { done: kioskReport.results.length, reused: 0 });
    assert.deepEqual(
      report.lines.map(({ line, ok }) => [line, ok]),
      [
        ["bad", false],
        ["good", true],
      ],
    );
    const [error, ...others] = report.errors;
    assert.deepEqual([error?.line, error?.code, others.length], ["missing", "SERVICING_IMAGE_NOT_FOUND", 0]);
    assert.equal(report.folder, join(runs, folder));

    const said = (await ran(tree, byName, {}, undefined, runs)).stdout;
    assert.match(
      said,
      /1 of 3 done; \d+ steps run, 0 reused\n {2}✖ bad .*\n {2}✔ good .*\n {2}✖ missing {2}SERVICING_IMAGE_NOT_FOUND\n {2}report {2}\S*-lines\/report\.json\n$/,
    );
    assert.equal(readdirSync(runs).length, 2);
    await ran(tree, byName, { dryRun: true }, undefined, runs);
    const alone = await ran(node("good"), byName, { json: true }, undefined, runs);
    assert.equal(readdirSync(runs).length, 2, "a dry run and a single line have none");
    assert.doesNotMatch(alone.stdout, /"ended"/);
  });

  it("says that what lines are gathered in was not made, and that the one there stays", async () => {
    const folder = folderOf({ "x.wim": "old" }).path;
    const { code, stdout, stderr } = await ran(gathers(join(folder, "x.wim")), byName);
    assert.equal(code, 1);
    assert.match(stdout, /x {2}failed: SERVICING_COLLECTION_NOT_MADE/);
    assert.match(
      stderr,
      /x\.wim was not made, since bad, missing failed; the one that is there stays as it was/,
    );
    assert.equal(readFileSync(join(folder, "x.wim"), "utf8"), "old");
    assert.match((await ran(gathers("/none/x.wim"), byName)).stderr, /since bad, missing failed$/m);
  });

  it("hands --dry-run and --engine on, and calls no function in a dry run", async () => {
    const seen: unknown[] = [];
    const look: RunLine = (line, options) => {
      seen.push([options.dryRun, options.engine]);
      return good(line, options);
    };
    const fail: TaskTree = { kind: "function", name: "publish", run: () => assert.fail("it ran") };
    const { code } = await ran(all(node("a"), fail), look, { dryRun: true, engine: "dism" });
    assert.equal(code, 0);
    assert.deepEqual(seen, [[true, "dism"]]);
  });

  it("refuses two lines with one output before either begins", async () => {
    await assert.rejects(
      ran(all(twin("a"), twin("b"), node("c")), () => assert.fail("it began")),
      { code: "SERVICING_OUTPUT_SHARED", message: /^a, b write the same file, .*same\.wim$/ },
    );
  });

  it("refuses two lines that deliver to one place before either begins, however they are run", async () => {
    for (const folder of ["/out/media", "/out/media/deeper", "/out/media.replaced", "/out"])
      for (const kind of ["parallel", "series"] as const)
        await assert.rejects(ran(three(kind), never, {}, undefined, undefined, delivered(folder)), {
          code: "SERVICING_OUTPUT_SHARED",
          message: /^a, b write the same file/,
        });
    const { code } = await ran(three("series"), good, {}, undefined, undefined, delivered("/out/other"));
    assert.equal(code, 0);
  });

  it("refuses a line that delivers where another did that was planned before it", async () => {
    let planned = 0;
    const late = (group: readonly Line[]) =>
      new Map(
        group.map((line) => {
          planned += 1;
          const place = { act: "place", file: "/out/x.unfinished.iso", to: "/out/x.iso" } as const;
          const steps = [{ id: "1", phase: "deploy", title: "", items: [], commands: [place], undo: [] }];
          const its = { plan: { ...kioskPlan, steps } as Plan } as Prepared;
          // What the first makes, the second reads: it cannot be planned before.
          return [
            line,
            planned === 2 ? Promise.reject(new Error("not there")) : Promise.resolve(its),
          ] as const;
        }),
      );
    const tree: TaskTree = { kind: "series", name: "", members: [node("a"), node("b")] };
    const { code, stderr } = await ran(tree, good, {}, undefined, undefined, late);
    assert.equal(code, 2);
    assert.match(stderr, /SERVICING_OUTPUT_SHARED: a, b write the same file/);
  });

  describe("with --fail-fast", () => {
    it("stops the others at the first failure, and names those that were not begun", async () => {
      const tree = all(node("endless"), node("bad"), node("good"), node("good2"));
      const { code, stdout, stderr } = await ran(tree, mixed, { failFast: true, parallel: 2 });
      assert.equal(code, 1);
      assert.match(stdout, /✖ endless cancelled/);
      assert.match(stdout, /good {2}failed: SERVICING_NOT_BEGUN/);
      assert.doesNotMatch(stdout, /✔/);
      assert.match(stderr, /SERVICING_NOT_BEGUN: good was not begun, since bad failed/);
      assert.match(stderr, /SERVICING_NOT_BEGUN: good2 was not begun, since bad failed/);
    });

    it("ends with 1 as well when the failed line could not start", async () => {
      const tree = all(node("endless"), node("missing"));
      const { code, stdout } = await ran(tree, mixed, { failFast: true, parallel: 2 });
      assert.equal(code, 1);
      assert.match(stdout, /✖ endless cancelled/);
    });

    it("is for functions too, which get the signal", async () => {
      const waits: TaskTree = {
        kind: "function",
        name: "waits",
        run: ({ signal }) => new Promise<void>((done) => signal.addEventListener("abort", () => done())),
      };
      assert.equal((await ran(all(waits, node("bad")), mixed, { failFast: true })).code, 1);
    });

    it("changes nothing where nothing fails, and is not the default", async () => {
      const tree = all(node("bad"), node("good"));
      assert.match((await ran(tree, mixed)).stdout, /✔ good/);
      const fine = await ran(all(node("good"), node("good2")), mixed, { failFast: true });
      assert.deepEqual([fine.code, fine.stderr], [0, ""]);
    });

    it("leaves an interruption what it is", async () => {
      const controller = new AbortController();
      const stopping: RunLine = (line, options) => {
        controller.abort();
        return bad(line, options);
      };
      const { code, stderr } = await ran(
        all(node("a"), node("b")),
        stopping,
        { failFast: true },
        controller.signal,
      );
      assert.deepEqual([code, stderr], [130, ""]);
    });
  });
});
