import { entriesOf, expandTokens, readInf, stringsOf } from "../formats/inf/document.ts";
import { sectionKeys } from "../formats/inf/reading.ts";
import type { StorePackage } from "./store-package.ts";

/** What a package says of the driver framework (KMDF) in sections beside its DDInstall sections. */
export interface Frameworks {
  /** DDInstall sections that have one, as they are named. */
  readonly sections: ReadonlySet<string>;
  /** Versions such as `1.15` by the service, in lower case. */
  readonly versions: ReadonlyMap<string, string>;
}

/** `[x.Wdf]` with KmdfService = service, section; and there KmdfLibraryVersion ("specifying-wdf-directives-in-inf-files"). */
export function frameworksOf({ content, installation }: StorePackage): Frameworks {
  const inf = readInf(content);
  const strings = stringsOf(inf);
  const keysOf = sectionKeys(inf);
  const sections = new Set<string>();
  const versions = new Map<string, string>();
  for (const { name } of installation.sections) {
    if (!inf.sections.has(`${name.toLowerCase()}.wdf`)) continue;
    sections.add(name);
    for (const { key, values } of entriesOf(inf, `${name}.Wdf`)) {
      if (key?.text.toLowerCase() !== "kmdfservice") continue;
      const [service = "", section = ""] = values.map((value) => expandTokens(value.text, strings));
      const version = keysOf(section).get("kmdflibraryversion")?.values[0]?.text ?? "";
      if (/^\d{1,3}\.\d{1,3}$/.test(version)) versions.set(service.toLowerCase(), version);
    }
  }
  return { sections, versions };
}
