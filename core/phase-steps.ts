import { join } from "node:path";
import { commandLine } from "./command-line.ts";
import type { Command, Engine, Target } from "./engine.ts";
import { failure } from "./error.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import type { Declared } from "./lifecycle.ts";
import { type Operation, operationTitle, type Phase, type Compression } from "./operation.ts";
import { commandsOf, undoOf } from "./engine-commands.ts";
import type { FinishedSetup } from "./setup-finish.ts";
import type { Item, Step } from "./step.ts";

/** Where a line's image comes from and goes to, as far as the plan needs to know. */
export interface Delivery {
  readonly line: string;
  readonly source: {
    readonly file: string;
    readonly images: readonly ImageInfo[];
    readonly compression: "none" | "XPRESS" | "LZX" | "LZMS";
    readonly bootIndex: number;
    readonly integrity: boolean;
  };
  readonly targets: readonly number[];
  readonly output: {
    readonly kind?: "wim" | "delta";
    readonly file: string;
    readonly compress: Compression | "keep";
    readonly images: "all" | "targets";
    readonly verify?: boolean;
  };
  readonly work: string;
}

/** Everything that steps are made from. */
export interface Draft {
  readonly delivery: Delivery;
  readonly declared: readonly Declared[];
  readonly items: readonly Item[];
  /** What the items that go by way of Windows Setup come to, by the index of the image. */
  readonly finished: ReadonlyMap<number, FinishedSetup>;
  readonly engine: Engine;
}

/** A step before it is numbered. */
export type DraftStep = Omit<Step, "id">;

/** The steps of one phase. Pure, as the roads are. */
export function stepsOf(phase: Phase, draft: Draft): readonly DraftStep[] {
  const { delivery, engine } = draft;
  const images = delivery.targets.map((index) => imageOf(delivery.source.images, index));
  const perImage = (each: (image: ImageInfo) => readonly DraftStep[]): readonly DraftStep[] =>
    images.flatMap(each);
  switch (phase) {
    case "prepare":
      return [
        ...perImage((image) => itemSteps(phase, image, draft)),
        ...(engine.copiesSource ? [copyStep(draft)] : []),
      ];
    case "mount":
      return perImage((image) => [mountStep(image, draft), ...itemSteps(phase, image, draft)]);
    case "modify":
      return perImage((image) => modifySteps(image, draft));
    case "commit":
      return [
        ...perImage((image) => [...itemSteps(phase, image, draft), ...unmountSteps(image, draft)]),
        exportStep(draft),
      ];
    default:
      return perImage((image) => itemSteps(phase, image, draft));
  }
}

/** Items in the order in which they were asked for; neighbours that the engine can fuse share a step. */
function itemSteps(phase: Phase, image: ImageInfo, draft: Draft): readonly DraftStep[] {
  const steps: DraftStep[] = [];
  const target = targetOf(image, draft);
  for (const wish of draft.declared) {
    if (wish.image !== image.index) continue;
    if (!("operation" in wish.wish)) {
      if (wish.phase !== phase) continue;
      const { title, run } = wish.wish;
      const call: Command = { act: "call", title, run };
      steps.push({
        phase,
        image: image.index,
        title: `${wish.by}: ${title}`,
        items: [],
        commands: [call],
        undo: [],
        opaque: true,
      });
      continue;
    }
    const item = draft.items.find(({ id }) => id === wish.id);
    if (item?.verdict === undefined || item.phase !== phase || item.verdict.strategy === "setup") continue;
    const commands = commandsOf(item.operation, item.verdict.strategy, target, draft.engine);
    append(
      steps,
      {
        phase,
        image: image.index,
        title: operationTitle(item.operation),
        items: [item.id],
        commands,
        undo: item.verdict.strategy === "offline" ? undoOf(item.operation, target, draft.engine) : [],
      },
      draft.engine,
    );
  }
  return steps;
}

function append(steps: DraftStep[], next: DraftStep, engine: Engine): void {
  const last = steps.at(-1);
  const fuse = engine.fuse ?? ((commands: readonly Command[]) => commands);
  if (last !== undefined && last.opaque !== true && last.items.length > 0) {
    const fused = fuse([...last.commands, ...next.commands]);
    if (fused.length < last.commands.length + next.commands.length) {
      const items = [...last.items, ...next.items];
      steps[steps.length - 1] = {
        ...last,
        title: `${items.length} items in one update`,
        items,
        commands: fused,
        undo: uniqueLines([...last.undo, ...next.undo]),
      };
      return;
    }
  }
  if (next.commands.length > 0) steps.push({ ...next, commands: fuse(next.commands) });
}

/** A hive that several items load is let go of once. */
function uniqueLines(commands: readonly Command[]): readonly Command[] {
  return [...new Map(commands.map((command) => [commandLine(command), command])).values()];
}

/** What the setup road writes into the image joins the last update where the engine can fuse them. */
function modifySteps(image: ImageInfo, draft: Draft): readonly DraftStep[] {
  const steps = [...itemSteps("modify", image, draft)];
  const finished = draft.finished.get(image.index);
  if (finished === undefined || finished.operations.length === 0) return steps;
  const target = targetOf(image, draft);
  const items = draft.items
    .filter((item) => item.image === image.index && item.verdict?.strategy === "setup")
    .map(({ id }) => id);
  const commands = finished.operations.flatMap((operation) =>
    commandsOf(operation, "offline", target, draft.engine),
  );
  const title = `Answer file, scripts and payload of ${items.length} ${items.length === 1 ? "item" : "items"} for Windows Setup`;
  append(steps, { phase: "modify", image: image.index, title, items, commands, undo: [] }, draft.engine);
  return steps;
}

