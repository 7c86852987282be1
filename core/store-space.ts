import type { Checkpoint } from "./store.ts";

/** Bytes that checkpoints take together, a file that several share counted once. */
export function bytesOf(checkpoints: readonly Checkpoint[]): number {
  const files = new Map(
    checkpoints.flatMap(({ files: own }) => own.map(({ inode, bytes }) => [inode, bytes])),
  );
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Checkpoints that can go: those not used since `before`, then the longest unused, until the rest takes no more than
 * `bytes`. What was used in the future, by a clock that was set back, counts as used just now.
 * @param before milliseconds since 1970
 */
export function expendable(
  checkpoints: readonly Checkpoint[],
  limits: { readonly before: number; readonly bytes?: number | undefined },
): readonly Checkpoint[] {
  const byUse = checkpoints.toSorted((a, b) => a.used - b.used);
  const gone = byUse.filter(({ used }) => used < limits.before);
  const left = byUse.slice(gone.length);
  while (limits.bytes !== undefined && left.length > 0 && bytesOf(left) > limits.bytes)
    gone.push(left.shift() as Checkpoint);
  return gone;
}
