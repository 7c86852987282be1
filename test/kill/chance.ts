import { hash } from "node:crypto";

/** From 0 up to 1; the same for the same names, so that every choice of a trial can be made again. */
export type Chance = (name: string) => number;

export function chanceOf(seed: string): Chance {
  return (name) => Number.parseInt(hash("sha256", `${seed}/${name}`).slice(0, 12), 16) / 2 ** 48;
}

export function chosenFrom<T>(list: readonly T[], chance: number): T {
  return list[Math.min(list.length - 1, Math.floor(chance * list.length))] as T;
}
