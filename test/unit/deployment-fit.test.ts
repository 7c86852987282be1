import assert from "node:assert/strict";
import { misfits } from "../../core/deployment-fit.ts";
import type { Deployment } from "../../core/engine.ts";
import type { Operation } from "../../core/operation.ts";
import type { FinishedSetup } from "../../core/setup-finish.ts";
import type { Item } from "../../core/step.ts";
import { samplesOf } from "../support/operations.ts";

const work = { settings: 1, packages: 0, specialize: 0, setupComplete: 0, firstLogon: 0 };
const something: ReadonlyMap<number, FinishedSetup> = new Map([
  [1, { operations: [], work, sentences: {}, warnings: [] }],
]);

function item(operation: Operation): Item {
  const verdict = { engine: "wimlib", strategy: "offline", accepted: true, because: "" } as const;
  return { id: "p/1", phase: "deploy", by: "p", image: 1, operation, verdict, considered: [] };
}

const made = ["New-Media", "New-Disk", "New-DeploymentFolder"] as const;

describe("what is made of a result beside its deployment", () => {
  const fitting: Readonly<Record<Deployment, readonly string[]>> = {
    applied: ["New-Disk", "New-DeploymentFolder"],
    winpe: ["New-DeploymentFolder"],
    media: ["New-Media"],
  };
  for (const [deployment, fits] of Object.entries(fitting) as [Deployment, readonly string[]][])
    for (const type of made)
      it(`${type} with ${deployment} is ${fits.includes(type) ? "fine" : "warned of"}`, () => {
        const items = [item(samplesOf(type)[0] as Operation)];
        assert.equal(misfits(items, something, deployment).length, fits.includes(type) ? 0 : 1);
        assert.deepEqual(misfits(items, new Map(), deployment), []);
      });
});
