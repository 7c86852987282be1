import type { Contribution, SetupRoad, Verdict } from "./engine.ts";
import { failure } from "./error.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import type { Declared } from "./lifecycle.ts";
import { type Operation, type OperationType, type Phase, phases } from "./operation.ts";
import { operationTitle } from "./operation-title.ts";
import { jobSentences } from "./audit/job-text.ts";
import { placeOf } from "./servicing-order.ts";
import { noDevice, onDevice, type Terrain, verdicts } from "./route.ts";
import type { Item, Plan } from "./step.ts";
import { type Draft, imageOf, stepsOf } from "./phase-steps.ts";
import { answerFileTable } from "./answer-file-table.ts";
import type { FinishedSetup } from "./setup-finish.ts";

type Overrule = (operation: Operation, verdicts: readonly Verdict[]) => Verdict | undefined;

/**
 * Gives every wish its route.
 * @throws SERVICING_NO_ROUTE with every reason, for all items that nothing can do
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
    const chosen = overruled(operation, considered, overrule) ?? considered.find(({ accepted }) => accepted);
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
  const settled = images.flatMap((image) =>
    withoutNeedlessDevice(
      items.filter((item) => item.image === image.index),
      terrain,
    ),
  );
  const stranded = [
    ...items
      .filter((item) => item.verdict === undefined && item.operation.optional !== true)
      .map(strandedItem),
    ...(terrain.device === undefined ? declared.flatMap(strandedCall) : []),
  ];
  if (stranded.length > 0) throw failure("SERVICING_NO_ROUTE", { line, items: stranded });
  return items.map((item) => settled.find(({ id }) => id === item.id) ?? item);
}

/** No device is started for settings alone that Windows Setup takes as well, unless online is preferred to it expressly. */
function withoutNeedlessDevice(items: readonly Item[], { prefer }: Terrain): readonly Item[] {
  const online = items.filter(({ verdict }) => verdict?.strategy === "online");
  const others = online.map(({ operation, considered }) =>
    settings.has(operation.type) && operation.strategy === undefined
      ? considered.find(({ strategy, accepted }) => strategy === "setup" && accepted)
      : undefined,
  );
  if (prefer[0] === "online" || others.some((verdict) => verdict === undefined)) return items;
  return items.map((item) => {
    const verdict = others[online.indexOf(item)];
    return verdict === undefined ? item : { ...item, phase: "modify", verdict };
  });
}

const settings: ReadonlySet<OperationType> = new Set(["Set-TimeZone", "Set-PowerScheme"]);

function strandedItem({ operation, by, considered }: Item): string {
  const reasons = considered.map(
    ({ engine, strategy, because }) => `    ${strategy} (${engine}): ${because}`,
  );
  return [`${operationTitle(operation)}, asked by ${by}`, ...reasons].join("\n");
}

/** A plugin's own code in a phase of the device would run after the export, where there is nothing to run it on. */
function strandedCall({ wish, by, phase }: Declared): readonly string[] {
  if ("operation" in wish || !onDevice.has(phase)) return [];
  return [`${wish.title}, asked by ${by}\n    online: ${noDevice}, and ${phase} is a phase of one`];
}

