import type { HiveArtefact } from "../artefact.ts";
import { withFile } from "../file-source.ts";
import { openHive } from "../formats/hive.ts";

/** @throws SERVICING_HIVE_CORRUPT */
export function inspectHive(file: string, bytes: number): HiveArtefact {
  return withFile(file, (source) => {
    const hive = openHive(source, file);
    const rootKeys = hive.rootKey.subkeys().map(({ name }) => name);
    return { kind: "hive", file, bytes, name: hive.name, dirty: hive.dirty, rootKeys };
  });
}
