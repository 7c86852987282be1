import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Operation, OperationType } from "../../core/operation.ts";
import type { Seen } from "./eyes.ts";
import type { ContractInputs } from "./inputs.ts";

/** One operation on a mounted image, and what is to be seen of it in the result. */
export interface Case {
  readonly type: OperationType;
  /** Undefined where the inputs have nothing to show it with. `seen` is the image before it. */
  operation(inputs: ContractInputs, seen: Seen): Operation | undefined | Promise<Operation | undefined>;
  check(seen: Seen, inputs: ContractInputs): Promise<void> | void;
}

const folder = "\\Windows\\Contoso größe";
const text = "written by servicing\r\n";

/** What the first line adds. */
export const additions: readonly Case[] = [
  {
    type: "Write-File",
    operation: () => ({ type: "Write-File", to: `${folder}\\written.txt`, text }),
    check: (seen) => assert.equal(readFileSync(seen.at(`${folder}\\written.txt`), "utf8"), text),
  },
  {
    type: "Copy-File",
    operation: ({ driver }) => ({ type: "Copy-File", from: driver, to: `${folder}\\copied.inf` }),
    check: (seen, { driver }) =>
      assert.deepEqual(readFileSync(seen.at(`${folder}\\copied.inf`)), readFileSync(driver)),
  },
  {
    type: "Set-Registry",
    operation: () => ({
      type: "Set-Registry",
      key: "HKLM\\SOFTWARE\\Contoso\\Contract",
      name: "Line",
      value: { type: "REG_SZ", data: "a b c" },
    }),
    check: async (seen) =>
      assert.equal(
        await seen.registry("\\Windows\\System32\\config\\SOFTWARE", "Contoso\\Contract", "Line"),
        "a b c",
      ),
  },
  {
    type: "Add-Driver",
    operation: ({ driver }) => ({ type: "Add-Driver", driver, forceUnsigned: true }),
    check: (seen, { driver }) => assert.notEqual(publishedName(seen, driver), undefined),
  },
  {
    type: "Service-WinRE",
    operation: ({ driver, recovery }) =>
      recovery === true ? { type: "Service-WinRE", drivers: [driver], forceUnsigned: true } : undefined,
    check: async (seen, { driver }) =>
      assert.notEqual(
        publishedName(await seen.into("\\Windows\\System32\\Recovery\\Winre.wim"), driver),
        undefined,
      ),
  },
  {
    type: "Add-Package",
    operation: (inputs) =>
      inputs.package && {
        type: "Add-Package",
        package: inputs.package.file,
        identity: inputs.package.identity,
      },
    check: async (seen, inputs) =>
      assert.match(
        after(await seen.ask("/Get-Packages", "/Format:List"), inputs.package?.identity),
        /State : (?:Installed|Install Pending)/,
      ),
  },
  {
    type: "Enable-Feature",
    operation: ({ feature }) => (feature === undefined ? undefined : { type: "Enable-Feature", feature }),
    check: async (seen, { feature }) =>
      assert.match(
        await seen.ask("/Get-FeatureInfo", `/FeatureName:${feature}`),
        /State : (?:Enabled|Enable Pending)/,
      ),
  },
  {
    type: "Add-Capability",
    operation: ({ capability }) =>
      capability && { type: "Add-Capability", capability: capability.name, source: capability.source },
    check: async (seen, { capability }) =>
      assert.match(
        await seen.ask("/Get-CapabilityInfo", `/CapabilityName:${capability?.name}`),
        /State : (?:Installed|Install Pending)/,
      ),
  },
  {
    type: "Add-ProvisionedAppxPackage",
    operation: ({ app }) => app && { type: "Add-ProvisionedAppxPackage", package: app.file },
    check: async (seen, { app }) =>
      assert.ok((await seen.ask("/Get-ProvisionedAppxPackages")).includes(`: ${app?.name}`)),
  },
  {
    type: "Set-SKUIntlDefaults",
    operation: ({ language }) =>
      language === undefined ? undefined : { type: "Set-SKUIntlDefaults", language },
    check: async (seen, { language }) =>
      assert.ok((await seen.ask("/Get-Intl")).includes(`System locale : ${language}`)),
  },
  ...(
    [
      ["Set-AllIntl", "System locale"],
      ["Set-UILang", "Default system UI language"],
      ["Set-SysLocale", "System locale"],
      ["Set-UserLocale", "User locale for default user"],
    ] as const
  ).map(([type, label]): Case => ({
    type,
    operation: ({ language }) => (language === undefined ? undefined : { type, language }),
    check: async (seen, { language }) =>
      assert.ok((await seen.ask("/Get-Intl")).includes(`${label} : ${language}`)),
  })),
  {
    type: "Set-UILangFallback",
    operation: ({ fallback }) =>
      fallback === undefined ? undefined : { type: "Set-UILangFallback", language: fallback },
    // Of a language that is complete, DISM tells no fallback.
    check: () => undefined,
  },
  {
    type: "Set-LayeredDriver",
    operation: ({ layeredDriver }) =>
      layeredDriver === undefined ? undefined : { type: "Set-LayeredDriver", layeredDriver },
    check: async (seen) => assert.match(await seen.ask("/Get-Intl"), /Keyboard layered driver : \S/),
  },
  {
    type: "Gen-LangINI",
    operation: ({ distribution }) =>
      distribution === undefined ? undefined : { type: "Gen-LangINI", distribution },
    check: (_, { language = "", distribution = "" }) =>
      assert.ok(readFileSync(join(distribution, "sources", "lang.ini"), "utf8").includes(language)),
  },
  {
    type: "Set-SetupUILang",
    operation: ({ language, distribution }) =>
      language === undefined || distribution === undefined
        ? undefined
        : { type: "Set-SetupUILang", language, distribution },
    check: (_, { language = "", distribution = "" }) =>
      assert.ok(readFileSync(join(distribution, "sources", "lang.ini"), "utf8").includes(language)),
  },
  {
    type: "Import-DefaultAppAssociations",
    operation: ({ associations }) =>
      associations && { type: "Import-DefaultAppAssociations", file: associations.file },
    check: async (seen, { associations }) =>
      assert.ok((await seen.ask("/Get-DefaultAppAssociations")).includes(associations?.identifier ?? "")),
  },
  {
    type: "Add-ProvisioningPackage",
    operation: ({ provisioning }) =>
      provisioning === undefined ? undefined : { type: "Add-ProvisioningPackage", package: provisioning },
    // DISM tells what a package holds, but not which ones an image has.
    check: () => undefined,
  },
  {
    type: "Optimize-ProvisionedAppxPackages",
    operation: ({ app }) => app && { type: "Optimize-ProvisionedAppxPackages" },
    check: async (seen, { app }) =>
      assert.ok((await seen.ask("/Get-ProvisionedAppxPackages")).includes(`: ${app?.name}`)),
  },
  {
    type: "Repair-Image",
    operation: ({ edition }) =>
      edition === undefined ? undefined : { type: "Repair-Image", check: "scanHealth" },
    // It looks, and changes nothing.
    check: () => undefined,
  },
  {
    type: "Optimize-Image",
    operation: ({ edition }) => (edition === undefined ? undefined : { type: "Optimize-Image" }),
    // What Windows then need not do at its first start is not to be seen before.
    check: () => undefined,
  },
  {
    type: "Set-InputLocale",
    operation: ({ language }) =>
      language === undefined ? undefined : { type: "Set-InputLocale", locale: "0407:00000407" },
    check: async (seen) => assert.match(await seen.ask("/Get-Intl"), /0407:00000407/),
  },
  {
    type: "Set-TimeZone",
    operation: ({ timeZone }) => (timeZone === undefined ? undefined : { type: "Set-TimeZone", timeZone }),
    check: async (seen, { timeZone }) =>
      assert.ok((await seen.ask("/Get-Intl")).includes(`Default time zone : ${timeZone}`)),
  },
  {
    type: "Set-Edition",
    operation: ({ edition }) => (edition === undefined ? undefined : { type: "Set-Edition", edition }),
    check: async (seen, { edition }) =>
      assert.match(await seen.ask("/Get-CurrentEdition"), new RegExp(`Current Edition : ${edition}`)),
  },
  {
    type: "Set-ProductKey",
    operation: ({ productKey }) =>
      productKey === undefined ? undefined : { type: "Set-ProductKey", productKey },
    // Nothing tells which key an image has; that the command ended well is all that there is.
    check: () => undefined,
  },
  {
    type: "Apply-Unattend",
    operation: ({ answerFile }) =>
      answerFile === undefined ? undefined : { type: "Apply-Unattend", answerFile },
    // What came of it is in the settings that the file has, of which each has its own place.
    check: () => undefined,
  },
  {
    type: "Cleanup-Image",
    operation: ({ cleanup }) => (cleanup === true ? { type: "Cleanup-Image" } : undefined),
    check: async (seen) =>
      assert.match(
        await seen.ask("/Cleanup-Image", "/AnalyzeComponentStore"),
        /Number of Reclaimable Packages : 0/,
      ),
  },
];

