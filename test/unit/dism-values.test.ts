import assert from "node:assert/strict";
import * as fc from "fast-check";
import { dism } from "../../core/engines/dism.ts";
import type { Process, Road } from "../../core/engine.ts";
import type { Operation, OperationType } from "../../core/operation.ts";
import { imageFor } from "../support/operations.ts";
import { complaint } from "../support/stand-in-dism/grammar.ts";

/** What a text may become part of. */
const operations: readonly (readonly [good: string, make: (text: string) => Operation])[] = [
  [String.raw`\\.\PhysicalDrive1`, (drive) => ({ type: "Apply-FFU", file: "C:\\x.ffu", drive })],
  [String.raw`\\.\PhysicalDrive1`, (drive) => ({ type: "Capture-FFU", to: "C:\\x.ffu", name: "x", drive })],
  ["fr-FR", (language) => ({ type: "Set-UILangFallback", language })],
  ["fr-FR", (language) => ({ type: "Set-SetupUILang", language, distribution: "C:\\media" })],
  ["040c:0000040c", (locale) => ({ type: "Set-InputLocale", locale })],
  ["X:\\", (path) => ({ type: "Set-TargetPath", path })],
  ["512", (text) => ({ type: "Set-ScratchSpace", megabytes: Number(text) })],
  ["6", (text) => ({ type: "Set-LayeredDriver", layeredDriver: Number(text) as 1 })],
  ["US", (region) => ({ type: "Add-ProvisionedAppxPackage", package: "C:\\a.msix", region })],
  [
    "installfull",
    (stub) => ({ type: "Add-ProvisionedAppxPackage", package: "C:\\a.msix", stub: stub as "installstub" }),
  ],
  ["scanHealth", (check) => ({ type: "Repair-Image", check: check as "checkHealth" })],
];

const pieces = [
  "",
  "-Latn",
  ":",
  ";",
  ";fr-FR",
  "0",
  "1",
  "-1",
  ".5",
  "Windows",
  "/",
  "/Quiet",
  '"',
  "\\",
  " ",
  "\n",
];

const given = fc.constantFrom(...operations).chain(([good, make]) => {
  const piece = fc.constantFrom(good, ...pieces);
  const text = fc.oneof(
    piece.map((end) => `${good}${end}`),
    fc.array(piece, { maxLength: 3 }).map((parts) => parts.join("")),
    fc.string(),
  );
  return text.map(make);
});

describe("dism: what a config gives", () => {
  it("is refused, or DISM takes it as it is", () => {
    let taken = 0;
    fc.assert(
      fc.property(given, (operation) => {
        const image = imageFor(operation.type);
        const road = dism.roads[operation.type].offline as Exclude<Road<OperationType>, { refused: string }>;
        if (road.refuse?.(operation as never, image) !== undefined) return;
        taken += 1;
        const commands = road.commands(operation as never, dism.target(image, "C:\\work"));
        for (const { args } of commands.filter((command): command is Process => !("act" in command)))
          assert.equal(complaint(args), undefined, args.join(" "));
      }),
      { numRuns: 3000 },
    );
    assert.ok(taken > 100, `only ${taken} were taken, so that this shows nothing`);
  });
});
