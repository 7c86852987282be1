/** A system tool that servicing runs. */
export interface Tool {
  /** As it is started. */
  readonly name: string;
  /** Ends the sentence "it is needed to …". */
  readonly why: string;
  /** Without it no line runs; the others are needed for some inputs only. */
  readonly required: boolean;
  readonly platforms?: readonly NodeJS.Platform[];
  /** Arguments that make it tell its version, where it can. */
  readonly version?: readonly string[];
  readonly packages: Readonly<Partial<Record<System, string>>>;
}

/** A family of systems by its package manager. */
export type System = "debian" | "fedora" | "macos" | "windows";

const unix: readonly NodeJS.Platform[] = ["linux", "darwin", "freebsd", "openbsd"];

/** Every tool, what for, and the package that holds it. Package names are those of the distributions' own repositories. */
export const tools: readonly Tool[] = [
  {
    name: "wimlib-imagex",
    why: "read, change and export WIM images",
    required: true,
    platforms: unix,
    version: ["--version"],
    packages: { debian: "wimtools", fedora: "wimlib-utils", macos: "wimlib" },
  },
  {
    name: "hivexsh",
    why: "change the registry hives of an image",
    required: true,
    platforms: unix,
    packages: { debian: "libhivex-bin", fedora: "hivex", macos: "hivex" },
  },
  {
    name: "cabextract",
    why: "read .cab and .msu packages",
    required: false,
    platforms: unix,
    version: ["--version"],
    packages: { debian: "cabextract", fedora: "cabextract", macos: "cabextract" },
  },
  {
    name: "msiinfo",
    why: "read .msi installers",
    required: false,
    platforms: unix,
    version: ["--version"],
    packages: { debian: "msitools", fedora: "msitools", macos: "msitools" },
  },
  {
    name: "7z",
    why: "read ISOs of Windows, and read media back",
    required: false,
    packages: { debian: "p7zip-full", fedora: "p7zip-plugins", macos: "p7zip", windows: "7zip.7zip" },
  },
  {
    name: "genisoimage",
    why: "write an ISO",
    required: false,
    platforms: ["linux"],
    version: ["--version"],
    packages: { debian: "genisoimage", fedora: "genisoimage" },
  },
  {
    name: "mformat",
    why: "make FAT volumes of disk images and USB flash drives",
    required: false,
    platforms: unix,
    version: ["--version"],
    packages: { debian: "mtools", fedora: "mtools", macos: "mtools" },
  },
  {
    name: "mcopy",
    why: "fill the FAT32 volume of a USB flash drive",
    required: false,
    platforms: unix,
    version: ["--version"],
    packages: { debian: "mtools", fedora: "mtools", macos: "mtools" },
  },
  {
    name: "sfdisk",
    why: "partition images of disks and USB flash drives",
    required: false,
    platforms: ["linux"],
    version: ["--version"],
    packages: { debian: "fdisk", fedora: "util-linux" },
  },
  {
    name: "oscdimg.exe",
    why: "write an ISO",
    required: false,
    platforms: ["win32"],
    packages: { windows: "Microsoft.WindowsADK" },
  },
  {
    name: "mkntfs",
    why: "make the volumes of disk images",
    required: false,
    platforms: ["linux"],
    packages: { debian: "ntfs-3g", fedora: "ntfsprogs" },
  },
  {
    name: "ntfsfix",
    why: "check the volumes of disk images",
    required: false,
    platforms: ["linux"],
    packages: { debian: "ntfs-3g", fedora: "ntfsprogs" },
  },
  {
    name: "ntfsinfo",
    why: "see what is free on the volumes of disk images",
    required: false,
    platforms: ["linux"],
    packages: { debian: "ntfs-3g", fedora: "ntfsprogs" },
  },
  {
    name: "qemu-img",
    why: "copy volumes into disk images, and convert and check these",
    required: false,
    platforms: ["linux"],
    version: ["--version"],
    packages: { debian: "qemu-utils", fedora: "qemu-img" },
  },
  {
    name: "qemu-system-x86_64",
    why: "run a virtual reference device",
    required: false,
    platforms: unix,
    version: ["--version"],
    packages: { debian: "qemu-system-x86 ovmf", fedora: "qemu-system-x86 edk2-ovmf", macos: "qemu" },
  },
  {
    name: "dism",
    why: "service images on Windows",
    required: true,
    platforms: ["win32"],
    packages: { windows: "Microsoft.WindowsADK" },
  },
];

export function toolsOf(platform: NodeJS.Platform): readonly Tool[] {
  return tools.filter((tool) => tool.platforms === undefined || tool.platforms.includes(platform));
}

/** One command that installs all of them, for each system that has them. */
export function installCommand(system: System, missing: readonly Tool[]): string {
  const packages = [
    ...new Set(missing.map((tool) => tool.packages[system]).filter((name) => name !== undefined)),
  ];
  if (packages.length === 0) return "";
  const managers: Readonly<Record<System, string>> = {
    debian: "sudo apt-get install",
    fedora: "sudo dnf install",
    macos: "brew install",
    windows: "winget install",
  };
  return `${managers[system]} ${packages.join(" ")}`;
}

/** How to get one tool, for every system, in one sentence: what SERVICING_TOOL_MISSING shows. */
export function installHint(name: string): { readonly why: string; readonly install: string } {
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool === undefined) return { why: "run this step", install: `put ${name} on the PATH` };
  const hints = (["debian", "fedora", "macos", "windows"] as const)
    .map((system) => installCommand(system, [tool]))
    .filter((command) => command !== "");
  return { why: tool.why, install: hints.map((hint) => `\`${hint}\``).join(" or ") };
}
