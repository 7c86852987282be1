import { entriesOf } from "./document.ts";
import type { InfPlace } from "./line.ts";
import { placeOf, textOf, type InfReading } from "./reading.ts";

const names = [
  /** Not offered to a user who chooses a driver by hand; Plug and Play installs it as any other. */
  "ExcludeFromSelect",
  /** Its files alone are copied. */
  "CopyFilesOnly",
  /** Installed while a user is there, who is asked. */
  "InteractiveInstall",
  /** Windows looks for software that the package does not hold. */
  "RequestAdditionalSoftware",
] as const;

/** One line of [ControlFlags] ("inf-controlflags-section"): what is done otherwise for some devices. */
export interface ControlFlag extends InfPlace {
  readonly name: (typeof names)[number];
  /** Hardware and compatible ids as the INF writes them; `*` is every device. */
  readonly ids: readonly string[];
}

/** The lines for one Windows: undecorated, or decorated with `.nt` or its architecture. Others say nothing. */
export function controlFlagsOf(reading: InfReading): readonly ControlFlag[] {
  const decorations = ["", ".nt", `.nt${reading.windows.architecture}`];
  return entriesOf(reading.inf, "ControlFlags").flatMap((entry): ControlFlag[] => {
    const key = entry.key?.text.toLowerCase() ?? "";
    const name = names.find((each) =>
      decorations.some((decoration) => key === each.toLowerCase() + decoration),
    );
    const ids = entry.values.map((value) => textOf(reading, value)).filter((id) => id !== "");
    return name === undefined || ids.length === 0 ? [] : [{ name, ids, ...placeOf(entry) }];
  });
}
