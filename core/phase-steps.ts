import { join } from "node:path";
import {
  applyStep,
  auditStep,
  capturedCommands,
  capturedTarget,
  type DeviceDraft,
  deviceFiles,
  generalizeStep,
} from "./device-steps.ts";
import type { DeviceWork } from "./device-work.ts";
import { commandLine } from "./command-line.ts";
import type { Command, DriverStore, Engine, Target } from "./engine.ts";
import { failure } from "./error.ts";
import { pathsOf } from "./host-path.ts";
import { type ImageInfo, imageTitle, winre } from "./image.ts";
import type { Arranged, Placed } from "./arrangement.ts";
import { type Operation, type Phase, type Compression } from "./operation.ts";
import { commandsOf, undoOf } from "./engine-commands.ts";
import type { Line } from "./line.ts";
import type { LineResult } from "./plugin.ts";
import type { Item, Step } from "./step.ts";
import { unfinishedName } from "./unfinished-name.ts";
import { type Routed, type Unit, unitsOf } from "./unit.ts";

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
  readonly output: Line["output"];
  readonly work: string;
}

/** Everything that steps are made from. */
export interface Draft extends Routed {
  readonly delivery: Delivery;
  /** By the index of the image, what is done to it, in an order and with cuts that were chosen; absent: as it was asked. */
  readonly arranged?: ReadonlyMap<number, Arranged> | undefined;
  /** Of the result; absent where it cannot be known. */
  readonly fingerprint?: string | undefined;
  readonly devices: ReadonlyMap<number, DeviceWork>;
  /** What `devices` work on, where there are any. */
  readonly device?: DeviceDraft | undefined;
}

/** Phases in which something is done to an image before there is a result of it. */
export const arrangedPhases: ReadonlySet<Phase> = new Set(["mount", "modify", "commit"]);

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
      return perImage((image) => itemSteps(phase, image, draft));
    case "commit":
      return [
        ...perImage((image) => [...itemSteps(phase, image, draft), ...unmountSteps(image, draft)]),
        ...(draft.devices.size === 0 ? [exportStep(draft)] : []),
      ];
    case "apply":
      return perImage((image) => [
        ...onDevice(image, draft, (work, device) =>
          applyStep(
            image,
            work,
            device,
            exports(
              workingFile(draft),
              deviceFiles(image.index, delivery.work).reference,
              [image],
              asWorked(draft),
              draft,
            ),
          ),
        ),
        ...itemSteps(phase, image, draft),
      ]);
    case "audit":
      return perImage((image) => [
        ...itemSteps(phase, image, draft),
        ...onDevice(image, draft, (work, device) => auditStep(image, work, device)),
      ]);
    case "generalize":
      return perImage((image) => [
        ...onDevice(image, draft, (work, device) => generalizeStep(image, work, device)),
        ...itemSteps(phase, image, draft),
      ]);
    case "capture":
      return draft.devices.size === 0
        ? perImage((image) => itemSteps(phase, image, draft))
        : [...perImage((image) => capturedSteps(image, draft)), exportStep(draft)];
    default:
      return perImage((image) => itemSteps(phase, image, draft));
  }
}

function onDevice(
  image: ImageInfo,
  { devices, device }: Draft,
  step: (work: DeviceWork, device: DeviceDraft) => DraftStep,
): readonly DraftStep[] {
  const work = devices.get(image.index);
  return work === undefined || device === undefined ? [] : [step(work, device)];
}

/** What was captured is modified as any image is, and what it comes to is exported with the others. */
function capturedSteps(image: ImageInfo, draft: Draft): readonly DraftStep[] {
  if (!draft.devices.has(image.index)) return itemSteps("capture", image, draft);
  const { engine, delivery } = draft;
  const { work } = delivery;
  const units = unitsOf("capture", image, capturedTarget(image, work, engine), draft);
  const opened = capturedCommands(image, work, engine);
  const step = (title: string, commands: readonly Command[], undo: readonly Command[] = []): DraftStep[] =>
    commands.length === 0 ? [] : [{ phase: "capture", image: image.index, title, items: [], commands, undo }];
  return [
    ...step("Mount-Image of what was captured", opened.open, opened.undo),
    ...groupsOf(units, engine).map((group) => stepOf(group, engine)),
    ...step("Unmount-Image of what was captured", opened.close),
  ];
}

function itemSteps(phase: Phase, image: ImageInfo, draft: Draft): readonly DraftStep[] {
  const arranged = arrangedPhases.has(phase) ? draft.arranged?.get(image.index) : undefined;
  const units: readonly Placed[] =
    arranged?.units.filter((unit) => unit.phase === phase) ??
    unitsOf(phase, image, targetOf(image, draft), draft);
  return groupsOf(units, draft.engine).map((group) => stepOf(group, draft.engine));
}