/** What the second line takes away again, from the result of the first. */
export const removals: readonly Case[] = [
  {
    type: "Remove-File",
    operation: () => ({ type: "Remove-File", path: `${folder}\\written.txt` }),
    check: (seen) => assert.ok(!existsSync(seen.at(`${folder}\\written.txt`))),
  },
  {
    type: "Export-Driver",
    operation: ({ distribution }) =>
      distribution === undefined ? undefined : { type: "Export-Driver", to: exportedBeside(distribution) },
    check: (_, { driver, distribution = "" }) => {
      const exported = readdirSync(exportedBeside(distribution), { recursive: true }) as string[];
      assert.ok(exported.some((path) => basename(path).toLowerCase() === basename(driver).toLowerCase()));
    },
  },
  {
    type: "Remove-Driver",
    operation: ({ driver }, seen) => {
      const published = publishedName(seen, driver);
      return published === undefined ? undefined : { type: "Remove-Driver", driver: published };
    },
    check: (seen, { driver }) => assert.equal(publishedName(seen, driver), undefined),
  },
  {
    type: "Remove-Package",
    operation: (inputs) => inputs.package && { type: "Remove-Package", identity: inputs.package.identity },
    check: async (seen, inputs) =>
      assert.doesNotMatch(
        after(await seen.ask("/Get-Packages", "/Format:List"), inputs.package?.identity),
        /State : (?:Installed|Install Pending)/,
      ),
  },
  {
    type: "Disable-Feature",
    operation: ({ feature }) => (feature === undefined ? undefined : { type: "Disable-Feature", feature }),
    check: async (seen, { feature }) =>
      assert.match(await seen.ask("/Get-FeatureInfo", `/FeatureName:${feature}`), /State : Disable/),
  },
  {
    type: "Remove-Capability",
    operation: ({ capability }) => capability && { type: "Remove-Capability", capability: capability.name },
    check: async (seen, { capability }) =>
      assert.doesNotMatch(
        await seen.ask("/Get-CapabilityInfo", `/CapabilityName:${capability?.name}`),
        /State : Installed/,
      ),
  },
  {
    type: "Remove-DefaultAppAssociations",
    operation: ({ associations }) => associations && { type: "Remove-DefaultAppAssociations" },
    check: async (seen, { associations }) => {
      // Where there are none, to ask for them may be an error.
      const left = await seen.ask("/Get-DefaultAppAssociations").catch(() => "");
      assert.ok(!left.includes(associations?.identifier ?? ""));
    },
  },
  {
    type: "Set-ProvisionedAppxDataFile",
    async operation(inputs, seen) {
      const [packageName, customData] = [await provisioned(inputs, seen), inputs.associations?.file];
      return packageName === undefined || customData === undefined
        ? undefined
        : { type: "Set-ProvisionedAppxDataFile", packageName, customData };
    },
    // The app goes in the same line, and its data with it.
    check: () => undefined,
  },
  {
    type: "Remove-ProvisionedAppxPackage",
    async operation(inputs, seen) {
      const packageName = await provisioned(inputs, seen);
      return packageName === undefined ? undefined : { type: "Remove-ProvisionedAppxPackage", packageName };
    },
    check: async (seen, { app }) =>
      assert.ok(!(await seen.ask("/Get-ProvisionedAppxPackages")).includes(`: ${app?.name}`)),
  },
];

