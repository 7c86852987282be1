import assert from "node:assert/strict";
import { join } from "node:path";
import { setupRoads } from "../../core/engines/setup.ts";
import type { Contribution, Deployment, SetupRoad } from "../../core/engine.ts";
import type { ImageInfo } from "../../core/image.ts";
import { image as pro } from "../support/operations.ts";
import type { Operation, OperationType } from "../../core/operation.ts";
import { type FinishedSetup, finishSetup } from "../../core/setup-finish.ts";
import { codesOf } from "../support/answer-file.ts";
import { golden } from "../support/golden.ts";

const image: ImageInfo = { ...pro, file: "/images/install.wim" };

const identity = "Microsoft-Windows-Client-LanguagePack-Package~31bf3856ad364e35~amd64~fr-FR~10.0.26100.1";

const foundation = "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.26100.1";

const samples: { readonly [K in OperationType]?: readonly Operation<K>[] } = {
  "Apply-Image": [{ type: "Apply-Image", file: "/a.wim", index: 1, to: "/dev/a" }],
  "Add-Driver": [
    { type: "Add-Driver", driver: "/in/net kvm/netkvm.inf" },
    { type: "Add-Driver", driver: "/in/drivers", recurse: true },
    { type: "Add-Driver", driver: "/in/flat" },
    { type: "Add-Driver", driver: "/in/x/x.inf", forceUnsigned: true },
    { type: "Add-Driver", driver: "/in/stor/stor.inf", facts: { bootCritical: true, underivable: [] } },
    {
      type: "Add-Driver",
      driver: "/in/stor/stor.inf",
      facts: { bootCritical: true, underivable: [] },
      refuse: { offline: "has co-installers" },
    },
  ],
  "Remove-Driver": [
    { type: "Remove-Driver", driver: "oem3.inf" },
    { type: "Remove-Driver", driver: "netkvm.inf" },
  ],
  "Add-Package": [
    { type: "Add-Package", package: "/in/lp.cab", identity },
    { type: "Add-Package", package: "/in/lp.cab", ignoreCheck: true, preventPending: true },
    { type: "Add-Package", package: "/in/kb.msu" },
    { type: "Add-Package", package: "/in/kb.exe" },
    { type: "Add-Package", package: "/in/kb2.msu", checkpoints: ["/in/kb1.msu"] },
    { type: "Add-Package", package: "/in/kb2.msu", member: "SSU-1.cab" },
  ],
  "Remove-Package": [
    { type: "Remove-Package", identity },
    { type: "Remove-Package", identity: "lp" },
  ],
  "Enable-Feature": [
    { type: "Enable-Feature", feature: "NetFx3", all: true, source: "/media/sources/sxs", limitAccess: true },
    { type: "Enable-Feature", feature: "TelnetClient", package: foundation },
    { type: "Enable-Feature", feature: "TelnetClient", package: foundation, all: true },
    { type: "Enable-Feature", feature: "TelnetClient", package: "Foundation" },
  ],
  "Disable-Feature": [
    { type: "Disable-Feature", feature: "SMB1Protocol", remove: true },
    { type: "Disable-Feature", feature: "SMB1Protocol", package: foundation },
    { type: "Disable-Feature", feature: "SMB1Protocol", package: foundation, remove: true },
  ],
  "Add-Capability": [
    { type: "Add-Capability", capability: "OpenSSH.Server~~~~0.0.1.0" },
    { type: "Add-Capability", capability: "OpenSSH.Server~~~~0.0.1.0", source: "/fod", limitAccess: true },
    { type: "Add-Capability", capability: "OpenSSH.Server~~~~0.0.1.0", limitAccess: true },
  ],
  "Remove-Capability": [{ type: "Remove-Capability", capability: "XPS.Viewer~~~~0.0.1.0" }],
  "Add-ProvisionedAppxPackage": [
    {
      type: "Add-ProvisionedAppxPackage",
      package: "/in/Contoso.msixbundle",
      dependencies: ["/in/x64/VCLibs.appx", "/in/x86/VCLibs.appx"],
      license: "/in/License.xml",
      region: "all",
    },
    {
      type: "Add-ProvisionedAppxPackage",
      package: "/in/Contoso.msixbundle",
      optionalPackages: ["/in/More.msix"],
      license: ["/in/a/License.xml", "/in/b/License.xml"],
      customData: "/in/Contoso.dat",
      stub: "installfull",
    },
  ],
  "Set-ProvisionedAppxDataFile": [
    {
      type: "Set-ProvisionedAppxDataFile",
      packageName: "A_1_neutral__8wekyb3d8bbwe",
      customData: "/in/a.dat",
    },
  ],
  "Optimize-ProvisionedAppxPackages": [{ type: "Optimize-ProvisionedAppxPackages" }],
  "Import-DefaultAppAssociations": [
    { type: "Import-DefaultAppAssociations", file: "/in/opens with.xml" },
    { type: "Import-DefaultAppAssociations", file: "/in/opens.reg" },
  ],
  "Remove-DefaultAppAssociations": [{ type: "Remove-DefaultAppAssociations" }],
  "Add-ProvisioningPackage": [
    { type: "Add-ProvisioningPackage", package: "/in/kiosk.ppkg", catalog: "/in/kiosk.cat" },
    { type: "Add-ProvisioningPackage", package: "/in/kiosk.xml" },
  ],
  "Set-PowerScheme": [
    { type: "Set-PowerScheme", scheme: "powerSaver" },
    { type: "Set-PowerScheme", scheme: "fast" },
  ],
  "Set-ReservedStorageState": [{ type: "Set-ReservedStorageState", enabled: false }],
  "Remove-ProvisionedAppxPackage": [
    { type: "Remove-ProvisionedAppxPackage", packageName: "A_1_neutral__8wekyb3d8bbwe" },
  ],
  "Set-UILang": [
    { type: "Set-UILang", language: "fr-FR" },
    { type: "Set-UILang", language: "en-US" },
  ],
  "Set-UILangFallback": [{ type: "Set-UILangFallback", language: "en-US" }],
  "Set-SKUIntlDefaults": [{ type: "Set-SKUIntlDefaults", language: "fr-FR" }],
  "Set-LayeredDriver": [{ type: "Set-LayeredDriver", layeredDriver: 6 }],
  "Set-SysLocale": [{ type: "Set-SysLocale", language: "fr-FR" }],
  "Set-UserLocale": [{ type: "Set-UserLocale", language: "fr-FR" }],
  "Set-InputLocale": [{ type: "Set-InputLocale", locale: "040c:0000040c" }],
  "Set-AllIntl": [{ type: "Set-AllIntl", language: "fr-FR" }],
  "Set-TimeZone": [{ type: "Set-TimeZone", timeZone: "Romance Standard Time" }],
  "Set-Edition": [{ type: "Set-Edition", edition: "Professional" }],
  "Set-ProductKey": [{ type: "Set-ProductKey", productKey: { secret: "KEY" } }],
  "Apply-Unattend": [{ type: "Apply-Unattend", answerFile: "/in/unattend.xml" }],
  "Cleanup-Image": [{ type: "Cleanup-Image", resetBase: true, defer: true }],
  "Copy-File": [
    { type: "Copy-File", from: "/in/wall.jpg", to: "\\Windows\\Web\\wall paper.jpg" },
    { type: "Copy-File", from: "/in/tools", to: "\\Tools" },
    { type: "Copy-File", from: "/in/tools", to: "\\%TEMP%" },
  ],
  "Write-File": [{ type: "Write-File", to: "\\a.txt", text: "a" }],
  "Remove-File": [{ type: "Remove-File", path: "\\a.txt" }],
  "Set-Registry": [
    {
      type: "Set-Registry",
      key: "HKLM\\SOFTWARE\\A B",
      name: "x%",
      value: { type: "REG_SZ", data: 'say "&"' },
    },
    {
      type: "Set-Registry",
      key: "HKLM\\SOFTWARE\\A",
      name: "",
      value: { type: "REG_MULTI_SZ", data: ["a", "b c"] },
    },
    {
      type: "Set-Registry",
      key: "HKEY_CURRENT_USER\\Software\\A",
      name: "n",
      value: { type: "REG_DWORD", data: 5 },
    },
    { type: "Set-Registry", key: "HKLM\\SOFTWARE\\A", name: "n" },
    { type: "Set-Registry", key: "HKLM\\SOFTWARE\\A" },
    { type: "Set-Registry", key: "HKLM\\DRIVERS\\A", name: "n" },
    { type: "Set-Registry", key: "HKLM\\SOFTWARE\\A", name: "n", value: { type: "REG_SZ", data: "a\nb" } },
  ],
  "Run-Installer": [
    { type: "Run-Installer", file: "/in/agent.msi", arguments: ["SITE=a b"] },
    {
      type: "Run-Installer",
      file: "/in/agent.msi",
      arguments: ["/passive", "/l*v", "c:\\log.txt"],
      when: "firstLogon",
    },
    { type: "Run-Installer", file: "/in/setup.exe", arguments: ["/S"], success: [0, 7], when: "specialize" },
    { type: "Run-Installer", file: "/in/kb.msu", arguments: [] },
    {
      type: "Run-Installer",
      file: "/in/agent.msi",
      arguments: [],
      check: { registry: { key: "HKLM\\SOFTWARE\\Contoso\\Agent", name: "Version", data: "1.2" } },
    },
    { type: "Run-Installer", file: "/in/go.cmd", arguments: ["now"] },
    { type: "Run-Installer", file: "/in/go.cmd", arguments: ["a&b"] },
    { type: "Run-Installer", file: "/in/go.ps1", arguments: [] },
  ],
  "Set-Unattend": [
    {
      type: "Set-Unattend",
      settings: [
        {
          pass: "specialize",
          component: "Microsoft-Windows-Shell-Setup",
          path: ["ComputerName"],
          value: "PC-1",
        },
      ],
    },
    {
      type: "Set-Unattend",
      settings: [
        {
          pass: "offlineServicing",
          component: "Microsoft-Windows-LUA-Settings",
          path: ["EnableLUA"],
          value: true,
        },
      ],
    },
    {
      type: "Set-Unattend",
      settings: [
        { pass: "windowsPE", component: "Microsoft-Windows-Setup", path: ["LogPath"], value: "X:\\" },
      ],
    },
  ],
};

