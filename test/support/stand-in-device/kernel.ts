import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { zstdDecompressSync } from "node:zlib";

/** Where `.ci/setup.js` unpacks the distribution's kernel and BusyBox, neither of which is installed. */
const folder = join(resolve(import.meta.dirname, "../../.."), "node_modules/.cache/stand-in-device");

export interface Kernel {
  /** What QEMU starts. */
  readonly image: string;
  readonly busybox: string;
  /** Modules by the order in which the kernel takes them. */
  readonly modules: readonly { readonly name: string; readonly content: Uint8Array }[];
}

/** For disks by virtio, AHCI and NVMe, the host's files, and NTFS by ntfs-3g. */
const wanted = ["virtio_pci", "virtio_blk", "ahci", "sd_mod", "nvme", "crc32c_generic"].concat([
  "9pnet_virtio",
  "9p",
  "fuse",
  "overlay",
]);

/** `undefined` where it could not be had. */
export function findKernel(): Kernel | undefined {
  const [image] = globSync(join(folder, "boot/vmlinuz-*"));
  const busybox = ["bin/busybox", "usr/bin/busybox"].map((path) => join(folder, path)).find(existsSync);
  if (image === undefined || busybox === undefined) return undefined;
  const files = new Map(
    globSync(join(folder, "{,usr/}lib/modules/*/kernel/**/*.ko{,.zst}")).map((file) => [
      moduleName(file),
      file,
    ]),
  );
  const modules = new Map<string, Uint8Array>();
  const add = (name: string): void => {
    const file = files.get(name);
    // What the kernel itself holds is no file.
    if (file === undefined || modules.has(name)) return;
    const bytes = readFileSync(file);
    const content = file.endsWith(".zst") ? zstdDecompressSync(bytes) : bytes;
    for (const needed of dependencies(content)) add(needed);
    modules.set(name, content);
  };
  for (const name of wanted) add(name);
  return { image, busybox, modules: [...modules].map(([name, content]) => ({ name, content })) };
}

function moduleName(file: string): string {
  return basename(file)
    .replace(/\.ko(?:\.zst)?$/, "")
    .replaceAll("-", "_");
}

/** What a module says in its section `.modinfo`. */
function dependencies(content: Buffer): readonly string[] {
  const key = "\0depends=";
  const at = content.indexOf(key, 0, "latin1");
  if (at < 0) return [];
  const start = at + key.length;
  return content
    .toString("latin1", start, content.indexOf(0, start))
    .split(",")
    .filter((name) => name !== "")
    .map((name) => name.replaceAll("-", "_"));
}
