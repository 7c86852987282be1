/** Without what is there and undefined, which is as good as absent. */
export function defined<T extends object>(
  options: T | undefined,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
}
