import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inside } from "./inside.ts";
import type { WimImage } from "./wim.ts";

export interface Driver {
  readonly published: string;
  readonly original: string;
  readonly className: string;
  readonly provider: string;
  readonly date: string;
  readonly version: string;
  readonly bootCritical: boolean;
  /** Its folder below FileRepository. */
  readonly store: string;
}

export interface App {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly packageName: string;
  readonly regions: string;
  readonly stub: string;
}

/** What component servicing keeps of an image. It is a file inside it, so that it is saved and discarded with it. */
export interface ImageState {
  version: string;
  readonly architecture: string;
  edition: string;
  readonly installation: string;
  readonly packages: Record<string, { state: string; releaseType: string }>;
  readonly features: Record<string, string>;
  readonly capabilities: Record<string, string>;
  drivers: Driver[];
  apps: App[];
  readonly languages: string[];
  /** `Set-UILang` → `de-DE`, and every other setting by its command. */
  readonly settings: Record<string, string>;
  /** Servicing that waits for a start of Windows. */
  pending: boolean;
  published: number;
  editionSet: boolean;
  health: "healthy" | "repairable" | "damaged";
}

const place = ["Windows", "servicing", "stand-in-dism.json"];

/** What the XML of a WIM calls the architectures of PROCESSOR_ARCHITECTURE_*. */
const architectures: Readonly<Record<string, string>> = { 0: "x86", 5: "arm", 9: "amd64", 12: "arm64" };

export function readState(root: string): ImageState {
  const file = inside(root, ...place);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ImageState) : initialState();
}

export function keepState(root: string, state: ImageState): void {
  const file = inside(root, ...place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(state, undefined, 1)}\n`);
}

export function hasState(root: string): boolean {
  return existsSync(inside(root, ...place));
}

/** As an image is that has never been serviced. */
export function initialState(image?: WimImage): ImageState {
  const part = (name: string): string => image?.text(name) ?? "";
  const numbers = ["MAJOR", "MINOR", "BUILD", "SPBUILD"].map(part);
  const version = numbers.some((text) => text === "") ? "10.0.26100.1742" : numbers.join(".");
  const architecture = architectures[part("ARCH")] ?? "amd64";
  const languages = image === undefined || image.languages.length === 0 ? ["en-US"] : [...image.languages];
  const identity = (name: string, language = ""): string =>
    `${name}~31bf3856ad364e35~${architecture}~${language}~${version}`;
  return {
    version,
    architecture,
    edition: part("EDITIONID") || "Professional",
    installation: part("INSTALLATIONTYPE") || "Client",
    packages: {
      [identity("Microsoft-Windows-Foundation-Package")]: { state: "Installed", releaseType: "Foundation" },
      ...Object.fromEntries(
        languages.map((language) => [
          identity("Microsoft-Windows-Client-LanguagePack-Package", language),
          { state: "Installed", releaseType: "Language Pack" },
        ]),
      ),
    },
    features: {
      TelnetClient: "Disabled",
      TFTP: "Disabled",
      NetFx3: "Disabled with Payload Removed",
      "Microsoft-Hyper-V": "Disabled",
      "MSRDC-Infrastructure": "Enabled",
      SMB1Protocol: "Disabled",
    },
    capabilities: { "OpenSSH.Client~~~~0.0.1.0": "Installed", "XPS.Viewer~~~~0.0.1.0": "Not Present" },
    drivers: [],
    apps: [],
    languages,
    settings: {},
    pending: false,
    published: 0,
    editionSet: false,
    health: "healthy",
  };
}
