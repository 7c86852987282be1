import { foldName, sameName } from "./hive.ts";
import type { Hive, HiveKey, HiveValue } from "./hive.ts";
import { encodeValue, sameValue } from "./registry-value.ts";
import type { DecodedValue, RawValue } from "./registry-value.ts";
import { failure } from "../error.ts";

/** A change of a hive: without `value` the name is deleted, without `name` as well, the whole key. */
export interface HiveChange {
  /** Path from the root of the hive. */
  readonly key: string;
  /** "" is the default value. */
  readonly name?: string;
  readonly value?: DecodedValue;
  /** The key is to be there, whatever it holds; there is neither name nor value then. */
  readonly create?: true;
}

/** What a key has to hold when a hive is read again, beside all that it held before. */
export interface HiveExpectation {
  readonly key: string;
  /** The key is not there, nor anything below it. */
  readonly absent?: true;
  readonly values: readonly { readonly name: string; readonly value?: RawValue }[];
}

/** All changes of a key in one, and those below it. */
export interface KeyChange {
  readonly name: string;
  /** Nothing that the hive holds here stays. */
  cleared: boolean;
  /** The key has to be there in the end. */
  wanted: boolean;
  readonly values: Map<string, { readonly name: string; readonly value?: RawValue }>;
  readonly subkeys: Map<string, KeyChange>;
}

/** Folds changes, which hold in their order, into one for each key. @throws SERVICING_REGISTRY_KEY. */
export function mergeChanges(changes: readonly HiveChange[]): KeyChange {
  const root = keyChange("", false);
  root.wanted = true;
  for (const change of changes) {
    const path = [root];
    for (const name of change.key.split("\\").filter((part) => part !== "")) {
      const parent = path.at(-1)!;
      const folded = foldName(name);
      let next = parent.subkeys.get(folded);
      if (next === undefined) {
        next = keyChange(name, parent.cleared);
        parent.subkeys.set(folded, next);
      }
      path.push(next);
    }
    apply(change, path);
  }
  return root;
}

function apply(change: HiveChange, path: readonly KeyChange[]): void {
  const key = path.at(-1)!;
  if (change.create === true) {
    for (const each of path) each.wanted = true;
    return;
  }
  if (change.name === undefined) {
    if (path.length === 1) {
      throw failure("SERVICING_REGISTRY_KEY", { key: change.key, reason: "a whole hive cannot be deleted" });
    }
    key.cleared = true;
    key.wanted = false;
    key.values.clear();
    key.subkeys.clear();
    return;
  }
  const where = `${change.key} ${change.name === "" ? "(default)" : change.name}`;
  if (change.value === undefined) {
    key.values.set(foldName(change.name), { name: change.name });
    return;
  }
  const value = encodeValue(change.value, where);
  key.values.set(foldName(change.name), { name: change.name, value });
  for (const each of path) each.wanted = true;
}

function keyChange(name: string, cleared: boolean): KeyChange {
  return { name, cleared, wanted: false, values: new Map(), subkeys: new Map() };
}

/** A key as it has to be written: all of its values, in the order in which it holds them. */
export interface KeyEdit {
  /** The names from the root, in the case in which the hive has them. */
  readonly path: readonly string[];
  readonly action: "delete" | "create" | "keep";
  /** Absent where the values stay as they are. */
  readonly values?: readonly (RawValue & { readonly name: string })[];
  readonly expected: HiveExpectation;
}

/** What has to be done to a hive for the changes to hold; nothing for what is so already. */
export function keyEdits(hive: Hive, change: KeyChange): KeyEdit[] {
  return [...edits(change, hive.rootKey, [])];
}

/** The same for a hive that has none of the keys. */
export function newKeyEdits(change: KeyChange): KeyEdit[] {
  return [...change.subkeys.values()].flatMap((below) => [...edits(below, undefined, [below.name])]);
}

function* edits(change: KeyChange, key: HiveKey | undefined, path: readonly string[]): Generator<KeyEdit> {
  const where = path.join("\\");
  const exists = change.wanted || (key !== undefined && !change.cleared);
  if (!exists) {
    if (key === undefined) return;
    const expected = { key: where, absent: true as const, values: [] };
    yield { path, action: "delete", expected };
    return;
  }
  const held = key?.values() ?? [];
  const values = wantedValues(change, held);
  const changed = valueChanges(values, held);
  if (key === undefined || changed.length > 0) {
    const action = key === undefined ? "create" : "keep";
    const expected = { key: where, values: changed };
    yield { path, action, expected, ...(changed.length > 0 && { values }) };
  }
  const subkeys = new Map((key?.subkeys() ?? []).map((subkey) => [foldName(subkey.name), subkey]));
  if (change.cleared) {
    for (const [folded, subkey] of subkeys) {
      if (change.subkeys.has(folded)) continue;
      const gone = [...path, subkey.name];
      const expected = { key: gone.join("\\"), absent: true as const, values: [] };
      yield { path: gone, action: "delete", expected };
    }
  }
  for (const [folded, below] of change.subkeys) {
    const subkey = subkeys.get(folded);
    yield* edits(below, subkey, [...path, subkey?.name ?? below.name]);
  }
}

/** The values that the key has to hold; one that changes stays in its place and keeps the case of its name. */
function wantedValues(change: KeyChange, held: readonly HiveValue[]): (RawValue & { name: string })[] {
  const kept = held.flatMap((old) => {
    const wish = change.values.get(foldName(old.name));
    if (wish?.value !== undefined) return [{ name: old.name, ...wish.value }];
    return change.cleared || wish !== undefined ? [] : [{ name: old.name, type: old.type, bytes: old.bytes }];
  });
  const added = [...change.values.values()].flatMap(({ name, value }) =>
    value === undefined || held.some((old) => sameName(old.name, name)) ? [] : [{ name, ...value }],
  );
  return [...kept, ...added];
}

function valueChanges(
  wanted: readonly (RawValue & { readonly name: string })[],
  held: readonly HiveValue[],
): HiveExpectation["values"] {
  const before = new Map(held.map((value) => [foldName(value.name), value]));
  const after = new Set(wanted.map((value) => foldName(value.name)));
  const removed = held.filter((value) => !after.has(foldName(value.name))).map(({ name }) => ({ name }));
  const changed = wanted.flatMap((value) => {
    const old = before.get(foldName(value.name));
    const same = old !== undefined && sameValue(value, old);
    return same ? [] : [{ name: value.name, value: { type: value.type, bytes: value.bytes } }];
  });
  return [...removed, ...changed];
}
