import type { Deployment, DevicePath } from "../engine.ts";
import { type Operation, operationTitle, type Operations } from "../operation.ts";
import type { SetupRoads } from "../engine.ts";
import { baseName, extension, parentOf, payload, restartCodes, road, winpeDrive } from "./setup-road.ts";

/** ERROR_NO_MORE_ITEMS: PnPUtil's answer where the driver is there already, or no device wants it. */
const noMoreItems = 259;

/** Sources: "add-and-remove-drivers-to-an-offline-windows-image", "pnputil-command-syntax", microsoft-windows-pnpcustomizationsnonwinpe-driverpaths. */
export const driverRoads: Pick<SetupRoads, "Add-Driver" | "Remove-Driver"> = {
  "Add-Driver": road(
    "Windows installs the driver on the device, from a folder that travels inside the image",
    (operation, _image, deployment) => {
      const inf = extension(operation.driver) === "inf";
      const folder = payload("Drivers", inf ? parentOf(operation.driver) : operation.driver);
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
      if (operation.facts?.bootCritical === true && !servicedOffline(operation, deployment)) {
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
