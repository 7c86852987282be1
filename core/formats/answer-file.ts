import { findItem, newItem, numberItems, orderItems } from "./answer-file-list.ts";
import { hiddenAs, valueWriter, type Placeholder } from "./answer-file-secret.ts";
import { addPackages, type ServicedPackage } from "./answer-file-servicing.ts";
import { collect, nameOf, type Asked, type Request } from "./answer-file-setting.ts";
import { originsOf, type Origin } from "./answer-file-origin.ts";
import {
  element,
  elements,
  emptyAnswerFile,
  namespaces,
  textOf,
  writeAnswerFile,
  type AnswerFile,
  type Element,
} from "./answer-file-tree.ts";
import { passes } from "./unattend-passes.ts";

export type { Origin } from "./answer-file-origin.ts";
export { fillSecrets } from "./answer-file-secret.ts";
export { readAnswerFile, writeAnswerFile, type AnswerFile } from "./answer-file-tree.ts";

/** What one party adds to the answer file. */
export interface AnswerFileRequest extends Request {
  readonly packages?: readonly ServicedPackage[];
}

export interface MergedAnswerFile {
  readonly text: string;
  /** Texts that stand for secrets; none of them occurs in the file otherwise. */
  readonly secrets: readonly Placeholder[];
  /** Sentences: what of the base was overruled, and what no reference knows. */
  readonly notes: readonly string[];
  /** Who set what: every setting and package of the file. */
  readonly origins: readonly Origin[];
}

/**
 * Adds settings and packages by address to an answer file, or to an empty one. Over the base the requests win; among
 * themselves they must agree. @throws SERVICING_SETTING_CONFLICT, SERVICING_SETTING_PASS and SERVICING_SETTING_VALUE.
 */
export function mergeAnswerFile(
  base: AnswerFile | undefined,
  requests: readonly AnswerFileRequest[],
  architecture: string,
  baseName = "the answer file",
): MergedAnswerFile {
  const { settings, notes } = collect(requests);
  const answerFile = structuredClone(base ?? emptyAnswerFile());
  const { root } = answerFile;
  root.attributes["xmlns"] = namespaces.unattend;
  const ofBase = new Set(descendants(root));
  const values = valueWriter([
    writeAnswerFile(answerFile),
    ...requests.flatMap(({ packages = [] }) => packages.map((one) => JSON.stringify(one))),
    ...settings.map(({ path, component, value }) => JSON.stringify([path, component, value])),
  ]);
  const items: Items = new Map();
  const asked = new Map<Element, Origin>();
  const put = (setting: Asked, path: Asked["address"], text: string) => {
    const way = wayTo(componentFor(root, setting, architecture, notes), path, items);
    const leaf = way.at(-1)!;
    const before = textOf(leaf);
    const { pass, askers } = setting;
    const name = nameOf(setting.component, path);
    const overruled = way.slice(0, -1).flatMap((holder, depth) => {
      if (textOf(holder) === "") return [];
      // A setting has a value, or settings below it.
      holder.children = holder.children.filter(({ kind }) => kind !== "text" && kind !== "cdata");
      return nameOf(setting.component, path.slice(0, depth));
    });
    if (ofBase.has(leaf) && before !== "" && before !== text) overruled.push(name);
    const overrules = overruled.length > 0 && { overrules: baseName };
    asked.set(leaf, { pass, setting: name, by: askers, ...overrules });
    notes.push(...overruled.map((one) => `${setting.by} overrules the answer file's ${one} (${pass})`));
    leaf.children = text === "" ? [] : [{ kind: "text", text }];
  };

  const packages = addPackages(root, requests);
  notes.push(...packages.notes);
  const plain = new Set(settings.filter(({ value }) => String(value) === "true").map(plainTextOf));
  for (const setting of settings) {
    const hideable = hiddenAs(setting.component, setting.names);
    const suffix = hideable === undefined || plain.has(idOf(setting)) ? undefined : hideable;
    put(setting, setting.address, values.write(setting, suffix));
    if (suffix !== undefined) put(setting, [...setting.address.slice(0, -1), { name: "PlainText" }], "false");
  }
  for (const [parent, below] of items) {
    for (const name of new Set([...below.values()].map((one) => one.name))) {
      numberItems(parent, name);
      orderItems(parent, name);
    }
  }
  const origins = originsOf(root, asked, ofBase, packages.origins, baseName);
  return { text: writeAnswerFile(answerFile), secrets: values.placeholders, notes, origins };
}

