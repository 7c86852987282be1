/** What an ISO has that boots in two ways: sector 17 names sector 20, which has a first entry and a section. */
export function bootDisc(change: (catalogue: Buffer) => void = () => undefined): Buffer {
  const bytes = Buffer.alloc(24 * 2048);
  bytes.write("\u0000CD001\u0001EL TORITO SPECIFICATION", 17 * 2048, "latin1");
  bytes.writeUInt32LE(20, 17 * 2048 + 0x47);
  const catalogue = bytes.subarray(20 * 2048, 21 * 2048);
  catalogue[0] = 1;
  catalogue.writeUInt16LE(0xaa55, 30);
  catalogue.writeUInt16LE(0x10000 - 0xaa55 - 1, 28);
  catalogue[32] = 0x88;
  catalogue.writeUInt16LE(8, 38);
  catalogue.writeUInt32LE(21, 40);
  catalogue.set([0x91, 0xef, 1, 0], 64);
  catalogue[96] = 0x88;
  catalogue.writeUInt16LE(2880, 102);
  catalogue.writeUInt32LE(22, 104);
  change(catalogue);
  return bytes;
}
