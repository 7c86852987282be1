/** What `ntfsinfo --mft` says of a volume, in MiB; undefined where it says something else. */
export function freeOf(listing: string): { readonly size: number; readonly free: number } | undefined {
  const number = (name: string): number => Number(new RegExp(`^\\s*${name}: (\\d+)`, "m").exec(listing)?.[1]);
  const cluster = number("Cluster Size");
  const mebibytes = (clusters: number): number => Math.floor((clusters * cluster) / (1024 * 1024));
  const found = {
    size: mebibytes(number("Volume Size in Clusters")),
    free: mebibytes(number("Free Clusters")),
  };
  return Number.isFinite(found.size) && Number.isFinite(found.free) ? found : undefined;
}

/** MiB that should be free in a recovery partition of so many ("configure-uefigpt-based-hard-drive-partitions"). */
export function freeAdvised(size: number): number {
  if (size < 500) return 50;
  return size <= 1024 ? 320 : 1024;
}

/** MiB of the smallest recovery partition for a Winre.wim of so many, with the room that should be free. */
export function partitionFor(size: number): number {
  for (let partition = size + 50; ; partition += 1)
    if (partition - size >= freeAdvised(partition)) return partition;
}
