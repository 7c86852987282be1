import { randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { copyFile, link, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { sha256Of } from "./file-bytes.ts";
import { createFacts, type Facts } from "./facts.ts";
import { draftIn, sweepDrafts } from "./draft-folder.ts";
import { makeFolder } from "./make-folder.ts";
import { acquireWaiting, tryAcquire } from "./process-lock.ts";
import type { Kept } from "./store-space.ts";

/** What is written beside the files of a checkpoint. */
export interface CheckpointFacts {
  /** The line that made it. */
  readonly line: string;
  /** The step after which it was made. */
  readonly step: string;
  /** The source, by its path then: for people. */
  readonly source: string;
  /** What making it warned of. */
  readonly warnings: readonly string[];
}

const manifestSchema = v.object({
  line: v.string(),
  step: v.string(),
  source: v.string(),
  warnings: v.array(v.string()),
  files: v.pipe(
    v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.string() })),
    v.minLength(1),
  ),
});

type Manifest = v.InferOutput<typeof manifestSchema>;

export interface Checkpoint extends Kept {
  readonly folder: string;
}

/**
 * Checkpoints of images by their fingerprint, shared by all lines and runs on a machine. Each is a folder that is whole by
 * itself and appears at once, by a rename; nothing in it is trusted before its hash was compared.
 */
export interface Store {
  readonly folder: string;
  readonly facts: Facts;
  /** For {@link secretsDigest}; made when it is first wanted, for this process alone where it cannot be kept. */
  key(): Promise<Uint8Array>;
  has(id: string): boolean;
  /** Puts the files of a checkpoint into `to`, in place of what is there. What it warned of; undefined where it is not there or damaged. */
  take(id: string, to: string, warn: (text: string) => void): Promise<readonly string[] | undefined>;
  /** A file of a checkpoint where it lies, to be read alone; undefined where it is not there or damaged. */
  file(id: string, name: string, warn: (text: string) => void): Promise<string | undefined>;
  /** Keeps the files of a folder under an id, unless it has them already. */
  put(id: string, from: string, facts: CheckpointFacts): Promise<void>;
  list(): Promise<readonly Checkpoint[]>;
  remove(id: string): Promise<void>;
  /** Removes what runs that are no more had begun, and their locks. */
  sweep(): Promise<void>;
  /** Runs `work` while nobody else, in this process or another, does so for the same checkpoint. */
  alone<T>(
    id: string,
    what: string,
    work: () => Promise<T>,
    io: { readonly signal: AbortSignal; onWait(process: number): void },
  ): Promise<T>;
}

const manifestName = "checkpoint.json";
/** The one file of a checkpoint that a later step writes to; all others can be shared by links. */
const written = "branch.wim";
const format = "1";

const stores = new Map<string, Store>();

/** The same for every line of a process. */
export function openStore(root: string): Store {
  const store = stores.get(root) ?? storeIn(root);
  stores.set(root, store);
  return store;
}

