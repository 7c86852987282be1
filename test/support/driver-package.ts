import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { executable } from "../../templates/sample/pe.ts";
import { filler } from "../../templates/sample/filler.ts";
import { catalog, type CatalogOptions } from "../../templates/sample/catalog.ts";

export interface DriverPackageOptions {
  /** Of the INF, its service and its driver. */
  readonly name?: string;
  /** A storage miniport, which starts at boot, or a network driver, which does not. */
  readonly kind?: "storage" | "net";
  /** Instead of the text of that kind. `%name%` in it becomes the name. */
  readonly inf?: string;
  /** Besides the INF and its catalogue, by path below the folder; instead of the driver alone. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  /** "other" is the catalogue of another package, "tampered" one that was changed after it was signed. */
  readonly catalog?: "covering" | "none" | "other" | "tampered";
  readonly signing?: CatalogOptions;
  readonly machine?: "amd64" | "arm64" | "x86";
  /** Bytes of the driver's data. */
  readonly bytes?: number;
}

/** Writes a driver package as a vendor ships it: the INF, its files, a signed catalogue that lists them. Gives the INF's path. */
export function writeDriverPackage(folder: string, options: DriverPackageOptions = {}): Promise<string> {
  const { name = "cstor", machine = "amd64", kind = "storage" } = options;
  const driver = executable(machine, "sys", filler(`${name}.sys`, options.bytes ?? 600));
  const text = (options.inf ?? driverInf(kind, machine)).replaceAll("%name%", name);
  const inf = Buffer.from(text.replaceAll(/\r?\n/g, "\r\n"));
  const files = { [`${name}.inf`]: inf, ...(options.files ?? { [`${name}.sys`]: driver }) };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const signed = driverCatalog(files, options);
  if (signed !== undefined) writeFileSync(join(folder, `${name}.cat`), signed);
  return Promise.resolve(join(folder, `${name}.inf`));
}

function driverCatalog(
  files: Readonly<Record<string, Uint8Array | string>>,
  { catalog: which = "covering", signing }: DriverPackageOptions,
): Buffer | undefined {
  if (which === "none") return undefined;
  const covered = Object.entries(files).map(([path, content]) => ({
    name: path.split("/").at(-1) ?? "",
    bytes: Buffer.from(content),
  }));
  if (which === "other")
    return catalog([{ name: "other.inf", bytes: Buffer.from("[Version]\r\n") }], signing);
  const made = catalog(covered, signing);
  if (which === "tampered") {
    // The last letter of a name: the list is read as before, and is not what was signed.
    const at = made.indexOf(Buffer.from(".\0i\0n\0f", "latin1"));
    made[at + 6] = "g".charCodeAt(0);
  }
  return made;
}

/** An INF for `%name%`, as a text. */
export function driverInf(
  kind: "storage" | "net",
  machine: "amd64" | "arm64" | "x86" = "amd64",
  decoration = `NT${machine}`,
): string {
  return kind === "storage" ? storage(decoration) : net(decoration);
}

const storage = (decoration: string): string => `[Version]
Signature   = "$Windows NT$"
Class       = SCSIAdapter
ClassGuid   = {4d36e97b-e325-11ce-bfc1-08002be10318}
Provider    = %Contoso%
CatalogFile = %name%.cat
DriverVer   = 05/20/2024,1.8.0.3
PnpLockdown = 1

[Manufacturer]
%Contoso% = Models,${decoration}

[Models.${decoration}]
%Device% = Install, PCI\\VEN_C0DE&DEV_4001&SUBSYS_0008C0DE, PCI\\VEN_C0DE&DEV_4001
%Device% = Install, PCI\\VEN_C0DE&DEV_4002

[SourceDisksNames]
1 = %Disk%

[SourceDisksFiles]
%name%.sys = 1

[DestinationDirs]
DefaultDestDir = 12

[Install]
CopyFiles = @%name%.sys

[Install.Services]
AddService = %name%, 2, Service

[Install.HW]
AddReg = Interrupts

[Interrupts]
HKR, "Interrupt Management\\MessageSignaledInterruptProperties", MSISupported, 0x00010001, 1

[Service]
DisplayName    = %Device%
ServiceType    = 1
StartType      = 0
ErrorControl   = 1
ServiceBinary  = %12%\\%name%.sys
LoadOrderGroup = SCSI miniport
AddReg         = Parameters

[Parameters]
HKR, Parameters\\PnpInterface, "5", 0x00010001, 1

[Strings]
Contoso = "Contoso"
Disk    = "Contoso Driver Disk"
Device  = "Contoso Storage Controller"
`;

const net = (decoration: string): string => `[Version]
Signature   = "$Windows NT$"
Class       = Net
ClassGuid   = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider    = %Contoso%
CatalogFile = %name%.cat
DriverVer   = 06/15/2024,2.4.1.0
PnpLockdown = 1

[Manufacturer]
%Contoso% = Models,${decoration}

[Models.${decoration}]
%Device% = Install, PCI\\VEN_C0DE&DEV_3001&SUBSYS_0001C0DE, PCI\\VEN_C0DE&DEV_3001

[SourceDisksNames]
1 = %Disk%

[SourceDisksFiles]
%name%.sys = 1

[DestinationDirs]
DefaultDestDir = 13

[Install]
Characteristics = 0x84
BusType         = 5
*IfType         = 6
*MediaType      = 0
*PhysicalMediaType = 14
AddReg          = Ndi
CopyFiles       = Files

[Files]
%name%.sys

[Ndi]
HKR, Ndi,            Service,    0, "%name%"
HKR, Ndi\\Interfaces, UpperRange, 0, "ndis5"
HKR, Ndi\\Interfaces, LowerRange, 0, "ethernet"

[Install.Services]
AddService = %name%, 2, Service

[Service]
DisplayName    = %Device%
ServiceType    = 1
StartType      = 3
ErrorControl   = 1
ServiceBinary  = %13%\\%name%.sys
LoadOrderGroup = NDIS

[Strings]
Contoso = "Contoso"
Disk    = "Contoso Driver Disk"
Device  = "Contoso Ethernet Adapter"
`;
