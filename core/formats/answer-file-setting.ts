import { failure } from "../error.ts";
import { unwritable } from "./answer-file-tree.ts";
import { knownComponent, validPasses, type Pass } from "./unattend-passes.ts";

export interface Setting {
  readonly pass: Pass;
  readonly component: string;
  /** Segments below the component; `Name[key]` is a list item. */
  readonly path: readonly string[];
  readonly value: string | number | boolean | { readonly secret: string };
}

/** What one party asks for. */
export interface Request {
  /** Who asks, as it is named in messages. */
  readonly by: string;
  readonly settings?: readonly Setting[];
  /** Settings that give way to anybody's `settings`. */
  readonly defaults?: readonly Setting[];
}

type Address = readonly { readonly name: string; readonly key?: string }[];

/** A setting that was checked, with who asked for it first. */
export interface Asked extends Setting {
  readonly by: string;
  /** Everybody who asked for it, beginning with `by`. */
  readonly askers: string[];
  readonly address: Address;
  readonly names: readonly string[];
  /** For messages: `Microsoft-Windows-Shell-Setup/TimeZone`. */
  readonly name: string;
}

/**
 * Every setting once, in the order asked. @throws SERVICING_SETTING_CONFLICT where two parties differ,
 * SERVICING_SETTING_PASS by the Unattended Windows Setup Reference, SERVICING_SETTING_VALUE for what no file can hold.
 */
export function collect(requests: readonly Request[]): { settings: readonly Asked[]; notes: string[] } {
  const asked = new Map<string, Asked>();
  for (const { by, settings = [] } of requests) {
    for (const setting of settings) {
      const next = ask(setting, by);
      const first = asked.get(idOf(next));
      if (first === undefined) asked.set(idOf(next), next);
      else if (!sameValue(first, next)) throw conflict(first, next);
      else if (!first.askers.includes(by)) first.askers.push(by);
    }
  }
  const weak = new Set<Asked>();
  for (const { by, defaults = [] } of requests) {
    for (const setting of defaults) {
      const next = ask(setting, by);
      const first = asked.get(idOf(next));
      if (first === undefined || weak.has(first)) {
        if (first !== undefined && !sameValue(first, next)) throw conflict(first, next);
        if (first !== undefined) next.askers.unshift(...first.askers.filter((one) => one !== by));
        weak.add(next);
        asked.set(idOf(next), next);
      }
    }
  }
  const settings = [...asked.values()];
  refuseNesting(settings);
  const unknown = new Set(settings.map((one) => one.component).filter((name) => !knownComponent(name)));
  const notes = [...unknown].map(
    (name) => `No reference names the component ${name}; Windows ignores components that it does not have`,
  );
  return { settings, notes };
}

/** For messages: `Microsoft-Windows-Shell-Setup/UserAccounts/LocalAccounts/LocalAccount[ann]/Name`. */
export function nameOf(component: string, address: Address): string {
  return [component, ...address.map(({ name, key }) => (key === undefined ? name : `${name}[${key}]`))].join(
    "/",
  );
}

function ask(setting: Setting, by: string): Asked {
  const name = [setting.component, ...setting.path].join("/");
  const invalid = (reason: string) => failure("SERVICING_SETTING_VALUE", { setting: name, reason });
  if (!/^[A-Za-z][\w .-]*$/.test(setting.component)) throw invalid("the component's name is not one");
  if (setting.path.length === 0) throw invalid("it names a component, not a setting of it");
  const address = setting.path.map((segment) => {
    const [, of, key] = /^([A-Za-z_][\w.-]*)(?:\[(.*)\])?$/s.exec(segment) ?? [];
    if (of === undefined || (key !== undefined && unwritable.test(key))) {
      throw invalid(`"${segment}" is neither a name nor a list item like LocalAccount[key]`);
    }
    return key === undefined ? { name: of } : { name: of, key };
  });
  const names = address.map((segment) => segment.name);

  const valid = validPasses(setting.component, names);
  if (valid !== undefined && !valid.includes(setting.pass)) {
    throw failure("SERVICING_SETTING_PASS", { setting: name, pass: setting.pass, valid });
  }
  const text = typeof setting.value === "object" ? "" : String(setting.value);
  if (unwritable.test(text)) throw invalid("it has a character that XML cannot hold");
  if (typeof setting.value === "number" && !Number.isFinite(setting.value)) throw invalid("it is no number");
  const [holder, leaf] = names.slice(-2);
  if (/^Run(As|S)ynchronousCommand$/.test(holder ?? "") && leaf === "Path" && text.length > 259) {
    throw invalid(`it has ${text.length} characters; Windows takes 259`);
  }
  return { ...setting, by, askers: [by], address, names, name };
}

function idOf(setting: Asked): string {
  return JSON.stringify([setting.pass, setting.component, ...setting.path]);
}

function sameValue(one: Setting, other: Setting): boolean {
  const text = ({ value }: Setting) => (typeof value === "object" ? { secret: value.secret } : String(value));
  return JSON.stringify(text(one)) === JSON.stringify(text(other));
}

function conflict(first: Asked, second: Asked): Error {
  const setting = `${second.name} (${second.pass})`;
  return failure("SERVICING_SETTING_CONFLICT", { setting, first: first.by, second: second.by });
}

/** A setting cannot hold a value and other settings at once. */
function refuseNesting(settings: readonly Asked[]): void {
  const values = new Map(settings.map((setting) => [idOf(setting), setting]));
  for (const setting of settings) {
    for (let length = 1; length < setting.path.length; length += 1) {
      const holder = values.get(idOf({ ...setting, path: setting.path.slice(0, length) }));
      if (holder !== undefined) throw conflict(holder, setting);
    }
  }
}