/** Neighbours that the engine can fuse share a step, up to the next cut. */
function groupsOf(units: readonly Placed[], engine: Engine): readonly (readonly Placed[])[] {
  const groups: Placed[][] = [];
  for (const unit of units) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group !== undefined && last?.cut !== true && fuses(last, unit, engine)) group.push(unit);
    else if (unit.commands.length > 0) groups.push([unit]);
  }
  return groups;
}

function fuses(last: Unit | undefined, next: Unit, engine: Engine): boolean {
  if (last?.operation === undefined || next.operation === undefined) return false;
  const commands = [...last.commands, ...next.commands];
  return engine.fuse !== undefined && engine.fuse(commands).length < commands.length;
}

function stepOf(units: readonly [Placed, ...Placed[]] | readonly Placed[], engine: Engine): DraftStep {
  const first = units[0] as Placed;
  const commands = units.flatMap((unit) => unit.commands);
  const items = [...new Set(units.flatMap((unit) => unit.items))];
  const last = units.at(-1) as Placed;
  return {
    phase: first.phase,
    image: first.image,
    title: titleOf(units, items.length),
    items,
    commands: engine.fuse?.(commands) ?? commands,
    undo: uniqueLines(units.flatMap((unit) => unit.undo)),
    ...(first.operation === undefined ? { opaque: true } : {}),
    ...(last.fingerprint === undefined ? {} : { fingerprint: last.fingerprint }),
    ...(last.kept === true ? { kept: true } : {}),
  };
}

function titleOf(units: readonly Unit[], items: number): string {
  const counted = items === 1 ? "1 item" : `${items} items`;
  if (!units.every(({ strategy }) => strategy === "setup"))
    return units.length === 1 ? (units[0] as Unit).title : `${counted} in one update`;
  return units.every(({ operation }) => operation?.type === "Copy-File")
    ? `Payload of ${counted} for Windows Setup`
    : `Answer file, scripts and payload of ${counted} for Windows Setup`;
}

/** A hive that several items load is let go of once. */
function uniqueLines(commands: readonly Command[]): readonly Command[] {
  return [...new Map(commands.map((command) => [commandLine(command), command])).values()];
}

