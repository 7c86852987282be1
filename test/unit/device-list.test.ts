import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isServicingError } from "../../core/error.ts";
import { readCsv } from "../../core/formats/csv.ts";
import { deviceListLimit, readDevices, type DeviceList } from "../../core/formats/device-list.ts";

const read = (text: string | Buffer): DeviceList =>
  readDevices(typeof text === "string" ? Buffer.from(text) : text, "devices.txt");

/** Ids and names alone. */
const short = (text: string | Buffer): readonly unknown[] =>
  read(text).devices.map(({ name, hardwareIds, compatibleIds }) => [name, hardwareIds, compatibleIds]);

const english = String.raw`Microsoft PnP Utility

Instance ID:                PCI\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02\3&11583659&0&FE
Device Description:         Contoso Gigabit: the fast one
Class Name:                 Net
Class GUID:                 {4d36e972-e325-11ce-bfc1-08002be10318}
Manufacturer Name:          Contoso
Status:                     Started
Driver Name:                oem12.inf
Extension Driver Names:     oem13.inf
                            oem14.inf
Parent Device ID:           ACPI\PNP0A08\0
Hardware IDs:               PCI\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02
                            PCI\VEN_1234&DEV_0001&SUBSYS_00011234
Compatible IDs:             PCI\VEN_1234&DEV_0001
                            PCI\CC_0200
Matching Drivers:
    Driver Name:            oem12.inf
    Class GUID:             {4d36e972-e325-11ce-bfc1-08002be10318}
    Matching Device ID:     PCI\VEN_1234&DEV_0001
    Driver Rank:            00FF2000
    Driver Status:          Best Ranked / Installed

    Driver Name:            netc.inf
    Matching Device ID:     PCI\CC_0200

Instance ID:                ACPI\CTSO0831\4&2a3e7082&0
Device Description:         Unknown
Class GUID:                 Unknown
Status:                     Problem
Problem Code:               28 (0x1C) [CM_PROB_FAILED_INSTALL]
Hardware IDs:               ACPI\VEN_CTSO&DEV_0831
                            *CTSO0831
Compatible IDs:             PNP0C50

Instance ID:                ROOT\COMPOSITE_BATTERY\0000
Device Description:         Contoso battery
Hardware IDs:               COMPOSITE_BATTERY

Instance ID:                ROOT\VOLMGR\0000
Device Description:         Contoso volumes
Compatible IDs:             ROOT\VOLMGR
`;

const devices = [
  [
    "Contoso Gigabit: the fast one",
    ["PCI\\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02", "PCI\\VEN_1234&DEV_0001&SUBSYS_00011234"],
    ["PCI\\VEN_1234&DEV_0001", "PCI\\CC_0200"],
  ],
  ["Unknown", ["ACPI\\VEN_CTSO&DEV_0831", "*CTSO0831"], ["PNP0C50"]],
  ["Contoso battery", ["COMPOSITE_BATTERY"], []],
  ["Contoso volumes", [], ["ROOT\\VOLMGR"]],
];

/** As Windows would print it in another language, as far as labels go. */
function translated(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).reduce(
    (text, [from, to]) => text.replaceAll(new RegExp(`^${from}:( +)`, "gm"), (_, gap: string) => to + gap),
    english,
  );
}

