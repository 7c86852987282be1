import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { eventsOf } from "../support/process.ts";
import { callHook } from "./call-hook.ts";
import { type Chance, chosenFrom } from "./chance.ts";
import { type Kind, type KindName, kinds } from "./kinds.ts";
import { makeProject, type Project, processesOf } from "./project.ts";
import { lostSteps, resumed } from "./resumed.ts";
import { checkpointsIn, damagedIn, harm } from "./store.ts";

/** What a run that nobody disturbed does, and comes to. */
export interface Undisturbed {
  readonly milliseconds: number;
  /** Number of lines that `--json` prints. */
  readonly lines: number;
  /** What it does to files, and which processes it starts, in order. */
  readonly calls: readonly string[];
  readonly digests: readonly string[];
  readonly tree: readonly string[];
  readonly store: string;
}

/** When a run is killed. */
type Moment =
  | { readonly at: "time"; readonly milliseconds: number }
  | { readonly at: "line"; readonly number: number; readonly milliseconds: number }
  | { readonly at: "call"; readonly number: number };

export interface Trial {
  readonly kind: KindName;
  /** What was done to it, for people. */
  readonly story: readonly string[];
  /** What is wrong; nothing where all is as it has to be. */
  readonly faults: readonly string[];
  /** How many of its runs were still going when they were killed. */
  readonly hits: number;
  /** Whether the kills left anything for the next run to tidy up. */
  readonly littered: boolean;
  /** Of the last run, where nothing had happened to the store: steps that it could reuse, and did. */
  readonly stored: number;
  readonly reused: number;
}

/** Runs a kind once, without disturbing it. @throws Error where that fails or leaves anything */
export async function undisturbed(name: KindName, material: string, base: string): Promise<Undisturbed> {
  const kind = kinds[name];
  const project = await makeProject(base, { kind, material });
  const note = join(base, "calls.json");
  const start = performance.now();
  const running = project.start({ json: true, hook: callHook(note) });
  let until = Number.NaN;
  if (kind.until !== undefined) {
    await running.says(new RegExp(`"type":"${kind.until}"`));
    until = performance.now() - start;
  }
  const { code, stdout, stderr } = await running.finished;
  const milliseconds = performance.now() - start;
  if (code !== 0) throw new Error(`an undisturbed run of ${name} ended with ${code}:\n${stdout}\n${stderr}`);
  const faults = [...(await project.damage(true)), ...(await project.leftovers())];
  if (faults.length > 0) throw new Error(`an undisturbed run of ${name} left ${faults.join("; ")}`);
  const calls = JSON.parse(readFileSync(note, "utf8")) as string[];
  return {
    milliseconds: kind.until === undefined ? milliseconds : until,
    lines: kind.until === undefined ? stdout.trimEnd().split("\n").length : 1,
    calls: kind.until === undefined ? calls : calls.slice(0, 3),
    digests: await project.digests(),
    tree: project.tree(),
    store: project.store,
  };
}

