import { crc32, deflateSync } from "node:zlib";

type Colour = readonly [red: number, green: number, blue: number];

/** A bitmap of 24 bits that grows darker from top to bottom. */
export function bitmap(width: number, height: number, [red, green, blue]: Colour): Uint8Array {
  const row = Math.ceil((3 * width) / 4) * 4;
  const made = Buffer.alloc(54 + row * height);
  made.write("BM", 0, "latin1");
  made.writeUInt32LE(made.length, 2);
  made.writeUInt32LE(54, 10);
  made.writeUInt32LE(40, 14);
  made.writeInt32LE(width, 18);
  made.writeInt32LE(height, 22);
  made.writeUInt16LE(1, 26);
  made.writeUInt16LE(24, 28);
  made.writeUInt32LE(row * height, 34);
  for (let y = 0; y < height; y += 1) {
    const light = 0.4 + (0.6 * y) / height;
    const pixel = Buffer.from([blue * light, green * light, red * light]);
    const at = 54 + y * row;
    made.fill(pixel, at, at + 3 * width);
  }
  return made;
}

/** A picture of one colour. */
export function png(width: number, height: number, colour: Colour): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  header.writeUInt8(2, 9);
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(3 * width, Buffer.from(colour))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", pixels),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const made = Buffer.alloc(8 + body.length);
  made.writeUInt32BE(data.length, 0);
  body.copy(made, 4);
  made.writeUInt32BE(crc32(body), 4 + body.length);
  return made;
}
