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
  const { stdout } = await promisify(execFile)("wimlib-imagex", ["dir", file, String(index), "--detailed"], {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    maxBuffer: 256 * 1024 * 1024,
  });
  return new Map(stdout.split(/^-{70,}$/m).flatMap((block) => entry(block)));
}

function entry(block: string): readonly (readonly [string, Listed])[] {
  const field = (name: string): string => new RegExp(`^${name} += (.*)$`, "m").exec(block)?.[1] ?? "";
  const path = field("Full Path").slice(1, -1);
  if (path === "") return [];
  const listed = {
    shortName: field("Short Name").slice(1, -1),
    attributes: Number(field("Attributes")),
    security: field("Security Descriptor"),
    group: field("Link Group ID"),
    links: Number(field("Link Count")),
    reparseTag: Number(field("Reparse Tag")),
    streams: [...block.matchAll(/^\tNamed data stream "(.*)":$/gm)].map(([, name]) => name ?? ""),
    hashes: [...block.matchAll(/^Hash += 0x([0-9a-f]{40})$/gm)].map(([, hash]) => hash ?? ""),
  };
  return [[path, listed]];
}
