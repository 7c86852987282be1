import type { PackageArtefact } from "./artefact.ts";
import { failure } from "./error.ts";
import { compareVersions } from "./formats/version.ts";
import { compareLevels, familyOf, firstWithCheckpoints, isUpdated } from "./formats/windows-build.ts";
import { buildOf, type ImageInfo, imageTitle } from "./image.ts";
import type { ImagePackage, Operation } from "./operation.ts";
import { rankOfClass } from "./servicing-order.ts";

/** Which of the updates that were found go where. */
export interface UpdateChoice {
  /** For the image itself, in the order that Windows wants. */
  readonly windows: readonly ChosenUpdate[];
  /** For WinRE: the servicing stack, then Safe OS dynamic updates; empty where there is none of the latter. */
  readonly winre: readonly ImagePackage[];
  /** For the images of boot.wim: the servicing stack, then the cumulative update. */
  readonly boot: readonly ImagePackage[];
  /** Cabinets for the `sources` folder of media. */
  readonly media: readonly string[];
  readonly leftOut: readonly { readonly file: string; readonly because: string }[];
}

export interface ChosenUpdate {
  readonly update: PackageArtefact;
  /** What it is built on, of what was found, the oldest first. */
  readonly checkpoints?: readonly PackageArtefact[];
  /** The level of a checkpoint that was not found, and that the image has. */
  readonly absent?: string;
}

/**
 * Sorts updates by what they are, each once and the newest of its kind, after their fit was checked.
 * @throws SERVICING_INPUT_ARCHITECTURE, SERVICING_INPUT_BUILD, SERVICING_INPUT_CHECKPOINT
 */
export function chooseUpdates(found: readonly PackageArtefact[], image: ImageInfo): UpdateChoice {
  for (const update of found) refuseOther(update, image);
  const leftOut: { file: string; because: string }[] = [];
  const single = onceEach(found, leftOut);
  const cumulative = single.filter((update) => update.class === "cumulative update");
  const safe = newestOf(of("Safe OS dynamic update"), leftOut);
  const stacks = of("servicing stack").toSorted((a, b) => compareVersions(a.version, b.version));
  const targets = [...Map.groupBy(cumulative, ({ name }) => name.toLowerCase()).values()].map((updates) =>
    withCheckpoints(updates, image, leftOut),
  );
  const others = single.filter((update) => !chosenApart.has(update.class));
  const net = newestOf(of(".NET"), leftOut);
  const windows = [...[...others, ...net].map((update) => ({ update })), ...targets].toSorted(
    (a, b) =>
      rankOfClass(a.update.class) - rankOfClass(b.update.class) ||
      (a.update.name.toLowerCase() === b.update.name.toLowerCase()
        ? compareVersions(a.update.version, b.update.version)
        : 0),
  );
  const alone = stacks.map(({ file }) => ({ package: file }));
  const inside = targets.flatMap(({ update: { file, servicingStack } }) =>
    servicingStack === undefined ? [] : [{ package: file, member: servicingStack }],
  );
  return {
    windows,
    winre: safe.length === 0 ? [] : [...(alone.length > 0 ? alone : inside), ...safe.map(asPackage)],
    boot: targets.length === 0 ? [] : [...alone, ...targets.map(packageOf)],
    media: of("Setup dynamic update").map(({ file }) => file),
    leftOut,
  };

  function of(wanted: PackageArtefact["class"]): readonly PackageArtefact[] {
    return single.filter((update) => update.class === wanted);
  }
}

const chosenApart: ReadonlySet<PackageArtefact["class"]> = new Set([
  "cumulative update",
  "Safe OS dynamic update",
  "Setup dynamic update",
  ".NET",
]);

/** The fields of an operation that adds it. */
export function packageOf({ update, checkpoints }: ChosenUpdate): ImagePackage {
  return {
    package: update.file,
    ...(checkpoints === undefined ? {} : { checkpoints: checkpoints.map(({ file }) => file) }),
  };
}

export function addUpdate(chosen: ChosenUpdate): Operation<"Add-Package"> {
  const { identity, class: kind, level } = chosen.update;
  return {
    type: "Add-Package",
    ...packageOf(chosen),
    identity,
    title: titleOf(chosen),
    facts: {
      class: kind,
      ...(level === undefined ? {} : { level }),
      ...(chosen.absent === undefined ? {} : { absent: chosen.absent }),
    },
  };
}

function titleOf({ update, checkpoints = [] }: ChosenUpdate): string {
  const base = update.file.split(/[\\/]/).at(-1) ?? update.file;
  const facts = [update.kb, update.releaseType, update.version].filter((fact) => fact !== "");
  const built = checkpoints.length === 0 ? "" : `, on ${counted(checkpoints.length)}`;
  return facts.length === 0 ? `${base}${built}` : `${base} (${facts.join(", ")}${built})`;
}

function counted(checkpoints: number): string {
  return checkpoints === 1 ? "1 checkpoint" : `${checkpoints} checkpoints`;
}

