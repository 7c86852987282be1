import {
  isDeviceId,
  isGuid,
  isInstanceId,
  looksGeneric,
  looksLikeId,
  type FoundDevice,
  type Note,
} from "./device.ts";

interface Line {
  /** From 1. */
  readonly at: number;
  readonly indented: boolean;
  /** Without the space around it. */
  readonly text: string;
}

interface Labelled {
  readonly label: string;
  readonly value: string;
}

type List = "hardware" | "compatible";

/**
 * Devices of a text that people or tools wrote line by line: what pnputil prints with /enum-devices where a label stands
 * before an instance id, a list of ids otherwise. Labels are in the language of Windows, and of a code page that may be
 * lost: what they mean is learnt from their values, of which ids are ASCII.
 */
export function readOutline(
  text: string,
  note: Note,
): { readonly format: "pnputil" | "list"; readonly devices: readonly FoundDevice[] } {
  const lines = linesOf(text);
  const label = instanceLabel(lines);
  return label === undefined
    ? { format: "list", devices: readList(lines, note) }
    : { format: "pnputil", devices: readLabelled(lines, label, note) };
}

/** Lines that are not blank. What all of them are indented by counts for nothing: somebody pasted it so. */
function linesOf(text: string): readonly Line[] {
  const lines = text
    .split(/\r\n|[\n\r]/)
    .map((line, index) => ({
      at: index + 1,
      text: line.trim(),
      indent: line.length - line.trimStart().length,
    }))
    .filter((line) => line.text !== "");
  const common = lines.reduce((least, { indent }) => Math.min(least, indent), Infinity);
  return lines.map((line) => ({ at: line.at, text: line.text, indented: line.indent > common }));
}

/** A colon and space end a label, or, where the colon is lost, the spaces that its value is set apart by. */
function labelled({ text }: Line): Labelled | undefined {
  const end = text.search(/[:\uff1a](?:\s|$)|\s{2}/);
  if (end <= 0) return undefined;
  return { label: text.slice(0, end).trim(), value: text.slice(end).replace(/^\s*[:\uff1a]?\s*/, "") };
}

/** The label that stands before most instance ids: relatives of a device are instances too, but not every device has any. */
function instanceLabel(lines: readonly Line[]): string | undefined {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const found = line.indented ? undefined : labelled(line);
    if (found !== undefined && isInstanceId(found.value))
      counts.set(found.label, (counts.get(found.label) ?? 0) + 1);
  }
  return [...counts].reduce<readonly [string, number] | undefined>(
    (most, one) => (most === undefined || one[1] > most[1] ? one : most),
    undefined,
  )?.[0];
}

/**
 * Which labels stand before ids. Hardware ids come before compatible ids, so the device that has both tells them apart;
 * where no device has both, the label itself does, in the languages that write it with "compat" or "kompat".
 */
function listLabels(lines: readonly Line[], instance: string): ReadonlyMap<string, List> {
  const lists = new Map<string, List>();
  let first: string | undefined;
  for (const line of lines) {
    const found = line.indented ? undefined : labelled(line);
    if (found === undefined) continue;
    const { label, value } = found;
    if (label === instance) first = undefined;
    else if (looksLikeId(value) && !isInstanceId(value) && !isGuid(value)) {
      if (first === undefined) {
        first = label;
        if (!lists.has(label)) lists.set(label, /[ck]ompat/i.test(label) ? "compatible" : "hardware");
      } else if (first !== label && lists.get(first) === "hardware") lists.set(label, "compatible");
    }
  }
  return lists;
}

/** The blocks that pnputil prints ("pnputil-command-syntax": /enum-devices, with /ids or /deviceids and any other flag). */
function readLabelled(lines: readonly Line[], instance: string, note: Note): readonly FoundDevice[] {
  const lists = listLabels(lines, instance);
  const devices: FoundDevice[] = [];
  let list: string[] | undefined;
  for (const line of lines) {
    const found = labelled(line);
    const device = devices.at(-1);
    if (line.indented) {
      // Ids go on under their list; a label there belongs to what pnputil says of each matching driver.
      if (isDeviceId(line.text)) list?.push(line.text);
      else list = undefined;
      continue;
    }
    list = undefined;
    if (found === undefined) {
      if (looksLikeId(line.text)) note(line.at, `"${shortened(line.text)}" stands under no label`);
    } else if (found.label === instance) {
      const known = isInstanceId(found.value);
      if (!known) note(line.at, `"${shortened(found.value)}" is no device instance id`);
      devices.push({
        ...(known ? { instance: found.value } : {}),
        hardwareIds: [],
        compatibleIds: [],
        line: line.at,
      });
    } else if (device !== undefined) {
      const kind = lists.get(found.label);
      if (kind !== undefined) {
        list = kind === "hardware" ? device.hardwareIds : device.compatibleIds;
        if (isDeviceId(found.value)) list.push(found.value);
        else note(line.at, `"${shortened(found.value)}" is no id`);
      } else if (device.name === undefined) device.name = found.value;
    }
  }
  return devices;
}

/**
 * Each line that is not indented is a device: ids, and behind them a name. Indented lines are further ids of it. `#` and `;`
 * begin comments. Of what devcon prints, which has this form, labels without a value begin the two lists.
 */
function readList(lines: readonly Line[], note: Note): readonly FoundDevice[] {
  const devices: FoundDevice[] = [];
  let list: string[] | undefined;
  let lists = 0;
  for (const line of lines) {
    if (/^[#;]/.test(line.text)) continue;
    const { ids, rest } = leadingIds(line);
    const [first] = ids;
    if (first === undefined) {
      const device = devices.at(-1);
      const found = line.indented ? labelled(line) : undefined;
      if (found === undefined || device === undefined) note(line.at, `"${shortened(line.text)}" is no id`);
      else if (found.value === "") {
        lists += 1;
        list = lists > 1 || /[ck]ompat/i.test(found.label) ? device.compatibleIds : device.hardwareIds;
      } else device.name ??= found.value;
    } else if (line.indented && list !== undefined) {
      for (const id of ids) list.push(id);
    } else {
      const instance = isInstanceId(first) ? first : undefined;
      const hardwareIds = instance === undefined ? [...ids] : ids.slice(1);
      devices.push({
        ...(rest === "" ? {} : { name: rest }),
        ...(instance === undefined ? {} : { instance }),
        hardwareIds,
        compatibleIds: [],
        line: line.at,
      });
      [list, lists] = [hardwareIds, 0];
    }
  }
  return devices;
}

/** The ids that a line begins with, however they are set apart, and what comes behind them. */
function leadingIds({ text, indented }: Line): { readonly ids: readonly string[]; readonly rest: string } {
  const ids: string[] = [];
  const word = /\s*["']?([^\s,;|"']+)["']?[,;|]?/y;
  let end = 0;
  for (let found = word.exec(text); found !== null; found = word.exec(text)) {
    const id = found[1] ?? "";
    const only = found[0].length === text.length;
    if (!looksLikeId(id) && !(only && (indented ? isDeviceId(id) && !id.endsWith(":") : looksGeneric(id))))
      break;
    ids.push(id);
    end = word.lastIndex;
  }
  return { ids, rest: text.slice(end).replace(/^[\s:;#=,|-]+/, "") };
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