describe("a list of devices from pnputil", () => {
  it("gives names, ids and lines, whatever else was asked for", () => {
    const list = read(english);
    assert.equal(list.format, "pnputil");
    assert.deepEqual(short(english), devices);
    assert.deepEqual(
      list.devices.map(({ line, instance }) => [line, instance?.split("\\")[1]]),
      [
        [3, "VEN_1234&DEV_0001&SUBSYS_00011234&REV_02"],
        [27, "CTSO0831"],
        [36, "COMPOSITE_BATTERY"],
        [40, "VOLMGR"],
      ],
    );
    assert.deepEqual(list.diagnostics, []);
  });

  for (const [language, labels] of Object.entries({
    German: {
      "Instance ID": "Instanz-ID:",
      "Device Description": "Gerätebeschreibung:",
      "Hardware IDs": "Hardware-IDs:",
      "Compatible IDs": "Kompatible IDs:",
    },
    French: {
      "Instance ID": "ID d'instance :",
      "Device Description": "Description du périphérique :",
      "Hardware IDs": "ID matériels :",
      "Compatible IDs": "ID compatibles :",
    },
    Japanese: {
      "Instance ID": "インスタンス ID:",
      "Device Description": "デバイスの説明:",
      "Hardware IDs": "ハードウェア ID:",
      "Compatible IDs": "互換性のある ID:",
    },
    "which nobody knows, colons lost": {
      "Instance ID": "\u0082\u00a0\u0081F",
      "Device Description": "\u0082\u00a2\u0081F",
      "Hardware IDs": "\u0082\u00a4\u0081F",
      "Compatible IDs": "\u0082\u00a6\u0081F",
    },
  }))
    it(`is understood in a language: ${language}`, () => {
      const text = translated(labels);
      assert.notEqual(text, english);
      assert.deepEqual(short(text), devices);
    });

  it("does not depend on how the file is encoded", () => {
    const german = translated({ "Device Description": "Gerätebeschreibung:" });
    const be = Buffer.from(`\ufeff${german}`, "utf16le").swap16();
    for (const bytes of [
      Buffer.from(`\ufeff${german}`, "utf16le"),
      Buffer.from(english, "utf16le"),
      be,
      Buffer.from(`\ufeff${german}`),
      Buffer.from(german, "latin1"),
      Buffer.from(german.replaceAll("\n", "\r\n")),
      Buffer.from(german.replaceAll("\n", "\n\n").replaceAll(/^/gm, "    ")),
    ])
      assert.deepEqual(short(bytes), devices);
  });

  it("without /ids gives what instance ids tell of, and says so", () => {
    const bare = english.replaceAll(/^(?:Hardware|Compatible) IDs:[^\n]*\n(?: {28}[^\n]*\n)*/gm, "");
    const list = read(bare);
    assert.deepEqual(
      list.devices.map(({ hardwareIds, compatibleIds, derived }) => [hardwareIds, compatibleIds, derived]),
      [
        [
          ["PCI\\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02", "PCI\\VEN_1234&DEV_0001&SUBSYS_00011234"],
          ["PCI\\VEN_1234&DEV_0001&REV_02", "PCI\\VEN_1234&DEV_0001"],
          true,
        ],
        [["ACPI\\CTSO0831", "*CTSO0831"], [], true],
        [["ROOT\\COMPOSITE_BATTERY"], [], true],
        [["ROOT\\VOLMGR"], [], true],
      ],
    );
    assert.match(list.diagnostics[0]?.message ?? "", /^4 of the devices give no ids/);
  });

  it("names each instance once, and each set of ids once with how many have it", () => {
    const list = read(
      `${english}\n${english}\n${english.replaceAll(/^(Instance ID:.*)$/gm, "$1A").replaceAll("PCI\\", "pci\\")}`,
    );
    assert.deepEqual(
      list.devices.map(({ name, count }) => [name, count]),
      devices.map(([name]) => [name, 2]),
    );
  });

  it("keeps the ids of a device whose instance id cannot be read from the one above", () => {
    const list = read(english.replace("ACPI\\CTSO0831\\4&2a3e7082&0", "ACPI\\CTSO 0831\\4"));
    assert.deepEqual(list.devices[1]?.hardwareIds, ["ACPI\\VEN_CTSO&DEV_0831", "*CTSO0831"]);
    assert.deepEqual(list.diagnostics, [
      { line: 27, message: '"ACPI\\CTSO 0831\\4" is no device instance id' },
    ]);
    const cut = read(english.replace("ACPI\\CTSO0831\\4&2a3e7082&0", "0"));
    assert.equal(cut.devices[1]?.instance, undefined);
    assert.deepEqual(cut.diagnostics, [{ line: 27, message: '"0" is no device instance id' }]);
  });
});

