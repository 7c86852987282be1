import type { Deployment, DevicePath } from "../engine.ts";
import type { Operation, Operations } from "../operation.ts";
import { operationTitle } from "../operation-title.ts";
import type { SetupRoads } from "../engine.ts";
import {
  baseName,
  extension,
  parentOf,
  payload,
  portable,
  restartCodes,
  road,
  winpeDrive,
} from "./setup-road.ts";

/** ERROR_NO_MORE_ITEMS: PnPUtil's answer where the driver is there already, or no device wants it. */
const noMoreItems = 259;

/** Sources: "add-and-remove-drivers-to-an-offline-windows-image", "pnputil-command-syntax", microsoft-windows-pnpcustomizationsnonwinpe-driverpaths. */
export const driverRoads: Pick<SetupRoads, "Add-Driver" | "Remove-Driver"> = {
  "Add-Driver": road(
    "Windows installs the driver on the device, from a folder that travels inside the image, or on the media",
    (operation, _image, deployment) => {
      const inf = extension(operation.driver) === "inf";
      const from = inf ? parentOf(operation.driver) : operation.driver;
      if (loadedBySetup(operation, deployment))
        return { media: [{ from, to: `$WinPEDriver$\\${portable(baseName(from))}` }] };
      const folder = payload("Drivers", from);
      if (servicedOffline(operation, deployment))
        return { payload: [folder], settings: driverPath(folder.to) };
      const what: DevicePath = { path: `${folder.to}\\${inf ? baseName(operation.driver) : "*.inf"}` };
      return {
        payload: [folder],
        specialize: [
          {
            title: operationTitle(operation),
            file: "pnputil.exe",
            args: ["/add-driver", what, ...(!inf && operation.recurse ? ["/subdirs"] : []), "/install"],
            success: [...restartCodes, noMoreItems],
          },
        ],
      };
    },
    (operation, _image, deployment) => {
      if (
        operation.facts?.bootCritical === true &&
        !servicedOffline(operation, deployment) &&
        !loadedBySetup(operation, deployment)
      ) {
        return "it is needed to start Windows, and this road adds it only when Windows has started";
      }
      if (operation.forceUnsigned) {
        return "unsigned drivers can be forced in only offline; a running Windows checks every signature";
      }
      if (/["<>|*?]/.test(baseName(operation.driver))) return "the name of its INF cannot stand in a script";
      return servicedOffline(operation, deployment) &&
        extension(operation.driver) !== "inf" &&
        !operation.recurse
        ? "the answer file's DriverPaths always include subfolders; set recurse, or name the INF"
        : undefined;
    },
  ),
  "Remove-Driver": road(
    "PnPUtil removes the driver on the device",
    (operation) => ({
      specialize: [
        {
          title: operationTitle(operation),
          file: "pnputil.exe",
          args: ["/delete-driver", operation.driver, "/uninstall"],
          success: restartCodes,
        },
      ],
    }),
    (operation) =>
      /^oem\d+\.inf$/i.test(operation.driver)
        ? undefined
        : "only a published name (oem1.inf) names an installed driver",
  ),
};

/** offlineServicing is offline too: what must not be added offline, such as a driver with co-installers, waits for Windows. */
function servicedOffline(operation: Operation<"Add-Driver">, deployment: Deployment): boolean {
  return deployment === "winpe" && operation.refuse?.offline === undefined;
}

/**
 * From media, Windows Setup loads every driver of `$WinPEDriver$` and schedules it for the Windows that it installs (KB2686316),
 * so that one which is needed at boot comes in time. A driver that it will not load ends the installation, whereas one that
 * PnPUtil will not add is a line in a log: all others wait for Windows.
 */
function loadedBySetup(operation: Operation<"Add-Driver">, deployment: Deployment): boolean {
  return (
    deployment === "media" &&
    operation.facts?.bootCritical === true &&
    operation.refuse?.offline === undefined
  );
}

function driverPath(to: string): Operations["Set-Unattend"]["settings"] {
  const path = `${winpeDrive}${to}`;
  return [
    {
      pass: "offlineServicing",
      component: "Microsoft-Windows-PnpCustomizationsNonWinPE",
      path: ["DriverPaths", `PathAndCredentials[${path}]`, "Path"],
      value: path,
    },
  ];
}
