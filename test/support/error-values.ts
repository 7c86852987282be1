/** Values that the texts of errors join with others of their kind. */
const lists: ReadonlySet<string> = new Set([
  "problems",
  "choices",
  "differences",
  "valid",
  "items",
  "known",
  "architectures",
  "lines",
  "mounts",
  "evidence",
  "apps",
  "left",
]);

/** Stands for the values of any error: each is `show` of its own name, in a list where the text wants a list. */
export function errorValues(show: (name: string) => string): never {
  const get = (_: object, name: string | symbol): unknown =>
    lists.has(String(name)) ? [show(String(name))] : show(String(name));
  return new Proxy({}, { get }) as never;
}
