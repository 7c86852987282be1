import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import type { Change, Command, Engine, Process, Road, Target } from "../../core/engine.ts";
import type { Operation, OperationType } from "../../core/operation.ts";
import { image, imageFor, operationTypes, samplesOf, secret } from "../support/operations.ts";

const strategies = ["offline", "online"] as const;
const acts = new Set([
  "nothing pending",
  "branch",
  "update",
  "service",
  "verify drivers",
  "copy or split",
  "allocate",
  "partition",
  "apply recovery",
  "compare volume",
  "place",
  "copy",
  "write",
  "delete",
  "title",
  "publish",
  "gather media",
  "gather packages",
  "unpack package",
  "keep digest",
  "overwrite",
  "take over",
  "check recovery",
  "match setup files",
  "verify media",
  "stage media",
  "write disk",
  "verify volume",
  "place folder",
  "restore folder",
]);
const changes = new Set(["add", "write", "delete", "registry", "add driver", "remove driver", "service"]);
/** An engine that works on a branch has nothing to do for some of these. */
const opening = new Set<OperationType>(["Mount-Image", "Commit-Image", "Unmount-Image"]);
const shells = /(?:^|[\\/])(?:cmd|powershell|pwsh|sh|bash)(?:\.exe)?$/i;

/** What every engine has to keep; the table is read, and nothing is run. */
export function engineContract(name: string, engine: Engine): void {
  describe(`${name} keeps the contract of an engine`, () => {
    before(() => {
      process.env[secret.name] = secret.value;
    });
    after(() => {
      delete process.env[secret.name];
    });

    it("has a row for every operation of the kernel, and no other", () => {
      assert.deepEqual(Object.keys(engine.roads).toSorted(), [...operationTypes].toSorted());
    });

    it("has a target of its own below the work folder", () => {
      const target = engine.target(image, "/work");
      assert.equal(target.image, image);
      assert.equal(target.work, "/work");
      assert.notEqual(target.kind, "online");
    });

    for (const type of operationTypes) {
      it(`says what it makes of ${type}`, () => {
        const roads = strategies.flatMap((strategy) => engine.roads[type]?.[strategy] ?? []);
        assert.ok(roads.length > 0, `${type} has no road, not even one that is refused`);
        for (const road of roads as readonly Road<OperationType>[])
          assertSentence("refused" in road ? road.refused : road.because);
      });
    }

    for (const { type, strategy, road } of open(engine)) {
      it(`carries out ${type} ${strategy} by commands that are data`, () => {
        const target = targetOf(engine, strategy);
        let accepted = 0;
        for (const operation of samplesOf(type)) {
          const refused = road.refuse?.(operation, imageFor(operation.type));
          if (refused !== undefined) {
            assertSentence(refused);
            continue;
          }
          accepted += 1;
          const commands = road.commands(operation, target);
          assert.ok(commands.length > 0 || opening.has(type), "it accepts the operation and does nothing");
          assert.deepEqual(road.commands(operation, target), commands, "it is not deterministic");
          assert.ok(commands.length === 0 || commands.some(changing), "no command says that it writes");
          for (const command of [...commands, ...(road.undo?.(operation, target) ?? [])])
            assertCommand(command, operation);
        }
        assert.ok(accepted > 0, "it refuses every sample, and should be a road that is refused");
      });
    }

    it("fuses once and for all, and leaves out nothing but what it joins", () => {
      const fuse = engine.fuse ?? ((commands: readonly Command[]) => commands);
      for (const strategy of strategies) {
        const commands = open(engine)
          .filter((row) => row.strategy === strategy)
          .flatMap(({ type, road }) =>
            samplesOf(type)
              .filter((operation) => road.refuse?.(operation, imageFor(operation.type)) === undefined)
              .flatMap((operation) => road.commands(operation, targetOf(engine, strategy))),
          );
        const fused = fuse(commands);
        assert.deepEqual(fuse(fused), fused, "fusing what is fused changes it");
        assert.deepEqual(effects(fused), effects(commands), "an effect is lost, added or moved");
      }
      assert.deepEqual(fuse([]), []);
    });
  });
}

function open(engine: Engine) {
  return operationTypes.flatMap((type) =>
    strategies.flatMap((strategy) => {
      const road = engine.roads[type]?.[strategy] as Road<OperationType> | undefined;
      return road === undefined || "refused" in road ? [] : [{ type, strategy, road }];
    }),
  );
}

function targetOf(engine: Engine, strategy: (typeof strategies)[number]): Target {
  return strategy === "offline"
    ? engine.target(image, engine.platforms?.includes("win32") ? "C:\\work" : "/work")
    : { kind: "online", image, work: "C:\\work" };
}

