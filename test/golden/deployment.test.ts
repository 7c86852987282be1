import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLines } from "../../core/command-line.ts";
import type { Command, Road } from "../../core/engine.ts";
import { wimlib } from "../../core/engines/wimlib.ts";
import { deploymentReadme } from "../../core/formats/deploy-readme.ts";
import { type DeviceDeployment, deploymentScripts, startScript } from "../../core/formats/deploy-script.ts";
import type { OperationType } from "../../core/operation.ts";
import { image, samplesOf } from "../support/operations.ts";

const folder = join(import.meta.dirname, "deployment");
const update = process.env["UPDATE_GOLDEN"] === "1";

const usual = { disk: { id: 0, windows: 20_480 }, index: 1, unattended: false } satisfies DeviceDeployment;
const fixed = {
  firmware: "uefi",
  disk: { id: 1, windows: 40_960, sizes: { system: 100, windows: 40_960, recovery: 500 } },
  index: 2,
  unattended: true,
} satisfies DeviceDeployment;
const bare = {
  firmware: "bios",
  disk: { id: 0, windows: 20_480, sizes: { recovery: 0 } },
  index: 1,
  unattended: false,
} satisfies DeviceDeployment;

/** What the wimlib engine makes of the deployments, and the texts that they hold. */
const expected = new Map<string, string>([
  ...(["New-DeploymentFolder", "New-Disk"] as const).map(
    (type) => [`${type}.txt`, commandsOf(type)] as const,
  ),
  ...Object.entries({ usual, fixed, bare }).flatMap(([name, deployment]) => [
    ...deploymentScripts(deployment).map(({ name: file, text }) => [`${name}-${file}`, text] as const),
    [`${name}-README.txt`, deploymentReadme(deployment, { boots: name === "fixed" })] as const,
    [`${name}-startnet.cmd`, startScript("deploy", deployment)] as const,
  ]),
]);

function commandsOf(type: "New-DeploymentFolder" | "New-Disk"): string {
  const target = wimlib.target(image, "/work");
  const road = wimlib.roads[type].offline as Exclude<Road<OperationType>, { readonly refused: string }>;
  return samplesOf(type)
    .map((operation) => {
      // Large enough for one image, and not for the other.
      const small = { ...image, totalBytes: 10_000_000_000 };
      const refused = road.refuse?.(operation, small);
      const heading = `## ${JSON.stringify({ ...operation, type: undefined })}`;
      if (refused !== undefined) return `${heading}\nrefused: ${refused}\n`;
      const undo = ["undo:", ...lines(road.undo?.(operation, target) ?? [])];
      return `${[heading, ...lines(road.commands(operation, target)), ...undo].join("\n")}\n`;
    })
    .join("\n");
}

/** Version control keeps one end of lines. */
function asKept(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function lines(commands: readonly Command[]): readonly string[] {
  return commands.flatMap((command) => commandLines(command));
}

describe("deployment by the wimlib engine", () => {
  before(() => {
    if (!update) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of expected) writeFileSync(join(folder, name), asKept(text));
  });

  it("has a golden file for every text, and none is left over", () => {
    assert.deepEqual(readdirSync(folder).toSorted(), [...expected.keys()].toSorted());
  });

  for (const [name, text] of expected)
    it(`is that of ${name}`, () => {
      const file = join(folder, name);
      assert.ok(existsSync(file), `${name} is missing: UPDATE_GOLDEN=1 writes it`);
      assert.equal(asKept(text), readFileSync(file, "utf8"));
      if (!name.startsWith("New-"))
        assert.match(text, /^(?:[^\r\n]*\r\n)+$/, "lines end as Windows wants them");
    });

  it("is found at the root of a medium by each name that an image has", () => {
    for (const name of ["install.wim", "install.swm"]) {
      assert.ok(startScript("deploy", usual).includes(`if exist "%%d:\\${name}"`), name);
      assert.ok(deploymentScripts(usual)[0]?.text.includes(`"%HERE%${name}"`), name);
    }
  });

  it("has scripts of ASCII, lines that cmd.exe takes, and no label twice", () => {
    for (const [name, text] of expected) {
      if (!name.endsWith(".cmd")) continue;
      assert.match(text, /^[\r\n\u0020-\u007e]*$/, name);
      const all = text.split("\r\n");
      assert.ok(all.every((line) => line.length < 8191 && !line.includes("\n")));
      const labels = all.filter((line) => line.startsWith(":"));
      assert.equal(new Set(labels).size, labels.length, name);
      for (const [, to = ""] of text.matchAll(/goto (\w+)|call :(\w+)/g))
        if (to !== "") assert.ok(labels.includes(`:${to}`), to);
    }
  });
});
