import type { Command } from "../engine.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { folderOf } from "./media.ts";

/** A file is changed as a copy that then takes its place: who is stopped half-way still has it as it was. */
export function onCopy(file: string, change: (copy: string) => readonly Command[]): readonly Command[] {
  const copy = unfinishedName(file);
  return [...begun(copy), { act: "copy", from: file, to: copy }, ...change(copy), placed(copy, file)];
}

/** A file is made under another name, and gets its own when it is whole. */
export function asUnfinished(to: string, make: (file: string) => readonly Command[]): readonly Command[] {
  const file = unfinishedName(to);
  const made = make(file).map((command) =>
    "act" in command ? command : { ...command, folders: [folderOf(to), ...(command.folders ?? [])] },
  );
  return [...begun(file), ...made, placed(file, to)];
}

/** Takes back either, as long as the file is not in its place. */
export function withoutUnfinished(to: string): readonly Command[] {
  return begun(unfinishedName(to));
}

function begun(path: string): readonly Command[] {
  return [{ act: "delete", path, optional: true }];
}

function placed(file: string, to: string): Command {
  return { act: "place", file, to };
}
