import type { Dirent } from "node:fs";
import { join } from "node:path";
import type { DriverPackage } from "../driver-package.ts";
import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import { readPe } from "../formats/pe.ts";
import { reasonOf } from "./file.ts";
import { entriesOf, findIn, type Listings } from "./package-folder.ts";

/** Makers tell the machines apart by the name, each in another way: `dpinst64.exe`, `DPInst-amd64.exe`. */
const dpinstName = /^dpinst[\w.-]{0,32}\.exe$/i;

/** A folder of more INFs is a collection, and not what a maker ships. */
const mostInfs = 100;

interface Beside {
  readonly programs: readonly { readonly name: string; readonly machine: string | undefined }[];
  readonly infs: readonly string[];
}

/** Packages that lie in one folder share what is beside them. */
const known = new WeakMap<readonly Dirent[], Beside>();

/**
 * The DPInst that lies in a folder of drivers, where there is one that the architecture can run: its header says so, whatever
 * its name. @throws SERVICING_INPUT_UNREADABLE
 */
export function dpinstIn(folder: string, architecture: string, listings: Listings): DriverPackage["dpinst"] {
  const entries = entriesOf(folder, listings);
  const { programs, infs } = known.get(entries) ?? beside(folder, entries, listings);
  known.set(entries, { programs, infs });
  const program = programs.find(({ machine }) => machine === architecture)?.name;
  return program === undefined || infs.length > mostInfs ? undefined : { program, infs };
}

function beside(folder: string, entries: readonly Dirent[], listings: Listings): Beside {
  const names = entries.map(({ name }) => name).toSorted();
  return {
    programs: names
      .filter((name) => dpinstName.test(name) && findIn(folder, name, listings).state === "found")
      .map((name) => ({ name, machine: machineOf(join(folder, name)) })),
    infs: names.filter((name) => /\.inf$/i.test(name) && !/^autorun\.inf$/i.test(name)),
  };
}

/** Of a program; undefined for what is none. */
function machineOf(file: string): string | undefined {
  try {
    const pe = withFile(file, readPe);
    return pe?.kind === "exe" ? pe.machine : undefined;
  } catch (error) {
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason: reasonOf(error) }, { cause: error });
  }
}
