import type { DevicePath, SetupRoads } from "../engine.ts";
import { operationTitle } from "../operation-title.ts";
import { baseName, dism, extension, payload, road } from "./setup-road.ts";

const at = (path: string, option: string): DevicePath => ({ path, option });

/** Several files may have one name: the x64 and x86 builds of a dependency often do. */
function numbered(files: readonly string[], what: string): ReturnType<typeof payload>[] {
  return files.map((file, index) => payload("Apps", file, `${what}-${index + 1}-${baseName(file)}`));
}

function customData(file: string): ReturnType<typeof payload> {
  return payload("Apps", file, `data-${baseName(file)}`);
}

/**
 * Sources: "dism-app-package--appx-or-appxbundle--servicing-command-line-options",
 * "dism-default-application-association-servicing-command-line-options", "dism-provisioning-package-command-line-options".
 */
export const appRoads: Pick<
  SetupRoads,
  | "Add-ProvisionedAppxPackage"
  | "Remove-ProvisionedAppxPackage"
  | "Set-ProvisionedAppxDataFile"
  | "Optimize-ProvisionedAppxPackages"
  | "Import-DefaultAppAssociations"
  | "Remove-DefaultAppAssociations"
  | "Add-ProvisioningPackage"
> = {
  "Add-ProvisionedAppxPackage": road(
    "the app and what it depends on travel inside the image and DISM provisions them in the running Windows",
    (operation) => {
      const app = payload("Apps", operation.package);
      const dependencies = numbered(operation.dependencies ?? [], "dependency");
      const optional = numbered(operation.optionalPackages ?? [], "optional");
      const given = [operation.license ?? []].flat();
      const [only, ...more] = given;
      const licenses =
        only !== undefined && more.length === 0
          ? [payload("Apps", only, `license-${baseName(only)}`)]
          : numbered(given, "license");
      const data = operation.customData === undefined ? [] : [customData(operation.customData)];
      const command = dism(
        operationTitle(operation),
        "/Add-ProvisionedAppxPackage",
        at(app.to, "/PackagePath:"),
        ...dependencies.map((file) => at(file.to, "/DependencyPackagePath:")),
        ...optional.map((file) => at(file.to, "/OptionalPackagePath:")),
        ...(licenses.length === 0 ? ["/SkipLicense"] : licenses.map((file) => at(file.to, "/LicensePath:"))),
        ...data.map((file) => at(file.to, "/CustomDataPath:")),
        ...(operation.region === undefined ? [] : [`/Region:${operation.region}`]),
        ...(operation.stub === undefined ? [] : [`/StubPackageOption:${operation.stub}`]),
      );
      return {
        payload: [app, ...dependencies, ...optional, ...licenses, ...data],
        specialize: [command],
      };
    },
  ),
  "Remove-ProvisionedAppxPackage": road(
    "DISM removes the provisioned app in the running Windows",
    (operation) => ({
      specialize: [
        dism(
          operationTitle(operation),
          "/Remove-ProvisionedAppxPackage",
          `/PackageName:${operation.packageName}`,
        ),
      ],
    }),
  ),
  "Set-ProvisionedAppxDataFile": road(
    "the file travels inside the image and DISM gives it to the app in the running Windows",
    (operation) => {
      const data = customData(operation.customData);
      const command = dism(
        operationTitle(operation),
        "/Set-ProvisionedAppxDataFile",
        `/PackageName:${operation.packageName}`,
        at(data.to, "/CustomDataPath:"),
      );
      return { payload: [data], specialize: [command] };
    },
  ),
  "Optimize-ProvisionedAppxPackages": {
    refused: "DISM does so in an image that is not running only",
  },
  "Import-DefaultAppAssociations": road(
    "the file travels inside the image and DISM imports it in the running Windows, before anybody signs in",
    (operation) => {
      const file = payload("Settings", operation.file);
      const command = dism(operationTitle(operation), at(file.to, "/Import-DefaultAppAssociations:"));
      return { payload: [file], specialize: [command] };
    },
    ({ file }) =>
      extension(file) === "xml" ? undefined : "default associations are an .xml that DISM has exported",
  ),
  "Remove-DefaultAppAssociations": road(
    "DISM takes the imported associations out in the running Windows, before anybody signs in",
    (operation) => ({ specialize: [dism(operationTitle(operation), "/Remove-DefaultAppAssociations")] }),
  ),
  "Add-ProvisioningPackage": road(
    "the provisioning package travels inside the image and DISM adds it in the running Windows",
    (operation) => {
      const file = payload("Provisioning", operation.package);
      const catalog = operation.catalog === undefined ? [] : [payload("Provisioning", operation.catalog)];
      const command = dism(
        operationTitle(operation),
        "/Add-ProvisioningPackage",
        at(file.to, "/PackagePath:"),
        ...catalog.map(({ to }) => at(to, "/CatalogPath:")),
      );
      return { payload: [file, ...catalog], specialize: [command] };
    },
    ({ package: file }) => (extension(file) === "ppkg" ? undefined : "a provisioning package is a .ppkg"),
  ),
};