describe("a list of ids", () => {
  it("has a device on each line, with further ids indented below it, names behind ids and comments", () => {
    const text = String.raw`# the office computers
; network
PCI\VEN_1234&DEV_0001
pci\ven_1234&dev_0002   Contoso Gigabit

USB\VID_1234&PID_0003, USB\VID_1234 ; dock
  USB\Class_03
"*PNP0C50"
  GenDisk
HID_DEVICE_UP:0001_U:0002
PCI\VEN_1234&DEV_0009&SUBSYS_00091234&REV_00\3&1&0
what is this?
`;
    assert.deepEqual(short(text), [
      [undefined, ["PCI\\VEN_1234&DEV_0001"], []],
      ["Contoso Gigabit", ["PCI\\VEN_1234&DEV_0002"], []],
      ["dock", ["USB\\VID_1234&PID_0003", "USB\\VID_1234", "USB\\CLASS_03"], []],
      [undefined, ["*PNP0C50", "GENDISK"], []],
      [undefined, ["HID_DEVICE_UP:0001_U:0002"], []],
      [
        undefined,
        ["PCI\\VEN_1234&DEV_0009&SUBSYS_00091234&REV_00", "PCI\\VEN_1234&DEV_0009&SUBSYS_00091234"],
        ["PCI\\VEN_1234&DEV_0009&REV_00", "PCI\\VEN_1234&DEV_0009"],
      ],
    ]);
    const { format, diagnostics } = read(text);
    assert.equal(format, "list");
    assert.deepEqual(
      diagnostics.map(({ line }) => line),
      [11, 12],
    );
  });

  it("takes no punctuation for an id: neither what PowerShell puts around lists, nor JSON", () => {
    const text = String.raw`DeviceID     : PCI\VEN_1234&DEV_0001&SUBSYS_1\3&1
HardwareID   : {PCI\VEN_1234&DEV_0001&SUBSYS_1}
Name         : Contoso
`;
    const { devices: found, diagnostics } = read(text);
    assert.deepEqual(found[0]?.hardwareIds, ["PCI\\VEN_1234&DEV_0001&SUBSYS_1"]);
    assert.match(diagnostics.map(({ message }) => message).join(), /^1 of the devices give no ids/);
    const json = JSON.stringify([{ HardwareID: ["PCI\\VEN_1234"] }], undefined, 2);
    assert.throws(() => read(json), { code: "SERVICING_DEVICES_UNREADABLE" });
    assert.deepEqual(short("{5d624f94-8850-40c3-a3fa-a4fd2080baf3}\\contoso\n"), [
      [undefined, ["{5D624F94-8850-40C3-A3FA-A4FD2080BAF3}\\CONTOSO"], []],
    ]);
  });

  it("may be what devcon prints", () => {
    const text = String.raw`PCI\VEN_1234&DEV_0001\3&1&0
    Name: Contoso Gigabit
    Hardware IDs:
        PCI\VEN_1234&DEV_0001&REV_00
        PCI\VEN_1234&DEV_0001
    Compatible IDs:
        PCI\VEN_1234
ROOT\CONTOSO\0000
    Name: Contoso software
    No hardware/compatible IDs available for this device.
2 matching device(s) found.
`;
    assert.deepEqual(short(text), [
      ["Contoso Gigabit", ["PCI\\VEN_1234&DEV_0001&REV_00", "PCI\\VEN_1234&DEV_0001"], ["PCI\\VEN_1234"]],
      ["Contoso software", ["ROOT\\CONTOSO"], []],
    ]);
    assert.deepEqual(short(String.raw`PCI\VEN_1234&DEV_0001\3&1&0    : Contoso Gigabit`), [
      ["Contoso Gigabit", ["PCI\\VEN_1234&DEV_0001"], []],
    ]);
  });
});

const csvOf = (separator: string, join: string): string =>
  [
    ["Class", "Friendly Name", "Instance-ID", "HARDWAREIDS", "compatibleid"],
    [
      "Net",
      '"Contoso, fast"',
      "PCI\\VEN_1234&DEV_0001\\3&1",
      `"PCI\\VEN_1234&DEV_0001&REV_00${join}PCI\\VEN_1234&DEV_0001"`,
      `"PCI\\VEN_1234${join}PCI\\CC_0200"`,
    ],
    ["Net", "Plain", "PCI\\VEN_5678\\4", "PCI\\VEN_5678", ""],
  ]
    .map((row) => `${row.join(separator)}\r\n`)
    .join("");

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

describe("a list of devices as CSV", () => {
  const wanted = [
    [
      "Contoso, fast",
      ["PCI\\VEN_1234&DEV_0001&REV_00", "PCI\\VEN_1234&DEV_0001"],
      ["PCI\\VEN_1234", "PCI\\CC_0200"],
    ],
    ["Plain", ["PCI\\VEN_5678"], []],
  ];

  it("finds its columns by their names, ids however they are joined", () => {
    for (const separator of [",", ";", "\t"])
      for (const join of [";", "; ", "|", "\n", ",", ", "]) {
        const text = csvOf(separator, join);
        assert.equal(read(text).format, "csv");
        assert.deepEqual(short(text), wanted);
        assert.deepEqual(short(`sep=${separator}\r\n\r\n${text}`), wanted);
      }
  });

  it("of PowerShell has instance ids where ids are System.String[], and says so at the line", () => {
    const text = String.raw`#TYPE Microsoft.Management.Infrastructure.CimInstance
"Class","FriendlyName","InstanceId","Problem","Name","Status","DeviceID","HardwareID","CompatibleID","PNPDeviceID"
"Net","Contoso ""fast"" card","PCI\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02\3&1","CM_PROB_NONE","n
n","OK","PCI\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02\3&1","System.String[]","System.String[]",""

"Net",,"USB\VID_1234&PID_0001\5",,"Dock",,,,,
,,,,,,,,,
"Net","Nothing",,,,,,,,
`;
    assert.deepEqual(
      read(text).devices.map(({ name, line, hardwareIds: [id], derived }) => [name, line, id, derived]),
      [
        ['Contoso "fast" card', 3, "PCI\\VEN_1234&DEV_0001&SUBSYS_00011234&REV_02", true],
        ["Dock", 6, "USB\\VID_1234&PID_0001", true],
      ],
    );
    const lines = read(text).diagnostics.map(({ line, message }) => `${line} ${message}`);
    assert.match(lines.join("\n"), /^3 System\.String\[\] stands for ids/m);
    assert.match(lines.join("\n"), /^8 no id stands in this row$/m);
  });

  it("takes a hardware id under a name that may mean an instance, and lists in braces", () => {
    assert.deepEqual(short("id,name\nPCI\\VEN_1234,Contoso\n"), [["Contoso", ["PCI\\VEN_1234"], []]]);
    assert.deepEqual(short('HardwareID\n"{PCI\\VEN_1, PCI\\VEN_2}"\n'), [
      [undefined, ["PCI\\VEN_1", "PCI\\VEN_2"], []],
    ]);
  });

  it("is read field by field (RFC 4180)", () => {
    assert.deepEqual(readCsv('a,"b,""c""\n",\r\n\r\n"d"e,f\rg,', ","), [
      { line: 1, fields: ["a", 'b,"c"\n', ""] },
      { line: 3, fields: [""] },
      { line: 4, fields: ["de", "f"] },
      { line: 5, fields: ["g", ""] },
    ]);
    assert.deepEqual(readCsv('a;"b;c', ";"), [{ line: 1, fields: ["a", "b;c"] }]);
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.string({ unit: fc.constantFrom("a", '"', ",", ";", "\n", "\r", " ") }), {
            minLength: 1,
          }),
          {
            minLength: 1,
          },
        ),
        (rows) => {
          const text = rows.map((row) => row.map(quoted).join(",")).join("\n");
          assert.deepEqual(
            readCsv(text, ",").map(({ fields }) => fields),
            rows,
          );
        },
      ),
    );
  });
});

