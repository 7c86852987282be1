import { closest } from "./applicable.ts";
import { entriesOf, sectionKey, sectionOf } from "./document.ts";
import type { InfWindows, InstalledModel } from "./installation.ts";
import type { InfEntry } from "./line.ts";
import { noTarget } from "./model.ts";
import { infTextOf, placeOf, textOf, type InfReading } from "./reading.ts";
import { readTarget, type InfTarget } from "./target.ts";

/** The models of every manufacturer, of the Models section that Windows chooses for each. */
export function installedModels(
  reading: InfReading,
  sectionFor: (install: string) => string | undefined,
): readonly InstalledModel[] {
  const read = new Set<string>();
  const models: InstalledModel[] = [];
  for (const entry of entriesOf(reading.inf, "Manufacturer")) {
    const chosen = modelsSection(reading, entry);
    // Whoever names a section twice gets it once: an INF may not multiply itself.
    if (chosen === undefined || read.has(sectionKey(chosen.name))) continue;
    read.add(sectionKey(chosen.name));
    if (sectionOf(reading.inf, chosen.name) === undefined && isNamed(entry, chosen)) {
      reading.note({ ...placeOf(entry), message: `there is no section [${chosen.name}]` });
    }
    const manufacturer = infTextOf(reading, entry.key ?? entry.values[0]);
    for (const line of entriesOf(reading.inf, chosen.name)) {
      const [install = "", hardwareId = "", ...compatibleIds] = line.values.map((value) =>
        textOf(reading, value),
      );
      if (line.key === undefined || install === "") {
        reading.note({
          ...placeOf(line),
          message: "a model needs a description, a section and a hardware id",
        });
        continue;
      }
      const section = sectionFor(install);
      if (section === undefined)
        reading.note({ ...placeOf(line), message: `there is no section [${install}]` });
      models.push({
        manufacturer,
        description: infTextOf(reading, line.key),
        install,
        ...(section === undefined ? {} : { section }),
        hardwareId,
        compatibleIds: compatibleIds.filter((id) => id !== ""),
        ...(chosen.decoration === "" ? {} : { target: chosen.target }),
        ...placeOf(line),
      });
    }
  }
  return models;
}

/**
 * The Models section that Windows takes for a line of [Manufacturer]. One without a decoration is for x86 alone,
 * since Windows Server 2003 SP1 ("inf-models-section"). An empty or missing one says that this Windows is not
 * supported ("inf-manufacturer-section").
 */
function modelsSection(
  reading: InfReading,
  entry: InfEntry,
): { readonly name: string; readonly decoration: string; readonly target: InfTarget } | undefined {
  const [named, ...decorations] = entry.values;
  const base = textOf(reading, named ?? entry.key);
  const candidates = decorations.flatMap(({ text, ...place }) => {
    const target = readTarget(text);
    if (target === undefined) reading.note({ ...place, message: noTarget(text) });
    else if (asksForUnknownSuite(target, reading.windows))
      reading.note({
        ...place,
        message: `"${text}" asks for product suites, which are not known: it is passed over`,
      });
    return target === undefined ? [] : [{ name: `${base}.${text}`, decoration: text, target }];
  });
  const undecorated = { name: base, decoration: "", target: { architecture: "x86" } as const };
  return base === "" ? undefined : closest([...candidates, undecorated], reading.windows);
}

/** Without a decoration a section is named where nothing else is: next to others it may be missing. */
function isNamed({ values }: InfEntry, { decoration }: { readonly decoration: string }): boolean {
  return decoration !== "" || values.length < 2;
}

function asksForUnknownSuite({ suiteMask = 0 }: InfTarget, windows: InfWindows): boolean {
  return suiteMask !== 0 && windows.suiteMask === undefined;
}
