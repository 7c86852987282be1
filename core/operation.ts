import type { Detection } from "./audit/job.ts";
import type { DeviceDeployment } from "./formats/deploy-script.ts";
import type { DiskSizes } from "./formats/disk-layout.ts";
import type { PackageClass } from "./formats/package-class.ts";
import type { RegistryValue } from "./formats/registry-value.ts";
import type { ImageFileOperations } from "./image-file-operation.ts";
import type { WindowsOperations } from "./windows-operation.ts";

export type { RegistryValue };

/** A value that is read from the environment when it is written, and never before. */
export interface Secret {
  readonly secret: string;
}

/**
 * The closed kernel: what can be done to an image, in DISM's own verbs where it has one.
 * Plugins lower whatever they offer into these; engines implement only these.
 * Paths of the host are absolute; paths inside the image begin with a backslash: `\Windows\System32\x.dll`.
 */
export interface Operations extends ImageFileOperations, WindowsOperations {
  "Apply-Image": { readonly file: string; readonly index: number; readonly to: string };
  "Capture-Image": {
    readonly from: string;
    readonly to: string;
    readonly name: string;
    readonly description?: string;
    readonly compress?: Compression;
    /** What is left out, as wimscript.ini says it. */
    readonly configFile?: string;
    /** The image is the one that the WIM boots: of Windows PE only. */
    readonly bootable?: boolean;
    /** Absent: true. */
    readonly checkIntegrity?: boolean;
    /** Looks for errors and for files that are there twice; absent: true. */
    readonly verify?: boolean;
    /** Extended attributes as well. */
    readonly extendedAttributes?: boolean;
  };
  "Mount-Image": { readonly file: string; readonly index: number };
  "Commit-Image": { readonly append?: boolean };
  "Unmount-Image": { readonly discard?: boolean };
  "Export-Image": {
    readonly file: string;
    readonly index: number;
    readonly to: string;
    /** What it is called there, where no other image may be called so; absent: as in `file`. */
    readonly name?: string;
    /** Where the files are that `file`, a delta, has not. */
    readonly source?: string;
    /** "lzms" is LZMS without solid resources, which only wimlib writes. */
    readonly compress?: Compression | "lzms";
    /** The file is there by then, with a compression that it keeps. */
    readonly append?: boolean;
    /** This image is the one that the WIM boots. */
    readonly bootable?: boolean;
    readonly checkIntegrity?: boolean;
  };
  "Split-Image": { readonly file: string; readonly to: string; readonly megabytes: number };
  /** Installation media as a folder: what `from` holds, with the image and what Windows Setup is to do in their places. */
  "New-Media": {
    /** A media folder, or an ISO. */
    readonly from: string;
    /** A folder, which is made; one that is there is replaced as a whole. */
    readonly to: string;
    /** What becomes `sources\install.wim`, or `install.esd`. The plan fills in the line's result where it is absent. */
    readonly image?: string;
    /**
     * A WIM that takes the place of `sources\boot.wim`. Where nothing in the line makes it, the plan moves it to `files`,
     * since it is an input then.
     */
    readonly boot?: string;
    /** Files and folders of the host, and where they go, from the root of the media: `$WinPEDriver$\netkvm`. */
    readonly files?: readonly MediaFile[];
    /** Setup dynamic updates: cabinets whose files take the places of those in `sources`. */
    readonly updates?: readonly string[];
    /** Its boot.wim was updated, so that what the firmware starts has to be of the same update. */
    readonly bootManager?: boolean;
    /** `autounattend.xml`. The plan fills it in where the line is deployed by media. */
    readonly answerFile?: Pick<Operations["Write-File"], "text" | "secrets">;
  };
  /** An ISO of a media folder. */
  "New-ISO": {
    readonly from: string;
    readonly to: string;
    readonly label: string;
    /** Boot images, from the root of the media, `/` between: `boot/etfsboot.com`, `efi/microsoft/boot/efisys.bin`. */
    readonly bios?: string;
    readonly uefi?: string;
  };
  /** A raw image of a disk with one FAT32 partition that holds a media folder, to be written to a USB flash drive. */
  "New-USB": { readonly from: string; readonly to: string; readonly label: string };
  /** A folder that lays the image on a device started with WinPE: image, scripts, and a boot.wim that runs them. */
  "New-DeploymentFolder": {
    /** The WIM that is applied. */
    readonly image: string;
    /** Of the image in it. */
    readonly index: number;
    /** A folder, which is made, or replaced as a whole. */
    readonly to: string;
    readonly deployment: Omit<DeviceDeployment, "index">;
    /** MiB: parts of at most this size, always; absent: of 3800 where the image is larger than FAT32 takes. */
    readonly megabytes?: number;
    /** A WinPE whose image `bootIndex` (1) becomes `boot.wim`, alone, with a startnet.cmd that runs the script. */
    readonly boot?: string;
    readonly bootIndex?: number;
  };
  /** A disk for UEFI as a file, with the image on its Windows partition; the boot files are left to Windows. */
  "New-Disk": {
    /** The WIM that is applied. */
    readonly image: string;
    /** Of the image in it. */
    readonly index: number;
    readonly to: string;
    readonly format: DiskFormat;
    /** MiB. */
    readonly size: number;
    readonly sizes?: DiskSizes;
    /** Reads every file of the Windows partition back; otherwise all that is said of the files, and not what is in them. */
    readonly verify?: boolean;
  };
  /** Another WIM, such as boot.wim, serviced as a file of its own; its other images as they are. */
  "Service-Image": {
    readonly file: string;
    readonly index: number;
    readonly to: string;
    /** INFs, for image `index`. */
    readonly drivers: readonly string[];
    readonly forceUnsigned?: boolean;
    /** Of the images that packages are added to; absent: `index`. */
    readonly indexes?: readonly number[];
    readonly packages?: readonly ImagePackage[];
    /** Superseded components are removed for good, as far as that is not put off to maintenance. */
    readonly cleanup?: boolean;
    /** All of its images are exported, which makes the file smaller: how many they are, and which of them it boots, or 0. */
    readonly export?: { readonly images: number; readonly boot: number };
  };
  /** The recovery environment, `\Windows\System32\Recovery\Winre.wim`. */
  "Service-WinRE": {
    /** INFs. */
    readonly drivers: readonly string[];
    readonly forceUnsigned?: boolean;
    readonly packages?: readonly ImagePackage[];
    readonly cleanup?: boolean;
    /** It is exported, which makes it smaller. */
    readonly export?: boolean;
    /** The plan fills it in: an image of the line whose Winre.wim gets the same, and is copied where both were the same. */
    readonly sameAs?: number;
    /** MiB of the recovery partition that it goes to. The plan fills it in where the line lays a disk out. */
    readonly partition?: number;
  };

