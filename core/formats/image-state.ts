import type { Hive } from "./hive.ts";
import { decodeValue } from "./hive.ts";
import { decodeText } from "./text.ts";

/** States in which an image can be captured and applied to other devices. Source: "windows-setup-states". */
const generalized: ReadonlySet<string> = new Set([
  "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE",
  "IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT",
]);

const named = /^IMAGE_STATE_[A-Z_]{1,60}$/;
const readOfIni = 64 * 1024;

export function isGeneralized(state: string): boolean {
  return generalized.has(state);
}

/** `ImageState` of `\Windows\Setup\State\State.ini`; undefined where it names none that Windows could have. */
export function imageStateIn(ini: Uint8Array): string | undefined {
  let section = "";
  let found: string | undefined;
  for (const line of decodeText(ini.subarray(0, readOfIni)).text.split(/\r?\n/)) {
    const text = line.trim();
    if (text.startsWith("[")) section = text.toUpperCase();
    const [name = "", ...value] = text.split("=");
    if (section === "[STATE]" && name.trim().toUpperCase() === "IMAGESTATE") found = value.join("=").trim();
  }
  return known(found);
}

/** The same of the hive SOFTWARE. @throws SERVICING_HIVE_CORRUPT */
export function imageStateOf(software: Hive): string | undefined {
  const key = software.key(String.raw`Microsoft\Windows\CurrentVersion\Setup\State`);
  const value = key?.value("ImageState");
  const decoded = value === undefined ? undefined : decodeValue(value);
  return known(decoded !== undefined && "data" in decoded ? String(decoded.data) : undefined);
}

function known(state: string | undefined): string | undefined {
  return state !== undefined && named.test(state) ? state : undefined;
}
