import { type Random, randomOf } from "./random.ts";
import type { Target } from "./target.ts";

/** Longest input that mutations grow to; repetition alone goes further. */
const largest = 64 * 1024;
/** One input of so many repeats a piece until it is long: what takes the square of the length then takes seconds. */
const rareRepeat = 1000;
const repeatedBytes = 128 * 1024;

const boundaries: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  4n,
  7n,
  8n,
  16n,
  31n,
  32n,
  100n,
  127n,
  128n,
  255n,
  256n,
  4095n,
  4096n,
  32_767n,
  32_768n,
  65_535n,
  65_536n,
  0x7fff_fffen,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_fff8n,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const marks: readonly number[] = [
  0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x2f, 0x3c, 0x5c, 0x7f, 0x80, 0xc0, 0xfe, 0xff,
];

/** The input of a target that belongs to a seed and a number; the same every time, as long as the seeds are the same. */
export function inputOf(target: Target, seeds: readonly Uint8Array[], seed: string, number: number): Buffer {
  const random = randomOf(`${seed}/${target.name}/${number}`);
  let input: Buffer = Buffer.from(random.pick(seeds));
  if (random.chance(rareRepeat)) return repeated(input, target, random);
  // Mostly a few changes: after many, a reader sees only that it is no file of its kind.
  for (let left = 1 + random.below(random.chance(4) ? 24 : 4); left > 0; left -= 1)
    input = random.pick(mutations)(input, random, target, seeds);
  if (input.length > largest) input = input.subarray(0, largest);
  if (target.mend !== undefined && !random.chance(8)) target.mend(input);
  return input;
}

type Mutation = (input: Buffer, random: Random, target: Target, seeds: readonly Uint8Array[]) => Buffer;

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  setNumber,
  setNumber,
  addToNumber,
  insert,
  remove,
  duplicate,
  truncate,
  splice,
  token,
  token,
  copyNumber,
];

function flipBit(input: Buffer, random: Random): Buffer {
  if (input.length > 0) input[random.below(input.length)]! ^= 1 << random.below(8);
  return input;
}

function setByte(input: Buffer, random: Random): Buffer {
  if (input.length > 0)
    input[random.below(input.length)] = random.chance(2) ? random.pick(marks) : random.below(256);
  return input;
}

/** At places where numbers may lie, one of 2, 4 or 8 bytes at the edge of something. */
function setNumber(input: Buffer, random: Random): Buffer {
  const value = random.chance(3) ? BigInt(random.below(input.length + 1)) : random.pick(boundaries);
  return withNumber(input, random, () => value);
}

function addToNumber(input: Buffer, random: Random): Buffer {
  return withNumber(input, random, (old) => old + BigInt(random.below(33) - 16));
}

/** Offsets, counts and lengths of another place of the same file are the most credible ones. */
function copyNumber(input: Buffer, random: Random): Buffer {
  if (input.length < 4) return input;
  const from = input.readUInt32LE(random.below(input.length - 3) & ~1);
  return withNumber(input, random, () => BigInt(from));
}

function withNumber(input: Buffer, random: Random, change: (old: bigint) => bigint): Buffer {
  const width = random.pick([2, 4, 4, 8] as const);
  if (input.length < width) return input;
  const anywhere = random.below(input.length - width + 1);
  const at = random.chance(4) ? anywhere : anywhere & ~1;
  const bytes = Buffer.alloc(8);
  input.copy(bytes, 0, at, at + width);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, change(bytes.readBigUInt64LE())));
  bytes.copy(input, at, 0, width);
  return input;
}

function insert(input: Buffer, random: Random): Buffer {
  const at = random.below(input.length + 1);
  const bytes = Buffer.alloc(
    1 + random.below(random.chance(4) ? 512 : 8),
    random.chance(2) ? random.pick(marks) : 0,
  );
  if (random.chance(2)) for (let each = 0; each < bytes.length; each += 1) bytes[each] = random.below(256);
  return Buffer.concat([input.subarray(0, at), bytes, input.subarray(at)]);
}

function remove(input: Buffer, random: Random): Buffer {
  const [from, to] = range(input, random);
  return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
}

function duplicate(input: Buffer, random: Random): Buffer {
  const [from, to] = range(input, random);
  const piece = input.subarray(from, to);
  const copies = 1 + random.below(random.chance(4) ? 64 : 2);
  const times = Math.min(copies, Math.ceil(largest / Math.max(1, piece.length)));
  return Buffer.concat([
    input.subarray(0, to),
    ...Array.from({ length: times }, () => piece),
    input.subarray(to),
  ]);
}

function truncate(input: Buffer, random: Random): Buffer {
  return random.chance(4) ? input.subarray(0, random.below(input.length + 1)) : input;
}

/** The beginning of one seed and the end of another. */
function splice(input: Buffer, random: Random, _target: Target, seeds: readonly Uint8Array[]): Buffer {
  const other = random.pick(seeds);
  return Buffer.concat([
    input.subarray(0, random.below(input.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);
}

/** A word of the format, over what is there or between it, in one or two bytes a character. */
function token(input: Buffer, random: Random, target: Target): Buffer {
  const word = wordOf(target, random);
  if (word === undefined) return setByte(input, random);
  const at = random.below(input.length + 1);
  const end = random.chance(2) ? at : Math.min(input.length, at + word.length);
  return Buffer.concat([input.subarray(0, at), word, input.subarray(end)]);
}

/** A short piece of the input, or words of the format, again and again. */
function repeated(input: Buffer, target: Target, random: Random): Buffer {
  const [from, to] = range(input, random, 64);
  const words = [wordOf(target, random), random.chance(2) ? wordOf(target, random) : undefined];
  const given = words.filter((word) => word !== undefined);
  const piece = given.length > 0 && random.chance(2) ? Buffer.concat(given) : input.subarray(from, to);
  const at = random.below(input.length + 1);
  const middle = Buffer.alloc(
    random.chance(2) ? repeatedBytes : random.below(repeatedBytes),
    piece.length > 0 ? piece : 0,
  );
  return Buffer.concat([input.subarray(0, at), middle, input.subarray(at)]);
}

function wordOf({ tokens = [] }: Target, random: Random): Buffer | undefined {
  if (tokens.length === 0) return undefined;
  const word = random.pick(tokens);
  return typeof word === "string"
    ? Buffer.from(word, random.chance(4) ? "utf16le" : "utf8")
    : Buffer.from(word);
}

function range(input: Buffer, random: Random, longest = input.length): readonly [number, number] {
  const from = random.below(input.length + 1);
  const most = Math.min(input.length - from, random.chance(2) ? 16 : longest);
  return [from, from + random.below(most + 1)];
}
