import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { CommandLine } from "./grammar.ts";
import { type Host, keepMounts, type Mount, mountAt, mountsOf } from "./host.ts";
import { hasState, initialState, keepState, readState } from "./image-state.ts";
import { inside } from "./inside.ts";
import type { Output } from "./output.ts";
import { Refusal } from "./refusal.ts";
import { imagesOf, stampsOf, type WimImage, wimlib, writeBack } from "./wim.ts";

export type Handler = (command: CommandLine, host: Host, out: Output) => Promise<void> | void;

/** The imaging commands, done by wimlib: a mount is a folder that an image was applied into. */
export const imaging: Readonly<Record<string, Handler>> = {
  async "get-imageinfo"(command, host, out) {
    const file = existing(command.of("imagefile"), host);
    const images = await imagesOf(file);
    out.print(`${out.label("Details for image")} : ${command.of("imagefile")}\n\n`);
    if (!command.has("index") && !command.has("name")) {
      for (const image of images) out.record(briefOf(image));
      return;
    }
    const image = chosen(images, command, "index", "name");
    out.record(detailOf(image));
  },
  async "list-image"(command, host, out) {
    const file = existing(command.of("imagefile"), host);
    const { index } = chosen(await imagesOf(file), command, "index", "name");
    out.print((await wimlib(["dir", file, String(index)])).replaceAll("/", "\\"));
  },
  "get-mountedimageinfo"(command, host, out) {
    const mounts = mountsOf(host);
    out.print(mounts.length === 0 ? "No mounted images found.\n\n" : `${out.label("Mounted images")}:\n\n`);
    out.records(
      mounts.map((mount) => ({
        "Mount Dir": mount.mountDir,
        "Image File": mount.file,
        "Image Index": String(mount.index),
        "Mounted Read/Write": mount.readWrite ? "Yes" : "No",
        Status: mount.status,
      })),
      command.table,
    );
  },
  async "mount-image"(command, host, out) {
    const mountDir = command.of("mountdir");
    const folder = host.place(mountDir);
    const file = existing(command.of("imagefile"), host);
    if (!existsSync(folder)) throw new Refusal(3, "The system cannot find the path specified.");
    if (readdirSync(folder).length > 0)
      throw new Refusal(0xc1420114, "The directory specified for mounting is not empty.");
    if (/\.swm$/i.test(file)) throw new Refusal(50, "A split image cannot be mounted.");
    if (/\.esd$/i.test(file))
      throw new Refusal(11, "An attempt was made to load a program with an incorrect format.");
    const image = chosen(await imagesOf(file), command, "index", "name");
    const readWrite = !command.has("readonly");
    const busy = mountsOf(host).some(
      (mount) => mount.readWrite && host.place(mount.file) === file && mount.index === image.index,
    );
    if (busy && readWrite)
      throw new Refusal(
        0xc1420127,
        "The specified image in the specified wim is already mounted for read and write access.",
      );
    if (readWrite && !writable(file))
      throw new Refusal(0xc1510111, "You do not have permissions to mount and modify this image.");
    out.bar("Mounting image");
    await wimlib(["apply", file, String(image.index), folder, "--no-acls", "--no-attributes"]);
    const files = stampsOf(folder);
    if (existsSync(inside(folder, "Windows")) && !hasState(folder)) keepState(folder, initialState(image));
    host.vanished.delete(folder);
    keepMounts(host, [
      ...mountsOf(host),
      { mountDir, file: command.of("imagefile"), index: image.index, readWrite, status: "Ok", files },
    ]);
  },
  async "commit-image"(command, host, out) {
    const mount = mountedAt(command.of("mountdir"), host);
    await save(mount, command, host, out);
    keepMounts(
      host,
      mountsOf(host).map((each) =>
        each.mountDir === mount.mountDir ? { ...each, files: stampsOf(host.place(each.mountDir)) } : each,
      ),
    );
  },
  async "unmount-image"(command, host, out) {
    const mount = mountedAt(command.of("mountdir"), host);
    const folder = host.place(mount.mountDir);
    const holds = [...host.hives.values(), ...mountsOf(host).map((each) => host.place(each.file))].some(
      (file) => file.startsWith(`${folder}${sep}`),
    );
    if (command.has("commit")) await save(mount, command, host, out);
    if (holds)
      throw new Refusal(
        0xc1420117,
        "The directory could not be completely unmounted. This is usually due to applications that still have files opened within the mount directory. Close these files and unmount again to complete the unmount process.",
      );
    out.bar("Unmounting image");
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
    keepMounts(
      host,
      mountsOf(host).filter((each) => each.mountDir !== mount.mountDir),
    );
  },
  "remount-image"(command, host) {
    const mount = mountAt(host, command.of("mountdir"));
    if (mount === undefined || mount.status === "Invalid") throw notMounted();
    keepMounts(
      host,
      mountsOf(host).map((each) => (each.mountDir === mount.mountDir ? { ...each, status: "Ok" } : each)),
    );
  },
  "cleanup-mountpoints"(_, host, out) {
    out.bar("Scanning for stale files and folders");
    keepMounts(
      host,
      mountsOf(host).filter((mount) => mount.status !== "Invalid" && existsSync(host.place(mount.mountDir))),
    );
  },
  async "apply-image"(command, host, out) {
    const file = existing(command.of("imagefile"), host);
    const folder = host.place(command.of("applydir"));
    if (!existsSync(folder)) throw new Refusal(3, "The system cannot find the path specified.");
    const references = parts(command, host);
    const { index } = chosen(await imagesOf(file), command, "index", "name");
    out.bar("Applying image");
    if (command.has("configfile")) return applyListed(file, index, folder, command.of("configfile"), host);
    await wimlib(["apply", file, String(index), folder, "--no-acls", "--no-attributes", ...references]);
  },
  async "capture-image"(command, host, out) {
    const to = host.place(command.of("imagefile"));
    if (existsSync(to)) throw new Refusal(80, "The file exists.");
    await capture("capture", command, host, out, [
      `--compress=${compressions[command.of("compress")] ?? "XPRESS"}`,
    ]);
  },
  async "append-image"(command, host, out) {
    existing(command.of("imagefile"), host);
    await capture("append", command, host, out, []);
  },
  async "export-image"(command, host, out) {
    const file = existing(command.of("sourceimagefile"), host);
    const to = host.place(command.of("destinationimagefile"));
    const references = parts(command, host);
    const image = command.has("all")
      ? undefined
      : chosen(await imagesOf(file), command, "sourceindex", "sourcename");
    if (existsSync(to) && command.has("compress") && !command.has("all")) {
      const there = await wimlib(["info", to]);
      const wanted = compressions[command.of("compress")] ?? "";
      if (!there.toLowerCase().includes(`compression:    ${wanted}`.toLowerCase()))
        throw new Refusal(87, "The compression type must be that of the destination file.");
    }
    out.bar("Exporting image");
    const compress = compressions[command.of("compress")];
    await wimlib([
      "export",
      file,
      image === undefined ? "all" : String(image.index),
      to,
      ...(command.has("destinationname") ? [command.of("destinationname")] : []),
      ...(compress === undefined || existsSync(to) ? [] : [`--compress=${compress}`]),
      ...(compress === "LZMS" ? ["--solid"] : []),
      ...(command.has("bootable") ? ["--boot"] : []),
      ...(command.has("checkintegrity") ? ["--check"] : []),
      ...references,
    ]);
  },
  async "split-image"(command, host, out) {
    const file = existing(command.of("imagefile"), host);
    out.bar("Splitting image");
    await wimlib(["split", file, host.place(command.of("swmfile")), command.of("filesize")]);
  },
  async "delete-image"(command, host, out) {
    const file = existing(command.of("imagefile"), host);
    const { index } = chosen(await imagesOf(file), command, "index", "name");
    out.bar("Deleting image");
    // As DISM does: what the image alone had stays in the file until it is exported.
    await wimlib(["delete", file, String(index), "--soft"]);
  },
  "optimize-image": (_, __, out) => out.bar("Optimizing image"),
};

