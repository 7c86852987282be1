import { passesData } from "./unattend-passes-data.ts";

/** The configuration passes in the order in which Windows runs them; Windows System Image Manager numbers them 1 to 7. */
export const passes = [
  "windowsPE",
  "offlineServicing",
  "generalize",
  "specialize",
  "auditSystem",
  "auditUser",
  "oobeSystem",
] as const;

export type Pass = (typeof passes)[number];

interface Setting {
  readonly passes: readonly Pass[];
  readonly below: Map<string, Setting>;
}

let table: Map<string, Setting> | undefined;

/**
 * The passes in which a setting is valid, by the Unattended Windows Setup Reference. List keys in the path
 * (`LocalAccount[admin]`) are ignored. A setting that the reference does not name takes those of the nearest
 * one above it that it does; undefined where it knows neither the component nor the setting's first segment.
 */
export function validPasses(component: string, path: readonly string[]): readonly Pass[] | undefined {
  table ??= parse(passesData);
  let found: Setting | undefined;
  let below = table.get(component)?.below;
  for (const segment of path) {
    const next = below?.get(segment.replace(/\[.*$/s, ""));
    if (next === undefined) break;
    found = next;
    below = next.below;
  }
  return found?.passes;
}

/** Whether the reference has a page for the component. */
export function knownComponent(component: string): boolean {
  table ??= parse(passesData);
  return table.has(component);
}

/** Every component, with the passes in which each of its uppermost settings, or anything below it, is valid. */
export function componentPasses(): ReadonlyMap<string, ReadonlyMap<string, readonly Pass[]>> {
  table ??= parse(passesData);
  return new Map(
    [...table].map(([component, { below }]) => [
      component,
      new Map([...below].map(([name, setting]) => [name, passesWithin(setting)])),
    ]),
  );
}

function passesWithin(setting: Setting): readonly Pass[] {
  const all = new Set([...setting.passes, ...[...setting.below.values()].flatMap(passesWithin)]);
  return passes.filter((pass) => all.has(pass));
}

/** The names of all components that the reference has pages for. */
export function componentNames(): readonly string[] {
  table ??= parse(passesData);
  return [...table.keys()];
}

/** The names of what the reference has below a setting, or below a component where the path is empty. */
export function settingsBelow(component: string, path: readonly string[]): readonly string[] {
  table ??= parse(passesData);
  let found = table.get(component);
  for (const segment of path) found = found?.below.get(segment);
  return [...(found?.below.keys() ?? [])];
}

function parse(data: string): Map<string, Setting> {
  const top = new Map<string, Setting>();
  const levels = [{ passes: [] as readonly Pass[], below: top }];
  let last = levels[0]!;
  for (const [, name, digits, mark] of data.matchAll(/(\w[\w -]*)(?:=(\d+))?|([(),;])/g)) {
    const level = levels.at(-1)!;
    if (name !== undefined) {
      const own = [...(digits ?? "")].map((digit) => passes[Number(digit) - 1]!);
      last = { passes: digits === undefined ? level.passes : own, below: new Map() };
      level.below.set(name, last);
    } else if (mark === "(") {
      levels.push(last);
    } else if (mark === ")") {
      levels.pop();
    }
  }
  return top;
}
