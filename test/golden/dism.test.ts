import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dism, undoOf } from "../../core/engines/dism.ts";
import type { Command, Road } from "../../core/engine.ts";
import { codeText } from "../../core/formats/dism-fault.ts";
import type { Operation, OperationType } from "../../core/operation.ts";
import { image, imageFor, operationTypes, samplesOf } from "../support/operations.ts";
import { complaint } from "../support/stand-in-dism/grammar.ts";

const folder = join(import.meta.dirname, "dism");
const update = process.env["UPDATE_GOLDEN"] === "1";

const targets = {
  offline: dism.target(image, "C:\\work"),
  online: { kind: "online", image, work: "C:\\work" },
} as const;

/** Every road that has commands, as the text of its golden file. */
const expected = new Map(
  operationTypes.flatMap((type) =>
    (["offline", "online"] as const).flatMap((strategy) => {
      const road = dism.roads[type]?.[strategy] as Road<OperationType> | undefined;
      if (road === undefined || "refused" in road) return [];
      const variants = samplesOf(type).map((operation) => variant(operation, road, strategy));
      return [[`${type}.${strategy}.txt`, `${variants.join("\n\n")}\n`] as const];
    }),
  ),
);

function variant(
  operation: Operation,
  road: Exclude<Road<OperationType>, { readonly refused: string }>,
  strategy: keyof typeof targets,
): string {
  const heading = `## ${JSON.stringify({ ...operation, type: undefined })}`;
  const refused = road.refuse?.(operation, imageFor(operation.type));
  if (refused !== undefined) return `${heading}\nrefused: ${refused}`;
  const undo = undoOf(operation, targets[strategy]);
  return [
    heading,
    ...road.commands(operation, targets[strategy]).flatMap(lines),
    ...(undo.length === 0 ? [] : ["undo:", ...undo.flatMap(lines)]),
  ].join("\n");
}

/** A heading for each process, then one argument a line; an act is one line. */
function lines(command: Command): readonly string[] {
  if ("act" in command) return [JSON.stringify(command)];
  const notes = [
    command.codes === undefined
      ? `success ${(command.success ?? [0]).join(" ")}`
      : `codes of ${command.codes}`,
    ...(command.folders ?? []).map((made) => `makes ${made}`),
  ];
  const { mounted, confirm, retry, tolerated = [] } = command;
  const safety = [
    ...(mounted === undefined
      ? []
      : [`mounted ${mounted.when}: ${mounted.file}:${mounted.index} at ${mounted.mountDir}`]),
    ...(confirm === undefined ? [] : [`shows: ${JSON.stringify(confirm)}`]),
    ...(retry === undefined ? [] : [`again after ${retry.codes.map(codeText).join(", ")}`]),
    ...tolerated.map(({ exitCode, because }) => `${codeText(exitCode)} is no failure: ${because}`),
  ];
  return [
    `$ ${command.run} (${notes.join("; ")})`,
    ...command.args.map((argument) => `  ${argument}`),
    ...safety.map((note) => `# ${note}`),
  ];
}

describe("the dism engine's commands", () => {
  before(() => {
    if (!update) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of expected) writeFileSync(join(folder, name), text);
  });

  it("have a golden file for every road, and none is left over", () => {
    assert.deepEqual(readdirSync(folder).toSorted(), [...expected.keys()].toSorted());
  });

  for (const [name, text] of expected)
    it(`are those of ${name}`, () => {
      const file = join(folder, name);
      assert.ok(existsSync(file), `${name} is missing: UPDATE_GOLDEN=1 writes it`);
      assert.equal(text, readFileSync(file, "utf8"));
    });

  it("keep to the documented grammar, as they stand in the golden files", () => {
    const commands = [...recorded()];
    assert.ok(commands.length > 50, "the golden files hold hardly any DISM command");
    for (const { file, argv } of commands)
      assert.equal(complaint(argv), undefined, `${file}: ${argv.join(" ")}`);
  });

  it("speak English, and never so quietly that there is no progress", () => {
    for (const { file, argv } of recorded()) {
      assert.ok(argv.includes("/English"), file);
      assert.ok(!argv.includes("/Quiet"), file);
    }
  });

  it("have a log and a scratch folder of their own", () => {
    const owners = new Map<string, string>();
    for (const { argv } of recorded()) {
      const own = argv.filter((argument) => /^\/(?:LogPath|ScratchDir):/.test(argument));
      assert.equal(own.length, 2);
      const rest = argv.filter(
        (argument) => !own.includes(argument) && !/^\/(?:Image:|Online|NoRestart)/.test(argument),
      );
      const command = rest.join("\n");
      for (const folderOrLog of own) {
        assert.equal(owners.get(folderOrLog) ?? command, command, `two commands share ${folderOrLog}`);
        owners.set(folderOrLog, command);
      }
    }
  });
});

function* recorded(): Generator<{ readonly file: string; readonly argv: readonly string[] }> {
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8");
    for (const match of text.matchAll(/^\$ dism\.exe .*\n((?: {2}.*\n)+)/gm))
      yield {
        file,
        argv: (match[1] ?? "")
          .trimEnd()
          .split("\n")
          .map((line) => line.slice(2)),
      };
  }
}
