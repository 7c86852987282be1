import { join } from "node:path";
import type { Command, Contribution, Engine, Road, SetupRoad, Target, Verdict } from "./engine.ts";
import { failure } from "./error.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import type { Declared } from "./lifecycle.ts";
import type { Compression, Operation, OperationType, Phase } from "./operation.ts";
import { operationTitle, phases } from "./operation.ts";
import { type Terrain, verdicts } from "./route.ts";
import type { Item, Plan, Step } from "./step.ts";

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
    readonly file: string;
    readonly compress: Compression | "keep";
    readonly images: "all" | "targets";
  };
  readonly work: string;
}

/** What the items that go by way of Windows Setup come to, for one image. */
export interface Finished {
  readonly operations: readonly Operation[];
  /** What each item became, by its id. */
  readonly sentences: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly string[];
}

type Overrule = (operation: Operation, verdicts: readonly Verdict[]) => Verdict | undefined;

/**
 * Gives every wish its route.
 * @throws ServingError SERVICING_NO_ROUTE with every reason, for all items that nothing can do
 */
export function routeItems(
  line: string,
  declared: readonly Declared[],
  images: readonly ImageInfo[],
  terrain: Terrain,
  overrule: Overrule,
): readonly Item[] {
  const items = declared.flatMap((wish): readonly Item[] => {
    if (!("operation" in wish.wish)) return [];
    const { operation } = wish.wish;
    const image = imageOf(images, wish.image);
    const considered = verdicts(operation, wish.phase, image, terrain);
    const chosen = overrule(operation, considered) ?? considered.find(({ accepted }) => accepted);
    const phase: Phase = chosen?.strategy === "online" ? "audit" : wish.phase;
    const { id, by } = wish;
    return [
      {
        id,
        phase,
        by,
        image: wish.image,
        operation,
        considered,
        ...(chosen === undefined ? {} : { verdict: chosen }),
      },
    ];
  });
  const stranded = items.filter((item) => item.verdict === undefined && item.operation.optional !== true);
  if (stranded.length > 0)
    throw failure("SERVICING_NO_ROUTE", {
      line,
      items: stranded.map((item) => {
        const reasons = item.considered.map(
          ({ engine, strategy, because }) => `    ${strategy} (${engine}): ${because}`,
        );
        return [`${operationTitle(item.operation)}, asked by ${item.by}`, ...reasons].join("\n");
      }),
    });
  return items;
}

/** What the setup road makes of the items that take it, for one image. */
export function contributions(
  items: readonly Item[],
  image: ImageInfo,
  terrain: Terrain,
): readonly { readonly by: string; readonly item: string; readonly contribution: Contribution }[] {
  return items
    .filter((item) => item.image === image.index && item.verdict?.strategy === "setup")
    .map((item) => {
      const road = terrain.setup[item.operation.type] as Exclude<
        SetupRoad<OperationType>,
        { readonly refused: string }
      >;
      return {
        by: item.by,
        item: item.id,
        contribution: road.lower(item.operation as never, image, terrain.deployment),
      };
    });
}

/** Puts routed items and plugins' own calls into steps, in the order of the lifecycle. Pure: it opens nothing. */
export function buildPlan(
  delivery: Delivery,
  declared: readonly Declared[],
  items: readonly Item[],
  finished: ReadonlyMap<number, Finished>,
  terrain: Terrain,
  warnings: readonly string[],
): Plan {
  const engine = terrain.engines[0];
  const sentences = Object.assign(
    {},
    ...[...finished.values()].map((each) => each.sentences),
  ) as Finished["sentences"];
  const shown = items.map((item) => ({
    ...item,
    ...(sentences[item.id] === undefined ? {} : { lowered: sentences[item.id] as string[] }),
  }));
  const steps = phases.flatMap((phase) =>
    stepsOf(phase, { delivery, declared, items: shown, finished, engine }),
  );
  return {
    line: delivery.line,
    engine: engine.name,
    source: { file: delivery.source.file, images: delivery.source.images },
    output: { file: delivery.output.file, compress: delivery.output.compress },
    targets: delivery.targets,
    items: shown,
    steps: steps.map((step, at) => ({ ...step, id: `${at + 1}` })),
    phases: phases.map((phase) => {
      const count = steps.filter((step) => step.phase === phase).length;
      return { phase, steps: count, ...(count > 0 ? {} : { because: whyEmpty[phase] }) };
    }),
    warnings: [...warnings, ...[...finished.values()].flatMap((each) => each.warnings)],
    work: delivery.work,
  };
}

