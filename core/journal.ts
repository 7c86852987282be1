import { constants, existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./durable-file.ts";
import type { Command } from "./engine.ts";
import { failure } from "./error.ts";
import type { Outcome } from "./event.ts";
import type { Phase } from "./operation.ts";
import { ownIdentity, type ProcessIdentity } from "./process-identity.ts";
import type { Step } from "./step.ts";

/** What has to be known of a step to undo it. */
export type BegunStep = Pick<Step, "id" | "title" | "phase" | "undo">;

/** What `execute` writes down, so that a later run can undo what this one was cut off in. */
export interface StepJournal {
  /** On disk when it resolves: only then may the step begin. @throws SERVICING_JOURNAL_UNWRITABLE */
  begun(step: BegunStep): Promise<void>;
  ended(step: BegunStep, outcome: Outcome): Promise<void>;
  /** Its whole undo was carried out. */
  undone(step: BegunStep): Promise<void>;
}

export interface Journal extends StepJournal {
  runEnded(outcome: Outcome | "recovered"): Promise<void>;
  close(): Promise<void>;
}

export interface RunRecord {
  readonly line: string;
  readonly owner: ProcessIdentity;
  readonly work: string;
  readonly output: string;
  /** All files and folders that it has to itself, the output among them. */
  readonly claimed?: readonly string[];
}

type Entry =
  | { readonly entry: "run begun"; readonly run: RunRecord }
  | { readonly entry: "step begun"; readonly step: BegunStep }
  | { readonly entry: "step ended"; readonly step: string; readonly outcome: Outcome }
  | { readonly entry: "step undone"; readonly step: string }
  | { readonly entry: "run ended"; readonly outcome: Outcome | "recovered" };

/** Of one entry, and of a journal. */
const mostCharacters = 1024 * 1024;
const mostBytes = 64 * mostCharacters;

/** Begins the journal of a run. @throws SERVICING_JOURNAL_UNWRITABLE */
export async function beginJournal(file: string, run: Omit<RunRecord, "owner">): Promise<Journal> {
  const journal = await opened(file, "ax");
  try {
    await journal.write({ entry: "run begun", run: { ...run, owner: ownIdentity() } });
    await syncFolder(dirname(file));
  } catch (error) {
    await journal.close();
    throw error;
  }
  return journal;
}

/** Goes on in the journal of a run that was cut off. @throws SERVICING_JOURNAL_UNWRITABLE */
export async function continueJournal(file: string): Promise<Journal> {
  const journal = await opened(file, "a");
  try {
    await journal.endLine();
    return journal;
  } catch (error) {
    await journal.close();
    throw error;
  }
}

type Writing = Journal & { write(entry: Entry): Promise<void>; endLine(): Promise<void> };

async function opened(file: string, flags: string): Promise<Writing> {
  const unwritable = (error: unknown): never => {
    const reason = error instanceof Error ? error.message : String(error);
    throw failure("SERVICING_JOURNAL_UNWRITABLE", { file, reason }, { cause: error });
  };
  const handle = await open(file, flags, 0o600).catch(unwritable);
  let written = 0;
  /** Set where an entry may have been cut off, which the next must not continue. */
  let torn = false;
  const append = async (text: string): Promise<void> => {
    try {
      await handle.appendFile(torn ? `\n${text}` : text);
      torn = false;
      await handle.datasync();
    } catch (error) {
      torn = true;
      unwritable(error);
    }
  };
  const write = async (entry: Entry): Promise<void> => {
    const text = `${JSON.stringify(entry, withoutCode)}\n`;
    written += text.length;
    if (text.length > mostCharacters) unwritable(new Error(`"${entry.entry}" is too long for it`));
    if (written > mostBytes / 4) unwritable(new Error("it is too long"));
    await append(text);
  };
  return {
    write,
    endLine: () => append("\n"),
    begun: ({ id, title, phase, undo }) => write({ entry: "step begun", step: { id, title, phase, undo } }),
    ended: ({ id }, outcome) => write({ entry: "step ended", step: id, outcome }),
    undone: ({ id }) => write({ entry: "step undone", step: id }),
    runEnded: (outcome) => write({ entry: "run ended", outcome }),
    close: () => handle.close(),
  };
}

/** Patterns only serve to show progress; functions are of the process that is gone. */
function withoutCode(_: string, value: unknown): unknown {
  return value instanceof RegExp || typeof value === "function" ? undefined : value;
}

export interface JournalRead {
  readonly run: RunRecord;
  /** In the order in which they began. */
  readonly begun: readonly BegunStep[];
  readonly ended: ReadonlyMap<string, Outcome>;
  readonly undone: ReadonlySet<string>;
  readonly outcome?: Outcome | "recovered";
}

/**
 * Reads a journal; undefined where there is none or nothing had begun. "not ours": its commands must not be carried out
 * here, since they are not this user's or not this host's. A line that cannot be read was never finished, so that what
 * it tells of never began.
 */
export async function readJournal(file: string): Promise<JournalRead | "not ours" | undefined> {
  const text = await ownText(file);
  if (text === undefined) return existsSync(file) ? "not ours" : undefined;
  let run: RunRecord | undefined;
  let outcome: Outcome | "recovered" | undefined;
  const begun: BegunStep[] = [];
  const ended = new Map<string, Outcome>();
  const undone = new Set<string>();
  for (const line of text.split("\n")) {
    const entry = line.length > mostCharacters ? undefined : entryOf(line);
    if (entry === undefined) continue;
    if (entry.entry === "run begun") run ??= entry.run;
    else if (entry.entry === "step begun") begun.push(entry.step);
    else if (entry.entry === "step ended") ended.set(entry.step, entry.outcome);
    else if (entry.entry === "step undone") undone.add(entry.step);
    else outcome = entry.outcome;
  }
  if (run === undefined) return undefined;
  if (run.owner.host !== ownIdentity().host) return "not ours";
  return { run, begun, ended, undone, ...(outcome === undefined ? {} : { outcome }) };
}

/** What somebody else wrote must not run as this user. On Windows the folder's own permissions decide. */
export async function ownText(file: string): Promise<string | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const { uid, mode, size } = await handle.stat();
    const foreign = process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0);
    return foreign || size > mostBytes ? undefined : await handle.readFile("utf8");
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}

