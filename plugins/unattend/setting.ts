import type { UnattendPass, UnattendSetting } from "../../core/index.ts";

export type Settings = readonly UnattendSetting[];

export type Value = UnattendSetting["value"] | undefined;

export const shell = "Microsoft-Windows-Shell-Setup";
export const deployment = "Microsoft-Windows-Deployment";
export const setup = "Microsoft-Windows-Setup";

/** Path → value below one component, as `"OOBE/HideEULAPage"`; what is undefined is left out. */
export function set(
  pass: UnattendPass,
  component: string,
  values: Readonly<Record<string, Value>>,
): Settings {
  return Object.entries(values).flatMap(([path, value]) => setting(pass, component, segments(path), value));
}

/** The same in two passes, for what Windows needs early and what hides a page later. */
export function both(component: string, values: Readonly<Record<string, Value>>): Settings {
  return [...set("specialize", component, values), ...set("oobeSystem", component, values)];
}

/** One setting, where a part of its path may hold a slash. */
export function setting(
  pass: UnattendPass,
  component: string,
  path: readonly string[],
  value: Value,
): Settings {
  return value === undefined ? [] : [{ pass, component, path, value }];
}

/** A function that adds values below a list item or another place. */
export function below(pass: UnattendPass, component: string, at: readonly string[]) {
  return (path: string, value: Value): Settings =>
    setting(pass, component, [...at, ...segments(path)], value);
}

function segments(path: string): readonly string[] {
  return path.match(/(?:\[[^\]]*\]|[^/])+/g) ?? [];
}
