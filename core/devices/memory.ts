import { integer, minValue, number, pipe, regex, string, union } from "valibot";

const problem = 'must be a number of MiB, or a text as "8 GiB"';

export const memorySchema = union(
  [
    pipe(number(), integer(), minValue(1, problem)),
    pipe(string(), regex(/^[1-9]\d{0,6} ?(?:GiB|MiB)$/, problem)),
  ],
  problem,
);

/** MiB. */
export function memoryOf(memory: number | string): number {
  if (typeof memory === "number") return memory;
  const [, amount, unit] = /^(\d+) ?(GiB|MiB)$/.exec(memory) ?? [];
  return Number(amount) * (unit === "GiB" ? 1024 : 1);
}

export function shownMemory(memory: number): string {
  return memory % 1024 === 0 ? `${memory / 1024} GiB` : `${memory} MiB`;
}
