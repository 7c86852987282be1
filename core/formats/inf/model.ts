import { entriesOf, expandTokens, sectionKey, sectionOf, type Inf, type InfStrings } from "./document.ts";
import type { InfDiagnostic, InfEntry, InfPlace } from "./line.ts";
import { readTarget, type InfTarget } from "./target.ts";

/** One line of a Models section: a device and the section that installs it. */
export interface InfModel extends InfPlace {
  readonly manufacturer: string;
  readonly description: string;
  /** Name of the DDInstall section, undecorated. */
  readonly install: string;
  /** Empty where only compatible ids are given. */
  readonly hardwareId: string;
  readonly compatibleIds: readonly string[];
  readonly target: InfTarget;
}

type Note = (diagnostic: InfDiagnostic) => void;

/** Everything that the INF installs, in file order ("inf-manufacturer-section", "inf-models-section"). */
export function readModels(inf: Inf, strings: InfStrings, note: Note): readonly InfModel[] {
  const read = new Set<string>();
  return entriesOf(inf, "Manufacturer").flatMap((entry) => {
    const [named, ...decorations] = entry.values;
    const base = expandTokens(named?.text ?? entry.key?.text ?? "", strings);
    if (base === "") return [];
    const manufacturer = expandTokens(entry.key?.text ?? base, strings);
    const targets = decorations.flatMap((decoration): { suffix: string; target: InfTarget }[] => {
      const target = readTarget(decoration.text);
      if (target !== undefined) return [{ suffix: `.${decoration.text}`, target }];
      note({
        line: decoration.line,
        column: decoration.column,
        message: noTarget(decoration.text),
      });
      return [];
    });
    if (entriesOf(inf, base).length > 0 || decorations.length === 0) {
      targets.push({ suffix: "", target: { architecture: "x86" } });
    }
    return targets.flatMap(({ suffix, target }) => {
      const name = `${base}${suffix}`;
      // Whoever names a section twice gets it once: an INF may not multiply itself.
      if (read.has(sectionKey(name))) return [];
      read.add(sectionKey(name));
      if (sectionOf(inf, name) === undefined) {
        note({ line: entry.line, column: entry.column, message: `there is no section [${name}]` });
      }
      return entriesOf(inf, name).flatMap((line) => modelOf(line, { manufacturer, target }, strings, note));
    });
  });
}

/** What is wrong with a decoration that is no TargetOSVersion. */
export function noTarget(decoration: string): string {
  return decoration.includes("$")
    ? `"${decoration}" is to be filled in by a build: this is the template of an INF`
    : `"${decoration}" is not a TargetOSVersion`;
}

function modelOf(
  entry: InfEntry,
  of: Pick<InfModel, "manufacturer" | "target">,
  strings: InfStrings,
  note: Note,
): readonly InfModel[] {
  const place = { line: entry.line, column: entry.column };
  const [install, ...ids] = entry.values.map((value) => expandTokens(value.text, strings));
  if (entry.key === undefined || install === undefined || install === "") {
    note({ ...place, message: "a model needs a description, a section and a hardware id" });
    return [];
  }
  const [hardwareId = "", ...compatibleIds] = ids;
  if (ids.every((id) => id === "")) note({ ...place, message: "this model names no hardware id" });
  return [
    {
      ...of,
      ...place,
      description: expandTokens(entry.key.text, strings),
      install,
      hardwareId,
      compatibleIds: compatibleIds.filter((id) => id !== ""),
    },
  ];
}
