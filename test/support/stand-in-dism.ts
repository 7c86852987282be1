/**
 * A stand-in for DISM, for machines that have none: it knows the grammar that is documented for its command line,
 * says no as DISM does (`Error: 87`), and changes nothing. It shares no code with the engine whose commands it reads.
 *
 * Sources: "deployment-image-servicing-and-management--dism--command-line-options" and the pages of each option group.
 */
import { existsSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

interface Rule {
  /** The two grammars: servicing wants /Image or /Online, imaging wants neither. */
  readonly on: "image" | "online" | "image or online" | "nothing";
  /** `/Set-TimeZone:name`: the option has a value itself. */
  readonly value?: RegExp;
  readonly needs?: readonly string[];
  /** Exactly one of each group. */
  readonly oneOf?: readonly (readonly string[])[];
  readonly may?: readonly string[];
  readonly repeats?: readonly string[];
  /** Argument → those that it cannot do without. */
  readonly with?: Readonly<Record<string, readonly string[]>>;
  readonly values?: Readonly<Record<string, RegExp>>;
}

const language = /^[a-z]{2,3}(-[a-z]{4})?-([a-z]{2}|\d{3})(-([a-z\d]{5,8}|\d[a-z\d]{3}))?$/i;
const drive = /^\\\\\.\\PhysicalDrive\d+$/i;
const anything = /./;

const rules: Readonly<Record<string, Rule>> = {
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
  "apply-image": {
    on: "nothing",
    needs: ["imagefile", "applydir"],
    oneOf: [["index", "name"]],
    may: ["swmfile", "checkintegrity", "verify", "norpfix", "confirmtrustedfile", "compact", "ea"],
  },
  "capture-image": {
    on: "nothing",
    needs: ["imagefile", "capturedir", "name"],
    may: ["description", "configfile", "compress", "bootable", "checkintegrity", "verify", "norpfix", "ea"],
    values: { compress: /^(max|fast|none)$/ },
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
  "append-image": {
    on: "nothing",
    needs: ["imagefile", "capturedir", "name"],
    may: ["description", "configfile", "bootable", "checkintegrity", "verify", "norpfix"],
    values: { imagefile: /\.wim$/i },
  },
  "delete-image": {
    on: "nothing",
    needs: ["imagefile"],
    oneOf: [["index", "name"]],
    may: ["checkintegrity"],
  },
  "remount-image": { on: "nothing", needs: ["mountdir"] },
  "cleanup-mountpoints": { on: "nothing" },
  "optimize-image": { on: "image", oneOf: [["boot", "wimboot"]] },
  "capture-ffu": {
    on: "nothing",
    needs: ["imagefile", "capturedrive", "name"],
    may: ["description", "platformids", "compress"],
    values: { capturedrive: drive, compress: /^(default|none)$/, imagefile: /\.ffu$/i },
  },
  "apply-ffu": {
    on: "nothing",
    needs: ["imagefile", "applydrive"],
    may: ["sfufile"],
    values: { applydrive: drive, imagefile: /\.[fs]fu$/i },
  },
  "split-ffu": {
    on: "nothing",
    needs: ["imagefile", "sfufile", "filesize"],
    may: ["checkintegrity"],
    values: { imagefile: /\.ffu$/i, sfufile: /\.sfu$/i },
  },
  "optimize-ffu": {
    on: "nothing",
    needs: ["imagefile"],
    may: ["partitionnumber"],
    values: { imagefile: /\.ffu$/i },
  },
  "export-driver": { on: "image or online", needs: ["destination"] },
  "add-driver": {
    on: "image",
    needs: ["driver"],
    may: ["recurse", "forceunsigned"],
    repeats: ["driver"],
  },
  "remove-driver": {
    on: "image",
    needs: ["driver"],
    repeats: ["driver"],
    values: { driver: /^oem\d+\.inf$/i },
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
  "add-capability": {
    on: "image or online",
    needs: ["capabilityname"],
    may: ["source", "limitaccess"],
    repeats: ["source"],
  },
  "remove-capability": { on: "image or online", needs: ["capabilityname"] },
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
    values: {
      region: /^(all|[a-z]{2,3}(;[a-z]{2,3})*)$/i,
      stubpackageoption: /^install(stub|full)$/i,
    },
  },
  "remove-provisionedappxpackage": { on: "image or online", needs: ["packagename"] },
  "set-provisionedappxdatafile": { on: "image or online", needs: ["packagename", "customdatapath"] },
  "optimize-provisionedappxpackages": { on: "image" },
  "import-defaultappassociations": { on: "image or online", value: /\.xml$/i },
  "remove-defaultappassociations": { on: "image or online" },
  "add-provisioningpackage": {
    on: "image or online",
    needs: ["packagepath"],
    may: ["catalogpath"],
    values: { packagepath: /\.ppkg$/i },
  },
  "set-uilangfallback": { on: "image", value: language },
  "set-skuintldefaults": { on: "image", value: language },
  "set-layereddriver": { on: "image", value: /^[1-6]$/ },
  "gen-langini": { on: "image", needs: ["distribution"] },
  "set-setupuilang": { on: "image", value: language, needs: ["distribution"] },
  "set-scratchspace": { on: "image", value: /^(32|64|128|256|512)$/ },
  "set-targetpath": { on: "image", value: /^[a-z]:\\[^\s]{0,29}$/i },
  "set-reservedstoragestate": {
    on: "online",
    needs: ["state"],
    values: { state: /^(enabled|disabled)$/i },
  },
  "set-uilang": { on: "image", value: language },
  "set-syslocale": { on: "image", value: language },
  "set-userlocale": { on: "image", value: language },
  "set-inputlocale": {
    on: "image",
    value:
      /^([a-z]{2,3}-[a-z]{2,3}|[\da-f]{4}:[\da-f]{8})(;([a-z]{2,3}-[a-z]{2,3}|[\da-f]{4}:[\da-f]{8}))*$/i,
  },
  "set-allintl": { on: "image", value: language },
  "set-timezone": { on: "image", value: anything },
  "set-edition": { on: "image", value: /^\w+$/ },
  "set-productkey": { on: "image", value: /^([A-Z\d]{5}-){4}[A-Z\d]{5}$/i },
  "apply-unattend": { on: "image or online", value: anything },
  "cleanup-image": {
    on: "image or online",
    oneOf: [["startcomponentcleanup", "checkhealth", "scanhealth", "restorehealth", "revertpendingactions"]],
    may: ["resetbase", "defer", "source", "limitaccess"],
    repeats: ["source"],
    with: {
      resetbase: ["startcomponentcleanup"],
      defer: ["resetbase"],
      source: ["restorehealth"],
      limitaccess: ["restorehealth"],
    },
  },
};

const flags = new Set([
  ..."readonly optimize checkintegrity append commit discard verify norpfix confirmtrustedfile".split(" "),
  ..."compact ea bootable all recurse forceunsigned ignorecheck preventpending limitaccess remove".split(" "),
  ..."skiplicense startcomponentcleanup resetbase defer boot wimboot".split(" "),
  ..."checkhealth scanhealth restorehealth revertpendingactions".split(" "),
]);

const globals: Readonly<Record<string, RegExp | undefined>> = {
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

const numbers = new Set(["index", "sourceindex", "filesize", "partitionnumber"]);

interface Word {
  readonly name: string;
  readonly value: string | undefined;
}

/** Why DISM would refuse this command line; undefined where it is well formed. */
export function complaint(argv: readonly string[]): string | undefined {
  const words: Word[] = [];
  for (const text of argv) {
    const match = /^\/([a-z-]+)(?::(.*))?$/is.exec(text);
    if (match === null) return `The argument "${text}" is not an option`;
    words.push({ name: (match[1] ?? "").toLowerCase(), value: match[2] });
  }
  const commands = words.filter(({ name }) => name in rules);
  const [command, second] = commands;
  if (command === undefined) return "No servicing command is specified";
  if (second !== undefined) return `More than one servicing command: ${command.name}, ${second.name}`;
  const own = words.filter((word) => word !== command && !(word.name in globals));
  const common = words.filter(({ name }) => name in globals);
  const rule = rules[command.name] as Rule;
  return wrongGlobals(rule, common) ?? wrongValue(command, rule.value) ?? wrongArguments(rule, own);
}

function wrongGlobals(rule: Rule, words: readonly Word[]): string | undefined {
  const names = words.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The ${twice} option is specified twice`;
  const image = names.includes("image");
  const online = names.includes("online");
  if (image && online) return "/Image and /Online cannot be used together";
  if (rule.on === "nothing" && (image || online))
    return "An imaging command takes neither /Image nor /Online";
  if (rule.on !== "nothing" && !image && !online) return "The command wants /Image or /Online";
  if (rule.on === "online" && image) return "The command is available for a running Windows only";
  if (rule.on === "image" && online) return "The command is not available for a running Windows";
  if (online && (names.includes("windir") || names.includes("sysdrivedir")))
    return "/WinDir and /SysDriveDir are for offline images";
  return words.map((word) => wrongValue(word, globals[word.name])).find((wrong) => wrong !== undefined);
}

function wrongArguments(rule: Rule, words: readonly Word[]): string | undefined {
  const names = new Set(words.map(({ name }) => name));
  const known = new Set([...(rule.needs ?? []), ...(rule.oneOf ?? []).flat(), ...(rule.may ?? [])]);
  const missing = (rule.needs ?? []).find((name) => !names.has(name));
  if (missing !== undefined) return `The required ${missing} option is missing`;
  for (const group of rule.oneOf ?? [])
    if (group.filter((name) => names.has(name)).length !== 1)
      return `Exactly one of ${group.join(", ")} is needed`;
  for (const [index, word] of words.entries()) {
    if (!known.has(word.name)) return `The ${word.name} option is unknown`;
    if (
      !(rule.repeats ?? []).includes(word.name) &&
      words.slice(0, index).some(({ name }) => name === word.name)
    )
      return `The ${word.name} option is specified twice`;
    const lacking = rule.with?.[word.name]?.find((name) => !names.has(name));
    if (lacking !== undefined) return `The ${word.name} option wants ${lacking}`;
    const pattern = numbers.has(word.name) ? /^[1-9]\d*$/ : anything;
    const wrong = wrongValue(word, flags.has(word.name) ? undefined : (rule.values?.[word.name] ?? pattern));
    if (wrong !== undefined) return wrong;
  }
  return names.has("compress") ? wrongRecovery(words) : undefined;
}

function wrongRecovery(words: readonly Word[]): string | undefined {
  const of = (name: string): string => words.find((word) => word.name === name)?.value ?? "";
  return of("compress") === "recovery" && !/\.esd$/i.test(of("destinationimagefile"))
    ? "Recovery compression wants a destination that ends in .esd"
    : undefined;
}

function wrongValue({ name, value }: Word, pattern: RegExp | undefined): string | undefined {
  if (pattern === undefined) return value === undefined ? undefined : `The ${name} option takes no value`;
  if (value === undefined || value === "") return `The ${name} option wants a value`;
  return pattern.test(value) ? undefined : `The ${name} option does not take "${value}"`;
}

function main(argv: readonly string[]): number {
  const of = (name: string): string | undefined =>
    argv.find((text) => text.toLowerCase().startsWith(`/${name}:`))?.slice(name.length + 2);
  const fail = (code: number | string, text: string): number => {
    const log = of("logpath") ?? "C:\\Windows\\Logs\\DISM\\dism.log";
    console.log(`\nError: ${code}\n\n${text}.\n\nThe DISM log file can be found at ${log}`);
    return Number(code) | 0;
  };
  console.log("\nDeployment Image Servicing and Management tool\nVersion: 10.0.26100.1150\n");
  const wrong = complaint(argv);
  if (wrong !== undefined) return fail(87, wrong);
  const scratch = of("scratchdir");
  if (scratch !== undefined && !existsSync(scratch)) return fail(3, `There is no folder ${scratch}`);
  const mountDir = of("mountdir");
  if (mountDir !== undefined && !existsSync(mountDir)) return fail(3, `There is no folder ${mountDir}`);
  const mounts = argv.some((text) => text.toLowerCase() === "/mount-image");
  if (mounts && mountDir !== undefined && readdirSync(mountDir).length > 0)
    return fail("0xc1420114", "The mount folder is not empty");
  for (const percent of [10, 100]) {
    const filled = "=".repeat(Math.round(percent / 4));
    process.stdout.write(`\r[${filled.padEnd(25)} ${percent.toFixed(1)}% ${percent === 100 ? filled : ""}]`);
  }
  console.log("\nThe operation completed successfully.");
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.exitCode = main(process.argv.slice(2));
