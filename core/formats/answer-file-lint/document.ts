import { elements, textOf, type AnswerFile, type Element } from "../answer-file-tree.ts";
import { isWiped } from "../answer-file-wiped.ts";
import type { FindingCode } from "./finding.ts";

export interface PlacedComponent {
  readonly pass: string;
  readonly name: string;
  /** In lower case; empty where it is missing. */
  readonly architecture: string;
  readonly element: Element;
}

/** A setting, a list item, or what holds some, in its place. */
export interface PlacedSetting {
  readonly component: PlacedComponent;
  readonly parent: Element;
  readonly path: readonly string[];
  readonly element: Element;
}

/** An answer file as the rules look at it. */
export interface LintDocument {
  readonly root: Element;
  readonly components: readonly PlacedComponent[];
  readonly settings: readonly PlacedSetting[];
  /** The settings of a component at a path, of all passes and lists. */
  at(component: string, path: string): readonly PlacedSetting[];
  /** The text of a setting; undefined where it stands for one that is not known: a secret, a template's, or a wiped one. */
  valueOf(setting: Element): string | undefined;
  /** Of the setting that is named by a path below an element. */
  valueAt(parent: Element, ...path: readonly string[]): string | undefined;
}

/** Takes a finding. `what` must hold no value of a setting. */
export type Report = (code: FindingCode, at: Element, what: string, fix?: string) => void;

export type Rule = (document: LintDocument, report: Report) => void;

/** Elements below components that are looked at: some hundred times what the largest answer file known has. */
const elementLimit = 50_000;

/** Of a longer name nothing is known; so that many settings below it do not each take its length. */
const nameLimit = 200;

/** Segments of the longest path that a rule asks for, and some more. */
const depthLimit = 8;

/** Settings of one name at one place: rules that compare them with what is beside them take the square of it. */
const sameLimit = 1000;

const template = /^(?:\$\{[^{}]*\}|\{\{[^{}]*\}\}|<%.*%>|\[ ?REPLACE\b.*\]|CHANGEME)$/is;

/** Whether a text is a placeholder of a template, as `${name}` is. */
export function isTemplate(text: string): boolean {
  return template.test(text);
}

/** `isSecret`: whether a text stands for a secret. */
export function lintDocument(
  { root }: AnswerFile,
  report: Report,
  isSecret: (text: string) => boolean,
): LintDocument {
  const components = elements(root, "settings").flatMap((settings) =>
    elements(settings, "component").map((element) => ({
      pass: settings.attributes["pass"] ?? "",
      name: (element.attributes["name"] ?? "").slice(0, nameLimit),
      architecture: (element.attributes["processorArchitecture"] ?? "").toLowerCase(),
      element,
    })),
  );
  const settings: PlacedSetting[] = [];
  const index = new Map<string, PlacedSetting[]>();
  const enter = (placed: PlacedSetting): void => {
    const key = [placed.component.name, ...placed.path].join("/");
    const same = index.get(key);
    if (same === undefined) index.set(key, [placed]);
    else if (same.length < sameLimit) same.push(placed);
  };
  const place = (component: PlacedComponent, parent: Element, path: readonly string[]): void => {
    for (const element of elements(parent)) {
      if (settings.length === elementLimit) return;
      const placed = { component, parent, path: [...path, element.name.slice(0, nameLimit)], element };
      settings.push(placed);
      if (placed.path.length <= depthLimit) enter(placed);
      place(component, element, placed.path);
    }
  };
  for (const component of components) place(component, component.element, []);
  if (settings.length === elementLimit) {
    report("limit-reached", root, `The file has more than ${elementLimit} settings`);
  }
  const many = [...index.values()].find((same) => same.length === sameLimit)?.[0];
  if (many !== undefined) {
    report(
      "limit-reached",
      many.element,
      `The file has ${sameLimit} <${many.element.name}> or more at one place`,
    );
  }
  const valueOf = (setting: Element): string | undefined => {
    const text = textOf(setting);
    return isSecret(text) || isTemplate(text) || isWiped(text) ? undefined : text;
  };
  return {
    root,
    components,
    settings,
    at: (component, path) => index.get(`${component}/${path}`) ?? [],
    valueOf,
    valueAt(parent, ...path) {
      let found: Element | undefined = parent;
      for (const name of path) found = found && elements(found, name)[0];
      return found && valueOf(found);
    },
  };
}

/** As the XML of an answer file has booleans; undefined for what is none. */
export function booleanOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(?:true|1)$/i.test(text)) return true;
  return /^(?:false|0)$/i.test(text) ? false : undefined;
}