/** A plugin may choose among the roads that are open; it cannot open one. */
function overruled(
  operation: Operation,
  considered: readonly Verdict[],
  overrule: Overrule,
): Verdict | undefined {
  const chosen = overrule(operation, considered);
  if (chosen === undefined || (chosen.accepted && considered.includes(chosen))) return chosen;
  const reason = `it chose ${chosen.strategy} (${chosen.engine}) for ${operationTitle(operation)}, which is refused: ${chosen.because}`;
  throw failure("SERVICING_PLUGIN_FAILED", { plugin: "of the route hook", hook: "route", reason });
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
export function buildPlan(draft: Draft, warnings: readonly string[]): Plan {
  const { delivery, items, finished, engine } = draft;
  const sentences = Object.assign(
    {},
    ...[...finished.values()].map((each) => each.sentences),
  ) as FinishedSetup["sentences"];
  const steps = jobSentences([...draft.devices.values()].map(({ job }) => job));
  const shown = items.map((item) => {
    const lowered = sentences[item.id] ?? steps.get(item.id);
    // What Windows Setup is told is told to the devices that come, and not to the reference device.
    const late = item.verdict?.strategy === "setup" && draft.devices.has(item.image);
    const phase = late && item.phase === "modify" ? "capture" : item.phase;
    return { ...item, phase, ...placed({ ...item, phase }), ...(lowered === undefined ? {} : { lowered }) };
  });
  const all = phases.flatMap((phase) => stepsOf(phase, { ...draft, items: shown }));
  return {
    line: delivery.line,
    engine: engine.name,
    source: { file: delivery.source.file, images: delivery.source.images },
    output: {
      kind: delivery.output.kind ?? "wim",
      file: delivery.output.file,
      compress: delivery.output.compress,
    },
    targets: delivery.targets,
    ...(draft.fingerprint === undefined ? {} : { fingerprint: draft.fingerprint }),
    items: shown,
    steps: all.map((step, at) => ({ id: `${at + 1}`, ...step })),
    phases: phases.map((phase) => {
      const count = all.filter((step) => step.phase === phase).length;
      const because = phase === "commit" && draft.devices.size > 0 ? whyLater : whyEmpty[phase];
      return { phase, steps: count, ...(count > 0 ? {} : { because }) };
    }),
    setup: [...finished].map(([image, { work }]) => ({ image, ...work })),
    warnings: [
      ...warnings,
      ...overwritten(items),
      ...addedTwice(items),
      ...(delivery.output.verify === true && engine.verify === undefined
        ? [
            `output.verify: the ${engine.name} engine has no command that reads a whole WIM; the result is not verified`,
          ]
        : []),
      ...[...finished].flatMap(([index, each]) =>
        each.warnings.map((text) =>
          finished.size === 1 ? text : `${imageTitle(imageOf(delivery.source.images, index))}: ${text}`,
        ),
      ),
    ],
    ...tablesOf(finished),
    work: delivery.work,
  };
}

function placed({ phase, operation }: Item): Pick<Item, "place"> {
  const place = phase === "modify" ? placeOf(operation) : undefined;
  return place === undefined ? {} : { place };
}

/** Of each image with an answer file, who set what in it. */
function tablesOf(finished: Draft["finished"]): Pick<Plan, "tables"> {
  const tables = [...finished].flatMap(([image, { origins = [] }]) =>
    origins.length === 0
      ? []
      : [answerFileTable(origins, finished.size > 1 ? `Answer file (image ${image})` : "Answer file")],
  );
  return tables.length === 0 ? {} : { tables };
}

/** What one item writes and a later one writes otherwise: plugins may mean it, people may not. */
function overwritten(items: readonly Item[]): readonly string[] {
  const written = new Map<string, { readonly by: string; readonly what: string }>();
  const warnings = new Set<string>();
  for (const { id, image, operation } of items) {
    if (operation.type !== "Set-Registry" && operation.type !== "Write-File") continue;
    const key =
      operation.type === "Write-File" ? operation.to : `${operation.key} ${operation.name || "(default)"}`;
    const place = `${image} ${key}`.toLowerCase();
    const what = JSON.stringify(operation.type === "Write-File" ? operation.text : (operation.value ?? null));
    const earlier = written.get(place);
    if (earlier !== undefined && earlier.what !== what)
      warnings.add(`${key} is asked for by ${earlier.by} and otherwise by ${id}: the later one holds`);
    written.set(place, { by: id, what });
  }
  return [...warnings];
}

/** Globs of two plugins may both match a package: it does no harm, and takes its time twice. */
function addedTwice(items: readonly Item[]): readonly string[] {
  const added = new Map<string, string>();
  return items.flatMap(({ id, image, operation }) => {
    if (operation.type !== "Add-Package" || operation.identity === undefined) return [];
    const place = `${image} ${operation.identity}`.toLowerCase();
    const earlier = added.get(place);
    if (earlier === undefined) added.set(place, id);
    return earlier === undefined
      ? []
      : [`${operation.package} is added by ${earlier} and again by ${id}: leave it out of one of them`];
  });
}

const whyLater = "the result is made of what the reference device comes to";

const whyEmpty: Readonly<Record<Phase, string>> = {
  prepare: "the source is used as it is, and no plugin asked for anything",
  mount: "no image is changed",
  modify: "no plugin asked for a change",
  commit: "no image is changed",
  apply: "no item goes online",
  audit: "no item goes online",
  generalize: "no item goes online",
  capture: "no item goes online",
  deploy: "no plugin makes anything of the result",
};
