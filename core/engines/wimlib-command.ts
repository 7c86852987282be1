import type { Process } from "../engine.ts";
import { references } from "../formats/wim-reference.ts";
import type { Compression } from "../operation.ts";

/** `Archiving file data: 1343 MiB of 1393 MiB (96%) done` */
export const wimlibProgress = /\((\d{1,3})%\)/;

/** @see wimlib-imagex-split(1) */
export function splitImage(file: string, to: string, megabytes: number): Process {
  return wimlibImagex("split", file, to, String(megabytes));
}

/** @see wimlib-imagex-apply(1) */
export function applyImage(file: string, index: number, to: string): Process {
  return wimlibImagex("apply", file, String(index), to, ...references(file).slice(1));
}

export function wimlibImagex(...args: readonly string[]): Process {
  return { run: "wimlib-imagex", args, progress: wimlibProgress, writes: true };
}

export const compressionOptions: Readonly<Record<Compression | "lzms", readonly string[]>> = {
  none: ["--compress=none"],
  fast: ["--compress=XPRESS"],
  max: ["--compress=LZX"],
  recovery: ["--solid", "--compress=LZMS"],
  lzms: ["--compress=LZMS"],
};
