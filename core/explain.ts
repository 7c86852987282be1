import prettyBytes from "pretty-bytes";
import { painter, type Paint, type Style } from "./colour.ts";
import { commandLine, commandLines } from "./command-line.ts";
import type { Process } from "./engine.ts";
import { watchText } from "./engines/dism-shown.ts";
import { imageTitle } from "./image.ts";
import { nearPaths } from "./near-path.ts";
import type { Phase, Strategy } from "./operation.ts";
import { operationTitle } from "./operation-title.ts";
import { setupText } from "./setup-text.ts";
import { tableText } from "./table-text.ts";
import type { Item, Plan, Step } from "./step.ts";

/** Shortens the paths of a text. */
type Near = (text: string) => string;

export interface ExplainOptions {
  readonly colour?: boolean;
  /** Paths below it are shown as they are typed there, save in commands. */
  readonly cwd?: string | undefined;
  /** Says of each step whether it runs, and why. */
  readonly why?: boolean;
  /** Of tables, in characters. */
  readonly width?: number | undefined;
}

const styles: Readonly<Record<Strategy, Style>> = { offline: "green", online: "yellow", setup: "cyan" };

/** A plan as text for people: where each item goes and why, what was refused and why, and the commands. */
export function explain(plan: Plan, options: ExplainOptions = {}): string {
  const paint = painter(options.colour ?? false);
  const near: Near = (text) => nearPaths(text, options.cwd);
  return [
    ...heading(plan, paint, near),
    "",
    ...plan.phases.flatMap((phase) => phaseLines(plan, phase, paint, near, options.why === true)),
    ...(plan.warnings.length === 0 ? [] : [""]),
    ...plan.warnings.map((warning) => `${paint("yellow", "warning")}  ${indented(near(warning), 9)}`),
    ...(plan.tables ?? []).flatMap((table) => ["", near(tableText(table, options))]),
    "",
    ...summary(plan),
  ].join("\n");
}

function heading(plan: Plan, paint: Paint, near: Near): readonly string[] {
  const images = plan.source.images
    .filter((image) => plan.targets.includes(image.index))
    .map((image) =>
      [
        imageTitle(image),
        image.version,
        image.architecture === "unknown" ? "architecture unknown" : image.architecture,
      ].filter((part) => part !== ""),
    );
  return [
    `${paint("bold", plan.line)}  ${paint("dim", `${plan.engine} engine`)}`,
    ...images.map((parts, index) => `  ${index === 0 ? "image " : "      "}  ${parts.join("  ")}`),
    `  output  ${near(plan.output.file)}  ${paint("dim", compression(plan))}`,
    ...sharing(plan),
    ...lock(plan),
  ];
}

function sharing({ sharing: shared }: Plan): readonly string[] {
  if (shared === undefined) return [];
  const { changes, of, bytes, lines } = shared;
  const [first = "", second] = lines;
  const others =
    lines.length === 1
      ? first
      : lines.length === 2
        ? `${first} and ${second}`
        : `${first}, ${second} and ${lines.length - 2} more`;
  return [`  shared  the first ${changes} of ${of} changes (${prettyBytes(bytes)} of inputs) with ${others}`];
}

/** Nothing where nobody looked, or there is none. */
function lock({ lock: differences }: Plan): readonly string[] {
  if (differences === undefined) return [];
  if (differences.length === 0) return ["  lock    as servicing.lock.json says"];
  return ["  lock    differs from servicing.lock.json:", ...differences.map((text) => `    ${text}`)];
}

function compression({ output }: Plan): string {
  const source = output.kind === "collection" ? "first line's result" : "source";
  const compress =
    output.compress === "keep" ? `compression of the ${source}` : `compression ${output.compress}`;
  if (output.kind === "collection") return `the images of all lines, ${compress}`;
  return output.kind === "delta" ? `delta: what the source has not, ${compress}` : compress;
}

