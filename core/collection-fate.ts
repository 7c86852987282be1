import type { Member } from "./collection-plan.ts";
import type { Fate, Plan } from "./step.ts";

/** What is known of a collection before it is made. */
export interface KnownCollection {
  /** Absent: it was not made here, or is to be made afresh. */
  readonly record?:
    | {
        readonly fingerprint?: string;
        readonly lines?: Readonly<Record<string, string>>;
        readonly finished: string;
      }
    | undefined;
  /** Its file, where that is no longer as it was. */
  readonly missed?: string | undefined;
}

/** Whether a collection has to be made, which is done as a whole, and why: which results changed, old and new. */
export function collectionFates(
  plan: Plan,
  members: readonly Member[],
  known: KnownCollection,
): readonly Fate[] {
  const { record, missed } = known;
  const done = record?.fingerprint !== undefined && record.fingerprint === plan.fingerprint;
  if (done && missed === undefined) {
    const because = [`nothing changed since ${record.finished}`];
    return plan.steps.map(({ id }) => ({ step: id, runs: false, because }));
  }
  const [first] = plan.steps;
  return plan.steps.map((step) => ({
    step: step.id,
    runs: true,
    because: step === first ? reasons(members, known) : [`follows “${first?.title ?? ""}”, which runs`],
  }));
}

function reasons(members: readonly Member[], { record, missed }: KnownCollection): readonly string[] {
  if (record === undefined) return ["it was not made here yet"];
  const before = record.lines ?? {};
  const changed = members.flatMap(({ line: { line }, sha256 }) => {
    const old = before[line];
    if (old === undefined) return [`${line} is new in it`];
    if (sha256 === undefined) return [`${line} runs before it`];
    return old === sha256 ? [] : [`the result of ${line} changed: ${short(old)} → ${short(sha256)}`];
  });
  const gone = Object.keys(before).filter((name) => members.every(({ line }) => line.line !== name));
  const all = [
    ...changed,
    ...gone.map((name) => `${name} is no longer in it`),
    ...(missed === undefined ? [] : [`${missed} is not what the last run made`]),
  ];
  return all.length > 0 ? all : ["how it is made changed"];
}

function short(sha256: string): string {
  return sha256.slice(0, 12);
}
