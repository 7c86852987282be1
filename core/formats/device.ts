/** A device as a list of devices tells of it: what Windows would look for drivers by. */
export interface Device {
  readonly name?: string;
  /** Device instance id, of the first where several devices have the same ids; in upper case. */
  readonly instance?: string;
  /** In upper case, the most specific first, as its bus reports them. */
  readonly hardwareIds: readonly string[];
  readonly compatibleIds: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
  /** How many devices have these ids. */
  readonly count: number;
  /** The list names the instance alone: the ids are those that its instance id tells of, others may be wanting. */
  readonly derived: boolean;
}

/** A device as its reader finds it, before devices are merged. */
export interface FoundDevice {
  name?: string;
  instance?: string;
  readonly hardwareIds: string[];
  readonly compatibleIds: string[];
  readonly line: number;
}

/** What was not understood, and where. */
export interface DeviceNote {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export type Note = (line: number, message: string) => void;

/** Every device identification string is shorter: MAX_DEVICE_ID_LEN, 200 ("hardware-ids", "instance-ids"). */
const longest = 200;

/**
 * True for what an id is made of: printable ASCII, neither spaces nor commas ("device-identification-strings"). So is
 * many a word; where that matters, `looksLikeId` asks for more. A brace begins a GUID: those around a list are no part of
 * ids. Two backslashes are one that was escaped, or begin a path.
 */
export function isDeviceId(text: string): boolean {
  if (text.startsWith("{") && !/^\{[0-9a-f-]{36}\}/i.test(text)) return false;
  return text.length < longest && /^[!-+\--~]+$/.test(text) && /\w/.test(text) && !text.includes("\\\\");
}

/** True for the forms that are no words: `enumerator\…`, `*PNP0A08`, `{…}` ("hardware-ids"). */
export function looksLikeId(text: string): boolean {
  return isDeviceId(text) && /^(?:[\w.{}&-]+(?:\\[^\\]+)+$|\*\w|\{[0-9a-f-]{36}\})/i.test(text);
}

/** True for forms of generic ids that are hardly words either: `GenDisk`, `PNP0C50`, `HID_DEVICE_UP:0001_U:0002`. */
export function looksGeneric(text: string): boolean {
  return isDeviceId(text) && /^(?:Gen[A-Z]\w+|[A-Z]{3,4}[0-9A-F]{4}|[A-Z]+_[\w:&.-]+)$/.test(text);
}

/** True for `enumerator\device\instance` ("device-instance-ids"); a hardware id has one backslash at most. */
export function isInstanceId(text: string): boolean {
  return looksLikeId(text) && text.split("\\").length > 2;
}

/** True for a GUID alone: a class or a container as well as an id. */
export function isGuid(text: string): boolean {
  return /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i.test(text);
}

/**
 * The ids that a device instance id tells of: the device id, which has the form of a hardware id ("device-ids"), and for
 * PCI and HD Audio those that leave out the revision and the subsystem ("identifiers-for-pci-devices"), for ACPI the one
 * with an asterisk.
 */
export function idsOfInstance(instance: string): Pick<FoundDevice, "hardwareIds" | "compatibleIds"> {
  const id = instance.slice(0, instance.lastIndexOf("\\"));
  const acpi = /^ACPI\\(\w{3,4}[0-9A-F]{4})$/i.exec(id)?.[1];
  if (acpi !== undefined) return { hardwareIds: [id, `*${acpi}`], compatibleIds: [] };
  const [, device, subsystem, revision] = /^(.+)(&SUBSYS_[^&]+)(&REV_[^&]+)$/i.exec(id) ?? [];
  return device === undefined
    ? { hardwareIds: [id], compatibleIds: [] }
    : {
        hardwareIds: [id, `${device}${subsystem}`],
        compatibleIds: [`${device}${revision}`, device],
      };
}