const compressions: Readonly<Record<string, string>> = {
  max: "LZX",
  fast: "XPRESS",
  none: "none",
  recovery: "LZMS",
};

async function capture(
  verb: "capture" | "append",
  command: CommandLine,
  host: Host,
  out: Output,
  more: readonly string[],
): Promise<void> {
  const from = host.place(command.of("capturedir"));
  if (!existsSync(from)) throw new Refusal(3, "The system cannot find the path specified.");
  if (readdirSync(from).length === 0) throw new Refusal(2, "The source directory is empty.");
  const to = host.place(command.of("imagefile"));
  out.bar("Saving image");
  await wimlib([
    verb,
    from,
    to,
    command.of("name"),
    command.of("description"),
    "--no-acls",
    ...more,
    ...(command.has("bootable") ? ["--boot"] : []),
    ...(command.has("checkintegrity") ? ["--check"] : []),
  ]);
}

/** What an exclusion list leaves of the root of an image ("dism-configuration-list-and-wimscriptini-files-winnext"). */
async function applyListed(
  file: string,
  index: number,
  folder: string,
  list: string,
  host: Host,
): Promise<void> {
  const sections = readFileSync(existing(list, host), "utf8").split(/^\[(\w+)\]\r?\n/m);
  const patterns = (section: string): readonly RegExp[] =>
    (sections[sections.indexOf(section) + 1] ?? "")
      .split(/\r?\n/)
      .filter((line) => line !== "")
      .map(
        (line) => new RegExp(`^${line.replaceAll(/[.+^$(){}|\\[\]]/g, "\\$&").replaceAll("*", ".*")}$`, "i"),
      );
  const [excluded, excepted] = [patterns("ExclusionList"), patterns("ExclusionException")];
  const listed = (await wimlib(["dir", file, String(index)])).split("\n");
  const kept = listed.filter((path) => {
    const name = path.replaceAll("/", "\\");
    const matches = (pattern: RegExp): boolean => pattern.test(name);
    return /^\/[^/]+$/.test(path) && (!excluded.some(matches) || excepted.some(matches));
  });
  if (kept.length > 0)
    await wimlib([
      "extract",
      file,
      String(index),
      ...kept,
      `--dest-dir=${folder}`,
      "--no-acls",
      "--no-attributes",
    ]);
}

