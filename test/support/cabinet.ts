/** A cabinet of files that are stored, whatever their names: what a packer would refuse to write ("microsoft-cabinet-format"). */
export function storedCabinet(
  files: readonly { readonly name: string; readonly data?: Uint8Array; readonly bytes?: number }[],
): Buffer {
  let at = 0;
  const entries = files.map(({ name, data = Buffer.alloc(0), bytes = data.length }) => {
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(bytes, 0);
    entry.writeUInt32LE(at, 4);
    at += data.length;
    entry.writeUInt16LE(0x80, 14);
    return Buffer.concat([entry, Buffer.from(`${name}\0`)]);
  });
  const content = Buffer.concat(files.map(({ data = Buffer.alloc(0) }) => data));
  const blocks: Buffer[] = [];
  for (let from = 0; from < content.length; from += 32_768) {
    const data = content.subarray(from, from + 32_768);
    const head = Buffer.alloc(8);
    head.writeUInt16LE(data.length, 4);
    head.writeUInt16LE(data.length, 6);
    blocks.push(head, data);
  }
  const directory = Buffer.concat(entries);
  const header = Buffer.alloc(36 + 8);
  header.write("MSCF", 0, "latin1");
  header.writeUInt32LE(36 + 8, 16);
  header.writeUInt16LE(0x0103, 24);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(files.length, 28);
  header.writeUInt32LE(header.length + directory.length, 36);
  header.writeUInt16LE(blocks.length / 2, 40);
  const cabinet = Buffer.concat([header, directory, ...blocks]);
  cabinet.writeUInt32LE(cabinet.length, 8);
  return cabinet;
}
