import { deviceListLimit, readDevices } from "../../../core/formats/device-list.ts";
import type { Target } from "../target.ts";
import { promised, wide } from "../seeds.ts";

const pnputil = String.raw`Microsoft PnP Utility

Instance ID:                PCI\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02\3&1&0
Device Description:         Contoso Gigabit
Class GUID:                 {4d36e972-e325-11ce-bfc1-08002be10318}
Hardware IDs:               PCI\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02
                            PCI\VEN_1234&DEV_0001
Compatible IDs:             PCI\CC_0200
Matching Drivers:
    Driver Name:            oem1.inf
    Matching Device ID:     PCI\CC_0200

Instance ID:                ACPI\CTSO0831\4
Device Description:         Unknown
Hardware IDs:               *CTSO0831
`;
const list = String.raw`# office
PCI\VEN_1234&DEV_0001  Contoso
  PCI\VEN_1234
ROOT\A\0000
    Name: Contoso
    Hardware IDs:
        ROOT\A
    Compatible IDs:
        GenDisk
`;
const csv = String.raw`#TYPE CimInstance
"FriendlyName","DeviceID","HardwareID","CompatibleID"
"Contoso ""fast""","PCI\VEN_1\3","PCI\VEN_1;PCI\A","System.String[]"
`;

export const deviceLists: readonly Target[] = [
  {
    name: "device-list",
    seeds: () => [
      Buffer.from(pnputil),
      wide(pnputil),
      Buffer.from(pnputil.replaceAll(":  ", " :  "), "latin1"),
      Buffer.from(list),
      Buffer.from(csv),
      Buffer.from(`sep=;\n${csv.replaceAll(",", ";")}`),
    ],
    tokens: [
      "PCI\\",
      "\\",
      ":",
      "  ",
      "\n",
      "\r\n",
      "    ",
      ",",
      ";",
      "\t",
      '"',
      '""',
      "{",
      "*",
      "System.String[]",
    ],
    read(input) {
      const { devices, diagnostics } = readDevices(input, "devices");
      promised(input.length <= deviceListLimit, "a list is bounded");
      promised(devices.length > 0 && diagnostics.length <= 100, "a list has devices, and 100 notes at most");
      for (const { hardwareIds, compatibleIds, name } of devices) {
        const ids = [...hardwareIds, ...compatibleIds];
        promised(ids.length > 0, "a device has ids");
        promised(
          ids.every((id) => id.length < 200 && /^[!-+\--`{-~]+$/.test(id)),
          "an id is ASCII in upper case, without spaces and commas",
        );
        promised((name?.length ?? 0) <= 200, "a name is bounded");
      }
    },
  },
];