function storeIn(root: string): Store {
  let keyed: Promise<Uint8Array> | undefined;
  const working = new Map<string, Promise<void>>();
  const folder = join(root, format);
  const place = (id: string): string => join(folder, "checkpoints", id.slice(0, 2), id);
  const making = join(folder, "making");
  const locks = join(folder, "locks");
  const draft = (): string => draftIn(making);
  /** Hashes that were compared in this process, by the identity of the file. */
  const compared = new Map<string, string>();

  async function hashOf(file: string): Promise<string> {
    const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
    const identity = [dev, ino, size, mtimeNs].join(" ");
    const known = compared.get(identity);
    if (known !== undefined) return known;
    const { sha256 } = await sha256Of(file);
    compared.set(identity, sha256);
    return sha256;
  }

  async function sweep(): Promise<void> {
    sweepDrafts(making);
    const ids = (await namesIn(locks)).flatMap((name) => /^[\da-f]{64}/.exec(name)?.[0] ?? []);
    for (const id of new Set(ids)) {
      const lock = await tryAcquire(join(locks, id), "removes the lock of a process that is gone");
      if ("release" in lock) lock.release();
    }
  }

  async function makeKey(): Promise<Uint8Array> {
    const file = join(folder, "key");
    const known = await readFile(file).catch(() => undefined);
    if (known?.length === 32) return known;
    makeFolder(folder, 0o700);
    const made = draft();
    await writeFile(made, randomBytes(32), { mode: 0o600 });
    if (known !== undefined) await rm(file, { force: true });
    // Of several processes the first one's stays.
    await link(made, file).catch(async () => existsSync(file) || (await copyFile(made, file)));
    await rm(made);
    return readFile(file);
  }

  /** Where no lock can be made, work is at worst done twice. */
  async function locked(
    id: string,
    what: string,
    signal: AbortSignal,
    onWait: (process: number) => void,
  ): Promise<{ release(): void } | undefined> {
    try {
      makeFolder(locks, 0o700);
      return await acquireWaiting(join(locks, id), what, { signal, onWait: ({ pid }) => onWait(pid) });
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return undefined;
    }
  }

  async function manifestOf(id: string): Promise<Manifest> {
    return v.parse(manifestSchema, JSON.parse(await readFile(join(place(id), manifestName), "utf8")));
  }

  async function faultOf(id: string, manifest: Manifest): Promise<string | undefined> {
    for (const { name, bytes, sha256 } of manifest.files) {
      if (basename(name) !== name) return `it names ${name}`;
      const file = join(place(id), name);
      const found = await stat(file).catch(() => undefined);
      if (found === undefined) return `${name} is missing`;
      if (found.size !== bytes || (await hashOf(file)) !== sha256) return `${name} is not what it was`;
    }
    return undefined;
  }

  function has(id: string): boolean {
    return existsSync(join(place(id), manifestName));
  }

  /** Out of sight at once, as it came. */
  async function discard(id: string): Promise<void> {
    const gone = draft();
    await rename(place(id), gone).catch(() => undefined);
    await rm(gone, { recursive: true, force: true });
  }

  async function isWhole(id: string): Promise<boolean> {
    try {
      return (await faultOf(id, await manifestOf(id))) === undefined;
    } catch {
      return false;
    }
  }

  /** Where nothing can be removed either, it is found damaged again the next time. */
  async function giveUp(id: string, warn: (text: string) => void, reason?: string): Promise<undefined> {
    await discard(id).catch(() => undefined);
    const because = reason === undefined ? "" : ` (${reason})`;
    warn(`the checkpoint ${id.slice(0, 12)} of the store was damaged${because} and is made anew`);
    return undefined;
  }

  async function knownManifest(id: string, warn: (text: string) => void): Promise<Manifest | undefined> {
    try {
      return await manifestOf(id);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      return giveUp(id, warn);
    }
  }

  async function noteUse(id: string): Promise<void> {
    const now = new Date();
    await utimes(join(place(id), manifestName), now, now).catch(() => undefined);
  }

  return {
    folder,
    facts: createFacts(join(folder, "facts"), draft),

    key: () => (keyed ??= makeKey().catch(() => randomBytes(32))),

    has,

    async take(id, to, warn) {
      const manifest = await knownManifest(id, warn);
      if (manifest === undefined) return undefined;
      await rm(to, { recursive: true, force: true });
      makeFolder(to, 0o700);
      try {
        const fault = await faultOf(id, manifest);
        if (fault !== undefined) throw new Error(fault);
        for (const { name } of manifest.files) await share(join(place(id), name), join(to, name));
        // A copy is not compared again: what was compared is what was read.
        await noteUse(id);
        return manifest.warnings;
      } catch (error) {
        // What cannot be written is the work folder.
        if (["ENOSPC", "EDQUOT", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        // Who goes on in it must not write through links to what is in the store.
        await rm(to, { recursive: true, force: true });
        return giveUp(id, warn, (error as Error).message);
      }
    },

    async file(id, name, warn) {
      const manifest = await knownManifest(id, warn);
      if (manifest === undefined) return undefined;
      const fault = manifest.files.some((file) => file.name === name)
        ? await faultOf(id, manifest)
        : `${name} is missing`;
      if (fault !== undefined) return giveUp(id, warn, fault);
      await noteUse(id);
      return join(place(id), name);
    },

    async put(id, from, facts) {
      const made = draft();
      try {
        makeFolder(made, 0o700);
        const names = (await readdir(from)).filter((name) => name.endsWith(".wim")).sort();
        const files = [];
        for (const name of names) {
          await share(join(from, name), join(made, name));
          const bytes = (await stat(join(made, name))).size;
          files.push({ name, bytes, sha256: await hashOf(join(made, name)) });
        }
        const manifest: Manifest = { ...facts, warnings: [...facts.warnings], files };
        await writeFile(join(made, manifestName), JSON.stringify(manifest, undefined, 2));
        makeFolder(dirname(place(id)), 0o700);
        await rename(made, place(id)).catch(async () => {
          // Another run was faster, with the same; what was damaged gives way.
          if (await isWhole(id)) return;
          await discard(id);
          await rename(made, place(id));
        });
      } finally {
        await rm(made, { recursive: true, force: true });
      }
    },

    async list() {
      const found: Checkpoint[] = [];
      for (const part of await namesIn(join(folder, "checkpoints")))
        for (const id of await namesIn(join(folder, "checkpoints", part))) {
          const files = [];
          for (const name of await namesIn(place(id))) {
            const stats = await stat(join(place(id), name)).catch(() => undefined);
            if (stats !== undefined) files.push({ inode: `${stats.dev} ${stats.ino}`, bytes: stats.size });
          }
          const used = await stat(join(place(id), manifestName)).catch(() => undefined);
          found.push({ id, folder: place(id), files, used: used?.mtimeMs ?? 0 });
        }
      return found;
    },

    remove: discard,

    sweep,

    async alone(id, what, work, { signal, onWait }) {
      const before = working.get(id);
      const own = Promise.withResolvers<void>();
      working.set(id, own.promise);
      try {
        await before;
        const lock = await locked(id, what, signal, onWait);
        try {
          return await work();
        } finally {
          lock?.release();
        }
      } finally {
        own.resolve();
        if (working.get(id) === own.promise) working.delete(id);
      }
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}

/** A link where the file stays as it is and the file system allows it, else a copy, which some file systems make for nothing. */
async function share(from: string, to: string): Promise<void> {
  if (basename(from) !== written) {
    try {
      return await link(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw error;
    }
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}
