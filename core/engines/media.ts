import type { Command, Process } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import type { Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";

type NewMedia = Operation<"New-Media">;

/**
 * What both engines do alike to make a media folder; between copy and answer file comes what `match` says. Setup dynamic
 * updates are expanded beside it, each where it overwrites none of another, and put there as any files are.
 * @param expand a cabinet into a folder
 */
export function gathering(
  operation: NewMedia,
  work: string,
  expand: (cabinet: string, folder: string) => Process,
  match: (folder: string) => readonly Command[],
): readonly Command[] {
  const { from, to, boot, answerFile, bootManager, updates = [] } = operation;
  const folder = unfinishedName(to);
  const answered = answerFile !== undefined;
  const image = imageOf(operation);
  const expanded = updates.map((cabinet, at) => ({
    cabinet,
    folder: within(work, `setup-update-${at + 1}`),
  }));
  const files = [
    ...(operation.files ?? []),
    ...expanded.map((each) => ({ from: each.folder, to: "sources" })),
  ];
  const parts = {
    from,
    image,
    ...(boot === undefined ? {} : { boot }),
    files,
    answerFile: answered,
    ...(bootManager === true ? { bootManager } : {}),
  };
  return [
    { act: "delete", path: folder, optional: true },
    ...expanded.flatMap((each): Command[] => [
      { act: "delete", path: each.folder, optional: true },
      expand(each.cabinet, each.folder),
    ]),
    { act: "gather media", ...parts, to: folder },
    ...match(folder),
    ...(answerFile === undefined
      ? []
      : ([{ act: "write", to: within(folder, "autounattend.xml"), ...answerFile }] as const)),
    { act: "verify media", ...parts, media: folder },
    { act: "place folder", folder, to },
    ...expanded.map((each) => ({ act: "delete", path: each.folder, optional: true }) as const),
  ];
}

export function gatheringUndo({ to, updates = [] }: NewMedia, work: string): readonly Command[] {
  return [
    { act: "delete", path: unfinishedName(to), optional: true },
    { act: "restore folder", to },
    ...updates.map(
      (_, at) => ({ act: "delete", path: within(work, `setup-update-${at + 1}`), optional: true }) as const,
    ),
  ];
}

/** Inputs may not lie in what is replaced as a whole, nor that in them. */
export function isOutside({ from, to, image, boot, files = [], updates = [] }: NewMedia): string | undefined {
  const inputs = [from, image, boot, ...files.map((file) => file.from), ...updates].filter(
    (path) => path !== undefined,
  );
  const inside = inputs.find((path) => holds(to, path));
  if (inside !== undefined) return `${to} is replaced as a whole, and ${inside} lies there`;
  const around = [from, ...files.map((file) => file.from)].find((path) => holds(path, to));
  return around === undefined ? undefined : `${to} lies in ${around}, which is never changed`;
}

/** A volume is no part of what it is made of. */
export function isApart({ from, to }: { readonly from: string; readonly to: string }): string | undefined {
  return holds(from, to) ? `${to} lies in ${from}, which it is made of` : undefined;
}

/** Whether one path lies in another, or is it; by their names alone. */
function holds(folder: string, path: string): boolean {
  const inner = namesOf(path);
  return namesOf(folder).every((name, at) => name === inner[at]);
}

function namesOf(path: string): readonly string[] {
  return path.split(/[\\/]/).filter((name) => name !== "");
}

function imageOf({ image, to }: NewMedia): string {
  if (image === undefined) throw new TypeError(`nobody said which image ${to} gets`);
  return image;
}

/** As the host of the path has it, whatever plans. */
export function within(folder: string, ...names: readonly string[]): string {
  return pathsOf(folder).join(folder, ...names);
}

export function folderOf(file: string): string {
  return pathsOf(file).dirname(file);
}
