import { join } from "node:path";
import type { DriverPackage } from "../driver-package.ts";
import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import { readPe } from "../formats/pe.ts";
import { reasonOf } from "./file.ts";
import { entriesOf, findIn, type Listings } from "./package-folder.ts";

/** Makers tell the machines apart by the name, each in another way: `dpinst64.exe`, `DPInst-amd64.exe`. */
const dpinstName = /^dpinst[\w.-]{0,32}\.exe$/i;

/**
 * The DPInst that lies in a folder of drivers, where there is one that the architecture can run: its header says so, whatever
 * its name. @throws SERVICING_INPUT_UNREADABLE
 */
export function dpinstIn(folder: string, architecture: string, listings: Listings): DriverPackage["dpinst"] {
  const names = entriesOf(folder, listings).map(({ name }) => name);
  const program = names
    .filter((name) => dpinstName.test(name) && findIn(folder, name, listings).state === "found")
    .toSorted()
    .find((name) => machineOf(join(folder, name)) === architecture);
  const infs = names.filter((name) => /\.inf$/i.test(name) && !/^autorun\.inf$/i.test(name));
  return program === undefined ? undefined : { program, infs: infs.toSorted() };
}

function machineOf(file: string): string | undefined {
  try {
    const pe = withFile(file, readPe);
    return pe?.kind === "exe" ? pe.machine : undefined;
  } catch (error) {
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason: reasonOf(error) }, { cause: error });
  }
}
