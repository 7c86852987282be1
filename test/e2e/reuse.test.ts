import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Line } from "../../core/line.ts";
import { planLine, prepareTogether } from "../../core/line-plan.ts";
import { runLine, type RunLineOptions } from "../../core/line-run.ts";
import type { Report } from "../../core/event.ts";
import type { Operation } from "../../core/operation.ts";
import type { Plugin } from "../../core/plugin.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { generatedTree } from "../support/generated-tree.ts";
import { makeMedia } from "../support/media.ts";
import { asking, filesBelow, needs, rig, type Rig, sha256, wimlib } from "../support/rig.ts";

/** `mount reused, modify done, …`. */
function outcomes(report: Report): string {
  return report.results.map(({ outcome }) => outcome).join(" ");
}

const text = (to: string, content = to): Operation => ({ type: "Write-File", to, text: content });

async function run(one: Line, more: Partial<RunLineOptions> = {}): Promise<Report> {
  const signal = new AbortController().signal;
  const report = await runLine(one, { signal, emit: () => undefined, ...more });
  assert.ok(report.ok, `${report.error?.code}: ${report.error?.message}`);
  return report;
}

const digest = (file: string): string =>
  wimlib("dir", file, "1", "--detailed")
    .split("\n")
    .filter((row) => !/Time += |Offset in WIM/.test(row))
    .join("\n");

async function fated(one: Line) {
  const { fatesOf } = await import("../../core/fate.ts");
  const { knownOf } = await import("../../core/line-known.ts");
  const prepared = await prepareTogether([one], {}).get(one)!;
  return { plan: prepared.plan, fates: fatesOf(prepared.plan, knownOf(one, prepared)) };
}

function spoil(folder: string, name: string): void {
  const found = filesBelow(folder).filter((each) => each.endsWith(name));
  for (const file of found) {
    const bytes = readFileSync(join(folder, file));
    bytes[bytes.length - 1]! ^= 1;
    rmSync(join(folder, file));
    writeFileSync(join(folder, file), bytes);
  }
}

