import { createHash } from "node:crypto";
import { constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { launch, type Running } from "../support/process.ts";
import { verifyWim, wimDigest } from "../support/wim-digest.ts";
import type { Kind } from "./kinds.ts";
import { unfinishedIn } from "./store.ts";

/** A project in a folder of its own, with the folder for temporary files and the store of its runs beside it. */
export interface Project {
  readonly folder: string;
  readonly store: string;
  start(options?: { readonly json?: boolean; readonly fresh?: boolean; readonly hook?: string }): Running;
  /**
   * What is wrong with the source or with any result that lies under its final name. Before a run has finished, what lay
   * there at the beginning may still do so.
   */
  damage(finished: boolean): Promise<readonly string[]>;
  /** What a run that has ended must not leave. */
  leftovers(): Promise<readonly string[]>;
  /** Of the results, in their order. */
  digests(): Promise<readonly string[]>;
  /** Every path of the project but for the run folders. */
  tree(): readonly string[];
}

export interface ProjectOptions {
  readonly kind: Kind;
  readonly material: string;
  /** Digests of the results of a run that nobody disturbed. */
  readonly digests?: readonly string[];
  /** A store to begin with. */
  readonly store?: string | undefined;
  /** Begins with another image under the names of the results. */
  readonly earlier?: boolean;
}

export async function makeProject(base: string, options: ProjectOptions): Promise<Project> {
  const { kind, material } = options;
  const folder = join(base, "project");
  const temporary = join(base, "temporary");
  const store = join(base, "store");
  for (const path of [folder, temporary, store]) await mkdir(path, { recursive: true });
  if (options.store !== undefined)
    await cp(options.store, store, { recursive: true, preserveTimestamps: true });
  for (const [name, text] of Object.entries(kind.files(material))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const source = join(folder, kind.source);
  await copyFile(join(material, kind.image), source, constants.COPYFILE_FICLONE);
  const results = kind.outputs.map((output) => join(folder, output));
  const references = kind.delta === true ? [source] : [];
  const earlier = join(material, "sample/install.wim");
  if (options.earlier === true)
    for (const result of results) {
      await mkdir(dirname(result), { recursive: true });
      await copyFile(earlier, result);
    }
  const before = { ...(await stamp(source)), sha256: sha256(source) };

  return {
    folder,
    store,
    start({ json = false, fresh = false, hook } = {}) {
      const args = [...kind.args, ...(json ? ["--json"] : []), ...(fresh ? ["--fresh"] : [])];
      return launch(args, folder, {
        env: { SERVICING_STORE: store, TMPDIR: temporary, NODE_COMPILE_CACHE: join(material, "compiled") },
        ...(hook === undefined ? {} : { node: ["--import", hook] }),
      });
    },
    async damage(finished) {
      const found: string[] = [];
      const now = await stamp(source);
      for (const field of ["size", "modified", "inode"] as const)
        if (now[field] !== before[field])
          found.push(`the source's ${field} was ${before[field]}, is ${now[field]}`);
      if (sha256(source) !== before.sha256) found.push("the source's content changed");
      for (const [at, result] of results.entries()) {
        if (!existsSync(result)) continue;
        if (!finished && options.earlier === true && sha256(result) === sha256(earlier)) continue;
        try {
          await verifyWim(result, references);
          const digest = await wimDigest(result);
          if (options.digests !== undefined && digest !== options.digests[at])
            found.push(`${kind.outputs[at]} holds other things than after an undisturbed run`);
        } catch (error) {
          found.push(`${kind.outputs[at]} is not whole: ${(error as Error).message}`);
        }
      }
      return found;
    },
    async leftovers() {
      const unfinished = [...below(folder), ...below(store)].filter((path) =>
        /unfinished|\.lock$|(?:^|\/)pid$/.test(path),
      );
      const mounts = (await readFile("/proc/mounts", "utf8"))
        .split("\n")
        .filter((line) => line.includes(base));
      return [
        ...unfinished,
        ...unfinishedIn(store),
        ...below(temporary).map((path) => `temporary/${path}`),
        ...mounts.map((line) => `mounted: ${line}`),
        ...processesOf(base),
      ];
    },
    digests: () => Promise.all(results.map(wimDigest)),
    tree: () => below(folder).filter((path) => !/\.servicing\/runs\/./.test(path)),
  };
}

async function stamp(file: string) {
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return { size, modified: mtimeNs, inode: ino };
}

function below(folder: string): readonly string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
}

/** Whoever has the folder in its environment, as all have that a run starts, in its process group or out of it. */
export function processesOf(folder: string): readonly string[] {
  return readdirSync("/proc").flatMap((id) => {
    if (!/^\d+$/.test(id)) return [];
    try {
      const environment = readFileSync(`/proc/${id}/environ`, "utf8").split("\0");
      if (!environment.includes(`SERVICING_STORE=${join(folder, "store")}`)) return [];
      const state = /^State:\s*(.*)$/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1];
      const line = readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
      return [`process ${id} (${state}): ${line}`];
    } catch {
      return [];
    }
  });
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
