import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable } from "../../templates/sample/pe.ts";
import { fileContent, fileSizes } from "./content.ts";
import { writeDriverPackage } from "../support/driver-package.ts";
import type { Size } from "./base.ts";

/** What is put into an image: files that half compress. */
export function makePayload(folder: string, { files, bytes }: Size, seed: number): void {
  mkdirSync(folder, { recursive: true });
  fileSizes(files, bytes, seed).forEach((size, at) => {
    writeFileSync(join(folder, `payload ${at}.bin`), fileContent(1_000_000 * seed + at, size, 0.5));
  });
}

/** Driver packages `first` to before `end`, a folder with INF, driver and signed catalogue each. */
export async function makeDrivers(folder: string, first: number, end: number): Promise<void> {
  for (let at = first; at < end; at += 1) {
    const name = `bench${String(at).padStart(4, "0")}`;
    const driver = executable("amd64", "sys", fileContent(500_000_000 + at, 20_000, 0.5));
    await writeDriverPackage(join(folder, name), {
      name,
      inf: inf(name, at),
      files: { [`${name}.sys`]: driver },
    });
  }
}

function inf(name: string, at: number): string {
  return `[Version]
Signature   = "$WINDOWS NT$"
Class       = Net
ClassGuid   = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider    = %Contoso%
CatalogFile = ${name}.cat
DriverVer   = 06/15/2024,1.0.${at}.0
PnpLockdown = 1

[Manufacturer]
%Contoso% = Models,NTamd64

[Models.NTamd64]
%Device% = Install, PCI\\VEN_C0DE&DEV_${at.toString(16).padStart(4, "0")}

[SourceDisksNames]
1 = %Contoso%

[SourceDisksFiles]
${name}.sys = 1

[DestinationDirs]
DefaultDestDir = 13

[Install]
CopyFiles = Files

[Install.Services]
AddService = ${name}, 2, Service

[Files]
${name}.sys

[Service]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %13%\\${name}.sys

[Strings]
Contoso = "Contoso"
Device  = "Contoso Ethernet Adapter ${at}"
`;
}
