/** The documented arguments of one command. Names are in lower case, as DISM does not look at case. */
export interface Rule {
  readonly on: "image" | "image or online" | "online" | "nothing";
  /** The value of the command itself; `undefined`: it takes none. */
  readonly value?: RegExp;
  readonly needs?: readonly string[];
  /** Groups of which exactly one argument is there. */
  readonly oneOf?: readonly (readonly string[])[];
  /** Groups of which at most one argument is there. */
  readonly atMostOne?: readonly (readonly string[])[];
  readonly may?: readonly string[];
  readonly repeats?: readonly string[];
  /** Arguments that are allowed beside another one only. */
  readonly with?: Readonly<Record<string, readonly string[]>>;
  readonly values?: Readonly<Record<string, RegExp>>;
  /** It only reports. */
  readonly query?: true;
}

export const anything = /./s;
const language = /^[a-z]{2,3}(-[a-z]{4})?-([a-z]{2}|\d{3})(-([a-z\d]{5,8}|\d[a-z\d]{3}))?$/i;
const drive = /^\\\\\.\\PhysicalDrive\d+$/i;
const query = { query: true } as const;

const image: Readonly<Record<string, Rule>> = {
  "get-imageinfo": { on: "nothing", needs: ["imagefile"], atMostOne: [["index", "name"]], ...query },
  "list-image": { on: "nothing", needs: ["imagefile"], oneOf: [["index", "name"]], ...query },
  "get-mountedimageinfo": { on: "nothing", ...query },
  "mount-image": {
    on: "nothing",
    needs: ["imagefile", "mountdir"],
    oneOf: [["index", "name"]],
    may: ["readonly", "optimize", "checkintegrity"],
  },
  "commit-image": { on: "nothing", needs: ["mountdir"], may: ["checkintegrity", "append"] },
  "unmount-image": {
    on: "nothing",
    needs: ["mountdir"],
    oneOf: [["commit", "discard"]],
    may: ["checkintegrity", "append"],
  },
  "remount-image": { on: "nothing", needs: ["mountdir"] },
  "cleanup-mountpoints": { on: "nothing" },
  "apply-image": {
    on: "nothing",
    needs: ["imagefile", "applydir"],
    oneOf: [["index", "name"]],
    // "configfile" is on no page; scripts of others read WIMs of updates by it.
    may: [
      "swmfile",
      "checkintegrity",
      "verify",
      "norpfix",
      "confirmtrustedfile",
      "compact",
      "ea",
      "configfile",
    ],
  },
  "capture-image": {
    on: "nothing",
    needs: ["imagefile", "capturedir", "name"],
    may: ["description", "configfile", "compress", "bootable", "checkintegrity", "verify", "norpfix", "ea"],
    values: { compress: /^(max|fast|none)$/ },
  },
  "append-image": {
    on: "nothing",
    needs: ["imagefile", "capturedir", "name"],
    may: ["description", "configfile", "bootable", "checkintegrity", "verify", "norpfix", "ea"],
  },
  "export-image": {
    on: "nothing",
    needs: ["sourceimagefile", "destinationimagefile"],
    oneOf: [["sourceindex", "sourcename", "all"]],
    may: ["destinationname", "swmfile", "compress", "bootable", "checkintegrity"],
    values: { compress: /^(fast|max|none|recovery)$/ },
  },
  "split-image": {
    on: "nothing",
    needs: ["imagefile", "swmfile", "filesize"],
    may: ["checkintegrity"],
    values: { swmfile: /\.swm$/i },
  },
  "delete-image": {
    on: "nothing",
    needs: ["imagefile"],
    oneOf: [["index", "name"]],
    may: ["checkintegrity"],
  },
  "optimize-image": { on: "image", needs: ["boot"] },
  "capture-ffu": {
    on: "nothing",
    needs: ["imagefile", "capturedrive", "name"],
    may: ["description", "platformids", "compress"],
    values: { capturedrive: drive, compress: /^(default|none)$/i, imagefile: /\.ffu$/i },
  },
  "apply-ffu": {
    on: "nothing",
    needs: ["imagefile", "applydrive"],
    may: ["sfufile"],
    values: { applydrive: drive },
  },
  "split-ffu": {
    on: "nothing",
    needs: ["imagefile", "sfufile", "filesize"],
    may: ["checkintegrity"],
    values: { sfufile: /\.sfu$/i },
  },
  "optimize-ffu": { on: "nothing", needs: ["imagefile"], may: ["partitionnumber"] },
};

