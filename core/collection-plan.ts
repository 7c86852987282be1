import { resolve } from "node:path";
import { commandsOf } from "./engine-commands.ts";
import { dism } from "./engines/dism.ts";
import { wimlib } from "./engines/wimlib.ts";
import type { Engine } from "./engine.ts";
import { hashOf } from "./fingerprint.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import type { Collection, Line } from "./line.ts";
import type { Compression } from "./operation.ts";
import { asSource, exportedImages } from "./phase-steps.ts";
import type { Plan, Step } from "./step.ts";
import { unfinishedName } from "./unfinished-name.ts";

/** A line whose result goes into a collection. */
export interface Member {
  readonly line: Line;
  readonly plan: Plan;
  readonly source: {
    readonly compression: keyof typeof asSource;
    readonly integrity: boolean;
  };
  /** SHA-256 of its result; absent where that is yet to be made. */
  readonly sha256?: string | undefined;
}

/** One image of a collection. */
interface Part {
  readonly member: Member;
  /** As it is in the line's source. */
  readonly original: ImageInfo;
  /** As it is in the line's result, by its new name. */
  readonly image: ImageInfo;
}

/** The engine that reads the results of all these lines: wimlib reads those of either. */
export function collectionEngine(members: readonly Member[]): Engine {
  return members.every(({ plan }) => plan.engine === dism.name) ? dism : wimlib;
}

/**
 * One WIM in which each image that the lines service is an image of its own, and files that several have are there once.
 * @param version of servicing
 * @throws SERVICING_OUTPUT_FORMAT where the engine cannot make such a file
 */
export function planCollection(collection: Collection, members: readonly Member[], version: string): Plan {
  const { name, output } = collection;
  const engine = collectionEngine(members);
  const parts = members.flatMap(partsOf);
  const images = parts.map(({ image }) => image);
  const compress = output.compress === "keep" ? compressionOf(members[0] as Member) : output.compress;
  const work = resolve(collection.work, name);
  const unfinished = unfinishedName(output.file);
  const drop = { act: "delete", path: unfinished, optional: true } as const;
  const checked = members.some(({ source }) => source.integrity);
  const exports = parts.map(({ member: { plan }, original, image }, at): Omit<Step, "id"> => ({
    phase: "commit",
    title: `Export-Image ${imageTitle(image)}`,
    items: [],
    commands: [
      ...(at === 0 ? [drop] : []),
      ...commandsOf(
        {
          type: "Export-Image",
          file: image.file,
          index: image.index,
          to: unfinished,
          name: image.name,
          compress,
          ...(at === 0 ? {} : { append: true }),
          ...(plan.output.kind === "delta" ? { source: plan.source.file } : {}),
          ...(checked ? { checkIntegrity: true } : {}),
        },
        "offline",
        engine.target(original, work),
        engine,
      ),
    ],
    undo: [drop],
  }));
  const place: Omit<Step, "id"> = {
    phase: "commit",
    title: `Put ${output.file.split(/[\\/]/).at(-1)} in place`,
    items: [],
    commands: [
      { act: "title", file: unfinished, names: images.map((image) => image.name) },
      ...(output.verify ? (engine.verify?.(unfinished) ?? []) : []),
      {
        act: "publish",
        file: unfinished,
        images: images.map((image) => ({ file: image.file, index: image.index, name: image.name })),
        to: output.file,
        byWindows: engine.copiesSource,
      },
    ],
    undo: [drop],
  };
  const steps = [...exports, place].map((step, at) => ({ id: `${at + 1}`, ...step }));
  const results = members.map(({ sha256 }) => sha256);
  const made = [
    engine.name,
    compress,
    checked,
    parts.map(({ member, image }) => [member.sha256, image.index, image.name]),
  ];
  return {
    line: name,
    engine: engine.name,
    source: { file: images[0]?.file ?? "", images },
    output: { kind: "collection", file: output.file, compress: output.compress },
    targets: [...new Set(images.map(({ index }) => index))],
    ...(results.includes(undefined) ? {} : { fingerprint: hashOf("collection", version, ...made) }),
    items: [],
    steps,
    phases: [{ phase: "commit", steps: steps.length }],
    setup: [],
    warnings:
      output.verify && engine.verify === undefined
        ? [
            `output.verify: the ${engine.name} engine has no command that reads a whole WIM; it is not verified`,
          ]
        : [],
    work,
  };
}

function compressionOf({ plan, source }: Member): Compression | "lzms" {
  return plan.output.compress === "keep" ? asSource[source.compression] : plan.output.compress;
}

function partsOf(member: Member): readonly Part[] {
  const { line, plan } = member;
  const exported = exportedImages(plan.source.images, { output: line.output, targets: plan.targets });
  const serviced = exported.filter(({ index }) => plan.targets.includes(index));
  const names = namesOf(line.line, serviced);
  return serviced.map((image, at) => ({
    member,
    original: image,
    image: {
      ...image,
      file: plan.output.file,
      index: exported.indexOf(image) + 1,
      name: names[at] as string,
    },
  }));
}

/**
 * The line's name where it services one image; with the image's own where it services several, which may be called the
 * same, or nothing. No two images of a WIM may have one name. Source: wimlib-imagex(1), "export".
 */
function namesOf(line: string, images: readonly ImageInfo[]): readonly string[] {
  if (images.length === 1) return [line];
  const own = images.map(({ name }) => plain(name));
  const distinct = new Set(own.map((name) => name.toLowerCase())).size === own.length && !own.includes("");
  return images.map(({ index }, at) =>
    [line, own[at] ?? "", ...(distinct ? [] : [String(index)])].filter((part) => part !== "").join(" "),
  );
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u0020\u007f-\u009f\uFFFE\uFFFF]+/g;

/** As much of a name as anybody reads, without what XML and terminals cannot hold. */
function plain(name: string): string {
  return name.replaceAll(unprintable, " ").slice(0, 200).toWellFormed().trim();
}
