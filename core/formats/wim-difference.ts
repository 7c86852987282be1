import { createHash } from "node:crypto";
import { type ByteSource, view } from "./bytes.ts";
import { type Dentry, openMetadata } from "./wim-metadata.ts";
import { WimFormatError } from "./wim.ts";

/**
 * Read-only, hidden, system, directory, archive, temporary, reparse point, offline and not indexed: what a volume is told.
 * Others say how it keeps a file: compressed, sparse, encrypted; ntfs-3g sets none of them.
 */
const toldAttributes = 0x3537;

/**
 * What of an image its volume has not, as sentences, at most so many of them: names, short names, attributes, security
 * descriptors, hashes of all streams, and which files are links to one another. Times are left aside, and whatever the
 * volume gave to files that have no descriptor.
 * @param found an image that the volume was captured to
 * @param looksAt which paths are compared: `\\Windows`; all of them where it is absent
 * @throws WimFormatError
 */
export function treeDifferences(
  wanted: ByteSource,
  found: ByteSource,
  most: number,
  looksAt: (path: string) => boolean = () => true,
): readonly string[] {
  const left = described(wanted, looksAt);
  const right = described(found, looksAt);
  const differences: string[] = [];
  for (const [path, what] of left) {
    if (differences.length >= most) return differences;
    const other = right.get(path);
    if (other === undefined) differences.push(`${path} is missing`);
    else
      for (const field of Object.keys(what) as (keyof Described)[])
        if (what[field] !== other[field] && what[field] !== none)
          differences.push(`${path}: ${field}: ${other[field]}, not ${what[field]}`);
  }
  for (const path of right.keys())
    if (!left.has(path) && differences.length < most)
      differences.push(`${path} is more than there should be`);
  return differences;
}

const none = "none";

interface Described {
  readonly "short name": string;
  readonly attributes: string;
  readonly "security descriptor": string;
  readonly content: string;
  readonly links: string;
}

function described(source: ByteSource, looksAt: (path: string) => boolean): ReadonlyMap<string, Described> {
  const descriptors = securityDescriptors(source).map(
    (bytes) => `of SHA-1 ${createHash("sha1").update(bytes).digest("hex")}`,
  );
  const links = new Map<bigint, string>();
  const found = new Map<string, Described>();
  const entries = [...openMetadata(source).walk()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, entry } of entries) {
    if (!looksAt(path)) continue;
    const { linkGroup: group } = entry;
    // A group is named by the first of its files.
    if (group !== 0n && !links.has(group)) links.set(group, path);
    found.set(path === "" ? "\\" : path, {
      "short name": entry.shortName,
      attributes: (entry.attributes & toldAttributes).toString(16),
      "security descriptor": descriptors[entry.security] ?? none,
      content: contentOf(entry),
      links: group === 0n ? path : (links.get(group) ?? path),
    });
  }
  return found;
}

function contentOf({ hash, streams }: Dentry): string {
  const named = streams.map((stream) => `${stream.name}:${stream.hash}`).toSorted();
  return [hash, ...named].join(" ");
}

/** The descriptors that entries refer to by their number. Source: as of {@link openMetadata}. */
function securityDescriptors(source: ByteSource): readonly Buffer[] {
  const head = view(source.read(0, 8));
  const total = head.readUInt32LE(0);
  const count = head.length < 8 ? 0 : head.readUInt32LE(4);
  if (8 + 8 * count > Math.max(8, total) || total > source.size)
    throw new WimFormatError("corrupt", `an image claims ${count} security descriptors in ${total} bytes`);
  const sizes = view(source.read(8, 8 * count));
  let at = 8 + 8 * count;
  return Array.from({ length: count }, (_, number) => {
    const size = Number(sizes.readBigUInt64LE(8 * number));
    if (at + size > total)
      throw new WimFormatError("corrupt", "a security descriptor runs beyond those of its image");
    const descriptor = Buffer.from(source.read(at, size));
    at += size;
    return descriptor;
  });
}