const drivers: Readonly<Record<string, Rule>> = {
  "get-drivers": { on: "image or online", may: ["all"], ...query },
  "get-driverinfo": { on: "image or online", needs: ["driver"], repeats: ["driver"], ...query },
  "add-driver": { on: "image", needs: ["driver"], may: ["recurse", "forceunsigned"], repeats: ["driver"] },
  "remove-driver": {
    on: "image",
    needs: ["driver"],
    repeats: ["driver"],
    values: { driver: /^oem\d+\.inf$/i },
  },
  "export-driver": { on: "image or online", needs: ["destination"] },
};

const packages: Readonly<Record<string, Rule>> = {
  "get-packages": { on: "image or online", ...query },
  "get-packageinfo": {
    on: "image or online",
    oneOf: [["packagename", "packagepath"]],
    values: { packagepath: /(?<!\.msu)$/i },
    ...query,
  },
  "add-package": {
    on: "image or online",
    needs: ["packagepath"],
    may: ["ignorecheck", "preventpending"],
    repeats: ["packagepath"],
  },
  "remove-package": {
    on: "image or online",
    oneOf: [["packagename", "packagepath"]],
    repeats: ["packagename", "packagepath"],
    values: { packagepath: /(?<!\.msu)$/i },
  },
  "get-features": { on: "image or online", atMostOne: [["packagename", "packagepath"]], ...query },
  "get-featureinfo": {
    on: "image or online",
    needs: ["featurename"],
    atMostOne: [["packagename", "packagepath"]],
    ...query,
  },
  "enable-feature": {
    on: "image or online",
    needs: ["featurename"],
    may: ["packagename", "source", "limitaccess", "all"],
    repeats: ["featurename", "source"],
  },
  "disable-feature": {
    on: "image or online",
    needs: ["featurename"],
    may: ["packagename", "remove"],
    repeats: ["featurename"],
  },
  "get-capabilities": { on: "image or online", may: ["source", "limitaccess"], ...query },
  "get-capabilityinfo": {
    on: "image or online",
    needs: ["capabilityname"],
    may: ["source", "limitaccess"],
    ...query,
  },
  "add-capability": {
    on: "image or online",
    needs: ["capabilityname"],
    may: ["source", "limitaccess"],
    repeats: ["source"],
  },
  "remove-capability": { on: "image or online", needs: ["capabilityname"] },
  "cleanup-image": {
    on: "image or online",
    oneOf: [
      [
        "startcomponentcleanup",
        "analyzecomponentstore",
        "checkhealth",
        "scanhealth",
        "restorehealth",
        "revertpendingactions",
        "spsuperseded",
      ],
    ],
    may: ["resetbase", "defer", "source", "limitaccess", "hidesp"],
    with: {
      resetbase: ["startcomponentcleanup"],
      defer: ["resetbase"],
      source: ["restorehealth"],
      limitaccess: ["restorehealth"],
      hidesp: ["spsuperseded"],
    },
    repeats: ["source"],
  },
};

const international: Readonly<Record<string, Rule>> = {
  "get-intl": { on: "image or online", may: ["distribution"], ...query },
  "set-uilang": { on: "image", value: language },
  "set-uilangfallback": { on: "image", value: language },
  "set-syslocale": { on: "image", value: language },
  "set-userlocale": { on: "image", value: language },
  "set-inputlocale": {
    on: "image",
    value:
      /^([a-z]{2,3}-[a-z]{2,3}|[\da-f]{4}:[\da-f]{8})(;([a-z]{2,3}-[a-z]{2,3}|[\da-f]{4}:[\da-f]{8}))*$/i,
  },
  "set-allintl": { on: "image", value: language },
  "set-skuintldefaults": { on: "image", value: language },
  "set-layereddriver": { on: "image", value: /^[1-6]$/ },
  "set-timezone": { on: "image", value: anything },
  "gen-langini": { on: "image", needs: ["distribution"] },
  "set-setupuilang": { on: "image", value: language, needs: ["distribution"] },
};

