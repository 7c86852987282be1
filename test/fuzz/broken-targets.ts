import type { Target } from "./target.ts";

const seeds = (): readonly Uint8Array[] => [Buffer.from("0123456789abcdef")];
const kept: unknown[] = [];

function nested(inner: unknown): unknown {
  return [nested([inner])];
}

function broken(name: string, read: Target["read"]): Target {
  return { name, seeds, read };
}

/** Readers with the faults that the harness is there to catch. */
export const targets: readonly Target[] = [
  broken("sound", (input) => input.toString()),
  broken("throws", (input) => {
    if (input.includes(0)) throw new TypeError("no zeros, please");
  }),
  broken("overflows", () => nested([])),
  broken("hangs", (input) => {
    if (input[0] === 0x30) for (;;);
  }),
  broken("hangs-in-pattern", () => /^(?:a|a)*$/.test(`${"a".repeat(60)}!`)),
  broken("crawls", () => {
    for (const end = performance.now() + 150; performance.now() < end;);
  }),
  broken("never-answers", () => new Promise(() => undefined)),
  broken("throws-later", (input) => {
    setImmediate(() => {
      throw new Error(`nobody catches this, of ${input.length} bytes`);
    });
    return new Promise((resolve) => setTimeout(resolve, 50));
  }),
  broken("hoards", () => {
    const held: unknown[] = [];
    for (;;) held.push(Array.from({ length: 10_000 }, (_, at) => ({ at })));
  }),
  broken("allocates", () => Buffer.alloc(256 * 1024 * 1024).length),
  broken("keeps", (input) => kept.push(Array.from({ length: 20_000 }, (_, at) => at + input.length))),
];