function mountStep(image: ImageInfo, draft: Draft): DraftStep {
  const file = workingFile(draft);
  const operation = { type: "Mount-Image", file, index: image.index } as const;
  const { root, kept = false } = draft.arranged?.get(image.index) ?? {};
  const target = targetOf(image, draft);
  return {
    phase: "mount",
    image: image.index,
    title: `Mount-Image ${imageTitle(image)}`,
    items: [],
    commands: commandsOf(operation, "offline", target, draft.engine),
    undo: undoOf(operation, target, draft.engine),
    ...(root === undefined ? {} : { fingerprint: root }),
    ...(kept ? { kept } : {}),
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

/** DISM mounts no LZMS, and a copy that is only worked on needs no better compression than its source. */
function asWorked({ delivery }: Draft): Compression | "keep" {
  return delivery.source.compression === "LZMS" ? "max" : "keep";
}

/** @throws SERVICING_OUTPUT_FORMAT for a delta where the engine makes none */
function exportStep(draft: Draft): DraftStep {
  const { delivery } = draft;
  const delta = delivery.output.kind === "delta";
  const kept = exportedImages(delivery.source.images, delivery);
  const unfinished = unfinishedName(delivery.output.file);
  return {
    phase: draft.devices.size === 0 ? "commit" : "capture",
    title: `Export-Image ${delivery.output.file.split(/[\\/]/).at(-1)}${delta ? ", a delta" : ""}`,
    items: [],
    commands: [
      // A run that was killed may have left one, and an export would go on writing into it.
      { act: "delete", path: unfinished, optional: true },
      ...roomFor(unfinished, draft),
      ...(delta ? deltaCommands(kept, unfinished, draft) : wimCommands(kept, unfinished, draft)),
      ...(delivery.output.verify === true
        ? (draft.engine.verify?.(unfinished, delta ? delivery.source.file : undefined) ?? [])
        : []),
      ...verification(unfinished, kept, draft),
      {
        act: "publish",
        file: unfinished,
        images: kept.map(({ index }) => ({ file: delivery.source.file, index })),
        to: delivery.output.file,
        // The engine that mounts is the one that services components.
        byWindows: draft.engine.copiesSource || draft.devices.size > 0,
      },
    ],
    undo: [{ act: "delete", path: unfinished, optional: true }],
    ...(draft.fingerprint === undefined ? {} : { fingerprint: draft.fingerprint }),
  };
}

/** The working copy has grown since there was a look at the disk, and no image that is exported of it is larger. */
function roomFor(unfinished: string, draft: Draft): readonly Command[] {
  if (!draft.engine.copiesSource) return [];
  const { dirname } = pathsOf(unfinished);
  return [{ act: "room", folder: dirname(unfinished), file: workingFile(draft) }];
}

/** Every driver that servicing itself published is looked for in the result, before it is put in place. */
function verification(file: string, images: readonly ImageInfo[], draft: Draft): readonly Command[] {
  const { output, source } = draft.delivery;
  const stores = images.flatMap(({ index }, at) => driverStores(index, at + 1, draft.items));
  if (stores.length === 0) return [];
  return [
    {
      act: "verify drivers",
      file,
      ...(output.kind === "delta" ? { source: source.file } : {}),
      stores,
    },
  ];
}

function driverStores(image: number, index: number, items: readonly Item[]): readonly DriverStore[] {
  const published = items.flatMap(({ image: of, operation, verdict }) =>
    of === image && verdict?.strategy === "offline" && verdict.engine === "wimlib" ? [operation] : [],
  );
  const windows = published.flatMap((operation) =>
    operation.type === "Add-Driver" ? [operation.driver] : [],
  );
  const recovery = published.flatMap((operation) =>
    operation.type === "Service-WinRE" ? operation.drivers : [],
  );
  return [
    ...(windows.length === 0 ? [] : [{ of: "Windows", index, drivers: windows }]),
    ...(recovery.length === 0 ? [] : [{ of: "WinRE", index, inside: winre, drivers: recovery }]),
  ];
}

/** A copy of the source is the fastest where all of it is wanted, and wanted as it is. */
function wimCommands(images: readonly ImageInfo[], to: string, draft: Draft): readonly Command[] {
  const { source, output, targets } = draft.delivery;
  const exported = images.flatMap((image, at) => {
    const captured = draft.devices.has(image.index);
    return exports(workingFile(draft), to, [image], output.compress, draft, { append: at > 0, captured });
  });
  const whole = output.compress === "keep" && targets.length === source.images.length;
  if (!whole || draft.devices.size > 0 || source.integrity || /\.swm$/i.test(source.file)) return exported;
  const boot = source.bootIndex === 0 ? {} : { boot: source.bootIndex };
  const given = { source: source.file, to, ...boot };
  const branches = images.map((image) => targetOf(image, draft));
  return draft.engine.extend?.(branches, given, exported) ?? exported;
}

/** The images of a result, in their order. */
export function exportedImages(
  images: readonly ImageInfo[],
  { output, targets }: Pick<Delivery, "output" | "targets">,
): readonly ImageInfo[] {
  const all = output.images === "all" && output.kind !== "delta";
  return images.filter(({ index }) => all || targets.includes(index));
}

/** Where an image of the source is when the line is done. */
export function resultOf(
  image: ImageInfo,
  images: readonly ImageInfo[],
  delivery: Pick<Delivery, "output" | "targets">,
): LineResult {
  const { kind = "wim", file } = delivery.output;
  const index = exportedImages(images, delivery).findIndex((each) => each.index === image.index) + 1;
  return { kind, file, index };
}

function deltaCommands(images: readonly ImageInfo[], to: string, draft: Draft): readonly Command[] {
  const { source, output } = draft.delivery;
  if (draft.devices.size > 0)
    throw failure("SERVICING_OUTPUT_FORMAT", {
      file: output.file,
      reason: "what a reference device made of an image is captured as a whole, and no delta of its source",
    });
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
  { append = false, captured = false }: { readonly append?: boolean; readonly captured?: boolean } = {},
): readonly Command[] {
  const { source, targets, work } = draft.delivery;
  const compress = wanted === "keep" ? asSource[source.compression] : wanted;
  return images.flatMap((image, at) => {
    const target = captured
      ? capturedTarget(image, work, draft.engine)
      : targetOf(targets.includes(image.index) ? image : imageOf(source.images, targets[0] ?? 1), draft);
    const operation: Operation = {
      type: "Export-Image",
      ...(captured
        ? { file: deviceFiles(image.index, work).captured, index: 1 }
        : { file: from, index: image.index }),
      to,
      compress,
      ...(append || at > 0 ? { append: true } : {}),
      ...(source.bootIndex === image.index ? { bootable: true } : {}),
      ...(source.integrity ? { checkIntegrity: true } : {}),
    };
    return commandsOf(operation, "offline", target, draft.engine);
  });
}

/** How a compression is asked for. */
export const asSource = { none: "none", XPRESS: "fast", LZX: "max", LZMS: "lzms" } as const;

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
