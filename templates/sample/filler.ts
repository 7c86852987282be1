/** Bytes that depend on the name alone, half of them random: they compress about as well as programs do. */
export function filler(name: string, size: number): Uint8Array {
  const made = new Uint8Array(size);
  let state = 0x811c9dc5;
  for (const character of name) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  state ||= 1;
  for (let at = 0; at < size; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    made[at] = at % 32 < 16 ? state >>> 24 : at >>> 5;
  }
  return made;
}
