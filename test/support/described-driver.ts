import type { DriverDevice, DriverPackage } from "../../core/driver-package.ts";
import type { Device } from "../../core/formats/device.ts";

/** One id of a package: `PCI\VEN_1234`, or more of it. */
type Entry = string | Partial<DriverDevice>;

/** A package that an image takes, as little of it as a test says. */
export function driverPackage(
  inf: string,
  ids: readonly Entry[],
  more: Partial<DriverPackage> = {},
): DriverPackage {
  return {
    inf: `/drivers/${inf}`,
    kind: "device",
    className: "Net",
    classGuid: "{4d36e972-e325-11ce-bfc1-08002be10318}",
    extensionId: "",
    provider: "Contoso",
    date: "01/02/2024",
    version: "1.0.0.0",
    architectures: ["amd64"],
    digest: inf,
    files: [],
    bytes: 1000,
    missing: [],
    bootCritical: false,
    coInstallers: false,
    software: [],
    components: [],
    services: [],
    reflected: [],
    signature: { state: "covered", catalog: "contoso.cat", signer: "Contoso" },
    devices: ids.map((entry) => ({
      id: "",
      kind: "hardware",
      position: 0,
      featureScore: 0xff,
      description: "Contoso card",
      ...(typeof entry === "string" ? { id: entry } : entry),
    })),
    underivable: [],
    diagnostics: [],
    ...more,
  };
}

export function device(
  hardwareIds: readonly string[],
  compatibleIds: readonly string[] = [],
  more: Partial<Device> = {},
): Device {
  return { hardwareIds, compatibleIds, line: 1, count: 1, derived: false, ...more };
}
