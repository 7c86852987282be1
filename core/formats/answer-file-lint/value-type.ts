/** Which values a setting takes, where its page says so. */
export interface ValueType {
  readonly pattern: RegExp;
  /** For messages: "true or false". */
  readonly says: string;
}

const flag: ValueType = { pattern: /^(?:true|false|0|1)$/i, says: "true or false" };

function oneOf(...values: readonly string[]): ValueType {
  const pattern = new RegExp(`^(?:${values.join("|")})$`, "i");
  return { pattern, says: `${values.slice(0, -1).join(", ")} or ${values.at(-1)}` };
}

const number: ValueType = { pattern: /^\d{1,10}$/, says: "a number" };
const language: ValueType = {
  pattern: /^(?:[a-z]{2,3}(?:-[a-z0-9]{2,8})*|[0-9a-f]{4}(?::[0-9a-f]{8})?)$/i,
  says: "a language such as en-US",
};
const keyboard = String.raw`(?:[a-z]{2,3}(?:-[a-z0-9]{2,8})*|[0-9a-f]{4}:(?:[0-9a-f]{8}|\{[0-9a-f-]{36}\}\{[0-9a-f-]{36}\}))`;
const keyboards: ValueType = {
  pattern: new RegExp(`^${keyboard}(?:;${keyboard})*;?$`, "i"),
  says: "languages or keyboards such as en-US or 0409:00000409, with semicolons between",
};
const showUI = oneOf("Always", "OnError", "Never");
const display = Object.fromEntries(
  ["ColorDepth", "HorizontalResolution", "VerticalResolution", "RefreshRate", "DPI"].map((name) => [
    `Display/${name}`,
    number,
  ]),
);
const reboot = oneOf("Always", "OnRequest", "Never");
const mode = oneOf("Audit", "OOBE");

const international = {
  InputLocale: keyboards,
  SystemLocale: language,
  UILanguage: language,
  UILanguageFallback: language,
  UserLocale: language,
};

const partition = "DiskConfiguration/Disk/CreatePartitions/CreatePartition";
const change = "DiskConfiguration/Disk/ModifyPartitions/ModifyPartition";
const oobe = [
  "HideEULAPage",
  "HideLocalAccountScreen",
  "HideOEMRegistrationScreen",
  "HideOnlineAccountScreens",
  "HideWirelessSetupInOOBE",
  "SkipMachineOOBE",
  "SkipUserOOBE",
  "UnattendEnableRetailDemo",
  "VMModeOptimizations/SkipAdministratorProfileRemoval",
  "VMModeOptimizations/SkipNotifyUILanguageChange",
  "VMModeOptimizations/SkipWinREInitialization",
];

