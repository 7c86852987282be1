import { randomBytes, randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import { sha256Of } from "./file-bytes.ts";
import { createFacts, type Facts } from "./facts.ts";
import { ownIdentity, type ProcessIdentity, standing } from "./process-identity.ts";
import { acquireWaiting } from "./process-lock.ts";

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

interface Manifest extends CheckpointFacts {
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

export interface Checkpoint {
  readonly id: string;
  readonly folder: string;
  /** Files that checkpoints share have the same inode. */
  readonly files: readonly { readonly inode: string; readonly bytes: number }[];
  /** Milliseconds since 1970. */
  readonly used: number;
}

/**
 * Checkpoints of images by their fingerprint, shared by all lines and runs on a machine. Each is a folder that is whole by
 * itself and appears at once, by a rename; nothing in it is trusted before its hash was compared.
 */
export interface Store {
  readonly folder: string;
  readonly facts: Facts;
  /** For {@link secretsDigest}; made when it is first wanted. */
  key(): Promise<Uint8Array>;
  has(id: string): boolean;
  /** Puts the files of a checkpoint into `to`, in place of what is there. What it warned of; undefined where it is not there or damaged. */
  take(id: string, to: string, warn: (text: string) => void): Promise<readonly string[] | undefined>;
  /** Keeps the files of a folder under an id. */
  put(id: string, from: string, facts: CheckpointFacts): Promise<void>;
  list(): Promise<readonly Checkpoint[]>;
  remove(id: string): Promise<void>;
  /** Removes what runs that are no more had begun. */
  sweep(): Promise<void>;
  /** Runs `work` while nobody else, in this process or another, does so for the same checkpoint. */
  alone<T>(
    id: string,
    what: string,
    work: () => Promise<T>,
    io: { readonly signal: AbortSignal; onWait(process: number): void },
  ): Promise<T>;
}

/** Says whose an unfinished folder is. */
const ownerName = "owner.json";
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
  let swept = false;
  const working = new Map<string, Promise<void>>();
  const folder = join(root, format);
  const place = (id: string): string => join(folder, "checkpoints", id.slice(0, 2), id);
  const making = join(folder, "making");
  /** Hashes that were compared in this process, by the identity of the file. */
  const compared = new Map<string, string>();

  async function unfinished(): Promise<string> {
    const made = join(making, randomUUID());
    await mkdir(made, { recursive: true, mode: 0o700 });
    await writeFile(join(made, ownerName), JSON.stringify(ownIdentity()));
    return made;
  }

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
    for (const name of await namesIn(making)) {
      const text = await readFile(join(making, name, ownerName), "utf8").catch(() => undefined);
      const left = text !== undefined && standing(JSON.parse(text) as ProcessIdentity) === "dead";
      if (left) await rm(join(making, name), { recursive: true, force: true });
    }
  }

  /** Where no lock can be made, work is at worst done twice. */
  async function locked(
    id: string,
    what: string,
    signal: AbortSignal,
    onWait: (process: number) => void,
  ): Promise<{ release(): void } | undefined> {
    try {
      await mkdir(join(folder, "locks"), { recursive: true, mode: 0o700 });
      const file = join(folder, "locks", id);
      return await acquireWaiting(file, what, { signal, onWait: ({ pid }) => onWait(pid) });
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return undefined;
    }
  }

  async function manifestOf(id: string): Promise<Manifest> {
    return JSON.parse(await readFile(join(place(id), manifestName), "utf8")) as Manifest;
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

  async function discard(id: string): Promise<void> {
    const gone = join(await unfinished(), id);
    await rename(place(id), gone).catch(() => undefined);
    await rm(join(gone, ".."), { recursive: true, force: true });
  }

  return {
    folder,
    facts: createFacts(join(folder, "facts")),

    async key() {
      const file = join(folder, "key");
      const made = `${file}.${randomUUID()}`;
      const known = await readFile(file).catch(() => undefined);
      if (known?.length === 32) return known;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(made, randomBytes(32), { mode: 0o600 });
      if (known !== undefined) await rm(file, { force: true });
      // Of several processes the first one's stays.
      await link(made, file).catch(async () => existsSync(file) || (await copyFile(made, file)));
      await rm(made);
      return readFile(file);
    },

    has,

    async take(id, to, warn) {
      let manifest: Manifest;
      try {
        manifest = await manifestOf(id);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        await discard(id);
        warn(`the checkpoint ${id.slice(0, 12)} of the store was damaged and is made anew`);
        return undefined;
      }
      await rm(to, { recursive: true, force: true });
      await mkdir(to, { recursive: true, mode: 0o700 });
      try {
        const fault = await faultOf(id, manifest);
        if (fault !== undefined) throw new Error(fault);
        for (const { name } of manifest.files) await share(join(place(id), name), join(to, name));
        // A copy is not compared again: what was compared is what was read.
        const now = new Date();
        await utimes(join(place(id), manifestName), now, now).catch(() => undefined);
        return manifest.warnings;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw error;
        await discard(id);
        const reason = (error as Error).message;
        warn(`the checkpoint ${id.slice(0, 12)} of the store was damaged (${reason}) and is made anew`);
        return undefined;
      }
    },

    async put(id, from, facts) {
      if (!swept) await sweep();
      swept = true;
      const made = await unfinished();
      try {
        const names = (await readdir(from)).filter((name) => name.endsWith(".wim")).sort();
        const files = [];
        for (const name of names) {
          await share(join(from, name), join(made, name));
          const bytes = (await stat(join(made, name))).size;
          files.push({ name, bytes, sha256: await hashOf(join(made, name)) });
        }
        const manifest: Manifest = { ...facts, files };
        await writeFile(join(made, manifestName), JSON.stringify(manifest, undefined, 2));
        await rm(join(made, ownerName));
        await mkdir(join(place(id), ".."), { recursive: true, mode: 0o700 });
        await rename(made, place(id));
      } catch (error) {
        await rm(made, { recursive: true, force: true });
        // Another run was faster, with the same.
        if (!has(id)) throw error;
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
