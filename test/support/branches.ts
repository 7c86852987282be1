import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { packsOf } from "../../core/acts/pack.ts";
import { perform } from "../../core/acts/perform.ts";
import type { Change, Delta } from "../../core/engine.ts";
import { references, packReferences } from "../../core/formats/wim-reference.ts";
import { createRunner } from "../../core/runner.ts";
import { readWim } from "../../core/wim-file.ts";
import { wimlib } from "./rig.ts";

/** A branch of an image, changed by acts alone, without a line. */
export interface Branched {
  readonly branch: string;
  packs(): readonly string[];
  update(...changes: readonly Change[]): Promise<void>;
  /** Writes the image, or adds it, to a WIM that stands by itself. */
  export(to: string, ...options: readonly string[]): void;
}

function context(work: string) {
  const { signal } = new AbortController();
  return { runner: createRunner(), signal, log: join(work, "log"), target: undefined, warn: () => undefined };
}

export async function branched(source: string, index: number, work: string): Promise<Branched> {
  const file = join(work, `image-${index}`, "branch.wim");
  mkdirSync(work, { recursive: true });
  await perform({ act: "branch", file: source, index, branch: file }, context(work));
  const image = readWim(source).images[index - 1];
  if (image === undefined) throw new TypeError(`no image ${index}`);
  const target = { kind: "branch", image, branch: file, work } as const;
  return {
    branch: file,
    packs: () => packsOf(file),
    update: (...changes) => perform({ act: "update", branch: file, changes }, { ...context(work), target }),
    export(to, ...options) {
      wimlib("export", file, "1", to, ...references(source), ...packReferences(file), ...options);
    },
  };
}

export async function makeDelta(act: Omit<Delta, "act">, work: string): Promise<void> {
  await perform({ act: "delta", ...act }, context(work));
}
