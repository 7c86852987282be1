import { statSync } from "node:fs";
import { sep } from "node:path";
import type { Artefact } from "./artefact.ts";
import type { Facts } from "./facts.ts";
import type { Digests } from "./input-digest.ts";
import { inspect } from "./inspect.ts";
import { packageVersion } from "./own-package.ts";
import type { Runner } from "./runner.ts";

/** What the inputs of a line turned out to be. */
export interface Inspected {
  artefact(path: string): Promise<Artefact>;
  /** What was inspected at a path or below it. */
  below(path: string): readonly Artefact[];
}

/** What can be told by the content of the file, and of a driver by that of its folder. */
const lasting: ReadonlySet<Artefact["kind"]> = new Set(["package", "appx", "msi", "driver"]);

/** Inspects each input once; what it says is remembered by its content. */
export function inspectedBy(
  runner: Runner,
  facts?: Facts,
  digests?: Digests,
  signal?: AbortSignal,
): Inspected {
  const asked = new Map<string, Promise<Artefact>>();
  const found = new Map<string, Artefact>();
  const options = { runner, ...(signal === undefined ? {} : { signal }) };
  async function remembered(file: string): Promise<Artefact> {
    const single = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
    if (!single || facts === undefined || digests === undefined) return inspect(file, options);
    const { sha256 } = await digests.of({ path: file, whole: false });
    const beside = /\.inf$/i.test(file) ? (await digests.of({ path: file, whole: true })).sha256 : "";
    const key = `artefact ${packageVersion()} ${sha256} ${beside}`.trimEnd();
    const known = facts.read(key) as Artefact | undefined;
    if (known !== undefined) return { ...known, file };
    const artefact = await inspect(file, options);
    if (lasting.has(artefact.kind)) facts.write(key, artefact);
    return artefact;
  }
  return {
    artefact(path) {
      const known =
        asked.get(path) ??
        remembered(path).then((artefact) => {
          found.set(path, artefact);
          return artefact;
        });
      asked.set(path, known);
      return known;
    },
    below: (path) =>
      [...found].flatMap(([file, artefact]) =>
        file === path || file.startsWith(path.endsWith(sep) ? path : path + sep) ? [artefact] : [],
      ),
  };
}
