import { checkAnswerFile } from "./answer-file-check.ts";
import { home } from "./engines/setup-road.ts";
import type { Contribution, Deployment } from "./engine.ts";
import { failure } from "./error.ts";
import {
  mergeAnswerFile,
  readAnswerFile,
  type AnswerFile,
  type AnswerFileRequest,
  type Origin,
} from "./formats/answer-file.ts";
import { type WipedSetting, withoutWiped } from "./formats/answer-file-wiped.ts";
import { writeCommandScript } from "./formats/command-script.ts";
import type { ImageInfo } from "./image.ts";
import type { MediaFile, Operation, UnattendSetting } from "./operation.ts";
import { keepApart } from "./setup-payload.ts";
import { sentencesOf } from "./setup-sentences.ts";
import type { SetupWork } from "./step.ts";

/** What the setup road made of one item. */
export interface Contributed {
  readonly by: string;
  readonly item: string;
  readonly contribution: Contribution;
}

/** What the image, or the user, has of it already: texts of files. */
export interface Existing {
  /** The image's `\Windows\Panther\unattend.xml`. */
  readonly answerFile?: string;
  /** The image's `\Windows\Setup\Scripts\SetupComplete.cmd`, a character for each byte: nobody says how it is encoded. */
  readonly setupComplete?: string;
  /** Answer files of the image that Windows reads instead of ours. */
  readonly shadows?: readonly string[];
  /** Why nothing of this could be read. */
  readonly unread?: string;
  /** The file that an Apply-Unattend names; it replaces the image's own. */
  readonly baseAnswerFile?: string;
}

export interface FinishedSetup {
  /** Operations on the image, each with the items that it is for. */
  readonly operations: readonly { readonly operation: Operation; readonly items: readonly string[] }[];
  /** Where the deployment is by media: what they hold besides. */
  readonly media?: {
    readonly answerFile?: Pick<Operation<"Write-File">, "text" | "secrets">;
    readonly files: readonly MediaFile[];
  };
  /** What is left for the device. */
  readonly work: Omit<SetupWork, "image">;
  /** By item: what it became. */
  readonly sentences: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly string[];
  /** Who set what in the answer file, where there is one. */
  readonly origins?: readonly Origin[];
}

export const answerFilePath = "\\Windows\\Panther\\unattend.xml";
export const setupCompletePath = "\\Windows\\Setup\\Scripts\\SetupComplete.cmd";

/**
 * Puts everything that items contribute to Windows Setup into one answer file, one script for each occasion and the payload,
 * as operations on the image. Deterministic. @throws SERVICING_ANSWER_FILE_INVALID for a base that cannot be read,
 * SERVICING_ANSWER_FILE_FINDINGS, and what merging throws.
 */
export function finishSetup(
  contributed: readonly Contributed[],
  image: ImageInfo,
  existing: Existing,
  deployment: Deployment = "applied",
): FinishedSetup {
  const contributions = keepApart(contributed.map(({ contribution }) => contribution));
  const all = contributed.map((one, index) => ({ ...one, contribution: contributions[index]! }));
  const warnings: string[] = [];
  const payload = payloadOf(all);
  const operations: Operation[] = [];

  const generation = generationOf(existing.answerFile, existing.setupComplete);
  const scripts = scriptNames.flatMap(({ occasion, name }) => {
    const commands = contributions.flatMap((one) => one[occasion] ?? []);
    if (commands.length === 0) return [];
    const file = generation === 1 ? name : `${name}-${generation}`;
    return [{ occasion, file, path: `${home}\\${file}.cmd`, commands }];
  });
  for (const { file, path, commands } of scripts) {
    operations.push({
      type: "Write-File",
      to: path,
      text: writeCommandScript({ name: file, logs: `${home}\\Logs`, commands }),
    });
  }
  if (scripts.length > 0) warnings.push(...runningFirst(existing, deployment));
  const { answerFile: own, ...others } = existing;
  if (deployment === "media" && own !== undefined) {
    warnings.push(
      `The image's own ${answerFilePath} is not read: Windows Setup puts that of the media in its place. What it says is kept with unattend({ answerFile })`,
    );
  }
  const base = baseOf(all, deployment === "media" || own === undefined ? others : existing, warnings);
  const requests: AnswerFileRequest[] = all.map(({ by, item, contribution }) => ({
    by: `${by} (${item})`,
    ...(contribution.settings && { settings: contribution.settings }),
    ...(contribution.defaults && { defaults: contribution.defaults }),
    ...(contribution.packages && { packages: contribution.packages }),
  }));
  const calls = scripts.flatMap(({ occasion, file, path }) => callOf(occasion, file, path));
  if (calls.length > 0) requests.push({ by: "servicing", settings: calls });
  let origins: readonly Origin[] | undefined;
  let answerFile: Pick<Operation<"Write-File">, "text" | "secrets"> | undefined;
  const wanted = requests.some((one) =>
    [one.settings, one.defaults, one.packages].some((list) => list?.length),
  );
  if (wanted || contributions.some((one) => one.answerFile !== undefined)) {
    const merged = mergeAnswerFile(base?.file, requests, image.architecture, base?.name);
    warnings.push(...leftOut(base, merged.origins), ...merged.notes);
    warnings.push(...checkAnswerFile(merged, requests, image, base));
    origins = merged.origins;
    answerFile = { text: merged.text, secrets: merged.secrets };
    if (deployment === "media") warnings.push(...unseenPackages(merged.text));
    else {
      operations.push({ type: "Write-File", to: answerFilePath, ...answerFile });
      warnings.push(...(existing.shadows ?? []).map(shadowed));
    }
  }
  const complete = scripts.find(({ occasion }) => occasion === "setupComplete");
  if (complete !== undefined) operations.push(...setupComplete(complete.file, existing));
  if (existing.unread !== undefined) {
    warnings.push(
      `Whether the image has an ${answerFilePath} or a ${setupCompletePath} of its own is not known, since ${existing.unread}; ours would replace it`,
    );
  }

  const sentences = Object.fromEntries(
    all.map(({ item, contribution }) => [item, sentencesOf(contribution)]),
  );
  const items = all.map(({ item }) => item);
  const files = contributions.flatMap((one) => one.media ?? []);
  return {
    ...(deployment === "media" ? { media: { ...(answerFile && { answerFile }), files } } : {}),
    operations: [...payload, ...operations.map((operation) => ({ operation, items }))],
    work: workOf(contributions),
    sentences,
    warnings,
    ...(origins && { origins }),
  };
}

