import { exactOptional, picklist, strictObject } from "valibot";
import { optionalFlag, optionalText } from "./entry.ts";
import { set, type Settings, shell } from "./setting.ts";

export const oobeEntries = {
  oobe: exactOptional(
    strictObject({
      hideEula: optionalFlag,
      hideLocalAccount: optionalFlag,
      hideOemRegistration: optionalFlag,
      hideOnlineAccount: optionalFlag,
      hideWireless: optionalFlag,
      protectYourPC: exactOptional(
        picklist([1, 2, 3], "1 and 2 turn the express settings on, 3 turns them off"),
      ),
      oemAppId: optionalText,
      retailDemo: optionalFlag,
      virtualMachine: exactOptional(
        strictObject({
          keepAdministratorProfile: optionalFlag,
          skipLanguageNotice: optionalFlag,
          skipRecoveryEnvironment: optionalFlag,
        }),
      ),
    }),
  ),
};

export interface OobeOptions {
  /** The pages that Windows shows at its first start. */
  oobe?: {
    hideEula?: boolean;
    /** Of Windows Server, which asks for the Administrator's password. */
    hideLocalAccount?: boolean;
    hideOemRegistration?: boolean;
    hideOnlineAccount?: boolean;
    hideWireless?: boolean;
    /** 3 turns the express settings off. */
    protectYourPC?: 1 | 2 | 3;
    /** The app that the registration page belongs to. */
    oemAppId?: string;
    retailDemo?: boolean;
    /** What a virtual machine may leave out, to start faster. */
    virtualMachine?: {
      keepAdministratorProfile?: boolean;
      skipLanguageNotice?: boolean;
      skipRecoveryEnvironment?: boolean;
    };
  };
}

/** The settings of microsoft-windows-shell-setup-oobe that are not deprecated. */
export function oobeSettings({ oobe = {} }: OobeOptions): Settings {
  const { virtualMachine = {} } = oobe;
  return set("oobeSystem", shell, {
    "OOBE/HideEULAPage": oobe.hideEula,
    "OOBE/HideLocalAccountScreen": oobe.hideLocalAccount,
    "OOBE/HideOEMRegistrationScreen": oobe.hideOemRegistration,
    "OOBE/HideOnlineAccountScreens": oobe.hideOnlineAccount,
    "OOBE/HideWirelessSetupInOOBE": oobe.hideWireless,
    "OOBE/ProtectYourPC": oobe.protectYourPC,
    "OOBE/OEMAppID": oobe.oemAppId,
    "OOBE/UnattendEnableRetailDemo": oobe.retailDemo,
    "OOBE/VMModeOptimizations/SkipAdministratorProfileRemoval": virtualMachine.keepAdministratorProfile,
    "OOBE/VMModeOptimizations/SkipNotifyUILanguageChange": virtualMachine.skipLanguageNotice,
    "OOBE/VMModeOptimizations/SkipWinREInitialization": virtualMachine.skipRecoveryEnvironment,
  });
}
