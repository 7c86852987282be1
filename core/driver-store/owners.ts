/**
 * Which owners of a service or of a file stay when packages go; none where no package among them is still there, so that
 * it goes as well. Undefined where none of its owners goes.
 * @param hasFolder whether a package is in the driver store under this folder
 */
export function ownersLeft(
  owners: readonly string[],
  isGone: (owner: string) => boolean,
  hasFolder: (folder: string) => boolean,
): readonly string[] | undefined {
  if (!owners.some(isGone)) return undefined;
  const left = owners.filter((owner) => !isGone(owner));
  // Windows keeps an earlier version of a package as `!` and its folder, also when it is long gone.
  return left.some((owner) => !owner.startsWith("!") || hasFolder(owner.slice(1))) ? left : [];
}
