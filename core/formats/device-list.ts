import { failure } from "../error.ts";
import { readOutline } from "./device-outline.ts";
import { readDeviceTable } from "./device-table.ts";
import { idsOfInstance, type Device, type DeviceNote, type FoundDevice, type Note } from "./device.ts";
import { decodeText } from "./text.ts";

/** Devices that an image is for. */
export interface DeviceList {
  readonly format: "pnputil" | "list" | "csv";
  /** In the order of the list, each set of ids once. */
  readonly devices: readonly Device[];
  /** What was not understood; the first 100. */
  readonly diagnostics: readonly DeviceNote[];
}

/** Largest list that is read, in bytes: a computer has some hundred devices, of one or two KB each. */
export const deviceListLimit = 8 * 1024 * 1024;
const deviceLimit = 20_000;
/** REG_MULTI_SZ of a device hold fewer; the rank has room for 4,096 places. */
const idLimit = 1000;
const noteLimit = 100;

/**
 * Reads a list of devices, whatever it is: what `pnputil /enum-devices /ids` prints in any language, what devcon prints, ids
 * on lines of their own, or CSV as PowerShell exports it. `name` is the file's, for errors. A device of which the list
 * names the instance alone gets the ids that its instance id tells of.
 *
 * @throws SERVICING_DEVICES_UNREADABLE where the list is too large or holds no id.
 */
export function readDevices(bytes: Uint8Array, name: string): DeviceList {
  if (bytes.length > deviceListLimit) {
    const reason = `it has ${bytes.length} bytes; lists of up to ${deviceListLimit} are read`;
    throw failure("SERVICING_DEVICES_UNREADABLE", { path: name, reason });
  }
  const diagnostics: DeviceNote[] = [];
  const note: Note = (line, message) => {
    if (diagnostics.length < noteLimit) diagnostics.push({ line, message });
  };
  // UTF-16 without its mark has a zero in every other byte.
  const text = decodeText(bytes).text.replaceAll(/[\0\ufeff]/g, "");
  const table = readDeviceTable(text, note);
  const { format, devices: found } =
    table === undefined ? readOutline(text, note) : { format: "csv" as const, devices: table };
  const devices = merged(found, note);
  if (devices.length === 0)
    throw failure("SERVICING_DEVICES_UNREADABLE", { path: name, reason: "no device id was found in it" });
  return { format, devices, diagnostics: diagnostics.toSorted((a, b) => a.line - b.line) };
}

/** One device for each instance, as lists of several runs repeat them, and then for each set of ids. */
function merged(found: readonly FoundDevice[], note: Note): readonly Device[] {
  const instances = new Map<string, FoundDevice>();
  for (const device of found) {
    const key = device.instance?.toUpperCase() ?? `:${instances.size}`;
    const known = instances.get(key);
    if (known === undefined) instances.set(key, device);
    else join(known, device);
  }
  const derived: number[] = [];
  const byIds = new Map<string, Device>();
  for (const device of instances.values()) {
    if (byIds.size >= deviceLimit) {
      note(device.line, `more than ${deviceLimit} devices; this one and those below it were not read`);
      break;
    }
    const one = finished(device);
    if (one.hardwareIds.length + one.compatibleIds.length === 0) continue;
    if (one.derived) derived.push(one.line);
    const key = `${one.hardwareIds.join(" ")},${one.compatibleIds.join(" ")}`;
    const known = byIds.get(key);
    byIds.set(
      key,
      known === undefined ? one : { ...known, count: known.count + 1, derived: known.derived && one.derived },
    );
  }
  const [first] = derived;
  if (first !== undefined)
    note(first, `${derived.length} of the devices give no ids; those of their instance ids stand for them`);
  return [...byIds.values()];
}

function join(known: FoundDevice, again: FoundDevice): void {
  if (again.name !== undefined) known.name ??= again.name;
  for (const id of again.hardwareIds) known.hardwareIds.push(id);
  for (const id of again.compatibleIds) known.compatibleIds.push(id);
}

function finished(found: FoundDevice): Device {
  const derived = found.hardwareIds.length + found.compatibleIds.length === 0;
  const { hardwareIds, compatibleIds } =
    derived && found.instance !== undefined ? idsOfInstance(found.instance) : found;
  return {
    ...(found.name === undefined ? {} : { name: found.name.slice(0, 200) }),
    ...(found.instance === undefined ? {} : { instance: found.instance.toUpperCase() }),
    hardwareIds: distinct(hardwareIds),
    compatibleIds: distinct(compatibleIds),
    line: found.line,
    count: 1,
    derived,
  };
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.map((id) => id.toUpperCase()))].slice(0, idLimit);
}
