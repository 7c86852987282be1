/** Numbers that look like chance and are the same for the same seed. */
export interface Random {
  /** An integer from 0, below `limit`. */
  below(limit: number): number;
  chance(of: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** The algorithm is mulberry32, seeded with the FNV-1a hash of `name`. */
export function randomOf(name: string): Random {
  let state = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) state = Math.imul(state ^ name.charCodeAt(at), 0x01000193);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return { below, chance: (of) => below(of) === 0, pick: (list) => list[below(list.length)]! };
}