/** By component and path, as the pages of the Unattended Windows Setup Reference have them. */
const types: Readonly<Record<string, Readonly<Record<string, ValueType>>>> = {
  "Microsoft-Windows-Setup": {
    ...display,
    "ComplianceCheck/DisplayReport": showUI,
    "Diagnostics/OptIn": flag,
    "DiskConfiguration/WillShowUI": showUI,
    "DiskConfiguration/Disk/DiskID": number,
    "DiskConfiguration/Disk/WillWipeDisk": flag,
    [`${partition}/Extend`]: flag,
    [`${partition}/Size`]: number,
    [`${partition}/Type`]: oneOf("Primary", "EFI", "Extended", "Logical", "MSR"),
    [`${change}/Active`]: flag,
    [`${change}/Extend`]: flag,
    [`${change}/Format`]: oneOf("NTFS", "FAT32"),
    [`${change}/Letter`]: { pattern: /^[C-Z]$/, says: "an uppercase letter from C to Z" },
    [`${change}/PartitionID`]: number,
    [`${change}/TypeID`]: {
      pattern: /^(?:0x[0-9a-f]{1,2}|\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?)$/i,
      says: "a type such as 0x27, or the GUID of one",
    },
    "DynamicUpdate/Enable": flag,
    "DynamicUpdate/WillShowUI": showUI,
    EnableFirewall: flag,
    EnableNetwork: flag,
    "ImageInstall/OSImage/Compact": flag,
    "ImageInstall/OSImage/InstallTo/DiskID": number,
    "ImageInstall/OSImage/InstallTo/PartitionID": number,
    "ImageInstall/OSImage/InstallToAvailablePartition": flag,
    "ImageInstall/OSImage/WillShowUI": showUI,
    Restart: oneOf("Restart", "Shutdown"),
    "RunSynchronous/RunSynchronousCommand/WillReboot": reboot,
    "UpgradeData/Upgrade": flag,
    "UpgradeData/WillShowUI": showUI,
    UseConfigurationSet: flag,
    "UserData/AcceptEula": flag,
    "UserData/ProductKey/WillShowUI": showUI,
  },
  "Microsoft-Windows-Deployment": {
    "AuditComputerName/MustReboot": flag,
    "ExtendOSPartition/Extend": flag,
    "Generalize/ForceShutdownNow": flag,
    "Generalize/Mode": mode,
    "Reseal/ForceShutdownNow": flag,
    "Reseal/Mode": mode,
    "RunSynchronous/RunSynchronousCommand/WillReboot": reboot,
    DeviceForm: { pattern: /^(?:[0-9A-F]|1[0-9A-D])$/i, says: "0 to 1D, as the page lists them" },
  },
  "Microsoft-Windows-Shell-Setup": {
    ...display,
    "AutoLogon/Enabled": flag,
    "AutoLogon/LogonCount": number,
    "AutoLogon/Password/PlainText": flag,
    CopyProfile: flag,
    DisableAutoDaylightTimeSet: flag,
    DoNotCleanTaskBar: flag,
    "FirstLogonCommands/SynchronousCommand/RequiresUserInput": flag,
    ...Object.fromEntries(oobe.map((name) => [`OOBE/${name}`, flag])),
    "OOBE/NetworkLocation": oneOf("Home", "Work", "Other"),
    "OOBE/ProtectYourPC": oneOf("1", "2", "3"),
    "UserAccounts/AdministratorPassword/PlainText": flag,
    "UserAccounts/LocalAccounts/LocalAccount/Password/PlainText": flag,
    "VisualEffects/FontSmoothing": oneOf("Standard", "On", "Off", "ClearType"),
  },
  "Microsoft-Windows-International-Core": international,
  "Microsoft-Windows-International-Core-WinPE": {
    ...international,
    "SetupUILanguage/UILanguage": language,
    "SetupUILanguage/WillShowUI": showUI,
  },
  "Microsoft-Windows-IE-ESC": { IEHardenAdmin: flag, IEHardenUser: flag },
  "Microsoft-Windows-LUA-Settings": { EnableLUA: flag },
  "Microsoft-Windows-PartitionManager": { SanPolicy: oneOf("1", "2", "3", "4") },
  "Microsoft-Windows-PnpSysprep": { DoNotCleanUpNonPresentDevices: flag, PersistAllDeviceInstalls: flag },
  "Microsoft-Windows-SecureStartup-FilterDriver": { PreventDeviceEncryption: flag },
  "Microsoft-Windows-Security-SPP-UX": { SkipAutoActivation: flag },
  "Microsoft-Windows-ServerManager-SvrMgrNc": { DoNotOpenServerManagerAtLogon: flag },
  "Microsoft-Windows-TerminalServices-LocalSessionManager": { fDenyTSConnections: flag },
  "Microsoft-Windows-TerminalServices-RDP-WinStationExtensions": { SecurityLayer: oneOf("0", "1", "2") },
  "Microsoft-Windows-UnattendedJoin": {
    "Identification/DebugJoin": flag,
    "Identification/UnsecureJoin": flag,
  },
  "Microsoft-Windows-WinRE-RecoveryAgent": { UninstallWindowsRE: flag },
};

/** The type of a setting; undefined where none is written down. */
export function valueType(component: string, path: string): ValueType | undefined {
  const own = Object.hasOwn(types, component) ? types[component] : undefined;
  return own !== undefined && Object.hasOwn(own, path) ? own[path] : undefined;
}

/** Settings whose page says that an empty value is allowed, and what it means. */
export const mayBeEmpty: ReadonlySet<string> = new Set(["UILanguageFallback", "VisualEffects/FontSmoothing"]);
