import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandLine } from "./grammar.ts";
import { inside } from "./inside.ts";
import type { Language } from "./language.ts";

/** One mounted image, as Windows keeps it in its registry. Paths are those of the command line. */
export interface Mount {
  readonly mountDir: string;
  readonly file: string;
  readonly index: number;
  readonly readWrite: boolean;
  status: "Ok" | "Needs Remount" | "Invalid";
  /** Size and time of every file as it was mounted, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** What goes wrong, and when. */
export interface Fault {
  /** Of the command line, in lower case: `add-package`. */
  readonly verb: string;
  /** From 1; absent: every time. */
  readonly occurrence?: number;
  /** Texts that the command line has to hold as well. */
  readonly holding?: readonly string[];
  readonly code?: number;
  readonly message?: string;
  /**
   * `refuse`, the usual: nothing is done. `half`: it is done, and fails all the same. `nothing`: success is reported and nothing is
   * done. `hang`: until it is killed. `vanish`: the mount is gone before it starts, and is serviced all the same: DISM has
   * been seen to service the host then.
   */
  readonly how?: "refuse" | "half" | "nothing" | "hang" | "vanish";
}

/** The Windows that the stand-in plays. */
export interface Host {
  /** What is kept beside images. */
  readonly home: string;
  language: Language;
  /** DISM's own version. */
  version: string;
  elevated: boolean;
  readonly faults: Fault[];
  /** Every command line that came, whatever it came to. */
  readonly heard: { readonly program: string; readonly argv: readonly string[] }[];
  /** Command lines that would have serviced the host itself, for want of a mount. */
  readonly astray: (readonly string[])[];
  /** Mounts that are gone without having been unmounted. */
  readonly vanished: Set<string>;
  /** Hives that reg.exe has loaded: name → file. */
  readonly hives: Map<string, string>;
  /** Names of keys that reg.exe may not write. */
  readonly brokenKeys: Set<string>;
  /** Where a path of the command line is on this machine. */
  place(path: string): string;
}

/** Windows looks at no case of letters, wherever its files are. */
const anyCase = (path: string): string => (path.startsWith("/") ? inside("/", path) : path);

export function createHost(home: string, place: (path: string) => string = anyCase): Host {
  mkdirSync(home, { recursive: true });
  return {
    home,
    language: "en",
    version: "10.0.26100.1150",
    elevated: true,
    faults: [],
    heard: [],
    astray: [],
    vanished: new Set(),
    hives: new Map(),
    brokenKeys: new Set(),
    place,
  };
}

export function mountsOf(host: Host): readonly Mount[] {
  const file = join(host.home, "mounts.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Mount[]) : [];
}

export function keepMounts(host: Host, mounts: readonly Mount[]): void {
  const file = join(host.home, "mounts.json");
  writeFileSync(`${file}.new`, JSON.stringify(mounts));
  renameSync(`${file}.new`, file);
}

export function mountAt(host: Host, mountDir: string): Mount | undefined {
  const place = host.place(mountDir);
  return mountsOf(host).find((mount) => host.place(mount.mountDir) === place);
}

/** The fault that this command line, the last that was heard, meets. */
export function faultFor(host: Host, command: CommandLine): Fault | undefined {
  return host.faults.find((fault) => {
    if (fault.verb !== command.verb) return false;
    const met = host.heard.filter(({ program, argv }) => program === "dism.exe" && isMet(fault, argv));
    return met.at(-1) === host.heard.at(-1) && [undefined, met.length].includes(fault.occurrence);
  });
}

function isMet({ verb, holding = [] }: Fault, argv: readonly string[]): boolean {
  const text = argv.join("\n");
  return (
    argv.some((word) => word.toLowerCase().split(":")[0] === `/${verb}`) &&
    holding.every((word) => text.includes(word))
  );
}

/** The mount of a folder is gone, as after a crash of its driver. */
export function vanish(host: Host, mountDir: string): void {
  const place = host.place(mountDir);
  keepMounts(
    host,
    mountsOf(host).filter((mount) => host.place(mount.mountDir) !== place),
  );
  if (existsSync(place))
    for (const name of readdirSync(place)) rmSync(join(place, name), { recursive: true, force: true });
  host.vanished.add(place);
}
