import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Chance, chosenFrom } from "./chance.ts";

/** The parts of a store that a checkpoint is made in and guarded by. */
const passing = ["making", "locks"];

/** What nobody who has ended may leave in a store. */
export function unfinishedIn(store: string): readonly string[] {
  return passing.flatMap((part) => {
    const folder = join(store, "1", part);
    return existsSync(folder) ? readdirSync(folder).map((name) => `store/1/${part}/${name}`) : [];
  });
}

/** The fingerprints of which there is a checkpoint. */
export function checkpointsIn(store: string): ReadonlySet<string> {
  const found = filesIn(store).map(
    (file) => /checkpoints.*[\\/]([\da-f]{64})[\\/]checkpoint\.json$/.exec(file)?.[1],
  );
  return new Set(found.filter((id) => id !== undefined));
}

/** What is not as its manifest says. */
export function damagedIn(store: string): readonly string[] {
  return [...checkpointsIn(store)].flatMap((id) => {
    const folder = join(store, "1/checkpoints", id.slice(0, 2), id);
    const { files } = JSON.parse(readFileSync(join(folder, "checkpoint.json"), "utf8")) as {
      readonly files: readonly { readonly name: string; readonly sha256: string }[];
    };
    return files
      .filter(({ name, sha256 }) => sha256Of(join(folder, name)) !== sha256)
      .map(({ name }) => `${name} of the checkpoint ${id} is not whole`);
  });
}

function sha256Of(file: string): string {
  return existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex") : "missing";
}

/** Does something to one file of a store, or to the whole of it; says what. */
export async function harm(store: string, chance: Chance): Promise<string> {
  const files = filesIn(store).filter((file) => !passing.some((part) => file.includes(`/1/${part}/`)));
  if (files.length === 0 || chance("what") < 0.4) {
    // Somebody may just be writing there.
    await rm(store, { recursive: true, force: true, maxRetries: 20, retryDelay: 5 });
    return "the store is taken away";
  }
  const file = chosenFrom(files, chance("file"));
  const [how, damage] = chosenFrom(damages, chance("damage"));
  try {
    await damage(file);
  } catch (error) {
    // A run that goes on may have replaced or removed it.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return `${file.slice(store.length)} ${how}`;
}

const damages: readonly (readonly [string, (file: string) => Promise<void> | void])[] = [
  [
    "gets another byte",
    async (file) => {
      const bytes = await readFile(file);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
      await writeFile(file, bytes);
    },
  ],
  ["loses its second half", (file) => truncateSync(file, statSync(file).size >> 1)],
  ["is removed", (file) => rmSync(file)],
  [
    "becomes a folder",
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  ],
];

function filesIn(store: string): readonly string[] {
  if (!existsSync(store)) return [];
  return readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