/** As it is read in "wimlib, offline: refused: component servicing needs Windows". */
function assertSentence(text: string): void {
  assert.match(text, /^\S.{14,}$/, `too short, or more than one line: "${text}"`);
  assert.doesNotMatch(text, /[.!]$/, `a clause, without a full stop: "${text}"`);
  assert.match(text, /^(?:[a-z0-9/.\\]|[A-Z]{2,}|Windows\b|WinPE\b)/, `begins with a capital: "${text}"`);
  assert.doesNotMatch(text, /undefined|\[object/);
}

function assertCommand(command: Command, operation: Operation): void {
  structuredClone(command);
  const text = JSON.stringify(command);
  assert.ok(!text.includes(secret.value), "a secret's value stands in a command");
  assert.doesNotMatch(text, /undefined|\[object|\bNaN\b/);
  if (!("act" in command)) assertProcess(command, operation);
  else {
    assert.ok(acts.has(command.act), `"${command.act}" is no act of the closed set`);
    for (const path of hostPaths(command)) assertAbsolute(path);
    if (command.act === "update") for (const change of command.changes) assertChange(change);
  }
}

function assertProcess(started: Process, operation: Operation): void {
  assert.equal(typeof started.writes, "boolean");
  assert.match(started.run, /\S/);
  assert.ok(!JSON.stringify([started.args, started.env ?? {}, started.stdin ?? ""]).includes(secret.name));
  for (const argument of started.args) {
    assert.equal(typeof argument, "string");
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(argument, /[\u0000-\u001f]/, "an argument holds a control character");
    assert.doesNotMatch(
      argument,
      /(?:cmd|powershell|sh)(?:\.exe)?"? +[/-]c/i,
      "a command line inside an argument",
    );
    assert.doesNotMatch(argument, /(?:^|[\\/:])\.\.(?:[\\/]|$)/, "a path that climbs");
    if (shells.test(started.run))
      assert.doesNotMatch(argument, /[&|<>()^%!`$;"]/, "a shell would give this a meaning");
  }
  if (operation.type !== "Run-Installer")
    assert.doesNotMatch(started.run, shells, "only an installer that is a script needs a shell");
  for (const code of started.success ?? []) assert.ok(Number.isInteger(code) && code >= 0);
  for (const folder of started.folders ?? []) assertAbsolute(folder);
}

function hostPaths(act: Exclude<Command, Process>): readonly string[] {
  switch (act.act) {
    case "branch":
      return [act.file, act.branch];
    case "update":
      return [act.branch, ...act.changes.flatMap(inputOf)];
    case "service":
      return [act.file, act.to, act.work, ...act.changes.flatMap(inputOf)];
    case "room":
      return [act.folder, act.file];
    case "nothing pending":
      return [act.root];
    case "place":
      return [act.file, act.to];
    case "copy or split":
    case "keep digest":
      return [act.file, act.to];
    case "gather packages":
      return [...act.files, act.to];
    case "unpack package":
      return [act.package, act.to, act.work];
    case "overwrite":
      return [act.from, act.to];
    case "take over":
      return [act.from, act.to].flatMap(({ file, digest }) => [file, digest]);
    case "run machine":
      return [act.machine.folder];
    case "watch machine":
      return [];
    case "end machine":
      return [act.folder];
    case "gather boot files":
      return [act.from, act.to, act.work];
    case "unless prepared":
    case "await handover":
      return [act.folder];
    case "take handover":
      return [act.folder, act.file, act.volume, act.to, act.work];
    case "capture volume":
      return [act.volume, act.file, act.to, act.work];
    case "check recovery":
      return [act.file];
    case "allocate":
      return [act.file];
    case "partition":
      return [act.disk, act.file];
    case "apply recovery":
    case "compare volume":
      return [act.file, act.volume, act.work];
    case "verify drivers":
      return [act.file];
    case "copy":
      return [act.from, act.to];
    case "write":
      return [act.to];
    case "delete":
      return [act.path];
    case "delta":
    case "extend":
      return [...act.branches, act.source, act.to];
    case "title":
      return [act.file];
    case "inherit":
      return [act.file, act.from];
    case "publish":
      return [act.file, ...act.images.map(({ file }) => file), act.to];
    case "gather media":
      return [act.from, act.to, act.image, ...act.files.map(({ from }) => from)];
    case "match setup files":
      return [act.media, act.work];
    case "verify media":
      return [act.from, act.media, act.image];
    case "stage media":
      return [act.from, act.to];
    case "write disk":
      return [act.from, act.to];
    case "verify volume":
      return [act.file, act.folder];
    case "device disk":
      return [act.file, act.disks, act.to, act.work, ...act.job.flatMap(inputOf)];
    case "run device":
      return [...act.commands, ...act.inquiry].flatMap((each) => ("act" in each ? hostPaths(each) : []));
    case "check device":
      return [act.captured, act.to];
    case "place folder":
      return [act.folder, act.to];
    case "restore folder":
      return [act.to];
    case "call":
      return [];
  }
}

function inputOf(change: Change): readonly string[] {
  if (change.change === "service") return change.changes.flatMap(inputOf);
  return change.change === "add" ? [change.from] : change.change === "add driver" ? [change.inf] : [];
}

function assertChange(change: Change): void {
  assert.ok(changes.has(change.change));
  if (change.change === "service") change.changes.forEach(assertChange);
  if (!("to" in change) && !("path" in change)) return;
  const path = "to" in change ? change.to : change.path;
  assert.match(path, /^\\[^/]*$/, `"${path}" is no path inside an image`);
  assert.ok(!path.split("\\").includes(".."), `"${path}" climbs`);
}

function assertAbsolute(path: string): void {
  assert.ok(posix.isAbsolute(path) || win32.isAbsolute(path), `"${path}" is not absolute`);
  assert.ok(!path.split(/[\\/]/).includes(".."), `"${path}" climbs`);
}

function changing(command: Command): boolean {
  return "act" in command || command.writes;
}

/** What is left when opening and closing is taken away: the changes themselves, in order. */
function effects(commands: readonly Command[]): readonly unknown[] {
  return commands.flatMap((command): readonly unknown[] => {
    // That a digest is kept which was kept before has no effect.
    if ("act" in command && command.act === "keep digest") return [];
    if ("act" in command) return command.act === "update" ? command.changes : [command];
    const hives = command.run === "reg.exe" && ["load", "unload"].includes(command.args[0] ?? "");
    const mounts = ["/Mount-Image", "/Unmount-Image"].some((verb) => command.args.includes(verb));
    return hives || mounts ? [] : [command];
  });
}
