import { foldName } from "./hive.ts";
import type { Hive, HiveKey, HiveValue } from "./hive.ts";
import type { HiveExpectation } from "./hive-change.ts";
import { indexRepairs } from "./hive-index.ts";
import type { Patch } from "./hive-index.ts";
import { sameValue } from "./registry-value.ts";
import type { RawValue } from "./registry-value.ts";

/** Differences that are named one by one; a hive that went wrong has as many as it has keys. */
const named = 50;

/**
 * Reads both hives through and names every difference that was not expected and every expected one that is missing.
 * @throws SERVICING_HIVE_CORRUPT where either cannot be read.
 */
export function compareHives(before: Hive, after: Hive, expected: readonly HiveExpectation[]): string[] {
  const { differences } = new Comparison(before, after, expected);
  const more = differences.length - named;
  return more > 0 ? [...differences.slice(0, named), `and ${more} more`] : differences;
}

/** The repairs that hivex makes necessary where it created or deleted keys: see indexRepairs. */
export function hiveRepairs(after: Hive, expected: readonly HiveExpectation[]): Patch[] {
  const changed = expected
    .filter(({ key }) => key !== "")
    .map(({ key }) => key.slice(0, Math.max(0, key.lastIndexOf("\\"))));
  return [...new Set(changed.map(foldName))].flatMap((path) => {
    const key = after.key(path);
    return key === undefined ? [] : indexRepairs(key);
  });
}

/** Expectations as a tree, walked beside the hives. */
interface Node {
  readonly name: string;
  expectation?: HiveExpectation;
  readonly below: Map<string, Node>;
}

class Comparison {
  readonly differences: string[] = [];
  private readonly budgets: readonly [before: Budget, after: Budget];

  constructor(before: Hive, after: Hive, expected: readonly HiveExpectation[]) {
    this.budgets = [new Budget(before), new Budget(after)];
    this.compare(before.rootKey, after.rootKey, expectationTree(expected), "");
  }

  private compare(
    before: HiveKey | undefined,
    after: HiveKey | undefined,
    node: Node | undefined,
    path: string,
  ): void {
    const where = path === "" ? "the root" : path;
    const expectation = node?.expectation;
    if (expectation?.absent === true) {
      if (after !== undefined) this.differences.push(`${where} is still there`);
      return;
    }
    if (after === undefined) {
      const wanted = before !== undefined || expectation !== undefined;
      if (wanted) this.differences.push(`${where} ${before === undefined ? "was not made" : "vanished"}`);
      return;
    }
    if (before === undefined && expectation === undefined) {
      this.differences.push(`${where} appeared`);
      return;
    }
    this.compareFacts(before, after, where);
    this.compareValues(before?.values() ?? [], after.values(), expectation?.values ?? [], where);
    this.compareSubkeys(before?.subkeys() ?? [], after, node, path);
  }

  private compareFacts(before: HiveKey | undefined, after: HiveKey, where: string): void {
    const security = after.security();
    if (before === undefined) {
      if (security === undefined) this.differences.push(`${where} has no security`);
      return;
    }
    if (before.name !== after.name) this.differences.push(`${where} is now written ${after.name}`);
    if (before.className !== after.className) this.differences.push(`the class of ${where} changed`);
    if (Buffer.compare(before.security() ?? nothing, security ?? nothing) !== 0) {
      this.differences.push(`the security of ${where} changed`);
    }
  }

  private compareValues(
    before: readonly HiveValue[],
    after: readonly HiveValue[],
    changes: HiveExpectation["values"],
    where: string,
  ): void {
    this.budgets[0].spend(before);
    this.budgets[1].spend(after);
    const wanted = new Map<string, NamedValue>(byName(before));
    for (const { name, value } of changes) {
      if (value === undefined) wanted.delete(foldName(name));
      else wanted.set(foldName(name), { name, ...value });
    }
    for (const [id, value] of byName(after)) {
      const wish = wanted.get(id);
      wanted.delete(id);
      const fault =
        wish === undefined ? "appeared" : sameValue(wish, value) ? undefined : "has another value";
      if (fault !== undefined) this.differences.push(`${where} ${value.name || "(default)"} ${fault}`);
    }
    for (const { name } of wanted.values())
      this.differences.push(`${where} ${name || "(default)"} is missing`);
  }

  private compareSubkeys(
    before: readonly HiveKey[],
    after: HiveKey,
    node: Node | undefined,
    path: string,
  ): void {
    const old = byName(before);
    const now = byName(after.subkeys());
    const ids = new Set([...old.keys(), ...now.keys(), ...(node?.below.keys() ?? [])]);
    let changed = false;
    for (const id of ids) {
      const name = old.get(id)?.name ?? now.get(id)?.name ?? node!.below.get(id)!.name;
      changed ||= old.has(id) !== now.has(id);
      this.compare(old.get(id), now.get(id), node?.below.get(id), path === "" ? name : `${path}\\${name}`);
    }
    if (changed && (after.hasEmptyList() || indexRepairs(after).length > 0)) {
      this.differences.push(`Windows could not search the subkeys of ${path === "" ? "the root" : path}`);
    }
  }
}

/** Honest hives hold each value once: what is read in all cannot be more than there is. */
class Budget {
  private readonly hive: Hive;
  private left: number;

  constructor(hive: Hive) {
    this.hive = hive;
    this.left = hive.length;
  }

  spend(values: readonly HiveValue[]): void {
    for (const value of values) this.left -= 24 + (value.length > 4 ? value.length : 0);
    if (this.left < 0) throw this.hive.corrupt("its keys share their values");
  }
}

type NamedValue = RawValue & { readonly name: string };

const nothing = new Uint8Array(0);

/** By upper-case name; where hives hold a name more than once, a count tells them apart. */
function byName<T extends { readonly name: string }>(items: readonly T[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const item of items) {
    const id = foldName(item.name);
    map.set(map.has(id) ? `${id}\0${map.size}` : id, item);
  }
  return map;
}

function expectationTree(expected: readonly HiveExpectation[]): Node {
  const root: Node = { name: "", below: new Map() };
  for (const expectation of expected) {
    let node = root;
    for (const name of expectation.key.split("\\").filter((part) => part !== "")) {
      const id = foldName(name);
      const next: Node = node.below.get(id) ?? { name, below: new Map() };
      node.below.set(id, next);
      node = next;
    }
    node.expectation = expectation;
  }
  return root;
}
