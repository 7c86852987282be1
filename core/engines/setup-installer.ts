import type { DeviceCommand, SetupRoads } from "../engine.ts";
import type { Operation } from "../operation.ts";
import { operationTitle } from "../operation-title.ts";
import { baseName, dism, extension, home, payload, portable, restartCodes, road } from "./setup-road.ts";

/** WU_S_ALREADY_INSTALLED, wusa's answer for an update that is there. */
const alreadyInstalled = 2359302;

/** ERROR_INSTALL_ALREADY_RUNNING: Windows Installer does one thing at a time ("msiexec", "error-codes"). */
const busy = { codes: [1618], times: 20, seconds: 30 };

const runnable = new Set(["exe", "msi", "msu", "cmd", "bat"]);

/** Sources: "add-a-custom-script-to-windows-setup", "msiexec", "wusa". */
export const installerRoads: Pick<SetupRoads, "Run-Installer" | "Copy-File" | "Cleanup-Image"> = {
  "Run-Installer": road(
    "the installer travels inside the image and runs in the running Windows; what runs by SetupComplete.cmd is skipped where an OEM product key is used",
    (operation) => {
      const file = payload("Apps", operation.file);
      const { check } = operation;
      const command = { ...installer(operation, file.to), ...(check && { check }) };
      return { payload: [file], [operation.when ?? "setupComplete"]: [command] };
    },
    (operation) => {
      const kind = extension(operation.file);
      if (!runnable.has(kind)) return `Windows runs no .${kind} file by itself; wrap it in a .cmd`;
      // oxlint-disable-next-line no-control-regex
      if (operation.arguments.some((text) => /[\u0000-\u001f]/.test(text))) {
        return "a command cannot hold the line breaks in its arguments";
      }
      return /^(?:cmd|bat)$/.test(kind) && operation.arguments.some((text) => /[%^&|<>()!"]/.test(text))
        ? 'the arguments of a script may not hold any of % ^ & | < > ( ) ! "'
        : undefined;
    },
  ),
  "Copy-File": road(
    "the files travel inside the image and are copied in the running Windows",
    (operation) => {
      const cut = operation.to.replace(/\\+$/, "").lastIndexOf("\\");
      const name = operation.to.replace(/\\+$/, "").slice(cut + 1);
      // A folder of its own, copied as a whole, is the same command for a file and for a folder.
      const folder = `${home}\\Files\\${portable(operation.to.slice(1))}`;
      const copy = folderCopy(operationTitle(operation), folder, operation.to.slice(0, cut), name);
      return { payload: [{ from: operation.from, to: `${folder}\\${name}` }], specialize: [copy] };
    },
    (operation) => (/^\\[^"<>|*?]+$/.test(operation.to) ? undefined : "its target cannot stand in a script"),
  ),
  "Cleanup-Image": road("DISM cleans up the running Windows, once Setup is complete", (operation) => ({
    setupComplete: [
      dism(
        operationTitle(operation),
        "/Cleanup-Image",
        "/StartComponentCleanup",
        ...(operation.resetBase ? ["/ResetBase"] : []),
        ...(operation.resetBase && operation.defer ? ["/Defer"] : []),
      ),
    ],
  })),
};

/** Of a path below the folder that is copied: xcopy takes 254 characters in all ("xcopy"), robocopy more. */
const longestName = 100;

/** Copies what is in a folder into `name` of another; success is said by the program that is right for it. */
export function folderCopy(title: string, from: string, to: string, name: string): DeviceCommand {
  const paths = [{ path: from }, { path: to || "\\" }];
  if (to.length + name.length > longestName) {
    const args = [...paths, "/E", "/IS", "/IT", "/NP", "/R:0"];
    return { title, file: "robocopy.exe", args, success: [0, 1, 2, 3, 4, 5, 6, 7] };
  }
  return { title, file: "xcopy.exe", args: [...paths, "/E", "/I", "/H", "/K", "/R", "/Y"], success: [0] };
}

function installer(operation: Operation<"Run-Installer">, path: string): DeviceCommand {
  const title = operationTitle(operation);
  const success = operation.success ?? restartCodes;
  const own = operation.arguments;
  const has = (option: RegExp) => own.some((text) => option.test(text));
  switch (extension(operation.file)) {
    case "msi": {
      const log = { path: `${home}\\Logs\\${portable(baseName(operation.file))}.log` };
      const quiet = has(/^[/-](?:q|passive|quiet)/i) ? [] : ["/qn"];
      const restart = has(/^[/-](?:norestart|promptrestart|forcerestart)$/i) ? [] : ["/norestart"];
      const logging = has(/^[/-](?:l|log$)/i) ? [] : ["/l*v", log];
      const args = ["/i", { path }, ...quiet, ...restart, ...logging, ...own];
      return { title, file: "msiexec.exe", args, success, retry: busy };
    }
    case "msu": {
      const args = [
        { path },
        ...(has(/^\/quiet$/i) ? [] : ["/quiet"]),
        ...(has(/^\/norestart$/i) ? [] : ["/norestart"]),
        ...own,
      ];
      return { title, file: "wusa.exe", args, success: operation.success ?? [...success, alreadyInstalled] };
    }
    default:
      // What wraps an .msi ends as msiexec does, unless 1618 is said to be fine.
      return {
        title,
        file: { path },
        args: own,
        success,
        ...(success.includes(1618) ? {} : { retry: busy }),
      };
  }
}
