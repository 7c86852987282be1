export interface ArchiveFile {
  /** Without a leading slash. Its folder has to come before it. */
  readonly path: string;
  /** Permissions; a folder where there is no content. */
  readonly mode: number;
  readonly content?: Uint8Array;
}

const folder = 0o040000;
const file = 0o100000;
const last: ArchiveFile = { path: "TRAILER!!!", mode: 0, content: Buffer.alloc(0) };

/** An archive in cpio's "newc" format, which the Linux kernel unpacks as its first file system (kernel documentation, "initramfs buffer format"). */
export function cpioArchive(files: readonly ArchiveFile[]): Buffer {
  return Buffer.concat(
    [...files, last].flatMap(({ path, mode, content }, index) => {
      const name = Buffer.from(`${path}\0`);
      const type = content === undefined ? folder : file;
      const size = content?.length ?? 0;
      const fields = [index + 1, type | mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
      const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
      return [
        Buffer.from(header),
        name,
        padding(header.length + name.length),
        content ?? "",
        padding(size),
      ].map((part) => Buffer.from(part));
    }),
  );
}

function padding(length: number): Buffer {
  return Buffer.alloc(-length & 3);
}
