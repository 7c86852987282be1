import { wholeNumber, yesOrNo } from "./lines.ts";
import { recordIn, recordsIn } from "./records.ts";

/** An image of `/Get-ImageInfo` without an index. */
export interface ListedImage {
  readonly index: number;
  readonly name: string;
  readonly description: string;
  /** Uncompressed. */
  readonly bytes: number | undefined;
}

/** An image of `/Get-ImageInfo` with an index. Dates are texts in the format of the host. */
export interface DescribedImage extends ListedImage {
  readonly bootable: boolean | undefined;
  /** x86, x64, arm or arm64. */
  readonly architecture: string;
  readonly hal: string;
  /** `10.0.26100.1742`: the version and the build of the service pack. */
  readonly version: string;
  readonly servicePackLevel: string;
  readonly edition: string;
  readonly installation: string;
  readonly productType: string;
  readonly productSuite: string;
  readonly systemRoot: string;
  readonly directories: number | undefined;
  readonly files: number | undefined;
  readonly created: string;
  readonly modified: string;
  readonly languages: readonly string[];
  readonly defaultLanguage: string;
}

/** An entry of `/Get-MountedImageInfo`. */
export interface MountedImage {
  readonly mountDir: string;
  readonly file: string;
  readonly index: number | undefined;
  readonly writable: boolean | undefined;
  /** Ok, Needs Remount or Invalid. */
  readonly status: string;
}

const listed = {
  index: { label: /^index$/i, shape: /^\d{1,6}$/ },
  name: { label: /^name$/i },
  description: { label: /^description$/i },
  size: { label: /^size$/i, shape: /^\d/ },
} as const;

const described = {
  ...listed,
  bootable: { label: /^wim bootable$/i },
  architecture: { label: /^architecture$/i, shape: /^(?:x86|x64|amd64|arm|arm64|ia64)$/i },
  hal: { label: /^hal$/i },
  version: { label: /^version$/i, shape: /^\d+\.\d+\.\d+$/ },
  build: { label: /^servicepack build$/i, shape: /^\d+$/ },
  level: { label: /^servicepack level$/i },
  edition: { label: /^edition$/i },
  installation: { label: /^installation$/i },
  productType: { label: /^producttype$/i },
  productSuite: { label: /^productsuite$/i },
  systemRoot: { label: /^system root$/i },
  directories: { label: /^directories$/i },
  files: { label: /^files$/i },
  created: { label: /^created$/i },
  modified: { label: /^modified$/i },
  languages: { label: /^languages$/i },
} as const;

const path = /^(?:[A-Za-z]:[\\/]|\\\\|\/)/;

const mounted = {
  mountDir: { label: /^mount dir$/i, shape: path },
  file: { label: /^image file$/i, shape: path },
  index: { label: /^image index$/i, shape: /^\d+$/ },
  writable: { label: /^mounted read\/write$/i },
  status: { label: /^status$/i, shape: /./ },
} as const;

export function imagesIn(output: string): readonly ListedImage[] {
  return recordsIn(output, listed).flatMap((record) => listedOf(record) ?? []);
}

export function imageIn(output: string): DescribedImage | undefined {
  const record = recordIn(output, described);
  const known = listedOf(record);
  if (known === undefined) return undefined;
  const { version = "", build = "" } = record;
  const languages = (record.languages ?? "").split("\n").filter((line) => line !== "");
  return {
    ...known,
    bootable: yesOrNo(record.bootable),
    architecture: record.architecture ?? "",
    hal: record.hal ?? "",
    version: version === "" || build === "" ? version : `${version}.${build}`,
    servicePackLevel: record.level ?? "",
    edition: record.edition ?? "",
    installation: record.installation ?? "",
    productType: record.productType ?? "",
    productSuite: record.productSuite ?? "",
    systemRoot: record.systemRoot ?? "",
    directories: wholeNumber(record.directories),
    files: wholeNumber(record.files),
    created: record.created ?? "",
    modified: record.modified ?? "",
    languages: languages.map(languageOf),
    // "(Default)", in whatever language.
    defaultLanguage: languages.filter((line) => /\(.*\)$/.test(line)).map(languageOf)[0] ?? "",
  };
}

export function mountedImagesIn(output: string): readonly MountedImage[] {
  return recordsIn(output, mounted).map(({ mountDir = "", file = "", index, writable, status = "" }) => ({
    mountDir,
    file,
    index: wholeNumber(index),
    writable: yesOrNo(writable),
    status,
  }));
}

function listedOf(record: Readonly<Partial<Record<keyof typeof listed, string>>>): ListedImage | undefined {
  if (!/^\d{1,6}$/.test(record.index ?? "")) return undefined;
  return {
    index: Number(record.index),
    name: record.name ?? "",
    description: record.description ?? "",
    bytes: wholeNumber(record.size),
  };
}

function languageOf(line: string): string {
  return line.split(/\s/)[0] ?? "";
}
