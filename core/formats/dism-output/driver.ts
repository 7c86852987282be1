import { yesOrNo } from "./lines.ts";
import { recordIn, recordsIn } from "./records.ts";

/** A driver package of `/Get-Drivers`. */
export interface ListedDriver {
  /** `oem0.inf` */
  readonly publishedName: string;
  /** The name of its INF before it was published; a path where DISM gives one. */
  readonly originalFileName: string;
  readonly inbox: boolean | undefined;
  readonly className: string;
  readonly provider: string;
  /** In the format of the host. */
  readonly date: string;
  readonly version: string;
}

/** A driver package of `/Get-DriverInfo`. */
export interface DescribedDriver {
  readonly publishedName: string;
  readonly storePath: string;
  readonly className: string;
  readonly classDescription: string;
  readonly classGuid: string;
  /** In the format of the host. */
  readonly date: string;
  readonly version: string;
  readonly bootCritical: boolean | undefined;
  readonly models: readonly DriverModel[];
}

/** One device of one architecture that the package is for. */
export interface DriverModel {
  readonly manufacturer: string;
  readonly description: string;
  readonly architecture: string;
  readonly hardwareId: string;
  readonly service: string;
  readonly compatibleIds: string;
  readonly excludeIds: string;
}

const inf = /^[^\\/:]+\.inf$/i;
const version = /^\d+(?:\.\d+){1,3}$/;

const listed = {
  publishedName: { label: /^published name$/i, shape: inf },
  originalFileName: { label: /^original file name$/i, shape: /\.inf$/i },
  inbox: { label: /^inbox$/i },
  className: { label: /^class name$/i },
  provider: { label: /^provider name$/i },
  date: { label: /^date$/i },
  version: { label: /^version$/i, shape: version },
} as const;

const described = {
  publishedName: { label: /^published name$/i, shape: inf },
  storePath: { label: /^driver store path$/i },
  className: { label: /^class name$/i },
  classDescription: { label: /^class description$/i },
  classGuid: { label: /^class guid$/i, shape: /^\{[\da-f-]{36}\}$/i },
  date: { label: /^date$/i },
  version: { label: /^version$/i, shape: version },
  bootCritical: { label: /^boot critical$/i },
} as const;

const model = {
  manufacturer: { label: /^manufacturer$/i },
  description: { label: /^description$/i },
  architecture: { label: /^architecture$/i, shape: /^(?:x86|x64|amd64|arm|arm64|ia64)$/i },
  hardwareId: { label: /^hardware id$/i, shape: /\S/ },
  service: { label: /^service name$/i },
  compatibleIds: { label: /^compatible ids$/i },
  excludeIds: { label: /^exclude ids$/i },
} as const;

export function driversIn(output: string): readonly ListedDriver[] {
  return recordsIn(output, listed).map((record) => ({
    publishedName: record.publishedName ?? "",
    originalFileName: record.originalFileName ?? "",
    inbox: yesOrNo(record.inbox),
    className: record.className ?? "",
    provider: record.provider ?? "",
    date: record.date ?? "",
    version: record.version ?? "",
  }));
}

export function driverIn(output: string): DescribedDriver | undefined {
  const record = recordIn(output, described);
  if (record.publishedName === undefined) return undefined;
  return {
    publishedName: record.publishedName,
    storePath: record.storePath ?? "",
    className: record.className ?? "",
    classDescription: record.classDescription ?? "",
    classGuid: record.classGuid ?? "",
    date: record.date ?? "",
    version: record.version ?? "",
    bootCritical: yesOrNo(record.bootCritical),
    models: recordsIn(output, model).map((each) => ({
      manufacturer: each.manufacturer ?? "",
      description: each.description ?? "",
      architecture: each.architecture ?? "",
      hardwareId: each.hardwareId ?? "",
      service: each.service ?? "",
      compatibleIds: each.compatibleIds ?? "",
      excludeIds: each.excludeIds ?? "",
    })),
  };
}