function asPackage({ file }: PackageArtefact): ImagePackage {
  return { package: file };
}

type LeftOut = { file: string; because: string }[];

/** @throws SERVICING_INPUT_ARCHITECTURE, SERVICING_INPUT_BUILD where a package is for another Windows */
export function refuseOther(update: PackageArtefact, image: ImageInfo): void {
  const { file: path, architecture, builds, level } = update;
  if (image.architecture !== "unknown" && !isNeutral(architecture) && !isFor(architecture, image))
    throw failure("SERVICING_INPUT_ARCHITECTURE", {
      path,
      architectures: [architecture],
      image: imageTitle(image),
      wanted: image.architecture,
    });
  const build = buildOf(image);
  const known = level === undefined ? builds : [{ build: Number(level.split(".")[2]), compare: "EQ" }];
  if (build === 0 || known.length === 0) return;
  const fits = known.some(
    (one) =>
      one.compare === "any" ||
      familyOf(one.build) === familyOf(build) ||
      (one.compare === "GE" && build >= one.build),
  );
  if (fits) return;
  const wanted = known.map((one) => `${one.build}${one.compare === "GE" ? " or later" : ""}`);
  const names = [...new Set(wanted)].join(", ");
  throw failure("SERVICING_INPUT_BUILD", {
    path,
    builds: names,
    image: `${imageTitle(image)} is ${image.version}`,
  });
}

function isNeutral(architecture: string): boolean {
  return ["", "neutral", "msil"].includes(architecture.toLowerCase());
}

function isFor(architecture: string, image: ImageInfo): boolean {
  return architecture.toLowerCase() === image.architecture;
}

function onceEach(found: readonly PackageArtefact[], leftOut: LeftOut): readonly PackageArtefact[] {
  const first = new Map<string, PackageArtefact>();
  for (const update of found) {
    const identity = update.identity === "" ? update.file : update.identity.toLowerCase();
    const known = first.get(identity);
    if (known === undefined) first.set(identity, update);
    else leftOut.push({ file: update.file, because: `it is the same package as ${known.file}` });
  }
  return [...first.values()];
}

function newestOf(updates: readonly PackageArtefact[], leftOut: LeftOut): readonly PackageArtefact[] {
  return [...Map.groupBy(updates, ({ name }) => name.toLowerCase()).values()].map((versions) => {
    const [newest, ...older] = versions.toSorted((a, b) => compareVersions(b.version, a.version));
    for (const { file } of older) leftOut.push({ file, because: `${newest?.file} is newer` });
    return newest as PackageArtefact;
  });
}

/**
 * The newest of cumulative updates of one name. From {@link firstWithCheckpoints} on it is built on some of the older ones,
 * and DISM takes of these what the image lacks ("checkpoint-cumulative-updates"); before, it holds all of them.
 */
function withCheckpoints(
  updates: readonly PackageArtefact[],
  image: ImageInfo,
  leftOut: LeftOut,
): ChosenUpdate {
  const [update, ...older] = updates.toSorted((a, b) => compareVersions(b.version, a.version));
  if (update === undefined) throw new TypeError("no cumulative update in its own group");
  const build = Number(update.level?.split(".")[2] ?? 0);
  if (build < firstWithCheckpoints || update.container === "cab") {
    for (const { file } of older) leftOut.push({ file, because: `${update.file} holds all of it, and more` });
    return { update };
  }
  const chain = chainOf(update, older, image);
  for (const one of older)
    if (!chain.checkpoints.includes(one))
      leftOut.push({ file: one.file, because: `${update.file} is newer, and not built on it` });
  return { update, ...chain };
}

/**
 * From checkpoint to checkpoint, as far as they were found: those that the image has are wanted too where something older
 * is added. What does not say what it is built on may be built on all that is older.
 * @param older the newest first
 * @throws SERVICING_INPUT_CHECKPOINT for the first that neither the image nor the folder has
 */
function chainOf(
  update: PackageArtefact,
  older: readonly PackageArtefact[],
  image: ImageInfo,
): Pick<ChosenUpdate, "absent"> & Required<Pick<ChosenUpdate, "checkpoints">> {
  const { baseline } = update;
  if (baseline === undefined) return { checkpoints: older.toReversed() };
  const at = older.findIndex(({ level }) => level !== undefined && compareLevels(level, baseline) === 0);
  const checkpoint = older[at];
  if (checkpoint !== undefined) {
    const before = chainOf(checkpoint, older.slice(at + 1), image);
    return { ...before, checkpoints: [...before.checkpoints, checkpoint] };
  }
  if ((compareLevels(image.version, baseline) ?? 0) < 0)
    throw failure("SERVICING_INPUT_CHECKPOINT", {
      path: update.file,
      baseline,
      image: `${imageTitle(image)} is ${image.version}`,
    });
  return { checkpoints: [], ...(isUpdated(baseline) ? { absent: baseline } : {}) };
}
