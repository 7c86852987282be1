/**
 * Waits for the end of all, and fails only then, with the first that failed: what was begun is undone by whoever learns of
 * the failure, and that must not be done beside what still goes on.
 */
export async function allEnded(works: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  const ends = await Promise.allSettled(works);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