/** Kills one or several runs of a project, runs it once more, and says what is not as it has to be. */
export async function trial(
  name: KindName,
  reference: Undisturbed,
  chance: Chance,
  places: { readonly material: string; readonly base: string; readonly call?: number },
): Promise<Trial> {
  const kind: Kind = kinds[name];
  const { material, base } = places;
  const story: string[] = [];
  const faults: string[] = [];
  let hits = 0;
  let littered = false;
  let harmed = false;
  let found = { stored: 0, reused: 0 };
  const warm = chance("warm store") < 0.3;
  const earlier = chance("earlier result") < 0.3;
  if (warm) story.push("begins with a filled store");
  if (earlier) story.push("begins with another result in place");
  await mkdir(base, { recursive: true });
  const project = await makeProject(base, {
    kind,
    material,
    digests: reference.digests,
    earlier,
    store: warm ? reference.store : undefined,
  });

  const kills = chance("kills") < 0.7 ? 1 : chance("kills") < 0.92 ? 2 : 3;
  for (let kill = 1; kill <= kills && faults.length === 0; kill += 1) {
    const moment: Moment =
      kill === 1 && places.call !== undefined
        ? { at: "call", number: places.call }
        : momentOf(reference, (what) => chance(`${kill} ${what}`));
    const killed = await killedAt(moment, kind, project, join(base, `killed-${kill}.json`));
    story.push(`run ${kill}: ${killed.story}`);
    if (killed.hit) hits += 1;
    faults.push(...killed.faults, ...(await project.damage(false)));
    littered ||= (await project.leftovers()).length > 0;
    if (!harmed) faults.push(...lostSteps(project.folder, checkpointsIn(project.store)));
    if (chance(`${kill} harm`) < 0.25) {
      story.push(await harm(project.store, (what) => chance(`${kill} harm ${what}`)));
      harmed = true;
    }
  }
  if (faults.length === 0) {
    const stored = checkpointsIn(project.store);
    const fresh = chance("fresh") < 0.15;
    if (fresh) story.push("the last run is --fresh");
    const running = project.start({ json: true, fresh });
    const during = chance("harm during") < 0.2;
    if (during) {
      await Promise.race([later(chance("when") * reference.milliseconds), running.finished]);
      story.push(
        `while the last run goes on, ${await harm(project.store, (what) => chance(`during ${what}`))}`,
      );
      harmed = true;
    }
    let last = await running.finished;
    if (last.code === 1 && during) {
      // Who writes into the store writes into what the run has linked from there; then there is no result.
      story.push(`it ends with ${/"code":"(\w+)"/.exec(last.stdout)?.[1]}, and is run again`);
      faults.push(...(await project.damage(false)));
      last = await project.start({ json: true }).finished;
    }
    if (last.code !== 0) faults.push(`the next run ended with ${last.code}:\n${last.stdout}\n${last.stderr}`);
    else if (!harmed && !fresh) {
      const { faults: more, ...counts } = resumed(eventsOf(last.stdout), stored);
      faults.push(...more);
      found = counts;
    }
    if (!harmed) faults.push(...damagedIn(project.store));
    faults.push(...(await project.damage(true)), ...(await project.leftovers()));
    // A result that is missing is among these.
    faults.push(...differences(reference.tree, project.tree()));
  }
  if (faults.length === 0) await rm(base, { recursive: true });
  return { kind: name, story, faults, hits, littered, ...found };
}

function momentOf(reference: Undisturbed, chance: Chance): Moment {
  const how = chance("how");
  // The first run of all is slower than most, so that much of its time is too late for the others.
  if (how < 0.3) return { at: "time", milliseconds: 0.7 * chance("time") * reference.milliseconds };
  if (how < 0.6)
    return {
      at: "line",
      number: 1 + Math.floor(chance("line") * reference.lines),
      milliseconds: chosenFrom([0, 0, 1, 3, 10, 30], chance("wait")),
    };
  return { at: "call", number: 1 + Math.floor(chance("call") * reference.calls.length) };
}

async function killedAt(
  moment: Moment,
  kind: Kind,
  project: Project,
  note: string,
): Promise<{ readonly story: string; readonly hit: boolean; readonly faults: readonly string[] }> {
  const running = project.start({
    json: moment.at === "line",
    ...(moment.at === "call" ? { hook: callHook(note, moment.number) } : {}),
  });
  if (moment.at === "line")
    await running.says(new RegExp(`^(?:[^\\n]*\\n){${moment.number}}`)).catch(() => undefined);
  if (moment.at !== "call") {
    await Promise.race([later(moment.milliseconds), running.finished]);
    try {
      running.killGroup("SIGKILL");
    } catch {
      // It has ended already.
    }
  }
  const { code, signal, stdout, stderr } = await running.finished;
  const hit = signal === "SIGKILL";
  const when =
    moment.at === "time"
      ? `after ${Math.round(moment.milliseconds)} ms`
      : moment.at === "line"
        ? `${moment.milliseconds} ms after it printed line ${moment.number}`
        : `before call ${moment.number} (${lastCall(note)})`;
  const faults: string[] = [];
  if (!hit && code !== 0) faults.push(`the run ended with ${code} by itself:\n${stdout}\n${stderr}`);
  // What mounts ends when that is unmounted, which is left to the next run.
  const living = kind.mounts === true ? [] : await outliving(join(project.folder, ".."));
  faults.push(...living.map((process) => `outlived its group: ${process}`));
  return { story: hit ? `killed ${when}` : `ended before it was killed ${when}`, hit, faults };
}

/** A process that was killed takes a moment until it is gone. */
async function outliving(folder: string): Promise<readonly string[]> {
  for (let left = 50; left > 0 && processesOf(folder).length > 0; left -= 1) await later(100);
  return processesOf(folder);
}

function lastCall(note: string): string {
  const calls = existsSync(note) ? (JSON.parse(readFileSync(note, "utf8")) as string[]) : [];
  return calls.at(-1) ?? "none";
}

function differences(before: readonly string[], now: readonly string[]): readonly string[] {
  return [
    ...now.filter((path) => !before.includes(path)).map((path) => `${path} is left over`),
    ...before.filter((path) => !now.includes(path)).map((path) => `${path} is missing`),
  ];
}