/** The items that were added to or found in a list, by the keys of the settings. */
type Items = Map<Element, Map<string, Element>>;

/** What a setting stands in, from its component, and itself. */
function wayTo(component: Element, address: Asked["address"], items: Items): readonly Element[] {
  const way = [component];
  for (const { name, key } of address) {
    const at = way.at(-1)!;
    way.push(key === undefined ? child(at, name) : item(at, name, key, items));
  }
  return way;
}

function child(parent: Element, name: string): Element {
  const present = elements(parent, name)[0];
  if (present !== undefined) return present;
  const made = element(name);
  parent.children.push(made);
  return made;
}

function item(parent: Element, name: string, key: string, items: Items): Element {
  const known = items.get(parent) ?? new Map<string, Element>();
  items.set(parent, known);
  let found = known.get(`${name}[${key}]`) ?? findItem(parent, name, key);
  if (found === undefined) {
    found = newItem(name, key);
    parent.children.push(found);
  }
  known.set(`${name}[${key}]`, found);
  return found;
}

function componentFor(root: Element, setting: Asked, architecture: string, notes: string[]): Element {
  const ofPass = elements(root, "settings").filter(({ attributes }) => attributes["pass"] === setting.pass);
  for (const { attributes } of ofPass.filter((one) => one.attributes["wasPassProcessed"] !== undefined)) {
    delete attributes["wasPassProcessed"];
    notes.push(`The answer file marks the ${setting.pass} pass as done; it will run again`);
  }
  for (const settings of ofPass) {
    const found = elements(settings, "component").find(
      ({ attributes }) =>
        attributes["name"] === setting.component &&
        attributes["processorArchitecture"]?.toLowerCase() === architecture,
    );
    if (found === undefined) continue;
    const scope = [found, settings, root].map(({ attributes }) => attributes["xmlns:wcm"]);
    if (scope.find((uri) => uri !== undefined) !== namespaces.wcm) {
      found.attributes["xmlns:wcm"] = namespaces.wcm;
    }
    return found;
  }
  const component = element("component", {
    name: setting.component,
    processorArchitecture: architecture,
    publicKeyToken: "31bf3856ad364e35",
    language: "neutral",
    versionScope: "nonSxS",
    "xmlns:wcm": namespaces.wcm,
    "xmlns:xsi": namespaces.xsi,
  });
  (ofPass[0] ?? newSettings(root, setting.pass)).children.push(component);
  return component;
}

function order(pass: string | undefined): number {
  return passes.findIndex((one) => one === pass);
}

/** The schema wants `<servicing>`, the passes, then anything else; the passes stand in the order in which they run. */
function newSettings(root: Element, pass: string): Element {
  const settings = element("settings", { pass });
  const after = root.children.findIndex(
    (node) =>
      node.kind === "element" &&
      (node.name === "settings" ? order(node.attributes["pass"]) > order(pass) : node.name !== "servicing"),
  );
  root.children.splice(after === -1 ? root.children.length : after, 0, settings);
  return settings;
}

function idOf({ pass, component, path }: Asked): string {
  return JSON.stringify([pass, component, path]);
}

/** The password that a PlainText belongs to. */
function plainTextOf(setting: Asked): string {
  const { path } = setting;
  return path.at(-1) === "PlainText" ? idOf({ ...setting, path: [...path.slice(0, -1), "Value"] }) : "";
}

function descendants(parent: Element): Element[] {
  const below = elements(parent);
  return below.concat(below.flatMap((one) => descendants(one)));
}
