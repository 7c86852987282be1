import { type Fault, dismFaults } from "./formats/dism-fault.ts";
import { installerFaults, updateFaults } from "./formats/installer-fault.ts";

/** What exit codes say, for each program. */
export interface FaultTable {
  /** Says more of a program's exit codes: `add("setup.exe", { exitCode: 17, … })`. What is added later wins. */
  add(program: string, ...faults: readonly Fault[]): void;
  /** Of a program by its name or path, with or without `.exe`. */
  of(program: string): readonly Fault[];
}

export function faultTable(): FaultTable {
  const table = new Map<string, readonly Fault[]>([
    ["dism", dismFaults],
    ["msiexec", installerFaults],
    ["wusa", updateFaults],
  ]);
  const of = (program: string): readonly Fault[] => table.get(nameOf(program)) ?? [];
  return {
    of,
    add: (program, ...faults) => void table.set(nameOf(program), [...of(program), ...faults]),
  };
}

/** Names of programs are the same in any case on Windows, and told apart by nothing else anywhere. */
function nameOf(program: string): string {
  return (program.split(/[\\/]/).at(-1) ?? "").replace(/\.exe$/i, "").toLowerCase();
}
