import { createCipheriv } from "node:crypto";

const poolBytes = 16 * 1024 * 1024;

/** A small generator (mulberry32): the same seed gives the same numbers from 0 to 1 on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const noise = once(() => {
  const cipher = createCipheriv("aes-256-ctr", Buffer.alloc(32, 7), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(poolBytes));
});

/** Phrases of words, common ones more often than others, which compress about as well as programs and their texts do. */
const words = once(() => {
  const random = randomFrom(11);
  const several = (least: number, most: number, make: () => string): string =>
    Array.from({ length: least + Math.floor((most - least) * random()) }, make).join("");
  const letter = (): string => String.fromCharCode(97 + Math.floor(26 * random()));
  const known = Array.from({ length: 2048 }, () => `${several(3, 12, letter)} `);
  const word = (): string => known[Math.floor(known.length * random() ** 3)] ?? "";
  const phrases = Array.from({ length: 512 }, () => several(3, 16, word));
  const text = Buffer.alloc(poolBytes);
  for (let at = 0; at < poolBytes;)
    at += text.write(
      random() < 0.15 ? word() : (phrases[Math.floor(phrases.length * random() ** 2)] ?? ""),
      at,
      "latin1",
    );
  return text;
});

/**
 * A file's bytes. `incompressible` is the part of it, from 0 to 1, that no compression makes smaller.
 * Files of different seeds have different bytes, so that none is stored once for several.
 */
export function fileContent(seed: number, bytes: number, incompressible: number): Buffer {
  const content = Buffer.allocUnsafe(bytes);
  const random = randomFrom(seed);
  const noisy = Math.round(bytes * incompressible);
  fill(content.subarray(0, noisy), noise(), random());
  fill(content.subarray(noisy), words(), random());
  content.write(`${seed.toString(36)}.`.slice(0, bytes), "latin1");
  return content;
}

/** Sizes as files have them, many small and few large, that add up to about `total` bytes. */
export function fileSizes(count: number, total: number, seed: number): readonly number[] {
  const random = randomFrom(seed);
  const weights = Array.from({ length: count }, () => Math.exp(4 * random()));
  const sum = weights.reduce((all, each) => all + each, 0);
  return weights.map((weight) => Math.max(16, Math.round((weight / sum) * total)));
}

function fill(to: Buffer, from: Buffer, where: number): void {
  let source = Math.floor(where * (from.length - 1));
  for (let at = 0; at < to.length; source = 0) at += from.copy(to, at, source);
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
