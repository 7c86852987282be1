import type { Command, Engine, Target } from "../engine.ts";
import type { Operation } from "../operation.ts";
import { extension, flag, given, service } from "./dism-command.ts";
import { updateInstaller } from "./dism-installer.ts";
import { packageShows } from "./dism-safety.ts";

/**
 * Packages and features ("dism-operating-system-package-servicing-command-line-options") and capabilities
 * ("dism-capabilities-package-servicing-command-line-options").
 */
export const packages = {
  "Add-Package": {
    offline: {
      because: "DISM installs the package into the image and checks that it applies",
      commands: addPackage,
    },
    online: {
      because: "the running Windows installs it: DISM a .cab, wusa.exe an .msu",
      refuse: ({ package: file, ignoreCheck, preventPending }) =>
        extension(file) === ".msu" && (ignoreCheck === true || preventPending === true)
          ? "wusa.exe, which installs an .msu, has neither /IgnoreCheck nor /PreventPending"
          : undefined,
      commands: (operation, target) =>
        extension(operation.package) === ".msu"
          ? [updateInstaller(operation.package)]
          : addPackage(operation, target),
    },
  },
  "Remove-Package": {
    offline: {
      because: "DISM removes the package by its identity; the file becomes smaller when it is exported",
      commands: removePackage,
    },
    online: {
      because: "DISM removes the package from the running Windows by its identity",
      commands: removePackage,
    },
  },
  "Enable-Feature": {
    offline: {
      because: "DISM enables the feature with the payload of the image or of the source that is named",
      commands: enableFeature,
    },
    online: {
      because:
        "the running Windows enables the feature and completes what would be pending in an offline image",
      commands: enableFeature,
    },
  },
  "Disable-Feature": {
    offline: { because: "DISM disables the feature in the image", commands: disableFeature },
    online: { because: "DISM disables the feature in the running Windows", commands: disableFeature },
  },
  "Add-Capability": {
    offline: {
      because: "DISM adds the capability, and those that it depends on, from the source",
      refuse: ({ source }) =>
        source === undefined
          ? "an offline image takes capabilities from a source only: name a Features on Demand medium of its version"
          : undefined,
      commands: addCapability,
    },
    online: {
      because: "the running Windows adds the capability, from Windows Update where no source has it",
      refuse: ({ source, limitAccess }) =>
        source === undefined && limitAccess === true
          ? "without a source and without Windows Update there is nowhere to take the capability from"
          : undefined,
      commands: addCapability,
    },
  },
  "Remove-Capability": {
    offline: {
      because: "DISM removes the capability from the image, unless another one depends on it",
      commands: removeCapability,
    },
    online: {
      because: "DISM removes the capability from the running Windows, unless another one depends on it",
      commands: removeCapability,
    },
  },
  "Cleanup-Image": {
    offline: {
      because: "DISM removes superseded components from the image's component store",
      refuse: deferred,
      commands: cleanup,
    },
    online: {
      because: "DISM removes superseded components of the running Windows, with nothing left pending",
      refuse: deferred,
      commands: cleanup,
    },
  },
} satisfies Partial<Engine["roads"]>;

function addPackage(operation: Operation<"Add-Package">, target: Target): readonly Command[] {
  return service(
    target,
    "/Add-Package",
    `/PackagePath:${operation.package}`,
    ...flag("IgnoreCheck", operation.ignoreCheck),
    ...flag("PreventPending", operation.preventPending),
  ).map((command) => ({ ...command, ...packageShows(operation.identity) }));
}

function removePackage({ identity }: Operation<"Remove-Package">, target: Target): readonly Command[] {
  return service(target, "/Remove-Package", `/PackageName:${identity}`);
}

function enableFeature(operation: Operation<"Enable-Feature">, target: Target): readonly Command[] {
  return service(
    target,
    "/Enable-Feature",
    `/FeatureName:${operation.feature}`,
    ...given("PackageName", operation.package),
    ...given("Source", operation.source),
    ...flag("LimitAccess", operation.limitAccess),
    ...flag("All", operation.all),
  );
}

function disableFeature(operation: Operation<"Disable-Feature">, target: Target): readonly Command[] {
  return service(
    target,
    "/Disable-Feature",
    `/FeatureName:${operation.feature}`,
    ...given("PackageName", operation.package),
    ...flag("Remove", operation.remove),
  );
}

function addCapability(operation: Operation<"Add-Capability">, target: Target): readonly Command[] {
  return service(
    target,
    "/Add-Capability",
    `/CapabilityName:${operation.capability}`,
    ...given("Source", operation.source),
    ...flag("LimitAccess", operation.limitAccess),
  );
}

function removeCapability(
  { capability }: Operation<"Remove-Capability">,
  target: Target,
): readonly Command[] {
  return service(target, "/Remove-Capability", `/CapabilityName:${capability}`);
}

function cleanup({ resetBase, defer }: Operation<"Cleanup-Image">, target: Target): readonly Command[] {
  return service(
    target,
    "/Cleanup-Image",
    "/StartComponentCleanup",
    ...flag("ResetBase", resetBase),
    ...flag("Defer", defer),
  );
}

function deferred({ resetBase, defer }: Operation<"Cleanup-Image">): string | undefined {
  return defer === true && resetBase !== true
    ? "/Defer puts off /ResetBase, which is not asked for"
    : undefined;
}