const apps: Readonly<Record<string, Rule>> = {
  "get-provisionedappxpackages": { on: "image or online", ...query },
  "add-provisionedappxpackage": {
    on: "image or online",
    oneOf: [["folderpath", "packagepath"]],
    may: [
      "dependencypackagepath",
      "optionalpackagepath",
      "licensepath",
      "skiplicense",
      "customdatapath",
      "region",
      "stubpackageoption",
    ],
    repeats: ["dependencypackagepath", "optionalpackagepath", "licensepath"],
    with: {
      dependencypackagepath: ["packagepath"],
      optionalpackagepath: ["packagepath"],
      licensepath: ["packagepath"],
    },
    atMostOne: [["licensepath", "skiplicense"]],
    values: {
      region: /^(all|[a-z]{2,3}(;[a-z]{2,3})*)$/i,
      stubpackageoption: /^(installstub|installfull)$/i,
    },
  },
  "remove-provisionedappxpackage": { on: "image or online", needs: ["packagename"] },
  "set-provisionedappxdatafile": {
    on: "image or online",
    needs: ["packagename"],
    may: ["customdatapath"],
  },
  "optimize-provisionedappxpackages": { on: "image" },
};

const others: Readonly<Record<string, Rule>> = {
  "get-currentedition": { on: "image or online", ...query },
  "get-targeteditions": { on: "image or online", ...query },
  "set-edition": { on: "image", value: /^\w+$/ },
  "set-productkey": { on: "image", value: /^([A-Z\d]{5}-){4}[A-Z\d]{5}$/i },
  "apply-unattend": { on: "image or online", value: anything },
  "get-pesettings": { on: "image", ...query },
  "get-scratchspace": { on: "image", ...query },
  "get-targetpath": { on: "image", ...query },
  "set-scratchspace": { on: "image", value: /^(32|64|128|256|512)$/ },
  "set-targetpath": { on: "image", value: /^[c-z]:\\[^\s"]{0,29}$/i },
  "get-defaultappassociations": { on: "image or online", ...query },
  "import-defaultappassociations": { on: "image or online", value: anything },
  "remove-defaultappassociations": { on: "image or online" },
  "export-defaultappassociations": { on: "online", value: anything },
  "add-provisioningpackage": { on: "image or online", needs: ["packagepath"], may: ["catalogpath"] },
  "get-provisioningpackageinfo": { on: "image or online", needs: ["packagepath"], ...query },
  "get-reservedstoragestate": { on: "online", ...query },
  "set-reservedstoragestate": {
    on: "online",
    needs: ["state"],
    values: { state: /^(enabled|disabled)$/i },
  },
};

/** Every command that the stand-in knows. */
export const rules: Readonly<Record<string, Rule>> = {
  ...image,
  ...drivers,
  ...packages,
  ...international,
  ...apps,
  ...others,
};

export const flags: ReadonlySet<string> = new Set([
  ..."readonly optimize checkintegrity append commit discard verify norpfix confirmtrustedfile".split(" "),
  ..."compact ea bootable all recurse forceunsigned ignorecheck preventpending limitaccess remove".split(" "),
  ..."skiplicense startcomponentcleanup resetbase defer boot analyzecomponentstore checkhealth".split(" "),
  ..."scanhealth restorehealth revertpendingactions spsuperseded hidesp".split(" "),
]);

export const numbers: ReadonlySet<string> = new Set(["index", "sourceindex", "filesize", "partitionnumber"]);

export const globals: Readonly<Record<string, RegExp | undefined>> = {
  image: anything,
  online: undefined,
  windir: anything,
  sysdrivedir: anything,
  logpath: anything,
  loglevel: /^[1-4]$/,
  scratchdir: anything,
  quiet: undefined,
  norestart: undefined,
  english: undefined,
  format: /^(table|list)$/i,
};
