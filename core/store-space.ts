/** A checkpoint, or a disk of the reference devices. */
export interface Kept {
  readonly id: string;
  /** Files that several share have the same inode. */
  readonly files: readonly { readonly inode: string; readonly bytes: number }[];
  /** Milliseconds since 1970. */
  readonly used: number;
}

/** Bytes that they take together, a file that several share counted once. */
export function bytesOf(kept: readonly Kept[]): number {
  const files = new Map(kept.flatMap(({ files: own }) => own.map(({ inode, bytes }) => [inode, bytes])));
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Those that can go: those not used since `before`, then the longest unused, until the rest takes no more than
 * `bytes`. What was used in the future, by a clock that was set back, counts as used just now.
 * @param before milliseconds since 1970
 */
export function expendable<K extends Kept>(
  kept: readonly K[],
  limits: { readonly before: number; readonly bytes?: number | undefined },
): readonly K[] {
  const byUse = kept.toSorted((a, b) => a.used - b.used);
  const gone = byUse.filter(({ used }) => used < limits.before);
  const left = byUse.slice(gone.length);
  while (limits.bytes !== undefined && left.length > 0 && bytesOf(left) > limits.bytes)
    gone.push(left.shift() as K);
  return gone;
}
