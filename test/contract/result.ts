import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { perform } from "../../core/acts/perform.ts";
import { commandsOf } from "../../core/engine-commands.ts";
import type { Command, Engine, Road, Target } from "../../core/engine.ts";
import type { Report } from "../../core/event.ts";
import type { ImageInfo } from "../../core/image.ts";
import { runLine } from "../../core/line-run.ts";
import { makeFolder } from "../../core/make-folder.ts";
import type { Operation, OperationType } from "../../core/operation.ts";
import { createRunner } from "../../core/runner.ts";
import { readSource } from "../../core/wim-file.ts";
import { drivers } from "../../plugins/index.ts";
import { operationTypes } from "../support/operations.ts";
import { asking, rig, sha256 } from "../support/rig.ts";
import { additions, type Case, elsewhere, notShown, onFiles, recoveries, removals } from "./cases.ts";
import { look, type Seen } from "./eyes.ts";
import type { ContractInputs } from "./inputs.ts";

/**
 * What is to be seen of every operation that an engine can carry out: an image goes through mount, operation, commit and export,
 * and the result is looked at with other eyes than the engine's. It takes for granted nothing but documented behaviour.
 * @param engines those of a line, its own first
 */
export function resultContract(
  name: string,
  engines: readonly [Engine, Engine],
  enter: (context: Mocha.Context) => Promise<ContractInputs>,
): void {
  describe(`${name} does to a real image what is asked`, function () {
    const [engine] = engines;
    /** An engine that works on branches mounts nothing. */
    const whereMounted = (title: string, test: () => Promise<void>) => engine.copiesSource && it(title, test);
    const open = (cases: readonly Case[]) => cases.filter(({ type }) => isOpen(type, engine));
    let inputs: ContractInputs;
    let scratch: string;
    /** Of the first line, of the second, and of that for Windows PE. */
    const seen: Seen[] = [];
    const asked: ReadonlySet<OperationType>[] = [];

    before(async function () {
      inputs = await enter(this);
      scratch = mkdtempSync(join(tmpdir(), "servicing-contract-"));
    });

    after(() => {
      try {
        if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
      } catch (error) {
        // An applied Windows has junctions and permissions that not everything gets past.
        process.stderr.write(`    ${scratch} is left: ${String(error)}\n`);
      }
    });

    it("has a case for every operation", () => {
      const shown = new Set<string>([
        ...[...additions, ...removals, ...recoveries].map(({ type }) => type),
        ...onFiles,
        ...Object.keys({ ...elsewhere, ...notShown }),
      ]);
      const missing = operationTypes.filter((type) => isOpen(type, engine) && !shown.has(type));
      assert.deepEqual(missing, []);
    });

    it("carries out a line that adds, and leaves the source alone", async () => {
      const before = sha256(inputs.image);
      const original = await look(inputs.image, 1, scratch);
      await carryOutLine(additions, inputs.image, original, "added.wim");
      assert.equal(sha256(inputs.image), before);
    });

    for (const one of open(additions)) checked(one, 0);

    it("carries out a line that takes away again", async () => {
      await carryOutLine(removals, join(scratch, "added.wim"), seen[0] as Seen, "removed.wim");
    });

    for (const one of open(removals)) checked(one, 1);

    if (open(recoveries).length > 0)
      it("carries out a line for a Windows PE", async function () {
        const { pe } = inputs;
        if (pe === undefined) return this.skip();
        await carryOutLine(recoveries, pe, await look(pe, 1, scratch), "pe.wim");
      });

    for (const one of open(recoveries)) checked(one, 2);

    whereMounted("saves what was done to a mounted image, and discards it where it is told to", async () => {
      const { file, target, commands } = mountable("mounts");
      const written = join(target.mountDir, "Windows", "contract.txt");
      const mount: Operation = { type: "Mount-Image", file, index: 1 };
      await carryOut(commands(mount));
      writeFileSync(written, "saved");
      await carryOut(commands({ type: "Commit-Image" }));
      writeFileSync(written, "discarded");
      await carryOut(commands({ type: "Unmount-Image", discard: true }));
      const looked = await look(file, 1, scratch);
      assert.equal(readFileSync(looked.at("\\Windows\\contract.txt"), "utf8"), "saved");
      await carryOut(commands(mount));
      writeFileSync(written, "saved as well");
      await carryOut(commands({ type: "Unmount-Image" }));
      const again = await look(file, 1, scratch);
      assert.equal(readFileSync(again.at("\\Windows\\contract.txt"), "utf8"), "saved as well");
    });

    whereMounted("mounts again what was cut off, and leaves a sound mount alone", async () => {
      const { file, target, commands } = mountable("again");
      await carryOut(commands({ type: "Mount-Image", file, index: 1 }));
      await carryOut(commands({ type: "Cleanup-Mountpoints" }));
      await carryOut(commands({ type: "Remount-Image" }));
      assert.ok(existsSync(join(target.mountDir, "Windows")));
      await carryOut(commands({ type: "Unmount-Image", discard: true }));
    });

    it("exports, splits, applies, captures, appends and deletes", async () => {
      const { file, target, commands } = mountable("verbs");
      const at = (path: string): string => join(target.work, path);
      const folder = at("applied");
      mkdirSync(folder);
      await carryOut(commands({ type: "Apply-Image", file, index: 1, to: folder }));
      assert.ok(existsSync(join(folder, "Windows")));
      const captured = at("captured.wim");
      await carryOut(commands({ type: "Capture-Image", from: folder, to: captured, name: "Captured größe" }));
      assert.deepEqual(
        readSource(captured, undefined).images.map((image) => image.name),
        ["Captured größe"],
      );
      const to = at("exported.wim");
      await carryOut(commands({ type: "Export-Image", file: captured, index: 1, to, name: "Exported" }));
      assert.deepEqual(
        readSource(to, undefined).images.map((image) => image.name),
        ["Exported"],
      );
      const part = at("part.swm");
      await carryOut(commands({ type: "Split-Image", file, to: part, megabytes: 1 }));
      assert.ok(existsSync(part));
      const names = () => readSource(to, undefined).images.map((image) => image.name);
      await carryOut(commands({ type: "Append-Image", from: folder, to, name: "Appended" }));
      assert.deepEqual(names(), ["Exported", "Appended"]);
      await carryOut(commands({ type: "Delete-Image", file: to, index: 1 }));
      assert.deepEqual(names(), ["Appended"]);
    });

    it("services an image of another file, as a file of its own", async () => {
      const { file, target, commands } = mountable("other");
      const to = join(target.work, "serviced.wim");
      const before = sha256(file);
      const infs = [inputs.driver];
      await carryOut(
        commands({ type: "Service-Image", file, index: 1, to, drivers: infs, forceUnsigned: true }),
        target,
      );
      assert.equal(sha256(file), before);
      const driver = additions.find(({ type }) => type === "Add-Driver");
      await driver?.check(await look(to, 1, scratch), inputs);
    });

    function checked(one: Case, at: 0 | 1 | 2): void {
      it(`${one.type} is to be seen in the result`, async function () {
        if (asked[at]?.has(one.type) !== true) return this.skip();
        await one.check(seen[at] as Seen, inputs);
      });
    }

    async function carryOutLine(
      cases: readonly Case[],
      file: string,
      before: Seen,
      output: string,
    ): Promise<void> {
      const image = { ...(imageOf(file) as ImageInfo) };
      const operations: Operation[] = [];
      for (const one of cases) {
        const operation = await one.operation(inputs, before);
        if (operation !== undefined && accepts(operation, image, engine)) operations.push(operation);
      }
      // A driver is published by what was read of its INF for the image, which is the plugin's to read.
      const { driver } = inputs;
      const published = operations.some(({ type }) => type === "Add-Driver");
      asked.push(new Set(operations.map(({ type }) => type)));
      const to = join(scratch, output);
      const line = rig().line({
        image: { file, index: 1 },
        output: { file: to, compress: "keep", images: "targets" },
        plugins: [
          asking(...operations.filter(({ type }) => type !== "Add-Driver")),
          ...(published ? [drivers({ from: driver, forceUnsigned: true })] : []),
        ],
      });
      const signal = new AbortController().signal;
      const report: Report = await runLine(line, { engines, signal, emit: () => undefined });
      assert.ok(report.ok, `${report.error?.code}: ${report.error?.message}`);
      assert.deepEqual(report.routes, { offline: operations.length });
      seen.push(await look(to, 1, scratch));
    }

    function mountable(name_: string) {
      const work = join(scratch, name_);
      mkdirSync(work);
      const file = join(work, "working.wim");
      writeFileSync(file, readFileSync(inputs.image));
      const target = engine.target(imageOf(file), work) as Extract<Target, { kind: "mounted" }>;
      const commands = (operation: Operation): readonly Command[] =>
        commandsOf(operation, "offline", target, engine);
      return { file, target, commands };
    }

    async function carryOut(commands: readonly Command[], target?: Target): Promise<void> {
      const runner = createRunner();
      const { signal } = new AbortController();
      for (const command of commands) {
        if ("act" in command) {
          const log = join(scratch, "act.log");
          await perform(command, { runner, signal, log, target, warn: () => undefined });
          continue;
        }
        for (const made of command.folders ?? []) makeFolder(made);
        await runner.run(command);
      }
    }
  });
}

function imageOf(file: string): ImageInfo {
  return readSource(file, 1).images[0] as ImageInfo;
}

function isOpen(type: OperationType, engine: Engine): boolean {
  const road = engine.roads[type].offline as Road<OperationType> | undefined;
  return road !== undefined && !("refused" in road);
}

function accepts(operation: Operation, image: ImageInfo, engine: Engine): boolean {
  const road = engine.roads[operation.type].offline as Road<OperationType> | undefined;
  if (road === undefined || "refused" in road) return false;
  return operation.type === "Add-Driver" || road.refuse?.(operation, image) === undefined;
}
