import type { Command, Engine, Target } from "../engine.ts";
import type { Operation } from "../operation.ts";
import { extension, given, service } from "./dism-command.ts";

/**
 * Apps that are provisioned ("dism-app-package--appx-or-appxbundle--servicing-command-line-options") and what opens which
 * files ("dism-default-application-association-servicing-command-line-options").
 */
export const apps = {
  "Add-ProvisionedAppxPackage": {
    offline: {
      because: "DISM provisions the app in the image for every user who signs in",
      refuse: unfit,
      commands: provision,
    },
    online: {
      because: "DISM provisions the app in the running Windows, which keeps shared files once",
      refuse: unfit,
      commands: provision,
    },
  },
  "Remove-ProvisionedAppxPackage": {
    offline: { because: "DISM takes the app out of what new users get", commands: deprovision },
    online: {
      because: "DISM takes the app out of what new users get; a user who has it keeps it",
      commands: deprovision,
    },
  },
  "Set-ProvisionedAppxDataFile": {
    offline: { because: "DISM gives the provisioned app the file, as its Custom.dat", commands: setData },
    online: {
      because: "DISM gives the app that is provisioned in the running Windows the file, as its Custom.dat",
      commands: setData,
    },
  },
  "Optimize-ProvisionedAppxPackages": {
    offline: {
      because:
        "DISM keeps equal files of the apps that were added while the image is mounted once, by hard links",
      commands: (_, target) => service(target, "/Optimize-ProvisionedAppxPackages"),
    },
    online: {
      refused: "DISM does so in an image that is not running only; there, equal files are kept once anyway",
    },
  },
  "Import-DefaultAppAssociations": {
    offline: {
      because: "DISM keeps the file in the image for every user who signs in for the first time",
      refuse: notXml,
      commands: associate,
    },
    online: {
      because: "DISM keeps the file in the running Windows for every user who signs in for the first time",
      refuse: notXml,
      commands: associate,
    },
  },
  "Remove-DefaultAppAssociations": {
    offline: {
      because: "DISM takes the associations out that were imported into the image",
      commands: dissociate,
    },
    online: {
      because: "DISM takes the associations out that were imported into the running Windows",
      commands: dissociate,
    },
  },
} satisfies Partial<Engine["roads"]>;

function provision(operation: Operation<"Add-ProvisionedAppxPackage">, target: Target): readonly Command[] {
  const { dependencies = [], optionalPackages = [], license = [] } = operation;
  const licenses = [license].flat();
  return service(
    target,
    "/Add-ProvisionedAppxPackage",
    `/${packed(operation.package) ? "PackagePath" : "FolderPath"}:${operation.package}`,
    ...dependencies.flatMap((file) => given("DependencyPackagePath", file)),
    ...optionalPackages.flatMap((file) => given("OptionalPackagePath", file)),
    ...(licenses.length === 0 ? ["/SkipLicense"] : licenses.flatMap((file) => given("LicensePath", file))),
    ...given("CustomDataPath", operation.customData),
    ...given("Region", operation.region),
    ...given("StubPackageOption", operation.stub),
  );
}

function unfit(operation: Operation<"Add-ProvisionedAppxPackage">): string | undefined {
  const { dependencies = [], optionalPackages = [], license = [], region, stub } = operation;
  if (region !== undefined && !/^(?:all|[a-z]{2,3}(?:;[a-z]{2,3})*)$/i.test(region))
    return 'regions are "all" or codes of countries like "US;GB"';
  if (stub !== undefined && stub !== "installstub" && stub !== "installfull")
    return "an app that has a stub is added by installstub or installfull";
  const beside = [dependencies, optionalPackages, license].flat(2);
  return !packed(operation.package) && beside.length > 0
    ? "DISM takes the dependencies and the licence of an unpacked app from its own folder"
    : undefined;
}

function packed(path: string): boolean {
  return /^\.e?(?:appx|msix)(?:bundle)?$/.test(extension(path));
}

function deprovision(
  { packageName }: Operation<"Remove-ProvisionedAppxPackage">,
  target: Target,
): readonly Command[] {
  return service(target, "/Remove-ProvisionedAppxPackage", `/PackageName:${packageName}`);
}

function setData(
  { packageName, customData }: Operation<"Set-ProvisionedAppxDataFile">,
  target: Target,
): readonly Command[] {
  return service(
    target,
    "/Set-ProvisionedAppxDataFile",
    `/PackageName:${packageName}`,
    `/CustomDataPath:${customData}`,
  );
}

function associate({ file }: Operation<"Import-DefaultAppAssociations">, target: Target): readonly Command[] {
  return service(target, `/Import-DefaultAppAssociations:${file}`);
}

function notXml({ file }: Operation<"Import-DefaultAppAssociations">): string | undefined {
  return extension(file) === ".xml" ? undefined : "default associations are an .xml that DISM has exported";
}

function dissociate(_: unknown, target: Target): readonly Command[] {
  return service(target, "/Remove-DefaultAppAssociations");
}
