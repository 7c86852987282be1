import { readCsv, type CsvRecord } from "./csv.ts";
import { isInstanceId, looksGeneric, looksLikeId, type FoundDevice, type Note } from "./device.ts";

type Column = "hardware" | "compatible" | "device" | "name";

/**
 * Names of columns, letters and digits alone: those of Win32_PnPEntity and of Get-PnpDevice ("win32-pnpentity"), and those
 * that people give to them. Of several names the first of this list is shown.
 */
const columns: Readonly<Record<Column, readonly string[]>> = {
  hardware: ["hardwareid", "hardwareids", "hwid", "hwids", "pnphardwareid", "pnphardwareids"],
  compatible: ["compatibleid", "compatibleids", "compatid", "compatids", "kompatibleids"],
  device: ["instanceid", "deviceinstanceid", "deviceinstancepath", "pnpdeviceid", "deviceid", "id"],
  name: ["friendlyname", "name", "devicename", "caption", "description", "devicedescription", "device"],
};

interface Header {
  readonly separator: string;
  /** Where the columns stand, in the order of the names above. */
  readonly places: Readonly<Record<Column, readonly number[]>>;
}

/** Devices of a CSV file, or undefined where the text does not begin with a header that names ids. */
export function readDeviceTable(text: string, note: Note): readonly FoundDevice[] | undefined {
  const first = firstLine(text);
  const header = headerOf(first.text, first.separator);
  if (header === undefined) return undefined;
  // Blank lines stand for what comes before the header, so that lines count from the start of the file.
  const body = `${"\n".repeat(first.line - 1)}${text.slice(first.offset)}`;
  const records = readCsv(body, header.separator).slice(first.line);
  return records.flatMap((record) => deviceOf(record, header, note) ?? []);
}

/** The line of the header: behind the type that Windows PowerShell writes, and the separator that Excel writes. */
function firstLine(text: string): {
  readonly text: string;
  readonly line: number;
  readonly offset: number;
  readonly separator?: string;
} {
  let [offset, line] = [0, 1];
  let separator: string | undefined;
  for (;;) {
    const end = text.indexOf("\n", offset);
    const one = text
      .slice(offset, end === -1 ? undefined : Math.min(end, offset + 65_536))
      .replace(/\r$/, "");
    const named = /^"?sep=([,;\t])"?$/i.exec(one)?.[1];
    if (end === -1 || (one.trim() !== "" && named === undefined && !one.startsWith("#TYPE ")))
      return { text: one, line, offset, ...(separator === undefined ? {} : { separator }) };
    separator = named ?? separator;
    [offset, line] = [end + 1, line + 1];
  }
}

function headerOf(line: string, separator?: string): Header | undefined {
  const found = (separator === undefined ? [",", ";", "\t"] : [separator]).map((one): Header => {
    const names = (readCsv(line, one)[0]?.fields ?? []).map((field) =>
      field.toLowerCase().replaceAll(/[^a-z0-9]/g, ""),
    );
    const placesOf = (column: Column): readonly number[] =>
      columns[column].map((name) => names.indexOf(name)).filter((place) => place !== -1);
    return {
      separator: one,
      places: {
        hardware: placesOf("hardware"),
        compatible: placesOf("compatible"),
        device: placesOf("device"),
        name: placesOf("name"),
      },
    };
  });
  const known = ({ places }: Header): number => Object.values(places).flat().length;
  const best = found.reduce((most, one) => (known(one) > known(most) ? one : most));
  return best.places.hardware.length + best.places.device.length + best.places.compatible.length === 0
    ? undefined
    : best;
}

function deviceOf({ fields, line }: CsvRecord, { places }: Header, note: Note): FoundDevice | undefined {
  if (fields.every((field) => field.trim() === "")) return undefined;
  const ids = (column: Column): string[] =>
    places[column].flatMap((place) => idsIn(fields[place] ?? "", line, note));
  const named = ids("device");
  const instance = named.find(isInstanceId);
  const hardwareIds = [...ids("hardware"), ...named.filter((id) => !isInstanceId(id))];
  const compatibleIds = ids("compatible");
  if (instance === undefined && hardwareIds.length + compatibleIds.length === 0) {
    note(line, "no id stands in this row");
    return undefined;
  }
  const name = places.name.map((place) => (fields[place] ?? "").trim()).find((text) => text !== "");
  return {
    ...(name === undefined ? {} : { name }),
    ...(instance === undefined ? {} : { instance }),
    hardwareIds,
    compatibleIds,
    line,
  };
}

/** Ids of one field, which PowerShell may have joined by anything, and put into braces. */
function idsIn(field: string, line: number, note: Note): readonly string[] {
  const list = field.trim();
  if (list === "System.String[]") {
    note(line, 'System.String[] stands for ids that PowerShell did not write: join them with -join ";"');
    return [];
  }
  const braced = list.startsWith("{") && list.endsWith("}") && !/^\{[0-9a-f-]{36}\}/i.test(list);
  const inner = braced ? list.slice(1, -1) : list;
  return inner.split(/[\s,;|]+/).filter((word) => looksLikeId(word) || looksGeneric(word));
}