function mountStep(image: ImageInfo, draft: Draft): DraftStep {
  const file = workingFile(draft);
  const operation = { type: "Mount-Image", file, index: image.index } as const;
  const target = targetOf(image, draft);
  return {
    phase: "mount",
    image: image.index,
    title: `Mount-Image ${imageTitle(image)}`,
    items: [],
    commands: commandsOf(operation, "offline", target, draft.engine),
    undo: undoOf(operation, target, draft.engine),
  };
}

function unmountSteps(image: ImageInfo, draft: Draft): readonly DraftStep[] {
  const commands = commandsOf(
    { type: "Unmount-Image", discard: false },
    "offline",
    targetOf(image, draft),
    draft.engine,
  );
  if (commands.length === 0) return [];
  return [
    {
      phase: "commit",
      image: image.index,
      title: `Unmount-Image ${imageTitle(image)}`,
      items: [],
      commands,
      undo: [],
    },
  ];
}

/** Engines that write into what they mount get a copy of the source, image by image, so that the numbers stay. */
function copyStep(draft: Draft): DraftStep {
  const { source } = draft.delivery;
  const to = workingFile(draft);
  return {
    phase: "prepare",
    title: `Export-Image ${source.file.split(/[\\/]/).at(-1)} to a working copy`,
    items: [],
    // DISM mounts no LZMS, and a copy that is only worked on needs no better compression than its source.
    commands: exports(source.file, to, source.images, source.compression === "LZMS" ? "max" : "keep", draft),
    undo: [{ act: "delete", path: to, optional: true }],
  };
}

/** @throws SERVICING_OUTPUT_FORMAT for a delta where the engine makes none */
function exportStep(draft: Draft): DraftStep {
  const { delivery } = draft;
  const delta = delivery.output.kind === "delta";
  const kept = delivery.source.images.filter(
    ({ index }) => (delivery.output.images === "all" && !delta) || delivery.targets.includes(index),
  );
  // The extension stays: DISM goes by it.
  const unfinished = delivery.output.file.replace(/(\.[^.\\/]*)?$/, ".unfinished$&");
  return {
    phase: "commit",
    title: `Export-Image ${delivery.output.file.split(/[\\/]/).at(-1)}${delta ? ", a delta" : ""}`,
    items: [],
    commands: [
      // A run that was killed may have left one, and an export would go on writing into it.
      { act: "delete", path: unfinished, optional: true },
      ...(delta
        ? deltaCommands(kept, unfinished, draft)
        : exports(workingFile(draft), unfinished, kept, delivery.output.compress, draft)),
      ...(delivery.output.verify === true
        ? (draft.engine.verify?.(unfinished, delta ? delivery.source.file : undefined) ?? [])
        : []),
      {
        act: "publish",
        file: unfinished,
        source: delivery.source.file,
        indexes: kept.map(({ index }) => index),
        to: delivery.output.file,
        // The engine that mounts is the one that services components.
        byWindows: draft.engine.copiesSource,
      },
    ],
    undo: [{ act: "delete", path: unfinished, optional: true }],
  };
}

function deltaCommands(images: readonly ImageInfo[], to: string, draft: Draft): readonly Command[] {
  const { source, output } = draft.delivery;
  const boot = images.findIndex(({ index }) => index === source.bootIndex) + 1;
  const commands = draft.engine.delta?.(
    images.map((image) => targetOf(image, draft)),
    { source: source.file, to, compress: output.compress, ...(boot === 0 ? {} : { boot }) },
  );
  if (commands === undefined)
    throw failure("SERVICING_OUTPUT_FORMAT", {
      file: output.file,
      reason: `the ${draft.engine.name} engine makes no deltas`,
    });
  return commands;
}

function exports(
  from: string,
  to: string,
  images: readonly ImageInfo[],
  wanted: Compression | "keep",
  draft: Draft,
): readonly Command[] {
  const { source, targets } = draft.delivery;
  const compress = wanted === "keep" ? kept[source.compression] : wanted;
  return images.flatMap((image) => {
    const target = targetOf(
      targets.includes(image.index) ? image : imageOf(source.images, targets[0] ?? 1),
      draft,
    );
    const operation: Operation = {
      type: "Export-Image",
      file: from,
      index: image.index,
      to,
      compress,
      ...(source.bootIndex === image.index ? { bootable: true } : {}),
      ...(source.integrity ? { checkIntegrity: true } : {}),
    };
    return commandsOf(operation, "offline", target, draft.engine);
  });
}

const kept = { none: "none", XPRESS: "fast", LZX: "max", LZMS: "lzms" } as const;

function workingFile(draft: Draft): string {
  return draft.engine.copiesSource ? join(draft.delivery.work, "working.wim") : draft.delivery.source.file;
}

function targetOf(image: ImageInfo, draft: Draft): Target {
  return draft.engine.target(image, draft.delivery.work);
}

export function imageOf(images: readonly ImageInfo[], index: number): ImageInfo {
  const image = images.find((each) => each.index === index);
  if (image === undefined) throw new TypeError(`no image ${index} among ${images.length}`);
  return image;
}
