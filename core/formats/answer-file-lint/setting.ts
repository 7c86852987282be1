import { closest } from "../../suggestion.ts";
import { listKind } from "../answer-file-list.ts";
import { elements, textOf, type Element } from "../answer-file-tree.ts";
import { componentNames, knownComponent, passes, settingsBelow, validPasses } from "../unattend-passes.ts";
import type { PlacedSetting, Rule } from "./document.ts";

/** Components that no reference names. */
export const componentNameRule: Rule = ({ components }, report) => {
  const nearest = suggestions();
  for (const { name, element } of components) {
    if (name === "" || knownComponent(name)) continue;
    const same = sameName(name, componentNames());
    if (same !== undefined) {
      report("name-case", element, `The reference writes ${same}`, `Write ${same}.`);
      continue;
    }
    const near = nearest(name, componentNames());
    report(
      "component-unknown",
      element,
      `The reference has no component ${shown(name)}`,
      near === undefined ? undefined : `Write ${near}, if that is meant.`,
    );
  }
};

/** Settings that the reference does not name where they stand, and those in a pass in which they are not valid. */
export const settingNameRule: Rule = ({ settings }, report) => {
  const nearest = suggestions();
  // What is below a name that is not known cannot be known.
  const unknown = new Set<Element>();
  const misplaced = new Set<Element>();
  for (const { component, parent, path, element } of settings) {
    if (unknown.has(parent)) {
      unknown.add(element);
      continue;
    }
    const siblings = settingsBelow(component.name, path.slice(0, -1));
    if (siblings.length > 0 && !siblings.includes(element.name)) {
      unknown.add(element);
      if (element.name.includes(":")) continue;
      const same = sameName(element.name, siblings);
      if (same !== undefined) {
        report("name-case", element, `The reference writes ${same}`, `Write ${same}.`);
        continue;
      }
      const near = nearest(element.name, siblings);
      const what = `${[component.name, ...path.slice(0, -1)].join("/")} has no ${shown(element.name)}`;
      report(
        "setting-unknown",
        element,
        what,
        near === undefined ? undefined : `Write ${near}, if that is meant.`,
      );
      continue;
    }
    if (siblings.length === 0) {
      // The reference ends above: not all that a list item holds has a page.
      unknown.add(element);
      continue;
    }
    if (misplaced.has(parent)) {
      misplaced.add(element);
      continue;
    }
    const valid = validPasses(component.name, path);
    const pass = passes.find((one) => one === component.pass);
    if (valid === undefined || valid.length === 0 || pass === undefined || valid.includes(pass)) continue;
    if (elements(element).length > 0 && isHolder({ component, parent, path, element })) continue;
    misplaced.add(element);
    report(
      "pass-invalid",
      element,
      `${[component.name, ...path].join("/")} is not valid in ${pass}`,
      `Move it to ${valid.join(" or ")}.`,
    );
  }
};

/** The passes of what is below decide, where one of them is valid here. */
function isHolder({ component, path, element }: PlacedSetting): boolean {
  return elements(element).some((child) =>
    validPasses(component.name, [...path, child.name])?.some((pass) => pass === component.pass),
  );
}

/** A setting that is no list, twice below one parent. */
export const duplicateRule: Rule = ({ settings }, report) => {
  const seen = new Map<Element, Set<string>>();
  for (const { parent, element, path } of settings) {
    const names = seen.get(parent) ?? new Set<string>();
    seen.set(parent, names);
    const isItem =
      element.attributes["wcm:action"] !== undefined || Object.keys(listKind(element.name)).length > 0;
    if (names.has(element.name) && !isItem) {
      report("setting-duplicate", element, `${path.join("/")} is there more than once`);
    }
    names.add(element.name);
  }
};

/** Settings whose pages say that they do not support empty elements. */
const neverEmpty: ReadonlySet<string> = new Set([
  "Microsoft-Windows-Shell-Setup/ProductKey",
  "Microsoft-Windows-Setup/UserData/ProductKey/Key",
  "Microsoft-Windows-Setup/Restart",
  "Microsoft-Windows-Setup/DiskConfiguration/Disk/CreatePartitions/CreatePartition/Type",
  "Microsoft-Windows-Setup/DiskConfiguration/Disk/ModifyPartitions/ModifyPartition/Letter",
  "Microsoft-Windows-Setup/ImageInstall/OSImage/InstallFrom/MetaData/Key",
  "Microsoft-Windows-Setup/RunSynchronous/RunSynchronousCommand/Path",
  "Microsoft-Windows-Deployment/RunSynchronous/RunSynchronousCommand/Path",
  "Microsoft-Windows-Deployment/RunAsynchronous/RunAsynchronousCommand/Path",
  "Microsoft-Windows-PnpCustomizationsWinPE/DriverPaths/PathAndCredentials/Path",
]);

/** Elements that hold nothing: values that must not be empty, and parents without settings. */
export const emptyRule: Rule = ({ components, settings }, report) => {
  for (const { element, name } of components) {
    if (elements(element).length === 0) report("empty-element", element, `${shown(name)} has no settings`);
  }
  for (const { component, path, element } of settings) {
    if (elements(element).length > 0 || textOf(element) !== "") continue;
    const at = [component.name, ...path].join("/");
    if (neverEmpty.has(at)) report("empty-value", element, `${at} is empty`);
    else if (settingsBelow(component.name, path).length > 0) {
      report("empty-element", element, `${at} holds no settings`);
    }
  }
};

/** Longest name that a near one is looked for. */
const longestName = 100;

function sameName(name: string, candidates: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  return candidates.find((candidate) => candidate.toLowerCase() === lower);
}

/** Names that are suggested for a file: to find one takes long, and nobody reads more. */
const mostSuggestions = 100;

/** Gives the name that was most likely meant, a hundred times. */
function suggestions(): (name: string, candidates: readonly string[]) => string | undefined {
  let left = mostSuggestions;
  return (name, candidates) => {
    if (left === 0 || name.length > longestName) return undefined;
    left -= 1;
    return closest(name, candidates);
  };
}

function shown(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}
