import { check, exactOptional, picklist, pipe, strictObject } from "valibot";
import type { Secret } from "../../core/index.ts";
import { optionalFlag, optionalText, secretText } from "./entry.ts";
import { deployment, set, type Settings, shell } from "./setting.ts";

const mode = picklist(["audit", "oobe"], 'it is "audit" or "oobe"');

export const auditEntries = {
  audit: exactOptional(
    pipe(
      strictObject({
        enter: optionalFlag,
        computerName: optionalText,
        autoLogon: exactOptional(strictObject({ password: secretText })),
        reseal: exactOptional(strictObject({ mode, shutdown: optionalFlag })),
        generalize: exactOptional(strictObject({ mode, shutdown: optionalFlag })),
      }),
      check(
        ({ reseal, generalize }) => reseal === undefined || generalize === undefined,
        "the auditUser pass ends with reseal or with generalize, not with both",
      ),
    ),
  ),
  copyProfile: optionalFlag,
  keepDevices: optionalFlag,
  skipRearm: optionalFlag,
};

export interface AuditOptions {
  /** Audit mode, in which a device is made ready before its user gets it. */
  audit?: {
    /** Windows starts in audit mode instead of the pages of its first start. */
    enter?: boolean;
    /** What the device is called meanwhile. */
    computerName?: string;
    /** The built-in Administrator logs on, with this password. */
    autoLogon?: { password: string | Secret };
    /** What Windows starts in after the auditUser pass; not with `generalize`. */
    reseal?: { mode: "audit" | "oobe"; shutdown?: boolean };
    /** Sysprep's generalize at the end of the auditUser pass. */
    generalize?: { mode: "audit" | "oobe"; shutdown?: boolean };
  };
  /** The profile of the built-in Administrator becomes that of the default user; needs audit mode and generalize. */
  copyProfile?: boolean;
  /** Generalize keeps the devices that are installed: for devices of the same hardware alone. */
  keepDevices?: boolean;
  /** Generalize leaves the time that is left for activation as it is. */
  skipRearm?: boolean;
}

const modeNames = { audit: "Audit", oobe: "OOBE" } as const;

/** Sources: "audit-mode-overview", microsoft-windows-deployment-reseal-mode, microsoft-windows-deployment-generalize. */
export function auditSettings(options: AuditOptions): Settings {
  const { audit = {} } = options;
  const { reseal, generalize, autoLogon } = audit;
  return [
    ...set("oobeSystem", deployment, { "Reseal/Mode": audit.enter === true ? "Audit" : undefined }),
    ...set("auditSystem", deployment, { "AuditComputerName/Name": audit.computerName }),
    ...set("auditSystem", shell, {
      "UserAccounts/AdministratorPassword/Value": autoLogon?.password,
      "AutoLogon/Enabled": autoLogon && true,
      "AutoLogon/LogonCount": autoLogon && 1,
      "AutoLogon/Username": autoLogon && "Administrator",
      "AutoLogon/Password/Value": autoLogon?.password,
    }),
    ...set("auditUser", deployment, {
      "Reseal/Mode": reseal && modeNames[reseal.mode],
      "Reseal/ForceShutdownNow": reseal?.shutdown,
      "Generalize/Mode": generalize && modeNames[generalize.mode],
      "Generalize/ForceShutdownNow": generalize?.shutdown,
    }),
    ...set("specialize", shell, { CopyProfile: options.copyProfile }),
    ...set("generalize", "Microsoft-Windows-PnpSysprep", { PersistAllDeviceInstalls: options.keepDevices }),
    ...set("generalize", "Microsoft-Windows-Security-SPP", {
      SkipRearm: options.skipRearm === undefined ? undefined : Number(options.skipRearm),
    }),
  ];
}
