import { compareLevels, isUpdated } from "./formats/windows-build.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import type { Declared } from "./lifecycle.ts";
import type { Operation } from "./operation.ts";
import { operationTitle } from "./operation-title.ts";
import { stageOf } from "./servicing-order.ts";

/** What is to be done to the components of images, after each had a look at the others. */
export interface ComponentServicing {
  readonly declared: readonly Declared[];
  /** Sentences. */
  readonly warnings: readonly string[];
}

/**
 * Rules of component servicing that no plugin can keep by itself, since it does not know what the others ask for:
 * an update that the image has is left out, unless something is added that is older than it ("add-language-packs-to-windows");
 * a base is not reset while actions are pending ("clean-up-the-winsxs-folder").
 */
export function componentServicing(
  declared: readonly Declared[],
  images: readonly ImageInfo[],
): ComponentServicing {
  const warnings: string[] = [];
  const settled = declared.map((one): Declared => {
    const image = images.find(({ index }) => index === one.image);
    if (!("operation" in one.wish) || one.phase !== "modify" || image === undefined) return one;
    const operation = settle(one.wish.operation, image, of(declared, image));
    return operation === one.wish.operation ? one : { ...one, wish: { operation } };
  });
  for (const image of images) warnings.push(...warningsOf(of(declared, image), image));
  return { declared: settled, warnings };
}

interface Asked {
  readonly id: string;
  readonly operation: Operation;
}

function of(declared: readonly Declared[], image: ImageInfo): readonly Asked[] {
  return declared.flatMap(({ id, phase, wish, image: index }) =>
    phase === "modify" && index === image.index && "operation" in wish
      ? [{ id, operation: wish.operation }]
      : [],
  );
}

function settle(operation: Operation, image: ImageInfo, all: readonly Asked[]): Operation {
  if (operation.type === "Add-Package") return update(operation, image, all);
  if (operation.type !== "Cleanup-Image" || operation.resetBase !== true) return operation;
  const pending = all.find((one) => pends(one.operation));
  if (pending === undefined) return operation;
  const reason = `${operationTitle(pending.operation)} leaves actions pending, and the base must not be reset before a restart`;
  return { ...operation, refuse: { ...everywhere(reason), ...operation.refuse } };
}

function update(
  operation: Operation<"Add-Package">,
  image: ImageInfo,
  all: readonly Asked[],
): Operation<"Add-Package"> {
  const { facts } = operation;
  if (facts?.level === undefined || (compareLevels(facts.level, image.version) ?? 1) > 0) return operation;
  const has = `${imageTitle(image)} has ${image.version} already`;
  const older = all.find((one) => isOlder(one.operation));
  if (older === undefined) return { ...operation, optional: true, refuse: everywhere(has) };
  const again = `${has}; it is added again, since ${older.id} (${operationTitle(older.operation)}) is older`;
  return { ...operation, facts: { ...facts, again } };
}

function everywhere(reason: string): NonNullable<Operation["refuse"]> {
  return { offline: reason, online: reason, setup: reason };
}

function warningsOf(all: readonly Asked[], image: ImageInfo): readonly string[] {
  const updates = all.flatMap(({ operation }) =>
    operation.type === "Add-Package" && stageOf(operation) === "cumulative update" ? [operation] : [],
  );
  const outside = all.find(({ operation }) => isOlder(operation) && isFromOutside(operation));
  const lacking = updates.find(({ facts }) => facts?.absent !== undefined);
  if (outside === undefined) return [];
  const title = `${outside.id} (${operationTitle(outside.operation)})`;
  if (updates.length === 0 && isUpdated(image.version))
    return [
      `${imageTitle(image)} has ${image.version}, and ${title} may be older: add the cumulative update of that level, or a newer one, by updates({ from })`,
    ];
  return lacking === undefined
    ? []
    : [
        `${operationTitle(lacking)} has not all of its checkpoints beside it, and ${title} may need ${lacking.facts?.absent} of them: put the checkpoints into the folder of updates`,
      ];
}

/** What is added, or awakened, at the level of its medium rather than of the image, and before the update. */
function isOlder(operation: Operation): boolean {
  const adds = operation.type.startsWith("Add-") || operation.type === "Enable-Feature";
  return adds && older.has(stageOf(operation) ?? "");
}

const older: ReadonlySet<string> = new Set(["language", "language feature", "feature on demand", "feature"]);

/** The files of a feature without a source are the image's own, updated as all of it. */
function isFromOutside(operation: Operation): boolean {
  return operation.type !== "Enable-Feature" || operation.source !== undefined;
}

function pends({ type }: Operation): boolean {
  return type === "Add-Package" || type === "Enable-Feature" || type === "Add-Capability";
}
