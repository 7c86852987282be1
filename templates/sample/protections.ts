import type { Protection } from "./tree-builder.ts";

/** Owned by TrustedInstaller; everybody else, administrators included, reads and executes. */
const systemFolder =
  `O:TIG:TID:PAI(A;OICIIO;GA;;;CO)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;BA)` +
  `(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;TI)(A;;FA;;;TI)(A;OICI;0x1200a9;;;BU)(A;OICI;0x1200a9;;;AC)(A;OICI;0x1200a9;;;RP)`;

const systemFile =
  `O:TIG:TID:PAI(A;;FA;;;TI)(A;;0x1200a9;;;BA)(A;;0x1200a9;;;SY)` +
  `(A;;0x1200a9;;;BU)(A;;0x1200a9;;;AC)(A;;0x1200a9;;;RP)`;

/** The component store, where system and administrators read as well and only the installer writes. */
const storeFolder = `O:TIG:TID:PAI(A;OICI;FA;;;TI)(A;OICI;0x1200a9;;;BA)(A;OICI;0x1200a9;;;SY)(A;OICI;0x1200a9;;;BU)`;

/** Hives and logs: no business of users. */
const privateFolder = "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)";
const privateFile = "O:BAG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)";

/** Driver packages: owned by the system, which alone writes. */
const driverFolder =
  "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICI;0x1200a9;;;AC)";
const driverFile = "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BA)(A;ID;0x1200a9;;;BU)(A;ID;0x1200a9;;;AC)";

/** Descriptors that a clean installation has in these places, or close relatives of them. */
export const protections: readonly Protection[] = [
  {
    path: "",
    folder: `O:TIG:TID:PAI(A;OICIIO;0x1301bf;;;AU)(A;;0x100004;;;AU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)`,
    file: "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)",
  },
  { path: "\\Windows", folder: systemFolder, file: systemFile },
  { path: "\\Windows\\WinSxS", folder: storeFolder, file: systemFile },
  { path: "\\Windows\\System32\\config", folder: privateFolder, file: privateFile },
  { path: "\\Windows\\Panther", folder: privateFolder, file: privateFile },
  { path: "\\Windows\\INF", folder: systemFolder, file: driverFile },
  { path: "\\Windows\\System32\\DriverStore", folder: driverFolder, file: driverFile },
  {
    path: "\\Program Files",
    folder: systemFolder,
    file: "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)(A;ID;0x1200a9;;;AC)",
  },
  {
    path: "\\ProgramData",
    folder:
      "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;0x100116;;;BU)",
    file: "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)",
  },
  {
    path: "\\Users",
    folder:
      "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GR;;;BU)(A;;0x1200a9;;;WD)",
    file: "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FR;;;BU)(A;ID;FR;;;WD)",
  },
  {
    path: "\\Users\\Public",
    folder: "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;AU)",
    file: "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1301bf;;;AU)",
  },
];
