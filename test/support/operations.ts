import type { ImageInfo } from "../../core/image.ts";
import type { Operation, OperationType } from "../../core/operation.ts";

/** What the sample secrets are called, and what they are: the value must never be seen in a command. */
export const secret = { name: "SAMPLE_SECRET", value: "correct horse battery staple" } as const;

export const image: ImageInfo = {
  file: "C:\\images\\install.wim",
  index: 1,
  name: "Windows 11 Pro",
  architecture: "amd64",
  version: "10.0.26100.1742",
  editionId: "Professional",
  installationType: "Client",
  languages: ["en-US"],
  defaultLanguage: "en-US",
  totalBytes: 18_358_026_779,
};

/** Some operations are for Windows PE alone. */
export function imageFor(type: OperationType): ImageInfo {
  return type === "Set-ScratchSpace" || type === "Set-TargetPath"
    ? { ...image, file: "C:\\images\\boot.wim", name: "Windows PE", installationType: "WindowsPE" }
    : image;
}

type Samples = { readonly [K in OperationType]: readonly [Sample<K>, ...(readonly Sample<K>[])] };
type Sample<K extends OperationType> = Omit<Operation<K>, "type">;

/** At least one operation of every type, the plainest first: a new one in the kernel does not compile without. */
const samples: Samples = {
  "Apply-Image": [
    { file: "C:\\images\\install.wim", index: 1, to: "W:\\" },
    { file: "C:\\images\\install.swm", index: 2, to: "W:\\" },
  ],
  "Capture-Image": [
    { from: "W:\\", to: "C:\\out\\captured.wim", name: "Contoso 14" },
    { from: "W:\\", to: "C:\\out\\captured.wim", name: "Contoso 14", compress: "max" },
    { from: "W:\\", to: "C:\\out\\captured.esd", name: "Contoso 14", compress: "recovery" },
    {
      from: "W:\\",
      to: "C:\\out\\captured.wim",
      name: "Contoso 14",
      description: "for the line of 14 inches",
      configFile: "C:\\config\\wimscript.ini",
      checkIntegrity: false,
      verify: false,
    },
    { from: "W:\\", to: "C:\\out\\captured.wim", name: "Contoso 14", extendedAttributes: true },
    { from: "W:\\", to: "C:\\out\\captured.wim", name: "Contoso 14", bootable: true },
    { from: "W:\\", to: "C:\\out\\captured.wim", name: " " },
    { from: "/srv/windows", to: "/srv/windows/captured.wim", name: "Contoso 14" },
  ],
  "Append-Image": [
    { from: "W:\\", to: "C:\\out\\captured.wim", name: "Contoso 15" },
    {
      from: "/srv/windows",
      to: "/srv/out/captured.wim",
      name: "-Contoso 15",
      description: "second",
      checkIntegrity: true,
    },
    { from: "W:\\", to: "C:\\out\\captured.swm", name: "Contoso 15" },
    { from: "W:\\", to: "C:\\out\\captured.esd", name: "Contoso 15" },
    { from: "W:\\", to: "C:\\out\\captured.wim", name: "" },
    { from: "/srv/windows", to: "/srv/windows/captured.wim", name: "Contoso 15" },
  ],
  "Delete-Image": [
    { file: "C:\\out\\captured.wim", index: 2 },
    { file: "C:\\out\\captured.swm", index: 2 },
    { file: "C:\\out\\captured.wim", index: 0 },
  ],
  "Remount-Image": [{}],
  "Cleanup-Mountpoints": [{}],
  "Optimize-Image": [{}],
  "Capture-FFU": [
    { drive: "\\\\.\\PhysicalDrive1", to: "C:\\out\\disk.ffu", name: "Contoso 14" },
    {
      drive: "\\\\.\\PhysicalDrive12",
      to: "C:\\out\\disk.ffu",
      name: "Contoso 14",
      description: "for the line of 14 inches",
      compress: "none",
    },
    { drive: "D:\\", to: "C:\\out\\disk.ffu", name: "Contoso 14" },
    { drive: "\\\\.\\PhysicalDrive1", to: "C:\\out\\disk.wim", name: "Contoso 14" },
    { drive: "\\\\.\\PhysicalDrive1", to: "C:\\out\\disk.ffu", name: "" },
  ],
  "Apply-FFU": [
    { file: "C:\\out\\disk.ffu", drive: "\\\\.\\PhysicalDrive1" },
    { file: "C:\\out\\disk.sfu", drive: "\\\\.\\PhysicalDrive1" },
    { file: "C:\\out\\disk.ffu", drive: "\\\\.\\PhysicalDrive1 /x" },
    { file: "C:\\out\\disk.wim", drive: "\\\\.\\PhysicalDrive1" },
  ],
  "Split-FFU": [
    { file: "C:\\out\\disk.ffu", to: "C:\\out\\disk.sfu", megabytes: 3800 },
    { file: "C:\\out\\disk.ffu", to: "C:\\out\\disk.swm", megabytes: 3800 },
    { file: "C:\\out\\disk.ffu", to: "C:\\out\\disk.sfu", megabytes: 0 },
  ],
  "Optimize-FFU": [
    { file: "C:\\out\\disk.ffu" },
    { file: "C:\\out\\disk.ffu", partition: 3 },
    { file: "C:\\out\\disk.ffu", partition: 0 },
    { file: "C:\\out\\disk.sfu" },
  ],
  "Mount-Image": [
    { file: "C:\\images\\install.wim", index: 1 },
    { file: "/srv/images/install.wim", index: 6 },
    { file: "C:\\images\\install.esd", index: 1 },
    { file: "C:\\images\\install.swm", index: 1 },
  ],
  "Commit-Image": [{}, { append: true }],
  "Unmount-Image": [{}, { discard: true }],
  "Export-Image": [
    { file: "C:\\images\\install.wim", index: 1, to: "C:\\out\\install.wim" },
    {
      file: "C:\\images\\boot.wim",
      index: 2,
      to: "C:\\out\\boot.wim",
      compress: "max",
      bootable: true,
      checkIntegrity: true,
    },
    { file: "C:\\images\\install.wim", index: 1, to: "C:\\out\\install.esd", compress: "recovery" },
    { file: "C:\\images\\install.wim", index: 1, to: "C:\\out\\install.wim", compress: "recovery" },
    { file: "/srv/images/install.swm", index: 1, to: "/srv/out/install.wim" },
    { file: "C:\\out\\office.wim", index: 1, to: "C:\\out\\product.wim", name: "-office Pro & N" },
    { file: "/srv/office.delta.wim", index: 1, to: "/srv/product.wim", source: "/srv/install.wim" },
  ],
  "Split-Image": [
    { file: "C:\\out\\install.wim", to: "C:\\out\\install.swm", megabytes: 3800 },
    { file: "C:\\out\\install.wim", to: "C:\\out\\part.wim", megabytes: 3800 },
    { file: "C:\\out\\install.wim", to: "C:\\out\\install.swm", megabytes: 0.5 },
  ],
  "New-Media": [
    { from: "C:\\media\\windows 11", to: "C:\\out\\media", image: "C:\\out\\product.wim" },
    {
      from: "/srv/windows.iso",
      to: "/srv/out/media",
      image: "/srv/out/product.esd",
      boot: "/srv/out/boot.wim",
      files: [{ from: "/srv/drivers/net", to: "$WinPEDriver$\\net" }],
      answerFile: {
        text: "<Value>@1@</Value>",
        secrets: [{ placeholder: "@1@", secret: secret.name, hiddenAs: "AdministratorPassword" }],
      },
    },
    { from: "/srv/media", to: "/srv/media/new", image: "/srv/out/product.wim" },
    {
      from: "C:\\media",
      to: "C:\\out\\media",
      image: "C:\\out\\product.wim",
      boot: "C:\\out\\boot.wim",
      updates: ["C:\\updates\\setup.cab"],
      bootManager: true,
    },
  ],
  "New-ISO": [
    {
      from: "C:\\out\\media",
      to: "C:\\out\\product.iso",
      label: "PRODUCT_14",
      bios: "boot/etfsboot.com",
      uefi: "efi/microsoft/boot/efisys.bin",
    },
    {
      from: "/srv/media",
      to: "/srv/arm.iso",
      label: "ARM64",
      uefi: "efi/microsoft/boot/efisys_noprompt.bin",
    },
    { from: "/srv/media", to: "/srv/product.iso", label: "product", bios: "boot/etfsboot.com" },
    { from: "/srv/media", to: "/srv/product.iso", label: "PRODUCT" },
  ],
  "New-USB": [
    { from: "/srv/media", to: "/srv/product.img", label: "PRODUCT_14" },
    { from: "/srv/media", to: "/srv/product.img", label: "MORE THAN 11" },
  ],
  "New-DeploymentFolder": [
    {
      image: "C:\\out\\install.wim",
      index: 1,
      to: "C:\\out\\deploy",
      deployment: { disk: { id: 0, windows: 20_480 }, unattended: false },
    },
    {
      image: "C:\\out\\install.wim",
      index: 2,
      to: "C:\\out\\deploy",
      deployment: {
        firmware: "bios",
        disk: { id: 1, windows: 40_960, sizes: { system: 100, recovery: 0 } },
        unattended: true,
      },
      megabytes: 3000,
      boot: "C:\\images\\boot.wim",
      bootIndex: 2,
    },
    {
      image: "C:\\out\\install.wim",
      index: 1,
      to: "C:\\out\\to deploy",
      deployment: { disk: { id: 0, windows: 20_480 }, unattended: false },
    },
  ],
  "New-Disk": [
    { image: "/srv/out/install.wim", index: 1, to: "/srv/out/pc.img", format: "raw", size: 32_768 },
    {
      image: "/srv/out/install.wim",
      index: 1,
      to: "/srv/out/pc, one.qcow2",
      format: "qcow2",
      size: 65_536,
      sizes: { system: 100, recovery: 0 },
      verify: true,
    },
    { image: "/srv/out/install.wim", index: 1, to: "/srv/out/pc.vhdx", format: "vhdx", size: 32_768 },
    { image: "/srv/out/install.wim", index: 1, to: "/srv/out/pc.img", format: "raw", size: 8192 },
  ],
  "Service-Image": [
    {
      file: "C:\\images\\boot.wim",
      index: 2,
      to: "C:\\out\\boot.wim",
      drivers: ["C:\\drivers\\stor\\stor.inf"],
    },
    {
      file: "C:\\images\\boot.wim",
      index: 2,
      to: "C:\\out\\boot.wim",
      drivers: ["C:\\drivers\\stor\\stor.inf"],
      indexes: [1, 2],
      packages: [
        {
          package: "C:\\updates\\windows11.0-kb5044284-x64.msu",
          checkpoints: ["C:\\updates\\windows11.0-kb5043080-x64.msu"],
        },
      ],
      cleanup: true,
      export: { images: 2, boot: 2 },
    },
  ],
  "Service-WinRE": [
    { drivers: ["C:\\drivers\\stor\\stor.inf"], forceUnsigned: true },
    {
      drivers: [],
      packages: [
        { package: "C:\\updates\\windows11.0-kb5044284-x64.msu", member: "SSU-26100.2033-x64.cab" },
        { package: "C:\\updates\\windows11.0-kb5044615-x64.cab" },
      ],
      cleanup: true,
      export: true,
      partition: 990,
    },
    { drivers: ["C:\\drivers\\stor\\stor.inf"], sameAs: 2 },
  ],
  "Add-Driver": [
    { driver: "C:\\drivers\\netkvm\\netkvm.inf" },
    { driver: "C:\\drivers\\laptop 14", recurse: true },
    { driver: "C:\\drivers\\netkvm\\netkvm.inf", forceUnsigned: true },
    { driver: "C:\\drivers\\audio 14\\audio.inf", dpinst: "C:\\drivers\\audio 14\\DPInst64.exe" },
    { driver: "C:\\drivers\\stor\\stor.inf", facts: { bootCritical: true, underivable: [] } },
    {
      driver: "C:\\drivers\\old\\old.inf",
      facts: { bootCritical: false, underivable: ["it is an Extension INF", "it has no devices"] },
    },
  ],
  "Remove-Driver": [{ driver: "oem3.inf" }, { driver: "netkvm.inf" }],
  "Export-Driver": [{ to: "C:\\out\\drivers of 14" }],
  "Repair-Image": [
    { check: "checkHealth" },
    { check: "scanHealth" },
    { check: "restoreHealth" },
    { check: "restoreHealth", source: "D:\\mount\\Windows", limitAccess: true },
    { check: "scanHealth", limitAccess: true },
  ],
  "Revert-PendingActions": [{}],
  "Add-Package": [
    { package: "C:\\packages\\langpack fr-fr.cab" },
    { package: "C:\\updates\\windows11.0-kb5043080-x64.msu" },
    { package: "C:\\packages\\langpack.cab", ignoreCheck: true, preventPending: true },
    { package: "C:\\updates\\windows11.0-kb5043080-x64.msu", preventPending: true },
    {
      package: "C:\\updates\\windows11.0-kb5044284-x64.msu",
      checkpoints: ["C:\\updates\\windows11.0-kb5043080-x64.msu"],
    },
    { package: "C:\\updates\\windows11.0-kb5044284-x64.msu", checkpoints: [] },
    { package: "C:\\updates\\windows11.0-kb5044284-x64.msu", member: "SSU-26100.2033-x64.cab" },
    { package: "C:\\new\\update.msu", checkpoints: ["C:\\old\\Update.msu"] },
  ],
  "Remove-Package": [
    {
      identity: "Microsoft-Windows-Client-LanguagePack-Package~31bf3856ad364e35~amd64~fr-FR~10.0.26100.1742",
    },
  ],
  "Enable-Feature": [
    { feature: "TelnetClient" },
    { feature: "Contoso-Kiosk", package: "Contoso-Kiosk-Package~31bf3856ad364e35~amd64~~1.0.0.0" },
    { feature: "NetFx3", all: true, source: "D:\\sources\\sxs", limitAccess: true },
  ],
  "Disable-Feature": [
    { feature: "SMB1Protocol" },
    { feature: "SMB1Protocol", remove: true },
    { feature: "Contoso-Kiosk", package: "Contoso-Kiosk-Package~31bf3856ad364e35~amd64~~1.0.0.0" },
  ],
  "Add-Capability": [
    { capability: "OpenSSH.Server~~~~0.0.1.0", source: "E:\\LanguagesAndOptionalFeatures" },
    { capability: "OpenSSH.Server~~~~0.0.1.0" },
    { capability: "OpenSSH.Server~~~~0.0.1.0", limitAccess: true },
  ],
  "Remove-Capability": [{ capability: "App.StepsRecorder~~~~0.0.1.0" }],
  "Add-ProvisionedAppxPackage": [
    { package: "C:\\apps\\Contoso.msixbundle" },
    {
      package: "C:\\apps\\Contoso.msixbundle",
      dependencies: ["C:\\apps\\VCLibs x64.appx", "C:\\apps\\VCLibs x86.appx"],
      license: "C:\\apps\\Contoso_License1.xml",
      region: "FR;DE",
    },
    {
      package: "C:\\apps\\Contoso.msixbundle",
      optionalPackages: ["C:\\apps\\Contoso More.msix"],
      license: ["C:\\apps\\Contoso_License1.xml", "C:\\apps\\More_License1.xml"],
      customData: "C:\\apps\\contoso.dat",
      stub: "installfull",
    },
    { package: "C:\\apps\\Contoso.msixbundle", stub: "installstub" },
    { package: "C:\\apps\\Contoso.msixbundle", region: "Europe" },
    { package: "C:\\apps\\contoso-unpacked" },
    { package: "C:\\apps\\contoso-unpacked", dependencies: ["C:\\apps\\VCLibs.appx"] },
  ],
  "Remove-ProvisionedAppxPackage": [
    { packageName: "Microsoft.BingNews_4.2.27001.0_neutral_~_8wekyb3d8bbwe" },
  ],
  "Set-ProvisionedAppxDataFile": [
    {
      packageName: "Contoso.App_1.0.0.0_neutral_~_8wekyb3d8bbwe",
      customData: "C:\\apps\\contoso.dat",
    },
  ],
  "Optimize-ProvisionedAppxPackages": [{}],
  "Import-DefaultAppAssociations": [
    { file: "C:\\settings\\associations.xml" },
    { file: "C:\\settings\\associations.reg" },
  ],
  "Remove-DefaultAppAssociations": [{}],
  "Add-ProvisioningPackage": [
    { package: "C:\\settings\\kiosk.ppkg" },
    { package: "C:\\settings\\kiosk.ppkg", catalog: "C:\\settings\\kiosk.cat" },
    { package: "C:\\settings\\kiosk.xml" },
  ],
  "Set-UILang": [{ language: "fr-FR" }, { language: "french" }],
  "Set-UILangFallback": [{ language: "en-US" }, { language: "en" }],
  "Set-SKUIntlDefaults": [{ language: "ja-JP" }, { language: "ja-JP /x" }],
  "Set-LayeredDriver": [{ layeredDriver: 6 }, { layeredDriver: 7 as 6 }],
  "Gen-LangINI": [{ distribution: "C:\\media\\of our own" }],
  "Set-SetupUILang": [
    { language: "fr-FR", distribution: "C:\\media\\of our own" },
    { language: "", distribution: "C:\\media\\of our own" },
  ],
  "Set-SysLocale": [{ language: "fr-FR" }],
  "Set-UserLocale": [{ language: "fr-FR" }],
  "Set-InputLocale": [
    { locale: "fr-FR" },
    { locale: "040c:0000040c;0409:00000409" },
    { locale: "040c:0000040c,0409:00000409" },
  ],
  "Set-AllIntl": [{ language: "fr-FR" }],
  "Set-TimeZone": [
    { timeZone: "Romance Standard Time" },
    { timeZone: "Central Standard Time (Mexico)" },
    { timeZone: "UTC-11_dstoff" },
    { timeZone: "Europe/Paris" },
  ],
  "Set-Edition": [{ edition: "Enterprise" }, { edition: "professional" }],
  "Set-ProductKey": [
    { productKey: "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE" },
    { productKey: { secret: secret.name } },
    { productKey: "not a key" },
  ],
  "Apply-Unattend": [{ answerFile: "C:\\answers\\unattend.xml" }],
  "Set-ScratchSpace": [{ megabytes: 512 }, { megabytes: 100 }],
  "Set-TargetPath": [{ path: "X:\\" }, { path: "X:\\with blanks" }, { path: "Windows" }],
  "Set-PowerScheme": [
    { scheme: "highPerformance" },
    { scheme: "12345678-9ABC-def0-1234-56789abcdef0" },
    { scheme: "fast" },
  ],
  "Set-ReservedStorageState": [{ enabled: false }, { enabled: true }],
  "Cleanup-Image": [{}, { resetBase: true }, { resetBase: true, defer: true }, { defer: true }],
  "Copy-File": [
    { from: "C:\\files\\wallpaper.jpg", to: "\\Windows\\Web\\wallpaper.jpg" },
    { from: "/srv/files/tools", to: "\\Program Files\\Contoso" },
  ],
  "Write-File": [
    { to: "\\Windows\\Setup\\Scripts\\SetupComplete.cmd", text: "@echo off\r\nexit /b 0\r\n" },
    {
      to: "\\Windows\\Panther\\unattend.xml",
      text: "<Value>@1@</Value>",
      secrets: [{ placeholder: "@1@", secret: secret.name, hiddenAs: "AdministratorPassword" }],
    },
  ],
  "Remove-File": [
    { path: "\\Windows\\Web\\wallpaper.jpg" },
    { path: "\\Windows\\Web\\wallpaper.jpg", optional: true },
  ],
  "Set-Registry": [
    {
      key: "HKLM\\SOFTWARE\\Contoso",
      name: "Owner",
      value: { type: "REG_SZ", data: "Contoso & Söhne 100%" },
    },
    {
      key: "HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso",
      name: "",
      value: { type: "REG_EXPAND_SZ", data: "%SystemRoot%\\contoso.exe" },
    },
    {
      key: "HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem",
      name: "LongPathsEnabled",
      value: { type: "REG_DWORD", data: 1 },
    },
    { key: "HKLM\\SYSTEM\\Setup", name: "Minus", value: { type: "REG_DWORD", data: -1 } },
    {
      key: "HKCU\\Software\\Contoso",
      name: "Ticks",
      value: { type: "REG_QWORD", data: "0xffffffffffffffff" },
    },
    {
      key: "HKU\\.DEFAULT\\Control Panel\\Desktop",
      name: "List",
      value: { type: "REG_MULTI_SZ", data: ["one", "two words"] },
    },
    {
      key: "HKLM\\SOFTWARE\\Contoso",
      name: "Paths",
      value: { type: "REG_MULTI_SZ", data: ["C:\\0day", "D:\\x"] },
    },
    {
      key: "HKLM\\SOFTWARE\\Contoso",
      name: "Gap",
      value: { type: "REG_MULTI_SZ", data: ["one", "", "three"] },
    },
    { key: "HKLM\\DRIVERS\\Contoso", name: "Bytes", value: { type: "REG_BINARY", data: "00ffA0" } },
    { key: "HKLM\\SOFTWARE\\Contoso", name: "None", value: { type: "REG_NONE", data: "" } },
    { key: "HKLM\\SOFTWARE\\Contoso", name: "Owner" },
    { key: "HKLM\\SOFTWARE\\Contoso", name: "" },
    { key: "HKLM\\SOFTWARE\\Contoso" },
  ],
  "Run-Installer": [
    { file: "C:\\apps\\agent.msi", arguments: [] },
    {
      file: "C:\\apps\\agent.msi",
      arguments: ["/quiet", "/promptrestart", "/log", "C:\\agent.log", "OWNER=Contoso Ltd"],
      success: [0],
    },
    { file: "C:\\apps\\setup.exe", arguments: ["/S", "/D=C:\\Program Files\\Contoso"] },
    { file: "C:\\updates\\windows11.0-kb5043080-x64.msu", arguments: [] },
    { file: "C:\\apps\\first steps.cmd", arguments: ["one", "two"] },
    { file: "C:\\apps\\first steps.cmd", arguments: ["one two"] },
    { file: "C:\\apps\\first.cmd", arguments: ["one&calc.exe"] },
    { file: "C:\\apps\\first.ps1", arguments: [] },
  ],
  "Set-Unattend": [
    {
      settings: [
        {
          pass: "oobeSystem",
          component: "Microsoft-Windows-Shell-Setup",
          path: ["OOBE", "HideEULAPage"],
          value: true,
        },
        {
          pass: "oobeSystem",
          component: "Microsoft-Windows-Shell-Setup",
          path: ["UserAccounts", "AdministratorPassword", "Value"],
          value: { secret: secret.name },
        },
      ],
    },
  ],
};

export const operationTypes = Object.keys(samples) as readonly OperationType[];

export function samplesOf<K extends OperationType>(type: K): readonly Operation<K>[] {
  return samples[type].map((fields) => Object.assign({ type }, fields) as unknown as Operation<K>);
}
