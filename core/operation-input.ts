import type { ImagePackage, MediaFile, Operation } from "./operation.ts";

/** Fields of operations that are paths of the host, and what is read there. */
const fields: Readonly<Record<string, Readonly<Record<string, "content" | "package" | "beside">>>> = {
  "Capture-Image": { configFile: "content" },
  "New-DeploymentFolder": { boot: "content" },
  "Add-Driver": { driver: "package", dpinst: "beside" },
  "New-Media": { from: "content", files: "content", updates: "content" },
  "Service-Image": { file: "content", drivers: "package", packages: "content" },
  "Service-WinRE": { drivers: "package", packages: "content" },
  "Add-Package": { package: "content", checkpoints: "content" },
  "Enable-Feature": { source: "content" },
  "Add-Capability": { source: "content" },
  "Add-ProvisionedAppxPackage": {
    package: "content",
    dependencies: "content",
    optionalPackages: "content",
    license: "content",
    customData: "content",
  },
  "Set-ProvisionedAppxDataFile": { customData: "content" },
  "Import-DefaultAppAssociations": { file: "content" },
  "Add-ProvisioningPackage": { package: "content", catalog: "content" },
  "Repair-Image": { source: "content" },
  "Apply-Unattend": { answerFile: "content" },
  "Copy-File": { from: "content" },
  "Run-Installer": { file: "content" },
};

/** A file or folder of the host that an operation reads. */
export interface Input {
  readonly path: string;
  /** The whole folder of an INF belongs to the driver, and to what installs it from there. */
  readonly whole: boolean;
}

/** What an operation reads of the host. */
export function inputsOf(operation: Operation): readonly Input[] {
  return Object.entries(fields[operation.type] ?? {}).flatMap(([field, kind]) => {
    const value = (operation as unknown as Readonly<Record<string, unknown>>)[field];
    const paths = [value]
      .flat()
      .flatMap((each: unknown) => (isPackage(each) ? [each.package, ...(each.checkpoints ?? [])] : [each]))
      .map((each: unknown) => (isMediaFile(each) ? each.from : each))
      .filter((path) => typeof path === "string");
    return paths.map((path) => ({
      path,
      whole: kind === "beside" || (kind === "package" && /\.inf$/i.test(path)),
    }));
  });
}

function isPackage(value: unknown): value is ImagePackage {
  return typeof value === "object" && value !== null && "package" in value;
}

function isMediaFile(value: unknown): value is MediaFile {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}

/** Operations that read whole folders, volumes and disks, which nobody hashes for that. */
const unmeasured: ReadonlySet<string> = new Set(["Capture-Image", "Append-Image", "Capture-FFU"]);

/** Whether what an operation comes to follows from itself and its inputs. */
export function isMeasured({ type }: Operation): boolean {
  return !unmeasured.has(type);
}

/** Asked for, and of no effect on the image. */
const wishes: ReadonlySet<string> = new Set(["title", "refuse", "optional", "strategy", "facts"]);

/**
 * An operation as data that says what it does, wherever its inputs lie: each path of the host gives way to what `named`
 * says of it. Fields in the order of their names.
 */
export function effectOf(operation: Operation, named: (input: Input) => unknown): unknown {
  const own = Object.entries(renamed(operation, named))
    .filter(([field]) => !wishes.has(field))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(own);
}

/** The same operation with its inputs elsewhere. */
export function movedOperation(operation: Operation, place: (input: Input) => string): Operation {
  return renamed(operation, place) as Operation;
}

function renamed(operation: Operation, named: (input: Input) => unknown): object {
  const paths = new Map(inputsOf(operation).map((input) => [input.path, input] as const));
  const inputFields = fields[operation.type] ?? {};
  const replaced = (path: unknown): unknown => {
    if (isPackage(path)) {
      const { checkpoints } = path;
      const others = checkpoints === undefined ? {} : { checkpoints: checkpoints.map(replaced) };
      return { ...path, package: replaced(path.package), ...others };
    }
    if (isMediaFile(path)) return { ...path, from: replaced(path.from) };
    const input = typeof path === "string" ? paths.get(path) : undefined;
    return input === undefined ? path : named(input);
  };
  return Object.fromEntries(
    Object.entries(operation).map(([field, value]: [string, unknown]) => [
      field,
      !(field in inputFields) ? value : Array.isArray(value) ? value.map(replaced) : replaced(value),
    ]),
  );
}