/** Those of a Windows PE. */
export const recoveries: readonly Case[] = [
  {
    type: "Set-ScratchSpace",
    operation: () => ({ type: "Set-ScratchSpace", megabytes: 256 }),
    check: async (seen) => assert.match(await seen.ask("/Get-PESettings"), /256 ?MB/i),
  },
  {
    type: "Set-TargetPath",
    operation: () => ({ type: "Set-TargetPath", path: "X:\\Contoso" }),
    check: async (seen) => assert.ok((await seen.ask("/Get-PESettings")).includes("X:\\Contoso")),
  },
];

/** Operations that are shown on a file of their own rather than in a mounted image; the suite has a test for each. */
export const onFiles = [
  "Mount-Image",
  "Commit-Image",
  "Unmount-Image",
  "Export-Image",
  "Split-Image",
  "Apply-Image",
  "Capture-Image",
  "Append-Image",
  "Delete-Image",
  "Service-Image",
  "Remount-Image",
  "Cleanup-Mountpoints",
] as const satisfies readonly OperationType[];

/** Operations on what is made of a result: their tests are elsewhere. */
export const elsewhere: Partial<Readonly<Record<OperationType, string>>> = {
  "New-Media": "test/e2e/media.test.ts",
  "New-ISO": "test/e2e/media.test.ts",
  "New-USB": "test/e2e/media.test.ts",
  "New-Disk": "test/e2e/disk.test.ts",
  "New-DeploymentFolder": "test/e2e/winpe.test.ts",
};