  "Add-Driver": {
    /** An INF, or a folder of them. */
    readonly driver: string;
    readonly recurse?: boolean;
    readonly forceUnsigned?: boolean;
    /** The maker's DPInst beside the INF: a running Windows installs all packages of the folder by it, not this one by pnputil. */
    readonly dpinst?: string;
    /** What was read of its INF for the image that it is for; absent where nobody did. */
    readonly facts?: DriverFacts;
  };
  /** A published name, `oem3.inf`, or the name that its INF had, which has to be that of one driver alone. */
  "Remove-Driver": { readonly driver: string };
  "Add-Package": {
    /** A .cab or .msu. */
    readonly package: string;
    /**
     * The .msu files of earlier checkpoints, which DISM looks for beside the package. With a list, even an empty one, it finds
     * nothing else there.
     */
    readonly checkpoints?: readonly string[];
    /** Name of a cabinet in the package that is added in its place: the servicing stack of an .msu. */
    readonly member?: string;
    /** `name~token~architecture~language~version`, read from the package's own update.mum. */
    readonly identity?: string;
    readonly ignoreCheck?: boolean;
    readonly preventPending?: boolean;
    /** What was read of it; absent where nobody did. */
    readonly facts?: PackageFacts;
  };
  "Remove-Package": { readonly identity: string };
  "Enable-Feature": {
    readonly feature: string;
    /** Identity of the package that holds it; absent: the Windows Foundation Package of the image, whatever its version. */
    readonly package?: string;
    readonly all?: boolean;
    readonly source?: string;
    readonly limitAccess?: boolean;
  };
  "Disable-Feature": { readonly feature: string; readonly package?: string; readonly remove?: boolean };
  "Add-Capability": { readonly capability: string; readonly source?: string; readonly limitAccess?: boolean };
  "Remove-Capability": { readonly capability: string };
  "Add-ProvisionedAppxPackage": {
    readonly package: string;
    readonly dependencies?: readonly string[];
    /** Optional packages of the app, which go with it. */
    readonly optionalPackages?: readonly string[];
    /** Without one, the package is added with /SkipLicense. */
    readonly license?: string | readonly string[];
    /** A file that the app finds as Custom.dat. */
    readonly customData?: string;
    readonly region?: string;
    /** How an app is added that has a stub: as that, or whole. */
    readonly stub?: "installstub" | "installfull";
  };
  "Remove-ProvisionedAppxPackage": { readonly packageName: string };

  "Set-UILang": { readonly language: string };
  "Set-SysLocale": { readonly language: string };
  "Set-UserLocale": { readonly language: string };
  "Set-InputLocale": { readonly locale: string };
  "Set-AllIntl": { readonly language: string };
  "Set-TimeZone": { readonly timeZone: string };
  "Set-Edition": { readonly edition: string };
  "Set-ProductKey": { readonly productKey: string | Secret };
  "Apply-Unattend": { readonly answerFile: string };
  "Cleanup-Image": { readonly resetBase?: boolean; readonly defer?: boolean };

