import { createHash } from "node:crypto";
import { win32 } from "node:path";
import type { Command, Mount, Process, Target } from "../engine.ts";
import { failure } from "../error.ts";
import { pathsOf } from "../host-path.ts";
import { confirmationOf, retryOf, toleratedOf } from "./dism-safety.ts";

/** The bar that DISM redraws in place: `[=====      10.0%      ]`. One command may draw several. */
const bar = /\[[= ]*(\d{1,3}\.\d)%[= ]*\]/;

/** 3010: done, and Windows has to restart before everything is in effect. */
const success = [0, 3010] as const;

const notMounted = 0xc142_011c;

/** The reference device is installed by servicing, so its Windows is on C:. */
const systemDrive = "C:\\";

/**
 * A command of DISM's servicing grammar, `Dism {/Image:… | /Online} [globals] /Option [arguments]`.
 * Its log and scratch folder are its own, since DISM shares neither well (deployment-image-servicing-and-management--dism--best-practices).
 */
export function service(target: Target, option: string, ...args: readonly string[]): readonly Command[] {
  const where = target.kind === "online" ? "/Online" : `/Image:${mountDirOf(target)}`;
  const restart = target.kind === "online" ? ["/NoRestart"] : [];
  const mounted = target.kind === "mounted" ? { mounted: mountOf(target, "around") } : {};
  return [{ ...dism(target, [where], restart, [option, ...args]), ...mounted }];
}

/** A command of DISM's imaging grammar, `Dism [globals] /Command [arguments]`. */
export function imaging(target: Target, command: string, ...args: readonly string[]): Process {
  return { ...dism(target, [], [], [command, ...args]), ...mountBy(target, [command, ...args]) };
}

/** Lets go of a mount and of what was done in it; it may be gone already, for which DISM has an exit code. */
export function discarding(target: Target, mountDir: string): Process {
  const discard = imaging(target, "/Unmount-Image", `/MountDir:${mountDir}`, "/Discard");
  return { ...discard, success: [...success, notMounted] };
}

function mountOf({ mountDir, file, index }: Mounted, when: Mount["when"]): Mount {
  return { mountDir, file, index, when };
}

type Mounted = Extract<Target, { kind: "mounted" }>;

/** Of a command that makes, saves or ends the mount of its target. What is discarded or only read needs none. */
function mountBy(target: Target, command: readonly string[]): Pick<Process, "mounted"> {
  if (target.kind !== "mounted" || !command.includes(`/MountDir:${target.mountDir}`)) return {};
  if (command.some((argument) => argument === "/Discard" || argument === "/ReadOnly")) return {};
  const when =
    ({ "/Mount-Image": "after", "/Unmount-Image": "before" } as const)[command[0] ?? ""] ?? "around";
  return { mounted: mountOf(target, when) };
}

/** What DISM has mounted, logged where the command that asks for it is; absent: to DISM's own log. */
export function mountQuery(log?: string): Process {
  return {
    run: "dism.exe",
    args: ["/English", ...given("LogPath", log), "/Get-MountedImageInfo"],
    writes: false,
  };
}

function dism(
  target: Target,
  where: readonly string[],
  globals: readonly string[],
  command: readonly string[],
): Process {
  const own = scratchName(target, command);
  return {
    run: "dism.exe",
    args: [...where, "/English", `/LogPath:${own}.log`, `/ScratchDir:${own}`, ...globals, ...command],
    success,
    progress: bar,
    writes: true,
    folders: [own],
    ...confirmationOf(command),
    ...retryOf(command),
    ...toleratedOf(command, target),
  };
}

/** `Add-Driver-5d41402a` in the work folder: the same command always gets the same name, two different ones never do. */
export function scratchName(target: Target, command: readonly string[]): string {
  const verb = (command[0] ?? "").replace(/^\//, "").replace(/[^\w-].*$/s, "");
  return pathsOf(target.work).join(
    target.work,
    `${verb}-${digest([target.image.index, ...command].join("\0"))}`,
  );
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** `/Source:` and the like, nothing where the wish is absent. */
export function given(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`/${name}:${value}`];
}

export function flag(name: string, wanted: boolean | undefined): readonly string[] {
  return wanted === true ? [`/${name}`] : [];
}

/** The extension in lower case, with its dot. */
export function extension(path: string): string {
  return win32.extname(path).toLowerCase();
}

/** Where the image's files are while DISM has it mounted. @throws SERVICING_UNEXPECTED for any other target. */
export function mountDirOf(target: Target): string {
  if (target.kind === "mounted") return target.mountDir;
  throw failure("SERVICING_UNEXPECTED", {
    reason: `The dism engine was given a target of kind "${target.kind}" where it needs a mounted image`,
  });
}

/**
 * A path inside the image as the path of the mount folder, or of the running Windows.
 * @throws SERVICING_IMAGE_PATH for a path that could lie elsewhere ("naming-a-file": Win32 drops trailing dots
 * and blanks of a name, and a colon opens a stream of the file).
 */
export function within(target: Target, path: string): string {
  const reason = wrong(path);
  if (reason !== undefined) throw failure("SERVICING_IMAGE_PATH", { path, reason });
  const root = target.kind === "online" ? systemDrive : mountDirOf(target);
  return pathsOf(root).join(root, ...path.slice(1).split("\\"));
}

function wrong(path: string): string | undefined {
  if (!path.startsWith("\\")) return "it does not begin with a backslash";
  const names = path.slice(1).split("\\");
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f<>:"/|?*]/.test(path)) return "a name holds a character that Windows does not allow";
  if (names.some((name) => name === "")) return "a name in it is empty";
  if (names.some((name) => /[. ]$/.test(name))) return "a name ends in a dot or a blank";
  return undefined;
}
