import {
  array,
  check,
  integer,
  lazy,
  nonEmpty,
  number,
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
  checkOptions,
  chooseDependencies,
  existingInput,
  failure,
  imageTitle,
  runsApps,
  type AppxArtefact,
  type Operation,
  type PhaseBuilder,
  type Plugin,
} from "../core/index.ts";

const path = pipe(string(), nonEmpty("must not be empty"));

const provisioned = strictObject({
  package: path,
  dependencies: optional(union([path, array(path)])),
  license: optional(path),
  region: optional(
    pipe(string(), regex(/^(?:all|[a-z]{2,3}(?:;[a-z]{2,3})*)$/i, 'must be "all" or codes like "US;GB"')),
  ),
});

const installed = strictObject({
  file: path,
  arguments: optional(array(string()), []),
  success: optional(
    pipe(array(pipe(number(), integer("must be whole numbers"))), nonEmpty("must not be empty")),
  ),
  when: optional(picklist(["specialize", "setupComplete", "firstLogon"])),
});

const schema = strictObject({
  provision: optional(array(lazy((app) => (typeof app === "string" ? path : provisioned))), []),
  install: optional(array(lazy((app) => (typeof app === "string" ? path : installed))), []),
  remove: optional(
    array(
      pipe(
        path,
        check((name) => !/[\s"<>|*?\\/]/.test(name), "must be a package name, without wildcards"),
      ),
    ),
    [],
  ),
});

/**
 * Apps for every user: `provision` puts APPX and MSIX packages into the image, `install` runs installers
 * inside Windows, `remove` takes provisioned packages out. `dependencies` of a package are files, or a
 * folder in which they are found by their identity.
 */
export type AppsOptions = InferInput<typeof schema>;

type Provisioned = InferInput<typeof provisioned>;
type Installed = InferInput<typeof installed>;

export function apps(options: AppsOptions): Plugin {
  const { provision, install, remove } = checkOptions("apps", schema, options);
  return {
    name: "apps",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("apps", async (builder) => {
        // An older version has to leave before a newer one is added.
        for (const packageName of remove) {
          builder.add({ type: "Remove-ProvisionedAppxPackage", packageName });
        }
        for (const app of provision) {
          builder.add(await addProvisioned(typeof app === "string" ? { package: app } : app, builder));
        }
        for (const app of install) {
          builder.add(await runInstaller(typeof app === "string" ? { file: app } : app, builder));
        }
      });
    },
  };
}

async function runInstaller(app: Installed, builder: PhaseBuilder): Promise<Operation<"Run-Installer">> {
  return {
    type: "Run-Installer",
    file: await existingInput(builder.resolve(app.file), "an installer"),
    arguments: app.arguments ?? [],
    ...(app.success === undefined ? {} : { success: app.success }),
    ...(app.when === undefined ? {} : { when: app.when }),
  };
}

async function addProvisioned(
  app: Provisioned,
  builder: PhaseBuilder,
): Promise<Operation<"Add-ProvisionedAppxPackage">> {
  const appx = await readApp(builder.resolve(app.package), builder);
  const dependencies = await dependenciesOf(appx, app.dependencies, builder);
  return {
    type: "Add-ProvisionedAppxPackage",
    package: appx.file,
    title: `${appx.name} ${appx.version}`.trim(),
    ...(dependencies.length === 0 ? {} : { dependencies }),
    ...(app.license === undefined
      ? {}
      : { license: await existingInput(builder.resolve(app.license), "the license of an app") }),
    ...(app.region === undefined ? {} : { region: app.region }),
  };
}

async function readApp(file: string, builder: PhaseBuilder): Promise<AppxArtefact> {
  const appx = await builder.inspect(file);
  if (appx.kind !== "appx") {
    throw failure("SERVICING_INPUT_UNREADABLE", {
      path: file,
      reason: `it is no APPX or MSIX but: ${appx.kind}`,
    });
  }
  const wanted = builder.image.architecture;
  const architectures = appx.architecture.split(", ").filter((architecture) => architecture !== "");
  if (!runsApps(wanted, architectures)) {
    throw failure("SERVICING_INPUT_ARCHITECTURE", {
      path: file,
      architectures,
      image: imageTitle(builder.image),
      wanted,
    });
  }
  return appx;
}

async function dependenciesOf(
  appx: AppxArtefact,
  given: Provisioned["dependencies"],
  builder: PhaseBuilder,
): Promise<readonly string[]> {
  if (given === undefined) {
    if (appx.dependencies.length > 0) {
      const names = appx.dependencies.map((dependency) => dependency.name).join(", ");
      builder.warn(`${appx.file} needs ${names}, and the config gives no dependencies for it`);
    }
    return [];
  }
  if (typeof given !== "string") {
    return Promise.all(given.map((file) => existingInput(builder.resolve(file), "a dependency of an app")));
  }
  return appx.dependencies.length === 0 ? [] : inFolder(appx, given, builder);
}

async function inFolder(
  appx: AppxArtefact,
  folder: string,
  builder: PhaseBuilder,
): Promise<readonly string[]> {
  const packed = ["appx", "msix", "appxbundle", "msixbundle"];
  const available: AppxArtefact[] = [];
  for (const file of await builder.find(folder, "dependencies of apps", packed)) {
    const found = await builder.inspect(file);
    if (found.kind === "appx") available.push(found);
  }
  const chosen = chooseDependencies(appx.dependencies, available, builder.image.architecture);
  if (chosen.missing.length > 0) {
    throw failure("SERVICING_INPUT_DEPENDENCY", {
      path: appx.file,
      dependency: chosen.missing.join(" and "),
      folder: builder.resolve(folder),
    });
  }
  for (const name of chosen.withoutX86) {
    builder.warn(`${name} has no x86 package in ${folder}: 32-bit apps will miss it`);
  }
  return chosen.files;
}
