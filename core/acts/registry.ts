import { copyFile, open, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Change } from "../engine.ts";
import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import { openHive } from "../formats/hive.ts";
import type { HiveChange } from "../formats/hive-change.ts";
import { compactHive } from "../formats/hive-compact.ts";
import { compareHives, hiveRepairs } from "../formats/hive-compare.ts";
import { type HiveScript, hiveScript } from "../formats/hive-script.ts";
import { parseRegistryKey, resolveControlSet } from "../formats/registry.ts";
import { isDirectory, type Metadata } from "../formats/wim-metadata.ts";
import { type ImageInfo, imageTitle } from "../image.ts";
import { makeFolder } from "../make-folder.ts";
import type { Runner } from "../runner.ts";
import { extract, extracted } from "./extract.ts";

export interface HiveContext {
  readonly runner: Runner;
  readonly signal: AbortSignal;
  readonly log: string;
  readonly branch: string;
  readonly image: ImageInfo;
  readonly scratch: string;
}

export type RegistryChange = Extract<Change, { change: "registry" }>;

/**
 * Edits copies of the hives that the changes are in, and gives back the changes that put them in place of the old ones.
 * A hive goes back only after it was opened again and held nothing but what it held before and what was asked.
 * @throws SERVICING_REGISTRY_KEY, SERVICING_HIVE_MISSING, SERVICING_HIVE_DIRTY, SERVICING_HIVE_CORRUPT, SERVICING_HIVE_VERIFY
 */
export async function editHives(
  changes: readonly RegistryChange[],
  metadata: Metadata,
  context: HiveContext,
): Promise<readonly Extract<Change, { change: "add" }>[]> {
  const byHive = new Map<string, HiveChange[]>();
  for (const { key, name, value, create } of changes) {
    const parsed = parseRegistryKey(key);
    const list = byHive.get(parsed.hive.path) ?? [];
    list.push({
      key: parsed.key,
      ...(name === undefined ? {} : { name }),
      ...(value === undefined ? {} : { value }),
      ...(create === undefined ? {} : { create }),
    });
    byHive.set(parsed.hive.path, list);
  }
  if (byHive.size === 0) return [];
  for (const path of byHive.keys()) {
    const entry = metadata.lookup(path);
    // A link would be extracted as one, and lead to a file of this machine.
    if (entry === undefined || entry.reparsePoint || isDirectory(entry))
      throw failure("SERVICING_HIVE_MISSING", { image: imageTitle(context.image), path });
  }
  const [original, edited] = [join(context.scratch, "hives"), join(context.scratch, "edited")];
  await extract([...byHive.keys()], original, context);
  makeFolder(edited);
  const back: Extract<Change, { change: "add" }>[] = [];
  for (const [path, list] of byHive) {
    const from = await extracted(original, path);
    if (await edit(from, join(edited, basename(from)), path, list, context))
      back.push({ change: "add", from: join(edited, basename(from)), to: path });
  }
  return back;
}

/** False where the hive is already as it is wanted. */
async function edit(
  from: string,
  to: string,
  path: string,
  changes: readonly HiveChange[],
  context: HiveContext,
): Promise<boolean> {
  return withFile(from, async (source) => {
    const before = openHive(source, path);
    if (before.dirty)
      throw failure("SERVICING_HIVE_DIRTY", { path, primary: before.primary, secondary: before.secondary });
    const resolved = changes.map((change) => ({ ...change, key: resolveControlSet(before, change.key) }));
    const { script, expected } = hiveScript(before, resolved);
    if (script === undefined) return false;
    await copyFile(from, to);
    const file = `${to}.hivexsh`;
    await writeFile(file, script);
    await context.runner.run({ run: "hivexsh", args: ["-w", "-f", file, to], writes: true }, context);
    await repair(to, path, expected);
    await shrink(to, path, grown * source.size);
    const differences = withFile(to, (result) => compareHives(before, openHive(result, path), expected));
    if (differences.length > 0) throw failure("SERVICING_HIVE_VERIFY", { path, differences });
    return true;
  });
}

/** A hive that became larger than this many times what it was is written anew. */
const grown = 1.5;

/** hivex writes a list of subkeys anew for each that is added: what many drivers leave behind is larger than the hive. */
async function shrink(file: string, path: string, largest: number): Promise<void> {
  const compact = withFile(file, (source) => (source.size > largest ? compactHive(source, path) : undefined));
  if (compact !== undefined) await writeFile(file, compact);
}

/** hivex leaves lists of subkeys in which Windows would not find names beyond ASCII. */
async function repair(file: string, path: string, expected: HiveScript["expected"]): Promise<void> {
  const repairs = withFile(file, (source) => hiveRepairs(openHive(source, path), expected));
  if (repairs.length === 0) return;
  const handle = await open(file, "r+");
  try {
    for (const { offset, bytes } of repairs) await handle.write(bytes, 0, bytes.length, offset);
  } finally {
    await handle.close();
  }
}
