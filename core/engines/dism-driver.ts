import type { Command, Engine, Process, Target } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import type { Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { extension, flag, service } from "./dism-command.ts";

/** "dism-driver-servicing-command-line-options-s14"; online "pnputil-command-syntax" and "pnputil-return-values". */
export const drivers = {
  "Add-Driver": {
    offline: {
      because: "DISM stages the driver in the image's driver store, a boot-critical one ready to start",
      commands: ({ driver, recurse, forceUnsigned }, target) =>
        service(
          target,
          "/Add-Driver",
          `/Driver:${driver}`,
          ...flag("Recurse", recurse),
          ...flag("ForceUnsigned", forceUnsigned),
        ),
    },
    online: {
      because: "DISM adds no driver to the running Windows, so pnputil installs it, or the DPInst beside it",
      refuse: ({ forceUnsigned, dpinst }) => {
        if (dpinst !== undefined && extension(dpinst) !== ".exe") return "DPInst is an .exe";
        return forceUnsigned === true
          ? "the running Windows checks signatures, and pnputil cannot waive it"
          : undefined;
      },
      commands: ({ driver, recurse, dpinst }) => [
        dpinst === undefined ? pnputil(driver, recurse) : installAll(dpinst),
      ],
    },
  },
  "Remove-Driver": {
    offline: {
      because: "DISM takes the driver out of the image's driver store",
      refuse: ({ driver }) => unpublished(driver),
      commands: ({ driver }, target) => service(target, "/Remove-Driver", `/Driver:${driver}`),
    },
    online: {
      because: "DISM removes no driver from the running Windows, so pnputil uninstalls it and deletes it",
      refuse: ({ driver }) => unpublished(driver),
      commands: ({ driver }) => [
        {
          run: "pnputil.exe",
          args: ["/delete-driver", driver, "/uninstall"],
          success: [0, 3010],
          writes: true,
        },
      ],
    },
  },
  "Export-Driver": {
    offline: {
      because:
        "DISM copies every driver that did not come with Windows into a folder, which Add-Driver takes",
      commands: exportDrivers,
      undo: withoutExport,
    },
    online: { refused: "what is exported on a reference device stays there" },
  },
} satisfies Partial<Engine["roads"]>;

function pnputil(driver: string, recurse = false): Process {
  const infs = extension(driver) === ".inf" ? driver : `${driver.replace(/[\\/]+$/, "")}\\*.inf`;
  return {
    run: "pnputil.exe",
    args: ["/add-driver", infs, ...(recurse ? ["/subdirs"] : []), "/install"],
    // 259: no device here needs it; the package is in the driver store all the same.
    success: [0, 259, 3010],
    writes: true,
  };
}

/**
 * Every package of the folder of DPInst, without wizard, licence and questions ("dpinst-command-line-options"). The folder is
 * named, since descriptions of DPInst differ in whether it is that of the program or the current one.
 */
function installAll(dpinst: string): Process {
  return {
    run: dpinst,
    args: ["/Q", "/SE", "/SW", "/PATH", pathsOf(dpinst).dirname(dpinst)],
    codes: "dpinst",
    writes: true,
  };
}

function exportDrivers({ to }: Operation<"Export-Driver">, target: Target): readonly Command[] {
  const folder = unfinishedName(to);
  const exporting = service(target, "/Export-Driver", `/Destination:${folder}`);
  return [
    { act: "delete", path: folder, optional: true },
    ...exporting.map((command) =>
      "act" in command ? command : { ...command, folders: [folder, ...(command.folders ?? [])] },
    ),
    { act: "place folder", folder, to },
  ];
}

function withoutExport({ to }: Operation<"Export-Driver">): readonly Command[] {
  return [
    { act: "restore folder", to },
    { act: "delete", path: unfinishedName(to), optional: true },
  ];
}

function unpublished(driver: string): string | undefined {
  return /^oem\d+\.inf$/i.test(driver)
    ? undefined
    : "a driver is removed by the name that Windows published it under, like oem3.inf";
}