/** KB939289: an Autounattend.xml that Setup finds by itself is looked into for these passes, and `<servicing>` is none. */
function unseenPackages(answerFile: string): readonly string[] {
  if (!/<servicing>/.test(answerFile) || /<settings pass="(?:windowsPE|offlineServicing)">/.test(answerFile))
    return [];
  return [
    "autounattend.xml has packages to service and nothing for windowsPE or offlineServicing: Setup of Windows Vista did not look at such packages, and no page says that later ones do. Anything that is set in windowsPE helps, such as edition or disk of unattend",
  ];
}

function workOf(contributions: readonly Contribution[]): FinishedSetup["work"] {
  const count = (of: (one: Contribution) => readonly unknown[] | undefined): number =>
    contributions.reduce((sum, one) => sum + (of(one)?.length ?? 0), 0);
  return {
    settings: count((one) => one.settings) + count((one) => one.defaults),
    packages: count((one) => one.packages),
    specialize: count((one) => one.specialize),
    setupComplete: count((one) => one.setupComplete),
    firstLogon: count((one) => one.firstLogon),
  };
}

const scriptNames = [
  { occasion: "specialize", name: "specialize" },
  { occasion: "setupComplete", name: "setupcomplete" },
  { occasion: "firstLogon", name: "firstlogon" },
] as const;

type Occasion = (typeof scriptNames)[number]["occasion"];

function payloadOf(contributed: readonly Contributed[]): FinishedSetup["operations"] {
  const files = new Map<string, { readonly from: string; readonly to: string; readonly items: string[] }>();
  for (const { item, contribution } of contributed)
    for (const { from, to } of contribution.payload ?? []) {
      const key = `${to}\0${from}`;
      const known = files.get(key) ?? { from, to, items: [] };
      files.set(key, { ...known, items: [...known.items, item] });
    }
  return [...files.values()].map(({ from, to, items }) => ({
    operation: { type: "Copy-File", from, to },
    items,
  }));
}

/** An image that went through here before, and was not installed since, keeps its scripts; ours are numbered on. */
function generationOf(...files: readonly (string | undefined)[]): number {
  const texts = files.map((text) => text ?? "").join("\n");
  const name = /\\Setup\\Servicing\\(?:specialize|setupcomplete|firstlogon)(?:-(\d{1,6}))?\.cmd/g;
  let highest = 0;
  for (const match of texts.matchAll(name)) highest = Math.max(highest, Number(match[1] ?? 1));
  return highest + 1;
}

/** Scripts that the image has from before run as long as something calls them: an answer file that is not replaced, SetupComplete.cmd. */
function runningFirst(existing: Existing, deployment: Deployment): readonly string[] {
  const own = deployment === "media" ? undefined : existing.answerFile;
  const answerFile = existing.baseAnswerFile ?? own;
  if (generationOf(answerFile, existing.setupComplete) === 1) return [];
  const when = generationOf(answerFile) === 1 ? " for the end of Setup" : "";
  return [
    `The image was serviced before and not installed since: on the device, what it was given then${when} runs first, and again what is asked for twice`,
  ];
}

