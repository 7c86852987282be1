import type { Command, Engine, Target } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import type { ImagePackage, Operation } from "../operation.ts";
import { digest, extension, flag, given, mountDirOf, service } from "./dism-command.ts";
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
      refuse: sameNames,
      commands: addPackage,
      undo: takenBack,
    },
    online: {
      because: "the running Windows installs it: DISM a .cab, wusa.exe an .msu",
      refuse: ({ package: file, ignoreCheck, preventPending, checkpoints = [], member }) =>
        checkpoints.length > 0 || member !== undefined
          ? "wusa.exe installs one .msu as a whole, and knows of no checkpoints beside it"
          : extension(file) === ".msu" && (ignoreCheck === true || preventPending === true)
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
      // "add-updates-to-customized-windows-and-winpe-images": no /ResetBase with actions pending.
      commands: (operation, target) => [
        ...(operation.resetBase === true
          ? ([{ act: "nothing pending", root: mountDirOf(target) }] as const)
          : []),
        ...cleanup(operation, target),
      ],
    },
    online: {
      because: "DISM removes superseded components of the running Windows, with nothing left pending",
      refuse: deferred,
      commands: cleanup,
    },
  },
} satisfies Partial<Engine["roads"]>;

/** Adds a package to the image of the target; what is made of it before is gone afterwards. */
export function addPackage(
  operation: ImagePackage & Pick<Operation<"Add-Package">, "identity" | "ignoreCheck" | "preventPending">,
  target: Target,
): readonly Command[] {
  const made = prepared(operation, target);
  return [
    ...made.commands,
    ...service(
      target,
      "/Add-Package",
      `/PackagePath:${made.path}`,
      ...flag("IgnoreCheck", operation.ignoreCheck),
      ...flag("PreventPending", operation.preventPending),
    ).map((command) => ({ ...command, ...packageShows(operation.identity) })),
    ...takenBack(operation, target),
  ];
}

/** What takes back what is made of a package, also where it was not made. */
export function takenBack(operation: ImagePackage, target: Target): readonly Command[] {
  return prepared(operation, target).folders.map((path) => ({ act: "delete", path, optional: true }));
}

/** A package as it lies, or what DISM is given in its place. */
function prepared(operation: ImagePackage, target: Target) {
  const { package: file, checkpoints, member } = operation;
  if (member === undefined && (checkpoints === undefined || target.kind === "online"))
    return { path: file, commands: [], folders: [] } as const;
  const { join } = pathsOf(target.work);
  const own = digest([file, member ?? "", ...(checkpoints ?? [])].join("\0"));
  const folder = join(target.work, `packages-${own}`);
  if (member === undefined) {
    const gather: Command = { act: "gather packages", files: [...(checkpoints ?? []), file], to: folder };
    return { path: join(folder, baseName(file)), commands: [gather], folders: [folder] } as const;
  }
  const [to, work] = [join(folder, member), join(target.work, `unpacking-${own}`)];
  const unpack: Command = { act: "unpack package", package: file, member, to, work };
  return { path: to, commands: [unpack], folders: [folder, work] } as const;
}

/** Why packages cannot lie in one folder. */
export function sameNames({ package: file, checkpoints = [] }: ImagePackage): string | undefined {
  const names = [file, ...checkpoints].map((path) => baseName(path).toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined
    ? undefined
    : `it and its checkpoints lie in one folder, where only one can be ${twice}`;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
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

export function cleanup(
  { resetBase, defer }: Omit<Operation<"Cleanup-Image">, "type">,
  target: Target,
): readonly Command[] {
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
