import { positionsIn } from "../answer-file-position.ts";
import { type AnswerFile, type Element, readAnswerFile, type Starts } from "../answer-file-tree.ts";
import type { TextEncoding } from "../text.ts";
import { autoLogonRule, passwordRule, passwordTextRule } from "./account.ts";
import { resealRule } from "./audit.ts";
import { commandLengthRule, networkPathRule, sysprepRule } from "./command.ts";
import { diskRule } from "./disk.ts";
import { lintDocument, type Report, type Rule } from "./document.ts";
import { encodingFault } from "./encoding.ts";
import { type FindingKind, holderPage, settingPage } from "./finding-kind.ts";
import { type Finding, type FindingCode, findingKinds } from "./finding.ts";
import { imageKeyRule, imageRule, type LintImages, recoveryRule } from "./image.ts";
import { listRule } from "./list.ts";
import { componentRule, namespaceRule, schemaRule } from "./schema.ts";
import { componentNameRule, duplicateRule, emptyRule, settingNameRule } from "./setting.ts";
import {
  computerNameRule,
  copyProfileRule,
  productKeyRule,
  valueRule,
  wipedRule,
  workgroupRule,
} from "./value.ts";

export interface LintOptions {
  /** As the bytes of the file were read. */
  readonly encoding?: TextEncoding;
  readonly image?: LintImages;
  /** Size of the image's winre.wim. */
  readonly winreBytes?: number;
  /** Whether a text stands for a secret that is put in later, so that nothing can be said of it. */
  isSecret?(text: string): boolean;
}

const rules: readonly Rule[] = [
  schemaRule,
  namespaceRule,
  componentRule,
  componentNameRule,
  settingNameRule,
  duplicateRule,
  emptyRule,
  listRule,
  wipedRule,
  valueRule,
  computerNameRule,
  productKeyRule,
  workgroupRule,
  commandLengthRule,
  sysprepRule,
  networkPathRule,
  passwordRule,
  passwordTextRule,
  autoLogonRule,
  copyProfileRule,
  resealRule,
  diskRule,
  imageKeyRule,
];

/** Characters that are shown of names from the file. */
const longestText = 300;

/** Findings of one file that are kept. */
const findingLimit = 1000;

/**
 * What is wrong with an answer file, in its order. Pure; holds no value of a setting.
 * @throws SERVICING_ANSWER_FILE_INVALID for what is no answer file or not well-formed
 */
export function lintAnswerFile(source: string, file: string, options: LintOptions = {}): readonly Finding[] {
  const starts: Starts = new Map();
  const answerFile = readAnswerFile(source, file, starts);
  const positionOf = positionsIn(source.replace(/^\uFEFF/, ""));
  const where = places(answerFile);
  const findings: Finding[] = [];
  const add = (code: FindingCode, element: Element, what: string, fix?: string): void => {
    const kind: FindingKind = findingKinds[code];
    const place = where(element);
    findings.push({
      code,
      severity: kind.severity,
      ...positionOf(starts.get(element) ?? 0),
      where: place,
      what: what.length > longestText ? `${what.slice(0, longestText)}…` : what,
      why: kind.why,
      page: pageOf(kind.page, place),
      fix: fix ?? kind.fix,
    });
  };
  const report: Report = (code, element, what, fix) => {
    if (findings.length < findingLimit) add(code, element, what, fix);
    else if (findings.length === findingLimit) {
      add("limit-reached", answerFile.root, `The file has more than ${findingLimit} findings`);
    }
  };
  const fault = options.encoding === undefined ? undefined : encodingFault(source, options.encoding);
  if (fault !== undefined) report("encoding-mismatch", answerFile.root, fault);
  const document = lintDocument(answerFile, report, options.isSecret ?? (() => false));
  const image = options.image === undefined ? [] : [imageRule(options.image)];
  for (const rule of [...rules, recoveryRule(options.winreBytes), ...image]) rule(document, report);
  return findings.sort((a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1));
}

/** Names an element by its pass, component and path. */
function places({ root }: AnswerFile): (element: Element) => string {
  const parents = new Map<Element, Element>();
  const look = (parent: Element): void => {
    for (const child of parent.children) {
      if (child.kind !== "element") continue;
      parents.set(child, parent);
      look(child);
    }
  };
  look(root);
  return (element) => {
    const names: string[] = [];
    for (let at: Element | undefined = element; at !== undefined && at !== root; at = parents.get(at)) {
      names.unshift(nameOf(at));
    }
    return names.length === 0 ? root.name : names.join("/").slice(0, longestText);
  };
}

function nameOf({ name, attributes }: Element): string {
  const own =
    name === "settings" ? attributes["pass"] : name === "component" ? attributes["name"] : undefined;
  return (own ?? name).slice(0, longestText);
}

/** The reference names its pages by component and path; a few have names of their own. */
function pageOf(page: string, where: string): string {
  const names = where.split("/").slice(1, page === holderPage ? -1 : undefined);
  const known = (page === settingPage || page === holderPage) && names.length > 0;
  return known ? names.join("-").toLowerCase().replaceAll("_", "-") : page;
}
