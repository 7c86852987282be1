/** A file or folder of installation media. */
export interface MediaEntry {
  /** From the root, `/` between, as it is spelled there. */
  readonly path: string;
  readonly folder: boolean;
  readonly bytes: number;
}

/** More than Microsoft's media have by a factor of fifty: what claims more is not copied. */
const mostEntries = 100_000;

/** The largest file of FAT32. */
export const fat32FileBytes = 0xffff_ffff;

/** Part size in MiB of a split image ("install-windows-from-a-usb-flash-drive"). */
export const partMebibytes = 3800;

/** What genisoimage calls the El Torito catalogue, which is no file of the media. */
export const bootCatalogue = "boot/boot.cat";

/**
 * The listing of `7z l`. @throws RangeError where it is none, or not all of it: of a longer one only the end is kept.
 */
export function readListing(text: string): readonly MediaEntry[] {
  const lines = text.split(/\r?\n/);
  const rules = lines.flatMap((line, at) => (/^-{19} -{5} -{12} -{12}  -+$/.test(line) ? [at] : []));
  const [top, bottom] = [rules[0], rules.at(-1)];
  if (top === undefined || bottom === undefined || top === bottom)
    throw new RangeError("its list of files is too long, or none");
  return lines.slice(top + 1, bottom).map((line) => {
    const [, attributes = "", bytes = "", path = ""] =
      /^.{20}([A-Z.]{5}) +(\d*)(?: +\d*)?  (\S.*)$/.exec(line) ?? [];
    if (path === "") throw new RangeError(`its list of files has a line that is none: ${line}`);
    return { path: path.replaceAll("\\", "/"), folder: attributes.startsWith("D"), bytes: Number(bytes) };
  });
}

/** Why a list of files cannot be copied anywhere: it would leave its folder, or lose files where names have no case. */
export function listFault(entries: readonly MediaEntry[]): string | undefined {
  if (entries.length > mostEntries) return `it has ${entries.length} files, more than any media`;
  const names = new Map<string, string>();
  for (const { path } of entries) {
    const parts = path.split("/");
    if (parts.some((part) => part === "" || part === "." || part === ".."))
      return `${path} leads out of the media`;
    // oxlint-disable-next-line no-control-regex -- control characters are what Windows forbids
    if (/[\u0000-\u001f<>:"|?*\\]/.test(path) || parts.some((part) => /[. ]$/.test(part)))
      return `${path} is no name on Windows`;
    const same = names.get(path.toLowerCase());
    if (same !== undefined) return `${same} and ${path} are one name on Windows`;
    names.set(path.toLowerCase(), path);
  }
  // A link of a disc is listed as a file, and what seems to lie in it would be written where it leads.
  const files = new Map(
    entries.filter(({ folder }) => !folder).map(({ path }) => [path.toLowerCase(), path]),
  );
  for (const { path } of entries)
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const file = files.get(path.slice(0, end).toLowerCase());
      if (file !== undefined) return `${file} is a file, and ${path} lies in it`;
    }
  return undefined;
}

/** What makes a folder media of Windows, and is not here; nothing where all is. */
export function mediaFault(entries: readonly MediaEntry[]): string | undefined {
  const fault = listFault(entries);
  if (fault !== undefined) return fault;
  const missing = [
    ["sources/boot.wim", fileIn(entries, "sources/boot.wim") !== undefined],
    ["bootmgr or bootmgr.efi", ["bootmgr", "bootmgr.efi"].some((name) => fileIn(entries, name))],
    ["efi/boot/boot….efi", architecturesOf(entries).length > 0],
  ].flatMap(([name, there]) => (there === true ? [] : [name]));
  return missing.length === 0 ? undefined : `it has no ${missing.join(", no ")}`;
}

/** A file by its path, in whatever case it is spelled. */
export function fileIn(entries: readonly MediaEntry[], path: string): MediaEntry | undefined {
  return entries.find((entry) => !entry.folder && entry.path.toLowerCase() === path.toLowerCase());
}

const loaders: Readonly<Record<string, "amd64" | "arm64" | "x86" | "arm">> = {
  "bootx64.efi": "amd64",
  "bootaa64.efi": "arm64",
  "bootia32.efi": "x86",
  "bootarm.efi": "arm",
};

/** For which architectures the firmware finds a loader ("UEFI Specification", removable media boot behaviour). */
export function architecturesOf(entries: readonly MediaEntry[]): readonly string[] {
  return Object.entries(loaders).flatMap(([name, architecture]) =>
    fileIn(entries, `efi/boot/${name}`) === undefined ? [] : [architecture],
  );
}

/** The image of Windows on media, in every form that Setup reads. */
export function isInstallImage(path: string): boolean {
  return /^sources\/install\d*\.(?:wim|esd|swm)$/i.test(path);
}

/** Why a volume cannot be called so: 32 characters of a UDF and ISO 9660 volume, 11 of FAT. */
export function labelFault(label: string, kind: "iso" | "fat32"): string | undefined {
  const most = kind === "iso" ? 32 : 11;
  if (label.length === 0 || label.length > most) return `a label has 1 to ${most} characters`;
  return /^[A-Z0-9_](?:[A-Z0-9_ -]*[A-Z0-9_-])?$/.test(label)
    ? undefined
    : "a label is of capital letters, digits, _ and -, with spaces only between them";
}

/** genisoimage writes the names of a UDF volume byte by byte, so that others come out wrong. */
export function isoNameFault(path: string): string | undefined {
  return /^[\u0020-\u007e]*$/.test(path)
    ? undefined
    : `${path} has characters that genisoimage writes wrongly`;
}

/** Digest of contents and names, and counts, of a check by 7z: the same for a folder, an ISO and a disk. */
export function readTally(text: string): string | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: +(\\S+)\\s*$`, "m").exec(text)?.[1];
  const [files, bytes, digest] = ["Files", "Size", "SHA256 for data and names"].map(field);
  return digest === undefined ? undefined : [files ?? "1", bytes ?? "?", digest].join(" ");
}

/** Between files that were to be there and those that are; folders follow from them. */
export function differences(wanted: readonly MediaEntry[], found: readonly MediaEntry[]): readonly string[] {
  const [before, after] = [filesOf(wanted), filesOf(found)];
  return [
    ...[...before].flatMap(([key, { path, bytes }]) => {
      const there = after.get(key);
      if (there === undefined) return [`${path} is missing`];
      return there.bytes === bytes ? [] : [`${path} has ${there.bytes} bytes, not ${bytes}`];
    }),
    ...[...after].flatMap(([key, { path }]) => (before.has(key) ? [] : [`${path} is too many`])),
  ];
}

function filesOf(entries: readonly MediaEntry[]): ReadonlyMap<string, MediaEntry> {
  return new Map(entries.filter(({ folder }) => !folder).map((entry) => [entry.path.toLowerCase(), entry]));
}

/** As many as a person reads. */
export function first(problems: readonly string[]): readonly string[] {
  const shown = problems.slice(0, 20);
  return shown.length === problems.length ? shown : [...shown, `and ${problems.length - shown.length} more`];
}