/** Operations of which nothing is shown but their command lines, and why. */
export const notShown: Partial<Readonly<Record<OperationType, string>>> = {
  "Revert-PendingActions": "it is for an image that does not start any more",
  "Capture-FFU": "it reads a whole disk of its own",
  "Apply-FFU": "it erases a whole disk",
  "Split-FFU": "it needs what Capture-FFU makes",
  "Optimize-FFU": "it needs what Capture-FFU makes",
};

function exportedBeside(distribution: string): string {
  return `${distribution}-drivers`;
}

async function provisioned({ app }: ContractInputs, seen: Seen): Promise<string | undefined> {
  if (app === undefined) return undefined;
  const listed = await seen.ask("/Get-ProvisionedAppxPackages");
  return new RegExp(`PackageName : (${app.name}_\\S+)`).exec(listed)?.[1];
}

/** `oem3.inf`, where the driver store has the driver; its published copy is the same file. */
function publishedName(seen: Seen, inf: string): string | undefined {
  const store = seen.at("\\Windows\\System32\\DriverStore\\FileRepository");
  const staged =
    existsSync(store) &&
    readdirSync(store).some((name) => name.toLowerCase().startsWith(`${basename(inf).toLowerCase()}_`));
  const published = seen.at("\\Windows\\INF");
  if (!staged || !existsSync(published)) return undefined;
  const wanted = readFileSync(inf);
  return readdirSync(published).find(
    (name) => /^oem\d+\.inf$/i.test(name) && readFileSync(seen.at(`\\Windows\\INF\\${name}`)).equals(wanted),
  );
}

/** The record of a report that begins with this identity. */
function after(report: string, identity = ""): string {
  const at = report.indexOf(identity);
  return at === -1 ? "" : (report.slice(at).split(/\r?\n\r?\n/)[0] ?? "");
}
