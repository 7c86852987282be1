import type { Contribution, Deployment, DevicePath, SetupRoads } from "../engine.ts";
import { packageIdentity } from "../formats/answer-file-servicing.ts";
import { buildOf } from "../image.ts";
import type { Operation } from "../operation.ts";
import { operationTitle } from "../operation-title.ts";
import { dism, extension, payload, restartCodes, road, winpeDrive } from "./setup-road.ts";

/** WU_S_ALREADY_INSTALLED, wusa's answer for an update that is there. */
const alreadyInstalled = 2359302;

const at = (path: string, option?: string): DevicePath =>
  option === undefined ? { path } : { path, option };

/** Sources: "dism-operating-system-package-servicing-command-line-options", "…-capabilities-…". */
export const packageRoads: Pick<
  SetupRoads,
  | "Add-Package"
  | "Remove-Package"
  | "Enable-Feature"
  | "Disable-Feature"
  | "Add-Capability"
  | "Remove-Capability"
> = {
  "Add-Package": road(
    "the package travels inside the image and Windows installs it on the device",
    (operation, image, deployment) => {
      const file = payload("Packages", operation.package);
      const title = operationTitle(operation);
      if (deployment === "winpe" && extension(operation.package) === "cab") {
        const source = `${winpeDrive}${file.to}`;
        return {
          payload: [file],
          packages: [{ action: "install", identity: operation.identity ?? "", source }],
        };
      }
      // Before Windows 11, DISM takes an .msu only offline; wusa wants services that specialize does not have.
      if (extension(operation.package) === "msu" && buildOf(image) < 22_000) {
        const args = [at(file.to), "/quiet", "/norestart"];
        const success = [...restartCodes, alreadyInstalled];
        return { payload: [file], setupComplete: [{ title, file: "wusa.exe", args, success }] };
      }
      const options = [
        ...(operation.ignoreCheck ? ["/IgnoreCheck"] : []),
        ...(operation.preventPending ? ["/PreventPending"] : []),
      ];
      const command = dism(title, "/Add-Package", at(file.to, "/PackagePath:"), ...options);
      return { payload: [file], specialize: [command] };
    },
    (operation, _image, deployment) => {
      const kind = extension(operation.package);
      if (kind !== "cab" && kind !== "msu") return "Windows Setup takes packages as .cab or .msu files";
      if (deployment !== "winpe" || kind === "msu") return undefined;
      if (operation.identity === undefined) {
        return "an answer file names a package by its identity, which could not be read from this one";
      }
      return packageIdentity(operation.identity) === undefined ? notAnIdentity : undefined;
    },
  ),
  "Remove-Package": road(
    "Windows removes the package on the device",
    (operation, _image, deployment) =>
      deployment !== "applied"
        ? { packages: [{ action: "remove", identity: operation.identity }] }
        : {
            specialize: [
              dism(operationTitle(operation), "/Remove-Package", `/PackageName:${operation.identity}`),
            ],
          },
    (operation) => (packageIdentity(operation.identity) === undefined ? notAnIdentity : undefined),
  ),
  "Enable-Feature": road(
    "DISM enables the feature in the running Windows; in offlineServicing the answer file does, where the package that holds it is named",
    (operation, _image, deployment) => {
      if (!operation.all && operation.source === undefined && isSelectable(operation, deployment))
        return selection(operation, true);
      const source = operation.source === undefined ? undefined : payload("Sources", operation.source);
      const command = dism(
        operationTitle(operation),
        "/Enable-Feature",
        `/FeatureName:${operation.feature}`,
        ...packageName(operation),
        ...(operation.all ? ["/All"] : []),
        ...(source === undefined ? [] : [at(source.to, "/Source:")]),
        ...(operation.limitAccess ? ["/LimitAccess"] : []),
      );
      return { ...(source === undefined ? {} : { payload: [source] }), specialize: [command] };
    },
  ),
  "Disable-Feature": road(
    "DISM disables the feature in the running Windows; in offlineServicing the answer file does, where the package that holds it is named",
    (operation, _image, deployment) =>
      !operation.remove && isSelectable(operation, deployment)
        ? selection(operation, false)
        : {
            specialize: [
              dism(
                operationTitle(operation),
                "/Disable-Feature",
                `/FeatureName:${operation.feature}`,
                ...packageName(operation),
                ...(operation.remove ? ["/Remove"] : []),
              ),
            ],
          },
  ),
  "Add-Capability": road(
    "DISM adds the capability in the running Windows, from what travels inside the image or from Windows Update",
    (operation) => {
      const source = operation.source === undefined ? undefined : payload("Sources", operation.source);
      const command = dism(
        operationTitle(operation),
        "/Add-Capability",
        `/CapabilityName:${operation.capability}`,
        ...(source === undefined ? [] : [at(source.to, "/Source:")]),
        ...(operation.limitAccess ? ["/LimitAccess"] : []),
      );
      // Windows Update cannot be reached in specialize.
      return source === undefined
        ? { setupComplete: [command] }
        : { payload: [source], specialize: [command] };
    },
    (operation) =>
      operation.limitAccess && operation.source === undefined
        ? "without a source and without Windows Update there is nothing to add it from"
        : undefined,
  ),
  "Remove-Capability": road("DISM removes the capability in the running Windows", (operation) => ({
    specialize: [
      dism(operationTitle(operation), "/Remove-Capability", `/CapabilityName:${operation.capability}`),
    ],
  })),
};

type Feature = Pick<Operation<"Enable-Feature">, "feature" | "package">;

/**
 * `<servicing>` names a feature by its package. It cannot enable what the feature stands below, nor bring or take away files
 * ("enable-or-disable-windows-features-using-dism"), and runs in offlineServicing alone.
 */
function isSelectable({ package: holder }: Feature, deployment: Deployment): boolean {
  return deployment !== "applied" && holder !== undefined && packageIdentity(holder) !== undefined;
}

function selection({ feature, package: identity = "" }: Feature, on: boolean): Contribution {
  return { packages: [{ action: "configure", identity, selections: { [feature]: on } }] };
}

function packageName({ package: holder }: Feature): readonly string[] {
  return holder === undefined ? [] : [`/PackageName:${holder}`];
}

const notAnIdentity = "its identity is not of the form name~token~architecture~language~version";