/** What an operation becomes, or why it becomes nothing. */
function lowered<K extends OperationType>(
  road: SetupRoad<K>,
  operation: Operation<K>,
  on: ImageInfo,
  deployment: Deployment,
): { readonly text: string; readonly contribution?: Contribution } {
  if ("refused" in road) return { text: `refused: ${road.refused}` };
  const refusal = road.refuse?.(operation, on, deployment);
  if (refusal !== undefined) return { text: `refused: ${refusal}` };
  const contribution = road.lower(operation, on, deployment);
  return { text: `because: ${road.because}\n${JSON.stringify(contribution, undefined, 2)}`, contribution };
}

const folder = join(import.meta.dirname, "setup");

describe("lowering for Windows Setup", () => {
  for (const [type, operations] of Object.entries(samples)) {
    for (const deployment of ["applied", "winpe", "media"] as const) {
      it(`${type}, ${deployment}`, () => {
        const road = setupRoads[type as OperationType] as SetupRoad<OperationType>;
        const results = operations.map((operation) => {
          const { text, contribution } = lowered(road, operation, image, deployment);
          const { type: _, ...fields } = operation;
          if (contribution === undefined) return `${JSON.stringify(fields)}\n${text}\n`;
          const contributed = [{ by: "golden", item: "golden/1", contribution }];
          const finished = finishSetup(contributed, image, {}, deployment);
          lintsClean(finished);
          const sentences = finished.sentences["golden/1"]!.map((sentence) => `- ${sentence}`).join("\n");
          return `${JSON.stringify(fields)}\n${text}\n${sentences}\n${answerFileOf(finished) ?? ""}`;
        });
        golden(join(folder, `${type}.${deployment}.txt`), results.join("\n"));
      });
    }
  }

  it("says something of every operation, and refuses an image without architecture", () => {
    for (const [type, road] of Object.entries(setupRoads)) {
      const [operation] = samples[type as OperationType] ?? [];
      if ("refused" in road) continue;
      assert.ok(operation, `${type} has no sample`);
      const unknown = { ...image, architecture: "unknown" as const };
      const { text } = lowered(road as SetupRoad<OperationType>, operation, unknown, "applied");
      assert.match(text, /image\.architecture in the config/);
    }
  });

  it("adds a driver that has to be added inside Windows there, however the image is deployed", () => {
    const operation: Operation<"Add-Driver"> = {
      type: "Add-Driver",
      driver: "/in/audio/a.inf",
      refuse: { offline: "has co-installers" },
    };
    const { contribution } = lowered(setupRoads["Add-Driver"], operation, image, "winpe");
    assert.equal(contribution?.settings, undefined);
    assert.equal(contribution?.specialize?.[0]?.file, "pnputil.exe");
  });

  it("lets wusa take an .msu before Windows 11", () => {
    const operation: Operation<"Add-Package"> = { type: "Add-Package", package: "/in/kb.msu" };
    const old = { ...image, version: "10.0.19041.1" };
    const { contribution } = lowered(setupRoads["Add-Package"], operation, old, "applied");
    assert.equal(contribution?.setupComplete?.[0]?.file, "wusa.exe");
  });
});

/** What servicing itself wrote has nothing to find. */
function lintsClean(finished: FinishedSetup): void {
  const { text, secrets = [] } = writtenBy(finished) ?? {};
  if (text === undefined) return;
  const isSecret = (value: string): boolean => secrets.some(({ placeholder }) => value.includes(placeholder));
  assert.deepEqual(codesOf(text, { isSecret }), []);
}

function answerFileOf(finished: FinishedSetup): string | undefined {
  return writtenBy(finished)?.text;
}

function writtenBy({ operations, media }: FinishedSetup) {
  const written = operations
    .map(({ operation }) => operation)
    .find((one) => one.type === "Write-File" && one.to.endsWith(".xml"));
  return written?.type === "Write-File" ? written : media?.answerFile;
}