function entryOf(line: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { entry, step, run, outcome } = value;
  switch (entry) {
    case "run begun":
      return isRun(run) ? { entry, run } : undefined;
    case "step begun":
      return isStep(step) ? { entry, step } : undefined;
    case "step ended":
      return typeof step === "string" ? { entry, step, outcome: outcome as Outcome } : undefined;
    case "step undone":
      return typeof step === "string" ? { entry, step } : undefined;
    case "run ended":
      return typeof outcome === "string" ? { entry, outcome: outcome as Outcome } : undefined;
    default:
      return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRun(value: unknown): value is RunRecord {
  return (
    isRecord(value) &&
    ["line", "work", "output"].every((name) => typeof value[name] === "string") &&
    (value["claimed"] === undefined || isTexts(value["claimed"])) &&
    isRecord(value["owner"]) &&
    typeof value["owner"]["pid"] === "number" &&
    ["host", "started", "space"].every(
      (name) => typeof (value["owner"] as Record<string, unknown>)[name] === "string",
    )
  );
}

/** The id becomes part of a file name. */
function isStep(value: unknown): value is BegunStep {
  return (
    isRecord(value) &&
    typeof value["id"] === "string" &&
    /^[\w.-]{1,100}$/.test(value["id"]) &&
    typeof value["title"] === "string" &&
    typeof (value["phase"] as Phase | undefined) === "string" &&
    Array.isArray(value["undo"]) &&
    value["undo"].every(isCommand)
  );
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each));

function isRetry(value: unknown): boolean {
  return isRecord(value) && isNumbers(value["codes"]) && isNumbers([value["times"], value["seconds"]]);
}

function isCommand(value: unknown): value is Command {
  if (!isRecord(value)) return false;
  if ("act" in value) return isText(value["act"]);
  return (
    isText(value["run"]) &&
    isTexts(value["args"]) &&
    (value["stdin"] === undefined || isText(value["stdin"])) &&
    (value["folders"] === undefined || isTexts(value["folders"])) &&
    (value["env"] === undefined || (isRecord(value["env"]) && Object.values(value["env"]).every(isText))) &&
    (value["retry"] === undefined || isRetry(value["retry"])) &&
    (value["success"] === undefined || isNumbers(value["success"]))
  );
}
