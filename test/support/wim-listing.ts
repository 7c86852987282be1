import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** One entry of an image, as `wimlib-imagex dir --detailed` prints it. */
export interface Listed {
  readonly shortName: string;
  readonly attributes: number;
  /** The descriptor in hexadecimal, or nothing. */
  readonly security: string;
  readonly group: string;
  readonly links: number;
  readonly reparseTag: number;
  /** Names of the streams besides the unnamed one. */
  readonly streams: readonly string[];
  /** SHA-1 of every stream, in their order. */
  readonly hashes: readonly string[];
}

export async function listing(file: string, index: number): Promise<ReadonlyMap<string, Listed>> {
  return new Map((await blocks(file, index)).map((block) => [fullPath(block), entry(block)]));
}

/** Creation, last write and last access of every entry, to the second. */
export async function times(file: string, index: number): Promise<ReadonlyMap<string, readonly string[]>> {
  return new Map((await blocks(file, index)).map((block) => [fullPath(block), stamps(block)]));
}

function stamps(block: string): readonly string[] {
  return ["Creation", "Last Write", "Last Access"].map((name) => field(block, `${name} Time`));
}

async function blocks(file: string, index: number): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)("wimlib-imagex", ["dir", file, String(index), "--detailed"], {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout.split(/^-{70,}$/m).filter((block) => fullPath(block) !== "");
}

function field(block: string, name: string): string {
  return new RegExp(`^${name} += (.*)$`, "m").exec(block)?.[1] ?? "";
}

function fullPath(block: string): string {
  return field(block, "Full Path").slice(1, -1);
}

function entry(block: string): Listed {
  return {
    shortName: field(block, "Short Name").slice(1, -1),
    attributes: Number(field(block, "Attributes")),
    security: field(block, "Security Descriptor"),
    group: field(block, "Link Group ID"),
    links: Number(field(block, "Link Count")),
    reparseTag: Number(field(block, "Reparse Tag")),
    streams: [...block.matchAll(/^\tNamed data stream "(.*)":$/gm)].map(([, name]) => name ?? ""),
    hashes: [...block.matchAll(/^Hash += 0x([0-9a-f]{40})$/gm)].map(([, hash]) => hash ?? ""),
  };
}