describe("what was done once", function () {
  let here: Rig;
  let image: string;

  before(function () {
    needs(this, "wimlib-imagex");
  });

  beforeEach(async () => {
    here = rig();
    image = here.path("install.wim");
    await writeWim(image, {
      images: [{ name: "One", time: new Date(0), tree: generatedTree(500, 10) }],
    });
  });

  function line(operations: readonly Operation[], more: Partial<Line> = {}): Line {
    return here.line({ image: { file: image }, plugins: [asking(...operations)], ...more });
  }

  function files(count: number): readonly Operation[] {
    return Array.from({ length: count }, (_, at): Operation => {
      const name = String(at).padStart(3, "0");
      here.write({ [`in/${name}/driver.inf`]: `driver ${name}` });
      return { type: "Copy-File", from: here.path("in", name), to: `\\Drivers\\${name}` };
    });
  }

  it("is not done again, and the result stays as it is", async () => {
    const one = line([text("\\a.txt")]);
    const first = await run(one);
    assert.equal(outcomes(first), "done done done");
    const before = sha256(one.output.file);
    const again = await run(one);
    assert.equal(outcomes(again), "reused reused reused");
    assert.deepEqual(again.artifacts, first.artifacts);
    assert.equal(sha256(one.output.file), before);
  });

  it("is not taken for verified where that was not asked before", async () => {
    const one = line([text("\\a.txt")]);
    await run(one);
    const verified = { ...one, output: { ...one.output, verify: true } };
    assert.equal(outcomes(await run(verified)), "reused reused done");
    assert.equal(outcomes(await run(verified)), "reused reused reused");
  });

  it("is done again with --fresh, and comes to the same", async () => {
    const one = line([text("\\a.txt")]);
    await run(one);
    const before = digest(one.output.file);
    assert.equal(outcomes(await run(one, { fresh: new Set() })), "done done done");
    assert.equal(digest(one.output.file), before);
  });

  for (const [what, harm] of [
    ["is gone", (file: string) => rmSync(file)],
    ["was written to", (file: string) => appendFileSync(file, "x")],
    ["was touched", (file: string) => utimesSync(file, new Date(0), new Date(0))],
  ] as const)
    it(`is exported again from the store where the result ${what}`, async () => {
      const one = line([text("\\a.txt")]);
      await run(one);
      const before = digest(one.output.file);
      harm(one.output.file);
      assert.equal(outcomes(await run(one)), "reused reused done");
      assert.equal(digest(one.output.file), before);
    });

  it("is done again from the first step that an input concerns, and --why names the input, old and new", async () => {
    const one = line(files(130));
    assert.equal(outcomes(await run(one)), "done done done done done");
    here.write({ "in/100/driver.inf": "another driver" });
    const { fates } = await fated(one);
    assert.deepEqual(
      fates.map(({ runs }) => runs),
      [false, false, true, true, true],
    );
    assert.match(fates[2]!.because.join(), /^in\/100\/driver\.inf changed: [0-9a-f]{12} → [0-9a-f]{12}$/);
    assert.match(fates[3]!.because.join(), /^follows “64 items in one update”, which runs$/);
    const report = await run(one);
    assert.equal(outcomes(report), "reused reused done done done");
    assert.match(wimlib("dir", one.output.file, "1", "--path=/Drivers/129"), /driver\.inf/);
    // What one line takes from the store is what another would have made.
    const other = line(files(130), {
      line: "other",
      output: { ...one.output, file: here.path("other.wim") },
    });
    here.write({ "in/100/driver.inf": "another driver" });
    await run({ ...other, store: here.path("another-store") });
    assert.equal(digest(one.output.file), digest(other.output.file));
  });

  it("only the last steps of 300 drivers and one more", async () => {
    const drivers = files(301);
    await run(line(drivers.slice(0, 300)));
    const more = line(drivers);
    assert.equal(outcomes(await run(more)), "reused reused reused reused reused done done");
    const { fates } = await fated({ ...more, plugins: [asking(...drivers.slice(0, 300))] });
    assert.match(fates.flatMap(({ because }) => because).join("\n"), /Copy-File \\Drivers\\300 removed/);
  });

  it("is shared by lines, which do together what they have in common", async () => {
    const common = files(3);
    const lines = ["a", "b", "c"].map((name) =>
      line([text(`\\${name}.txt`), ...common], {
        line: name,
        output: { file: here.path(`${name}.wim`), compress: "keep", images: "all" },
      }),
    );
    const prepared = prepareTogether(lines, {});
    const reports = await Promise.all(lines.map((one) => run(one, { prepared: prepared.get(one) })));
    const steps = reports.map((report) => outcomes(report).split(" "));
    for (const at of [0, 1])
      assert.deepEqual(steps.map((each) => each[at]).sort(), ["done", "reused", "reused"]);
    for (const at of [2, 3]) assert.deepEqual(new Set(steps.map((each) => each[at])), new Set(["done"]));
    for (const [at, one] of lines.entries()) {
      const alone = {
        ...one,
        store: here.path(`store-${at}`),
        output: { ...one.output, file: here.path("x.wim") },
      };
      await run({ ...alone, line: "alone" });
      assert.equal(digest(one.output.file), digest(alone.output.file));
    }
    const plan = await planLine(lines[0]!);
    assert.equal(plan.sharing, undefined, "a line that is planned alone has nobody to share with");
    const shared = (await prepareTogether(lines, {}).get(lines[0]!)!).plan.sharing;
    assert.deepEqual(shared?.lines, ["b", "c"]);
    assert.deepEqual([shared?.changes, shared?.of], [3, 4]);
  });

  it("is made anew where the store was damaged or deleted, and the line says so", async () => {
    const one = line(files(3));
    await run(one);
    const before = digest(one.output.file);
    for (const [harm, warned] of [
      [() => spoil(here.path("store"), "branch.wim"), true],
      [() => spoil(here.path("store"), "blobs-1.wim"), true],
      [() => rmSync(here.path("store"), { recursive: true }), false],
    ] as const) {
      harm();
      rmSync(one.output.file);
      const report = await run(one);
      assert.equal(digest(one.output.file), before);
      assert.equal(/is made anew/.test(report.warnings.join()), warned, report.warnings.join());
    }
  });

  it("is not missed where no store can be kept", async () => {
    here.write({ "no-folder": "" });
    const one = line([text("\\a.txt")], { store: here.path("no-folder/store") });
    const report = await run(one);
    assert.match(report.warnings.join(), /no checkpoint could be kept in .*no-folder/);
    wimlib("verify", one.output.file);
    assert.equal(outcomes(await run(one)), "reused reused reused");
  });

  it("is nothing where a plugin's own code runs, nor after it", async () => {
    let ran = 0;
    const calling: Plugin = {
      name: "calling",
      apply: ({ hooks }) =>
        hooks.modify.tap("calling", (modify) => {
          modify.add(text("\\before.txt"));
          modify.call("counts", () => Promise.resolve(void (ran += 1)));
          modify.add(text("\\after.txt"));
        }),
    };
    const one = here.line({ image: { file: image }, plugins: [calling] });
    await run(one);
    assert.equal(outcomes(await run(one)), "reused reused done done done");
    assert.equal(ran, 2);
    const { fates } = await fated(one);
    assert.match(fates[2]!.because.join(), /own code always runs/);
  });

  it("holds no secret, which yet is remembered", async () => {
    process.env["REUSE_TEST_SECRET"] = "correct horse battery";
    const secret: Operation = {
      type: "Write-File",
      to: "\\secret.txt",
      text: "<<it>>",
      secrets: [{ placeholder: "<<it>>", secret: "REUSE_TEST_SECRET" }],
    };
    const one = line([secret, text("\\a.txt")]);
    assert.equal(outcomes(await run(one)), "done done done done");
    assert.equal(outcomes(await run(one)), "reused reused reused reused");
    for (const folder of ["store", "runs", "records", ".servicing"])
      for (const file of filesBelow(here.path(folder))) {
        const bytes = await import("node:fs").then(({ statSync }) =>
          statSync(here.path(folder, file)).isFile()
            ? readFileSync(here.path(folder, file))
            : Buffer.alloc(0),
        );
        for (const encoding of ["utf8", "utf16le"] as const)
          assert.ok(!bytes.includes(Buffer.from("correct horse", encoding)), `${file} holds it`);
      }
    process.env["REUSE_TEST_SECRET"] = "another";
    assert.equal(outcomes(await run(one)), "reused reused done done");
    delete process.env["REUSE_TEST_SECRET"];
  });

  it("is not taken for the same where a secret of what is delivered has another value", async () => {
    here.write({ "media/sources/boot.wim": "boot" });
    const media: Operation = {
      type: "New-Media",
      from: here.path("media"),
      to: here.path("out/media"),
      answerFile: { text: "<<it>>", secrets: [{ placeholder: "<<it>>", secret: "REUSE_TEST_SECRET" }] },
    };
    const delivering: Plugin = {
      name: "delivering",
      apply: ({ hooks }) => hooks.deploy.tap("delivering", (deploy) => deploy.add(media)),
    };
    const one = here.line({ image: { file: image }, plugins: [delivering] });
    const named = async (value: string): Promise<string | undefined> => {
      process.env["REUSE_TEST_SECRET"] = value;
      return (await planLine(one)).fingerprint;
    };
    try {
      const first = await named("old");
      assert.ok(first !== undefined);
      assert.equal(await named("old"), first);
      assert.notEqual(await named("new"), first);
    } finally {
      delete process.env["REUSE_TEST_SECRET"];
    }
  });

  it("is not put in its place where an input of what is delivered changed meanwhile, save what the line makes", async () => {
    makeMedia(here.path("windows"), image);
    const input = here.write({ "in.txt": "as it was planned" });
    const one = here.line({ image: { file: image } });
    const media: Operation = {
      type: "New-Media",
      from: here.path("windows"),
      to: here.path("out/media"),
      files: [
        { from: input, to: "in.txt" },
        { from: one.output.file, to: "copy.wim" },
      ],
    };
    const delivering: Plugin = {
      name: "delivering",
      apply: ({ hooks }) => hooks.deploy.tap("delivering", (deploy) => deploy.add(media)),
    };
    const both = { ...one, plugins: [delivering] };
    here.write({ "out/test.wim": "of a former run" });
    await run(both);
    const report = await runLine(both, {
      signal: new AbortController().signal,
      fresh: new Set(),
      emit(event) {
        if (event.type === "started" && event.step.phase === "deploy")
          writeFileSync(input, "changed meanwhile");
      },
    });
    assert.equal(report.error?.code, "SERVICING_INPUT_CHANGED");
    assert.equal(readFileSync(here.path("out/media/in.txt"), "utf8"), "as it was planned");
    assert.deepEqual(readdirSync(here.path("out")).toSorted(), ["media", "test.wim"]);
  });

  it("is not kept where an input changed while it was copied", async () => {
    const one = line(files(2));
    const changing: Partial<RunLineOptions> = {
      emit(event) {
        if (event.type === "started" && event.step.phase === "modify")
          here.write({ "in/001/driver.inf": "changed meanwhile" });
      },
    };
    const signal = new AbortController().signal;
    const report = await runLine(one, { signal, emit: () => undefined, ...changing });
    assert.equal(report.error?.code, "SERVICING_INPUT_CHANGED");
    assert.match(report.error?.message ?? "", /in.001.driver\.inf/);
    assert.deepEqual(filesBelow(here.path("out")), []);
    assert.equal(outcomes(await run(one)), "reused done done");
    assert.match(
      wimlib("extract", one.output.file, "1", "/Drivers/001/driver.inf", "--to-stdout"),
      /meanwhile/,
    );
  });

  it("is not kept of a source that changed while the line ran", async () => {
    const one = line([text("\\a.txt")]);
    const signal = new AbortController().signal;
    const report = await runLine(one, {
      signal,
      emit(event) {
        if (event.type === "started" && event.step.phase === "mount") appendFileSync(image, "x");
      },
    });
    assert.equal(report.error?.code, "SERVICING_IMAGE_CHANGED");
    assert.deepEqual(readdirSync(here.path("store")).length === 0 ? [] : checkpoints(), []);
  });

  function checkpoints(): readonly string[] {
    return filesBelow(here.path("store")).filter((file) => file.endsWith("checkpoint.json"));
  }

  it("was done by inputs that were only touched or copied as well", async () => {
    const one = line(files(2));
    await run(one);
    utimesSync(here.path("in/000/driver.inf"), new Date(0), new Date(0));
    assert.equal(outcomes(await run(one)), "reused reused reused");
    const moved = here.path("elsewhere");
    mkdirSync(moved);
    const copies = files(2).map((operation): Operation => {
      if (operation.type !== "Copy-File") return operation;
      const from = operation.from.replace(here.path("in"), moved);
      here.write({ [`elsewhere/${from.slice(-3)}/driver.inf`]: `driver ${from.slice(-3)}` });
      return { ...operation, from };
    });
    const other = line(copies, { line: "other", output: { ...one.output, file: here.path("other.wim") } });
    assert.equal(outcomes(await run(other)), "reused reused done");
  });
});