  /** A file or a folder of the host; a folder is merged into the one that is there. */
  "Copy-File": { readonly from: string; readonly to: string };
  /** A small text, made by the plan itself; `secrets` names the placeholders in it that stand for secrets. */
  "Write-File": {
    readonly to: string;
    readonly text: string;
    /** A byte for each character, for what is of unknown encoding; UTF-8 where it is absent. */
    readonly encoding?: "latin1";
    readonly secrets?: readonly SecretPlaceholder[];
  };
  "Remove-File": { readonly path: string; readonly optional?: boolean };
  /** Without `value` the name is deleted; without `name` as well, the whole key. The default value is named "". */
  "Set-Registry": { readonly key: string; readonly name?: string; readonly value?: RegistryValue };
  /** An .exe, .msi, .msu or .cmd that has to run inside Windows. */
  "Run-Installer": {
    readonly file: string;
    readonly arguments: readonly string[];
    /** Exit codes that mean success; 0, 3010 and 1641 (restart) unless said otherwise. */
    readonly success?: readonly number[];
    /** Exit codes after which Windows restarts and the installer runs again, on a reference device. */
    readonly again?: readonly number[];
    /** How it is known that it is installed: then it is not installed again. */
    readonly check?: Detection;
    /** A failure of it on a reference device is a warning. */
    readonly mayFail?: boolean;
    /** Minutes after which it hangs, on a reference device; absent: 60. */
    readonly minutes?: number;
    /** When the setup road runs it. SetupComplete is skipped by Windows when an OEM product key is used. */
    readonly when?: "specialize" | "setupComplete" | "firstLogon";
  };
  /** Settings of an answer file, which only the setup road can carry out. */
  "Set-Unattend": { readonly settings: readonly UnattendSetting[] };
}

/** A file or folder of the host, and where it travels. */
export interface MediaFile {
  readonly from: string;
  /** From the root of the media, a backslash between. */
  readonly to: string;
}

/** A package for another image than the line's own. */
export type ImagePackage = Pick<Operations["Add-Package"], "package" | "checkpoints" | "member">;

/** What decides the place of a package, and whether it is needed at all. */
export interface PackageFacts {
  readonly class: PackageClass;
  /** What Windows is at with a cumulative update: `10.0.26100.2033`. */
  readonly level?: string;
  /** The level of a checkpoint that it is built on, that the image has, and that does not lie beside it. */
  readonly absent?: string;
  /** Why it is added although the image has it. The plan fills it in. */
  readonly again?: string;
}

export type DiskFormat = "raw" | "qcow2" | "vhdx";

/** What decides where a driver can be added. */
export interface DriverFacts {
  /** Windows does not start from a device without it. */
  readonly bootCritical: boolean;
  /** Sentences: what only Windows can do for it, so that it cannot be published without. */
  readonly underivable: readonly string[];
}

export type Compression = "none" | "fast" | "max" | "recovery";

/** Text of the form `placeholder` in a written file is replaced by the secret when, and only when, it is written. */
export interface SecretPlaceholder {
  readonly placeholder: string;
  readonly secret: string;
  /** Appended before Base64 of UTF-16LE, the documented hiding of answer files; absent: the plain value, XML-escaped. */
  readonly hiddenAs?: string;
}

/**
 * One leaf of an answer file: pass, component and the path below the component.
 * A segment `Name[key]` is a list item: the same key means the same item, `wcm:action="add"` and `Order` are written by the last pass.
 */
export interface UnattendSetting {
  readonly pass: UnattendPass;
  readonly component: string;
  readonly path: readonly string[];
  readonly value: string | number | boolean | Secret;
}

export type UnattendPass =
  | "windowsPE"
  | "offlineServicing"
  | "generalize"
  | "specialize"
  | "auditSystem"
  | "auditUser"
  | "oobeSystem";

export type OperationType = keyof Operations;

export type Strategy = "offline" | "online" | "setup";

/** What any operation may ask for besides its own fields. */
export interface Wishes {
  /** A demand: no other road is tried. */
  readonly strategy?: Strategy;
  /** Where nothing can do an optional operation it is left out, and the plan says so. */
  readonly optional?: boolean;
  /** A reason that the plugin knows, for example "has co-installers": shown, and it closes the roads named. */
  readonly refuse?: Readonly<Partial<Record<Strategy, string>>>;
  /** A title that says more than the fields do. */
  readonly title?: string;
}

export type Operation<T extends OperationType = OperationType> = {
  readonly [K in T]: { readonly type: K } & Operations[K] & Wishes;
}[T];

export const phases = [
  "prepare",
  "mount",
  "modify",
  "commit",
  "apply",
  "audit",
  "generalize",
  "capture",
  "deploy",
] as const;

/** The lifecycle in the order in which a line goes through it: the offline road, the online road, then delivery. */
export type Phase = (typeof phases)[number];