const whyEmpty: Readonly<Record<Phase, string>> = {
  prepare: "the source is used as it is, and no plugin asked for anything",
  mount: "no image is changed",
  modify: "no plugin asked for a change",
  commit: "no image is changed",
  apply: "no item goes online",
  audit: "no item goes online",
  generalize: "no item goes online",
  capture: "no item goes online",
  deploy: "the result leaves the house as the WIM that commit wrote",
};

interface Draft {
  readonly delivery: Delivery;
  readonly declared: readonly Declared[];
  readonly items: readonly Item[];
  readonly finished: ReadonlyMap<number, Finished>;
  readonly engine: Engine;
}

type DraftStep = Omit<Step, "id">;

function stepsOf(phase: Phase, draft: Draft): readonly DraftStep[] {
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
      return perImage((image) => [...itemSteps(phase, image, draft), ...setupSteps(image, draft)]);
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
        undo: [],
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
      };
      return;
    }
  }
  if (next.commands.length > 0) steps.push({ ...next, commands: fuse(next.commands) });
}

function setupSteps(image: ImageInfo, draft: Draft): readonly DraftStep[] {
  const finished = draft.finished.get(image.index);
  if (finished === undefined || finished.operations.length === 0) return [];
  const target = targetOf(image, draft);
  const commands = finished.operations.flatMap((operation) =>
    commandsOf(operation, "offline", target, draft.engine),
  );
  const items = draft.items.filter(
    (item) => item.image === image.index && item.verdict?.strategy === "setup",
  );
  const title = `Answer file, scripts and payload for ${items.length} ${items.length === 1 ? "item" : "items"} of the setup road`;
  const fused = draft.engine.fuse?.(commands) ?? commands;
  return [
    {
      phase: "modify",
      image: image.index,
      title,
      items: items.map(({ id }) => id),
      commands: fused,
      undo: [],
    },
  ];
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
    commands: exports(source.file, to, source.images, draft),
    undo: [{ act: "delete", path: to, optional: true }],
  };
}

function exportStep(draft: Draft): DraftStep {
  const { delivery } = draft;
  const kept = delivery.source.images.filter(
    ({ index }) => delivery.output.images === "all" || delivery.targets.includes(index),
  );
  const unfinished = `${delivery.output.file}.unfinished`;
  return {
    phase: "commit",
    title: `Export-Image ${delivery.output.file.split(/[\\/]/).at(-1)}`,
    items: [],
    commands: [
      ...exports(workingFile(draft), unfinished, kept, draft),
      {
        act: "publish",
        file: unfinished,
        source: delivery.source.file,
        indexes: kept.map(({ index }) => index),
        to: delivery.output.file,
      },
    ],
    undo: [{ act: "delete", path: unfinished, optional: true }],
  };
}

function exports(from: string, to: string, images: readonly ImageInfo[], draft: Draft): readonly Command[] {
  const { source, output, targets } = draft.delivery;
  const compress = output.compress === "keep" ? kept[source.compression] : output.compress;
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

function commandsOf(
  operation: Operation,
  strategy: "offline" | "online",
  target: Target,
  engine: Engine,
): readonly Command[] {
  const road = roadOf(operation, strategy, engine);
  if (road === undefined || "refused" in road)
    throw new TypeError(
      `the ${engine.name} engine accepted ${operation.type} ${strategy} but has no road for it`,
    );
  return road.commands(operation as never, target);
}

function undoOf(operation: Operation, target: Target, engine: Engine): readonly Command[] {
  const road = roadOf(operation, "offline", engine);
  return road === undefined || "refused" in road ? [] : (road.undo?.(operation as never, target) ?? []);
}

function roadOf(
  operation: Operation,
  strategy: "offline" | "online",
  engine: Engine,
): Road<OperationType> | undefined {
  return (engine.roads[operation.type] as { offline?: Road<OperationType>; online?: Road<OperationType> })[
    strategy
  ];
}

function imageOf(images: readonly ImageInfo[], index: number): ImageInfo {
  const image = images.find((each) => each.index === index);
  if (image === undefined) throw new TypeError(`no image ${index} among ${images.length}`);
  return image;
}
