/** Verbs of the closed kernel that service the Windows in an image, beside those in operation.ts. */
export interface WindowsOperations {
  /** All drivers of the image that did not come with Windows, as a folder of the host. */
  "Export-Driver": {
    /** Made; one that an earlier export made is replaced as a whole. */
    readonly to: string;
  };
  /** What the component store is: reads what is known of it, looks for damage, or repairs it. */
  "Repair-Image": {
    readonly check: "checkHealth" | "scanHealth" | "restoreHealth";
    /** Where restoreHealth takes sound files from: a `Windows` folder, or `sources\sxs`. */
    readonly source?: string;
    /** Windows Update is left out. */
    readonly limitAccess?: boolean;
  };
  /** For an image that does not start any more, and for nothing else: takes back what was pending. */
  "Revert-PendingActions": Readonly<Record<never, never>>;

  /** The language of what is not there in the language of Windows, where that has a part of the texts alone. */
  "Set-UILangFallback": { readonly language: string };
  /** Language, system locale, formats, input and time zone as a retail Windows of that language has them. */
  "Set-SKUIntlDefaults": { readonly language: string };
  "Set-LayeredDriver": { readonly layeredDriver: LayeredDriver };
  /** Writes `sources\lang.ini` of a distribution anew, for the languages that the image and it have. */
  "Gen-LangINI": {
    /** A folder of media, which is written to; none that holds an input of the line, or lies in one. */
    readonly distribution: string;
  };
  /** The language that Windows Setup of a distribution begins in. */
  "Set-SetupUILang": {
    readonly language: string;
    /** As for Gen-LangINI. */
    readonly distribution: string;
  };

  /** A file that a provisioned app finds as Custom.dat. */
  "Set-ProvisionedAppxDataFile": { readonly packageName: string; readonly customData: string };
  /** Keeps once what several provisioned apps have in common, of those that were added since the image was mounted. */
  "Optimize-ProvisionedAppxPackages": Readonly<Record<never, never>>;
  /** What opens which files, for every user who signs in for the first time. */
  "Import-DefaultAppAssociations": {
    /** As `dism /Online /Export-DefaultAppAssociations` writes it. */
    readonly file: string;
  };
  "Remove-DefaultAppAssociations": Readonly<Record<never, never>>;
  "Add-ProvisioningPackage": {
    /** A .ppkg. */
    readonly package: string;
    /** Its catalogue file. */
    readonly catalog?: string;
  };

  /** Room that Windows PE has to write to. */
  "Set-ScratchSpace": { readonly megabytes: number };
  /** Where Windows PE finds itself when it runs: `X:\`. */
  "Set-TargetPath": { readonly path: string };
  /** Space of the disk that Windows keeps for its updates; it stays so in an image that is captured later. */
  "Set-ReservedStorageState": { readonly enabled: boolean };
  /** How Windows trades speed for power: one that it comes with, or that was imported into it. */
  "Set-PowerScheme": {
    /** A name of `PowerScheme`, or a GUID. */
    readonly scheme: string;
  };
}

/**
 * The keyboard of a Japanese or Korean Windows: 1 PC/AT with 101 or 102 keys, 2 to 4 Korean with 101 keys, of type 1 to 3,
 * 5 Korean with 103 or 106 keys, 6 Japanese with 106 or 109 keys.
 */
export type LayeredDriver = 1 | 2 | 3 | 4 | 5 | 6;
