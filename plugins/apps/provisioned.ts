import {
  array,
  nonEmpty,
  optional,
  picklist,
  pipe,
  regex,
  strictObject,
  string,
  union,
  type InferInput,
} from "valibot";
import {
  chooseDependencies,
  existingInput,
  failure,
  imageTitle,
  runsApps,
  type AppxArtefact,
  type Operation,
  type PhaseBuilder,
} from "../../core/index.ts";

const path = pipe(string(), nonEmpty("must not be empty"));
const paths = union([path, array(path)]);

export const provisioned = strictObject({
  package: path,
  dependencies: optional(paths),
  optionalPackages: optional(paths),
  license: optional(paths),
  customData: optional(path),
  region: optional(
    pipe(string(), regex(/^(?:all|[a-z]{2,3}(?:;[a-z]{2,3})*)$/i, 'must be "all" or codes like "US;GB"')),
  ),
  stub: optional(picklist(["installstub", "installfull"])),
});

type Provisioned = InferInput<typeof provisioned>;

/**
 * An app with what it depends on, and what that depends on.
 * @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE, SERVICING_INPUT_ARCHITECTURE, SERVICING_INPUT_DEPENDENCY
 */
export async function addProvisioned(
  app: Provisioned,
  builder: PhaseBuilder,
): Promise<Operation<"Add-ProvisionedAppxPackage">> {
  const appx = await readApp(app.package, builder);
  const more: AppxArtefact[] = [];
  for (const file of listed(app.optionalPackages)) more.push(await readApp(file, builder));
  const dependencies = await dependenciesOf([appx, ...more], app.dependencies, builder);
  const licenses = await Promise.all(
    listed(app.license).map((file) => existingInput(builder.resolve(file), "the license of an app")),
  );
  const [license = "", ...others] = licenses;
  return {
    type: "Add-ProvisionedAppxPackage",
    package: appx.file,
    title: `${appx.name} ${appx.version}`.trim(),
    ...(dependencies.length === 0 ? {} : { dependencies }),
    ...(more.length === 0 ? {} : { optionalPackages: more.map(({ file }) => file) }),
    ...(licenses.length === 0 ? {} : { license: others.length === 0 ? license : licenses }),
    ...(app.customData === undefined ? {} : { customData: await customDataFile(app.customData, builder) }),
    ...(app.region === undefined ? {} : { region: app.region }),
    ...(app.stub === undefined ? {} : { stub: app.stub }),
  };
}

/** @throws SERVICING_INPUT_NOT_FOUND */
export function customDataFile(file: string, builder: PhaseBuilder): Promise<string> {
  return existingInput(builder.resolve(file), "the custom data of an app");
}

function listed(given: string | readonly string[] | undefined): readonly string[] {
  return given === undefined ? [] : [given].flat();
}

async function readApp(given: string, builder: PhaseBuilder): Promise<AppxArtefact> {
  const file = builder.resolve(given);
  const appx = await builder.inspect(file);
  if (appx.kind !== "appx")
    throw failure("SERVICING_INPUT_UNREADABLE", {
      path: file,
      reason: `it is no APPX or MSIX but: ${appx.kind}`,
    });
  const wanted = builder.image.architecture;
  const architectures = appx.architecture.split(", ").filter((architecture) => architecture !== "");
  if (!runsApps(wanted, architectures))
    throw failure("SERVICING_INPUT_ARCHITECTURE", {
      path: appx.file,
      architectures,
      image: imageTitle(builder.image),
      wanted,
    });
  return appx;
}

async function dependenciesOf(
  all: readonly AppxArtefact[],
  given: Provisioned["dependencies"],
  builder: PhaseBuilder,
): Promise<readonly string[]> {
  const needed = all.flatMap(({ dependencies }) => dependencies);
  const file = all[0]?.file ?? "";
  if (given === undefined) {
    const names = new Set(needed.map(({ name }) => name));
    if (names.size > 0)
      builder.warn(`${file} needs ${[...names].join(", ")}, and the config gives no dependencies for it`);
    return [];
  }
  if (typeof given === "string") return needed.length === 0 ? [] : inFolder(file, needed, given, builder);
  const available: AppxArtefact[] = [];
  for (const each of given) {
    const there = await existingInput(builder.resolve(each), "a dependency of an app");
    available.push(await readApp(there, builder));
  }
  const { missing } = chooseDependencies(needed, available, builder.image.architecture);
  // The image itself may have it.
  if (missing.length > 0)
    builder.warn(`${file} needs ${missing.join(" and ")}, which is not among the dependencies for it`);
  return available.map((each) => each.file);
}

async function inFolder(
  file: string,
  needed: AppxArtefact["dependencies"],
  folder: string,
  builder: PhaseBuilder,
): Promise<readonly string[]> {
  const packed = ["appx", "msix", "appxbundle", "msixbundle"];
  const available: AppxArtefact[] = [];
  for (const each of await builder.find(folder, "dependencies of apps", packed)) {
    const found = await builder.inspect(each);
    if (found.kind === "appx") available.push(found);
  }
  const chosen = chooseDependencies(needed, available, builder.image.architecture);
  if (chosen.missing.length > 0)
    throw failure("SERVICING_INPUT_DEPENDENCY", {
      path: file,
      dependency: chosen.missing.join(" and "),
      folder: builder.resolve(folder),
    });
  for (const name of chosen.withoutX86)
    builder.warn(`${name} has no x86 package in ${folder}: 32-bit apps will miss it`);
  return chosen.files;
}
