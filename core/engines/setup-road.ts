import type { Contribution, Deployment, DeviceCommand, DevicePath, SetupRoad } from "../engine.ts";
import type { ImageInfo } from "../image.ts";
import type { Operation, OperationType } from "../operation.ts";

/** Folder of everything that travels inside the image for Windows Setup. */
export const home = "\\Windows\\Setup\\Servicing";

/** The drive of the applied image in WinPE. */
export const winpeDrive = "W:";

/** A road through Windows Setup, refused for an image whose answer file could not name its architecture. */
export function road<K extends OperationType>(
  because: string,
  lower: (operation: Operation<K>, image: ImageInfo, deployment: Deployment) => Contribution,
  refuse?: (operation: Operation<K>, image: ImageInfo, deployment: Deployment) => string | undefined,
): SetupRoad<K> {
  return {
    because,
    refuse: (operation, image, deployment) =>
      image.architecture === "unknown"
        ? "an answer file must name the architecture, which the image does not say; set image.architecture in the config"
        : refuse?.(operation, image, deployment),
    lower,
  };
}

/** A host file or folder and where it travels: `\Windows\Setup\Servicing\Drivers\netkvm`. */
export function payload(folder: string, from: string, name = baseName(from)): { from: string; to: string } {
  return { from, to: `${home}\\${folder}\\${portable(name)}` };
}

export function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? "";
}

/** The folder that holds a host path, whatever its separators. */
export function parentOf(path: string): string {
  return path.replace(/[\\/]+[^\\/]*[\\/]*$/, "");
}

/** The extension in lower case, without the dot. */
export function extension(path: string): string {
  return /\.([^.\\/]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** Longer names would bring paths near the 259 characters that most of Windows takes. */
const longestName = 80;

/** Letters, digits, dots, dashes and underscores: safe in scripts, answer files and NTFS. Of a long name the end is kept. */
export function portable(name: string): string {
  const safe = name
    .replace(/[^\w.-]+/g, "_")
    .slice(-longestName)
    .replace(/^\.+|(?<!\.)\.+$/g, "");
  return safe === "" ? "file" : safe;
}

export const restartCodes = [0, 3010, 1641];

/** `/NoRestart`, since Windows Setup and not the command decides when to restart. */
export function dism(title: string, ...args: readonly (string | DevicePath)[]): DeviceCommand {
  return {
    title,
    file: "dism.exe",
    args: ["/Online", "/English", "/NoRestart", ...args],
    success: restartCodes,
  };
}
