import type { PackageArtefact } from "./artefact.ts";
import { failure } from "./error.ts";
import type { PhaseBuilder } from "./plugin.ts";
import type { Plan } from "./step.ts";
import type { Table } from "./table.ts";
import type { UpdateChoice } from "./update-choice.ts";

/**
 * The packages at paths, as they are by their content.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE
 */
export async function readUpdates(
  from: string | readonly string[],
  builder: Pick<PhaseBuilder, "find" | "inspect">,
): Promise<readonly PackageArtefact[]> {
  const updates: PackageArtefact[] = [];
  for (const file of await builder.find(from, "update packages (.msu or .cab)", ["msu", "cab"])) {
    const update = await builder.inspect(file);
    if (update.kind !== "package")
      throw failure("SERVICING_INPUT_UNREADABLE", {
        path: file,
        reason: `it is no package but: ${update.kind}`,
      });
    updates.push(update);
  }
  return updates;
}

export interface UpdateTableOptions {
  /** The plugin that asked for them. */
  readonly by: string;
  /** Whether the recovery environment is updated. */
  readonly winre: boolean;
}

/** What becomes of each update, now that the plan says where it goes. */
export function updateTables(
  plan: Plan,
  told: ReadonlyMap<number, UpdateChoice>,
  options: UpdateTableOptions,
): readonly Table[] {
  return [...told].map(([image, choice]) => ({
    title: told.size > 1 ? `Updates (image ${image})` : "Updates",
    columns: ["package", "kind", "KB", "version", "goes", "because"],
    rows: [
      ...choice.windows.flatMap(({ update, checkpoints = [] }) => [
        ...checkpoints.map((each) => row(each, "checkpoint", `beside ${baseName(update.file)}`, "")),
        row(update, update.class, ...placeOf(update, image, plan, options.by)),
      ]),
      ...choice.winre.map(({ package: file, member }) => [
        baseName(file),
        member === undefined ? "" : "servicing stack",
        "",
        member ?? "",
        ...recoveryPlace(image, plan, options),
      ]),
      ...choice.media.map((file) => [
        baseName(file),
        "Setup dynamic update",
        "",
        "",
        "media",
        "media({ updates }) puts it there",
      ]),
      ...choice.leftOut.map(({ file, because }) => [baseName(file), "", "", "", "left out", because]),
    ],
  }));
}

function row(update: PackageArtefact, kind: string, goes: string, because: string): readonly string[] {
  return [baseName(update.file), kind, update.kb, update.version, goes, because];
}

function placeOf(
  { file }: PackageArtefact,
  image: number,
  { items }: Plan,
  asked: string,
): readonly [goes: string, because: string] {
  const item = items.find(
    ({ operation, by, image: index }) =>
      operation.type === "Add-Package" && operation.package === file && by === asked && index === image,
  );
  if (item?.verdict === undefined) return ["left out", item?.considered[0]?.because ?? ""];
  return [item.verdict.strategy, item.place ?? ""];
}

function recoveryPlace(
  image: number,
  { items }: Plan,
  { by: asked, winre }: UpdateTableOptions,
): readonly [goes: string, because: string] {
  if (!winre) return ["left out", "winre is false"];
  const item = items.find(
    ({ operation, by, image: index }) =>
      operation.type === "Service-WinRE" && by === asked && index === image,
  );
  return item?.verdict === undefined ? ["left out", item?.considered[0]?.because ?? ""] : ["WinRE", ""];
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
