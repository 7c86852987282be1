import type { Engine } from "../engine.ts";
import { noPowerOffline } from "./power-scheme.ts";
import { componentServicing } from "./wimlib-command.ts";

function refused(sentence: string): { readonly offline: { readonly refused: string } } {
  return { offline: { refused: sentence } };
}

const answerFileCarries =
  "DISM writes it together with what depends on it; the answer file carries the setting";
const diskOnly = "a full flash update file is Windows' own; New-Disk makes an image of a disk here";
const noMounts = "a branch is a file, and nothing of it is mounted";
const deploymentService = "it is done by Windows' own deployment service";
const undocumented =
  "where Windows keeps it is not documented; DISM knows, and runs inside of Windows as well";

/** What neither wimlib nor hivex can do, each with its reason. */
export const refusals = {
  "Remount-Image": refused(noMounts),
  "Cleanup-Mountpoints": refused(noMounts),
  "Capture-FFU": refused(diskOnly),
  "Apply-FFU": refused(diskOnly),
  "Split-FFU": refused(diskOnly),
  "Optimize-FFU": refused(diskOnly),

  "Export-Driver": refused("only DISM copies packages out of a driver store"),

  "Add-Package": refused(componentServicing),
  "Remove-Package": refused(componentServicing),
  "Enable-Feature": refused(componentServicing),
  "Disable-Feature": refused(componentServicing),
  "Add-Capability": refused(componentServicing),
  "Remove-Capability": refused(componentServicing),
  "Cleanup-Image": refused(componentServicing),
  "Repair-Image": refused(componentServicing),
  "Revert-PendingActions": refused(componentServicing),
  "Optimize-Image": refused(
    "what the first start does ahead of time is known to Windows' own servicing alone",
  ),

  "Add-ProvisionedAppxPackage": refused(
    "provisioning registers the app with Windows' own deployment service",
  ),
  "Remove-ProvisionedAppxPackage": refused("de-provisioning needs Windows' own deployment service"),
  "Set-ProvisionedAppxDataFile": refused(deploymentService),
  "Optimize-ProvisionedAppxPackages": refused(deploymentService),
  "Import-DefaultAppAssociations": refused(undocumented),
  "Remove-DefaultAppAssociations": refused(undocumented),
  "Add-ProvisioningPackage": refused("only Windows' own provisioning engine takes a provisioning package"),
  "Run-Installer": refused("an installer has to run inside Windows"),

  "Set-UILang": refused("DISM checks the installed languages; the answer file carries the setting"),
  "Set-UILangFallback": refused("DISM checks the installed languages; the answer file carries the setting"),
  "Set-SysLocale": refused(answerFileCarries),
  "Set-UserLocale": refused(answerFileCarries),
  "Set-InputLocale": refused(answerFileCarries),
  "Set-AllIntl": refused(answerFileCarries),
  "Set-SKUIntlDefaults": refused("the defaults of a retail Windows are known to DISM alone"),
  "Set-LayeredDriver": refused(answerFileCarries),
  "Set-TimeZone": refused("DISM checks it against the image; the answer file carries the setting"),
  "Gen-LangINI": refused("DISM alone knows which languages of the image go into lang.ini"),
  "Set-SetupUILang": refused("DISM alone knows which languages of the image go into lang.ini"),

  "Set-Edition": refused("an edition is changed by component servicing, which needs Windows"),
  "Set-ProductKey": refused("a key is checked by Windows; the answer file carries it"),
  "Apply-Unattend": refused("only DISM and Windows Setup carry an answer file out"),
  "Set-Unattend": refused("only Windows Setup carries settings of an answer file out"),
  "Set-ReservedStorageState": refused("only a running Windows turns reserved storage on and off"),
  "Set-PowerScheme": refused(noPowerOffline),
  "Set-ScratchSpace": refused(undocumented),
  "Set-TargetPath": refused(undocumented),
} satisfies Partial<Engine["roads"]>;