function phaseLines(
  plan: Plan,
  phase: Plan["phases"][number],
  paint: Paint,
  near: Near,
  why: boolean,
): readonly string[] {
  const items = plan.items.filter((item) => item.phase === phase.phase);
  const head = paint("bold", phase.phase.padEnd(10));
  if (phase.steps === 0 && items.length === 0) {
    return [`${head}  ${paint("dim", `nothing: ${phase.because ?? "no plugin asks for anything here"}`)}`];
  }
  const count = phase.steps === 1 ? "1 step" : `${phase.steps} steps`;
  const because = phase.because === undefined ? "" : `, ${phase.because}`;
  return [
    `${head}  ${paint("dim", `${count}${because}`)}`,
    ...items.flatMap((item) => itemLines(item, plan.targets.length > 1, paint, near)),
    ...stepLines(plan, phase.phase, paint, near, why),
  ];
}

function itemLines(item: Item, several: boolean, paint: Paint, near: Near): readonly string[] {
  const title = operationTitle(item.operation);
  const where = several ? paint("dim", `  image ${item.image}`) : "";
  const by = paint("dim", `  by ${item.by}`);
  const route = item.verdict?.strategy;
  const shown = route === undefined ? paint("yellow", "left out") : paint(styles[route], route);
  return [
    `  ${title}  ${paint("dim", "→")} ${shown}${where}${by}`,
    ...(item.verdict === undefined
      ? ["      optional, and nothing can do it"]
      : [`      ${indented(item.verdict.because, 6)}`]),
    ...(item.lowered ?? []).map((sentence) => `      → ${indented(near(sentence), 8)}`),
    ...item.considered
      .filter((verdict) => !verdict.accepted)
      .map((verdict) =>
        paint(
          "dim",
          `      refused: ${verdict.strategy} (${verdict.engine}): ${indented(verdict.because, 15)}`,
        ),
      ),
  ];
}

function stepLines(plan: Plan, phase: Phase, paint: Paint, near: Near, why: boolean): readonly string[] {
  const steps = plan.steps.filter((step) => step.phase === phase);
  return steps.flatMap((step) => {
    const title = `  ${paint("dim", "step")} ${step.title}${step.opaque === true ? paint("dim", "  opaque") : ""}`;
    // A dollar stands before what can be pasted; what servicing does itself has none.
    const commands = step.commands.flatMap((command) =>
      "act" in command
        ? [`      · ${indented(near(commandLines(command).join("\n  ")), 8)}`]
        : [`      $ ${indented(commandLine(command), 8)}`, ...watched(command, paint)],
    );
    const undo = step.undo.map((command) => {
      const line = commandLine(command);
      return `      on failure: ${indented("act" in command ? near(line) : line, 8)}`;
    });
    return [title].concat(
      why ? fateLines(plan, step, paint, near) : [],
      commands,
      undo.map((line) => paint("dim", line)),
    );
  });
}

/** What DISM is asked besides. */
function watched(command: Process, paint: Paint): readonly string[] {
  const text = watchText(command);
  return text === undefined ? [] : [paint("dim", `        ${text}`)];
}

function fateLines(plan: Plan, step: Step, paint: Paint, near: Near): readonly string[] {
  const fate = plan.fates?.find((each) => each.step === step.id);
  if (fate === undefined) return [];
  const verb = fate.runs ? paint("yellow", "runs") : paint("green", "reused");
  return fate.because.map(
    (text, at) => `      ${at === 0 ? `${verb}:` : " ".repeat(fate.runs ? 5 : 7)} ${indented(near(text), 8)}`,
  );
}

function summary(plan: Plan): readonly string[] {
  const routes = Object.keys(styles)
    .map((route) => ({ route, count: plan.items.filter((item) => item.verdict?.strategy === route).length }))
    .filter(({ count }) => count > 0)
    .map(({ route, count }) => `${count} ${route}`);
  const left = plan.items.filter((item) => item.verdict === undefined).length;
  const parts = [...routes, ...(left === 0 ? [] : [`${left} left out`])];
  const items = plan.items.length === 1 ? "1 item" : `${plan.items.length} items`;
  const steps = plan.steps.length === 1 ? "1 step" : `${plan.steps.length} steps`;
  return [
    `${items}${parts.length === 0 ? "" : ` (${parts.join(", ")})`} in ${steps}`,
    ...setupText(plan).map((text) => `on the device: ${text}`),
  ];
}

function indented(text: string, columns: number): string {
  return text.replaceAll(/\r?\n/g, `\n${" ".repeat(columns)}`);
}