const refused = (bytes: Uint8Array, reason: RegExp): void =>
  assert.throws(
    () => readDevices(bytes, "notes.txt"),
    (error) =>
      isServicingError(error) &&
      error.code === "SERVICING_DEVICES_UNREADABLE" &&
      error.message.startsWith("notes.txt is no list of devices: ") &&
      reason.test(error.message) &&
      /pnputil .*CSV/.test(error.remedy),
  );

describe("what is no list of devices", () => {
  it("is refused with the forms that are taken", () => {
    for (const text of ["", "\n\n", "dear all,\nhere are the devices\n", "HardwareID,Name\n,\n"])
      refused(Buffer.from(text), /no device id/);
    refused(Buffer.alloc(deviceListLimit + 1, "a"), /8388608 are read/);
  });

  it("never gives any other error, whatever the bytes are", () => {
    const words = fc.constantFrom(
      "Instance ID:",
      "Hardware IDs:",
      "PCI\\VEN_1234&DEV_0001",
      "PCI\\VEN_1\\2",
      "{4d36e972-e325-11ce-bfc1-08002be10318}",
      "*PNP0A08",
      "    ",
      "\n",
      "\r",
      ":",
      ",",
      ";",
      "\t",
      '"',
      "HardwareID",
      "DeviceID",
      "#TYPE a\n",
      "sep=;\n",
      "\0",
      "\u00e4",
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.array(words, { maxLength: 60 }).map((all) => Buffer.from(all.join(""))),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          const list = readDevices(input, "x");
          assert.ok(list.devices.length > 0);
          const lines = Buffer.from(input).toString("latin1").split(/\n|\r/).length;
          for (const { hardwareIds, compatibleIds, line } of list.devices) {
            assert.ok(hardwareIds.length + compatibleIds.length > 0);
            assert.ok(line >= 1 && line <= lines);
            for (const id of [...hardwareIds, ...compatibleIds]) assert.match(id, /^[!-+\--`{-~]+$/);
          }
        } catch (error) {
          if (!isServicingError(error)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("takes no longer for large lists that somebody made to be slow", function () {
    this.timeout(20_000);
    const size = 1024 * 1024;
    const fill = (unit: string): Buffer => Buffer.alloc(size, unit);
    for (const bytes of [
      fill("PCI\\A,"),
      fill("PCI\\A "),
      fill("PCI\\A\n"),
      fill("PCI\\A\\B\n"),
      fill('"'),
      fill("\\"),
      fill(" :"),
      fill("Instance ID: PCI\\A\\B\n  PCI\\C\n"),
      fill("a:  PCI\\A\\B\nb:  PCI\\A\nc:  PCI\\B\n"),
      Buffer.concat([Buffer.from('HardwareID\n"{'), fill("\\"), Buffer.from('"')]),
      Buffer.concat([Buffer.from("HardwareID\n"), fill('""\n')]),
    ]) {
      const start = performance.now();
      try {
        read(bytes);
      } catch (error) {
        assert.ok(isServicingError(error), String(error));
      }
      assert.ok(performance.now() - start < 5000, bytes.subarray(0, 40).toString());
    }
  });
});