async function save(mount: Mount, command: CommandLine, host: Host, out: Output): Promise<void> {
  if (mount.status !== "Ok") throw notMounted();
  if (!mount.readWrite) throw new Refusal(5, "Access is denied.");
  out.bar("Saving image");
  const folder = host.place(mount.mountDir);
  const file = host.place(mount.file);
  if (command.has("append")) {
    const { name } = (await imagesOf(file))[mount.index - 1] as WimImage;
    await wimlib(["append", folder, file, `${name} 2`, "--no-acls"]);
    return;
  }
  await writeBack(file, mount.index, folder, mount.files);
  if (!hasState(folder)) return;
  const [major = "", minor = "", build = "", revision = ""] = readState(folder).version.split(".");
  if ((await imagesOf(file))[mount.index - 1]?.text("BUILD") === "") return;
  const values = { MAJOR: major, MINOR: minor, BUILD: build, SPBUILD: revision };
  const properties = Object.entries(values).map(
    ([name, value]) => `--image-property=WINDOWS/VERSION/${name}=${value}`,
  );
  await wimlib(["info", file, String(mount.index), ...properties]);
}

function chosen(
  images: readonly WimImage[],
  command: CommandLine,
  byIndex: string,
  byName: string,
): WimImage {
  const found = command.has(byIndex)
    ? images[Number(command.of(byIndex)) - 1]
    : images.find(({ name }) => name === command.of(byName));
  if (found !== undefined) return found;
  throw new Refusal(87, "The image index or the image name is not in the file.");
}

function existing(path: string, host: Host): string {
  const file = host.place(path);
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new Refusal(2, "The system cannot find the file specified.");
}

function mountedAt(mountDir: string, host: Host): Mount {
  const mount = mountAt(host, mountDir);
  if (mount === undefined) throw notMounted();
  return mount;
}

function notMounted(): Refusal {
  return new Refusal(0xc142011c, "The specified directory is not a mount point, or its mount is invalid.");
}

function writable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    // Root may write whatever the mode says; the mode is what stands for the attribute of Windows.
    return (statSync(file).mode & 0o222) !== 0;
  } catch {
    return false;
  }
}

/** `install*.swm`: every part beside the first. */
function parts(command: CommandLine, host: Host): readonly string[] {
  if (!command.has("swmfile")) return [];
  const pattern = host.place(command.of("swmfile"));
  const folder = dirname(pattern);
  const [before = "", after = ""] = basename(pattern).split("*");
  const found = readdirSync(folder).filter((name) => name.startsWith(before) && name.endsWith(after));
  return found.map((name) => `--ref=${join(folder, name)}`);
}

function briefOf(image: WimImage): Readonly<Record<string, string>> {
  return {
    Index: String(image.index),
    Name: or(image.name),
    Description: or(image.description),
    Size: `${image.bytes.toLocaleString("en-US")} bytes`,
  };
}

const shown: Readonly<Record<string, string>> = { 0: "x86", 5: "arm", 9: "x64", 12: "arm64" };

const or = (text: string): string => text || "<undefined>";

function detailOf(image: WimImage): Readonly<Record<string, string>> {
  const version = ["MAJOR", "MINOR", "BUILD"].map((part) => image.text(part)).join(".");
  return {
    ...briefOf(image),
    "WIM Bootable": "No",
    Architecture: or(shown[image.text("ARCH")] ?? ""),
    Hal: or(image.text("HAL")),
    Version: version === ".." ? "<undefined>" : version,
    "ServicePack Build": or(image.text("SPBUILD")),
    "ServicePack Level": or(image.text("SPLEVEL")),
    Edition: or(image.text("EDITIONID")),
    Installation: or(image.text("INSTALLATIONTYPE")),
    ProductType: or(image.text("PRODUCTTYPE")),
    ProductSuite: or(image.text("PRODUCTSUITE")),
    "System Root": or(image.text("SYSTEMROOT")),
    Directories: image.text("DIRCOUNT"),
    Files: image.text("FILECOUNT"),
    Created: "10/1/2024 - 12:00:00 PM",
    Modified: "10/1/2024 - 12:00:00 PM",
    Languages: image.languages
      .map((language) => `\n\t${language}${language === image.text("DEFAULT") ? " (Default)" : ""}`)
      .join(""),
  };
}
