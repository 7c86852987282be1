import {
  array,
  boolean,
  check,
  lazy,
  nonEmpty,
  optional,
  pipe,
  record,
  strictObject,
  string,
  type InferInput,
} from "valibot";
import { checkOptions, type Plugin } from "../core/index.ts";
import { installed, runInstaller } from "./apps/installed.ts";
import { addProvisioned, customDataFile, provisioned } from "./apps/provisioned.ts";

const path = pipe(string(), nonEmpty("must not be empty"));

const exactName = pipe(
  path,
  check((name) => !/[\s"<>|*?\\/]/.test(name), "must be a package name, without wildcards"),
);

const schema = strictObject({
  provision: optional(array(lazy((app) => (typeof app === "string" ? path : provisioned))), []),
  install: optional(array(lazy((app) => (typeof app === "string" ? path : installed))), []),
  remove: optional(array(exactName), []),
  customData: optional(record(exactName, path), {}),
  optimize: optional(boolean(), false),
});

/**
 * Apps for every user: `provision` puts APPX and MSIX packages into the image, `install` runs installers
 * inside Windows, `remove` takes provisioned packages out. `dependencies` of a package are files, or a
 * folder in which they are found by their identity. `customData` gives files to apps that are in the image by then,
 * by their package names; `optimize` keeps equal files of the apps once.
 */
export type AppsOptions = InferInput<typeof schema>;

export function apps(options: AppsOptions): Plugin {
  const { provision, install, remove, customData, optimize } = checkOptions("apps", schema, options);
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
        for (const [name, file] of Object.entries(customData)) {
          builder.add({
            type: "Set-ProvisionedAppxDataFile",
            packageName: name,
            customData: await customDataFile(file, builder),
          });
        }
        for (const app of install) {
          builder.add(await runInstaller(typeof app === "string" ? { file: app } : app, builder));
        }
      });
      // Whoever else adds apps does so before.
      if (optimize)
        servicing.hooks.modify.tap({ name: "apps", stage: 100 }, (builder) =>
          builder.add({ type: "Optimize-ProvisionedAppxPackages", optional: true }),
        );
    },
  };
}
