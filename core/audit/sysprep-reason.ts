import { codeText } from "../formats/dism-fault.ts";
import type { SysprepFailure } from "../formats/setupact-log.ts";

export interface SysprepReason {
  /** A clause. */
  readonly reason: string;
  readonly remedy: string;
}

/** What modules are for that take part in generalizing, by their names in lower case. */
const modules: Readonly<Record<string, SysprepReason>> = {
  "appxsysprep.dll": {
    reason: "the app packages could not be checked or removed",
    remedy: "Leave the service AppXSvc as Windows has it, and no app package that one user alone has.",
  },
  "sppnp.dll": {
    reason: "a device or its driver could not be taken out",
    remedy: "Look for the last driver in the log, and leave it out or take another version of it.",
  },
  "slc.dll": {
    reason: "the activation could not be reset, which Windows allows so often only",
    remedy: "Begin with an image that was generalized less often.",
  },
  "sppcomapi.dll": {
    reason: "the activation could not be reset",
    remedy: "Leave the service sppsvc as Windows has it.",
  },
  "msdtcprx.dll": {
    reason: "the service MSDTC could not be reset",
    remedy: "Leave the service MSDTC as Windows has it.",
  },
  "spopk.dll": {
    reason: "Windows has servicing that is not through",
    remedy: "Let another restart of the job come after the updates, and keep the device off the network.",
  },
};

/** Sources: "sysprep-fails-remove-or-update-store-apps", "sysprep--generalize--a-windows-installation", reports of users. */
export function sysprepReason(failure: SysprepFailure): SysprepReason {
  switch (failure.of) {
    case "app":
      return {
        reason: `the app package ${failure.name} is there for one user alone`,
        remedy:
          "Provision it for all users (Add-App), or leave out what installs or updates it; keep the device off the network.",
      };
    case "bitlocker":
      return {
        reason: "BitLocker is on for the volume of Windows",
        remedy:
          "Set PreventDeviceEncryption in HKLM\\SYSTEM\\CurrentControlSet\\Control\\BitLocker to 1 in the image, which keeps Windows from encrypting by itself.",
      };
    case "servicing":
      return {
        reason: "an update or another servicing operation is not through with the reserved storage",
        remedy: "Put updates into the image offline, and keep the device off the network.",
      };
    case "upgrade":
      return {
        reason: "Windows was upgraded on this image",
        remedy: "Begin with an image that was installed, and not upgraded.",
      };
    case "module": {
      const { name, entry, code } = failure;
      const known = modules[name.toLowerCase()];
      const where = `${name} (${entry}) ended with ${codeText(code)}`;
      return known === undefined
        ? {
            reason: where,
            remedy: `Look for the product that ${name} is of, or for the last lines before it in the log, and leave it out.`,
          }
        : { reason: `${known.reason}: ${where}`, remedy: known.remedy };
    }
    case "unknown":
      return { reason: failure.text, remedy: "Look for the first error of its last run in the log." };
  }
}