/** The answer file that ours is added to. */
interface Base {
  readonly file: AnswerFile;
  /** What it is called. */
  readonly name: string;
  readonly ofImage: boolean;
  /** What it lacks, since Windows wiped it. */
  readonly wiped: readonly WipedSetting[];
}

function baseOf(all: readonly Contributed[], existing: Existing, warnings: string[]): Base | undefined {
  const owners = all.filter(({ contribution }) => contribution.answerFile !== undefined);
  const [first] = owners;
  const other = owners.find((one) => one.contribution.answerFile !== first?.contribution.answerFile);
  if (first !== undefined && other !== undefined) {
    const name = (one: Contributed) => `${one.by} (${one.contribution.answerFile})`;
    throw failure("SERVICING_SETTING_CONFLICT", {
      setting: "The answer file",
      first: name(first),
      second: name(other),
    });
  }
  if (existing.baseAnswerFile !== undefined) {
    if (existing.answerFile !== undefined) {
      warnings.push(`The image's own ${answerFilePath} is replaced by ${first?.contribution.answerFile}`);
    }
    const name = first?.contribution.answerFile ?? "the answer file";
    return { file: readAnswerFile(existing.baseAnswerFile, name), name, ofImage: false, wiped: [] };
  }
  if (existing.answerFile === undefined) return undefined;
  const name = `the image's ${answerFilePath}`;
  return { ...withoutWiped(readAnswerFile(existing.answerFile, name)), name, ofImage: true };
}

/** Settings that a warning names; of answer files known none has so many. */
const mostNamed = 50;

/** What Windows wiped in an image that was installed before, and nobody sets anew. */
function leftOut(base: Base | undefined, origins: readonly Origin[]): readonly string[] {
  if (base === undefined || base.wiped.length === 0) return [];
  const given = origins.filter(({ by }) => !by.includes(base.name)).map(idOfSetting);
  const missing = base.wiped.filter((one) => !given.some((id) => id.startsWith(idOfSetting(one))));
  if (missing.length === 0) return [];
  const names = [...new Set(missing.map(({ pass, setting }) => `${setting} (${pass})`))];
  const rest = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  return [
    `Windows wiped secrets in ${base.name}, and ours leaves them out: ${names.slice(0, mostNamed).join(", ")}${rest}. What is still wanted has to be set anew`,
  ];
}

/** As what is below it begins, too. */
function idOfSetting({ pass, setting }: WipedSetting): string {
  return `${pass}/${setting}/`.toLowerCase();
}

/** `Path` and `CommandLine` are started without a shell, which is what expands %SystemRoot%. */
function callOf(occasion: Occasion, file: string, path: string): UnattendSetting[] {
  const value = `cmd.exe /d /c "%SystemDrive%${path}"`;
  const key = `servicing ${file}`;
  if (occasion === "specialize") {
    const at = ["RunSynchronous", `RunSynchronousCommand[${key}]`];
    const component = "Microsoft-Windows-Deployment";
    return [{ pass: "specialize", component, path: [...at, "Path"], value }];
  }
  if (occasion === "setupComplete") return [];
  const at = ["FirstLogonCommands", `SynchronousCommand[${key}]`];
  const component = "Microsoft-Windows-Shell-Setup";
  return [{ pass: "oobeSystem", component, path: [...at, "CommandLine"], value }];
}

const imageScript = "SetupComplete.image.cmd";

/** The image's own script is kept beside ours, under another name, and runs first; whatever it ends with, ours runs. */
function setupComplete(file: string, existing: Existing): Operation[] {
  const own = existing.setupComplete;
  const call = `call "%SystemRoot%\\Setup\\Servicing\\${file}.cmd"\r\n`;
  if (own?.startsWith(head)) return [script(setupCompletePath, own + call)];
  const ours = script(setupCompletePath, head + call);
  return own === undefined
    ? [ours]
    : [script(setupCompletePath.replace("SetupComplete.cmd", imageScript), own), ours];
}

function script(to: string, text: string): Operation {
  return { type: "Write-File", to, text, encoding: "latin1" };
}

function shadowed(path: string): string {
  return `The image holds ${path}, which Windows reads before ${answerFilePath}: what is set here may never be read. Remove it with files({ remove: […] }), or name it as unattend({ answerFile }) and remove it`;
}

const head = [
  "@echo off",
  "rem Written by servicing. What the image brought along runs first.",
  `if exist "%~dp0${imageScript}" cmd.exe /d /c ""%~dp0${imageScript}""`,
  "",
].join("\r\n");
