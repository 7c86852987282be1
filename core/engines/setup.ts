import type { Deployment, SetupRoads } from "../engine.ts";
import type { Operation } from "../operation.ts";
import { operationTitle } from "../operation-title.ts";
import { appRoads } from "./setup-app.ts";
import { driverRoads } from "./setup-driver.ts";
import { installerRoads } from "./setup-installer.ts";
import { internationalRoads } from "./setup-international.ts";
import { packageRoads } from "./setup-package.ts";
import { guidOf, notPowerScheme } from "./power-scheme.ts";
import { withoutReserve } from "./reserved-storage.ts";
import { registryRoads } from "./setup-registry.ts";
import { dism, road } from "./setup-road.ts";

const image = { refused: "it is done to the image as a file, before Windows Setup ever sees it" };
const mounts = { refused: "nothing is mounted on the device that Windows Setup runs on" };
const disk = { refused: "a whole disk is captured and applied from outside of the Windows that is on it" };
const maintenance = {
  refused: "an image is mended once, before it is deployed, and not on every device that it comes to",
};
const media = { refused: "media are what Windows Setup starts from" };

const winpe = { refused: "Windows PE is not set up by Windows Setup; it is what Setup runs in" };

const content = {
  refused: "Windows Setup can only add to what the image holds; the file is changed in the image itself",
};

/**
 * The road through Windows Setup: what each operation becomes in an answer file, in scripts that it calls and in files that
 * travel inside the image. "applied" images run specialize and later passes; "winpe" ones offlineServicing as well
 * ("windows-setup-configuration-passes").
 */
export const setupRoads: SetupRoads = {
  "Apply-Image": image,
  "Capture-Image": image,
  "Mount-Image": image,
  "Commit-Image": image,
  "Unmount-Image": image,
  "Append-Image": image,
  "Delete-Image": image,
  "Remount-Image": mounts,
  "Cleanup-Mountpoints": mounts,
  "Optimize-Image": {
    refused: "the first start, which it makes shorter, is what Windows Setup has begun by then",
  },
  "Capture-FFU": disk,
  "Apply-FFU": disk,
  "Split-FFU": image,
  "Optimize-FFU": image,
  "Export-Image": image,
  "Split-Image": image,
  "Service-Image": image,
  "New-Media": media,
  "New-ISO": media,
  "New-USB": media,
  "New-DeploymentFolder": { refused: "it is what an image is applied with, before Windows Setup begins" },
  "New-Disk": image,
  "Service-WinRE": {
    refused: "Windows Setup adds no drivers to the recovery environment; they are added to its image",
  },
  ...driverRoads,
  "Export-Driver": {
    refused: "the drivers of an image are copied out of it before Windows Setup ever sees it",
  },
  ...packageRoads,
  ...appRoads,
  "Repair-Image": maintenance,
  "Revert-PendingActions": maintenance,
  ...internationalRoads,
  "Set-Edition": {
    refused: "Windows Setup changes the edition only by its product key; set the key, or use another route",
  },
  "Set-ScratchSpace": winpe,
  "Set-TargetPath": winpe,
  "Set-ReservedStorageState": road(
    "DISM turns reserved storage on or off when Setup is done, as it cannot while Windows makes use of it",
    (operation) => ({
      setupComplete: [
        dism(
          operationTitle(operation),
          "/Set-ReservedStorageState",
          `/State:${operation.enabled ? "Enabled" : "Disabled"}`,
        ),
      ],
    }),
    (_operation, on) => withoutReserve(on),
  ),
  /** In specialize as unattend's powerPlan is, so that one and the other agree (microsoft-windows-powercpl-preferredplan). */
  "Set-PowerScheme": road(
    "Windows Setup makes it the preferred one from the answer file, in specialize",
    (operation) => ({
      settings: [
        {
          pass: "specialize",
          component: "Microsoft-Windows-powercpl",
          path: ["PreferredPlan"],
          value: guidOf(operation),
        },
      ],
    }),
    notPowerScheme,
  ),
  "Apply-Unattend": road("Windows Setup reads the answer file itself", (operation) => ({
    answerFile: operation.answerFile,
  })),
  "Write-File": content,
  "Remove-File": content,
  ...registryRoads,
  ...installerRoads,
  "Set-Unattend": road(
    "an answer file is where Windows Setup takes settings from",
    (operation) => ({ settings: operation.settings }),
    (operation, _image, deployment) => refusePass(operation, deployment),
  ),
};

function refusePass(operation: Operation<"Set-Unattend">, deployment: Deployment): string | undefined {
  if (deployment === "media") return undefined;
  const passes = new Set(operation.settings.map((setting) => setting.pass));
  if (passes.has("windowsPE")) {
    return 'the windowsPE pass runs only from installation media; set deployment to "media", and make them with media({ … })';
  }
  return passes.has("offlineServicing") && deployment !== "winpe"
    ? 'the offlineServicing pass does not run on an image that is applied directly; set deployment to "winpe" or "media"'
    : undefined;
}
