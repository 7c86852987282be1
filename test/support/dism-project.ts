import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAppPackage } from "../../templates/sample/apps.ts";
import { writeDriverPackage } from "./driver-package.ts";
import { makeCabinet, makeUpdate, updateManifest } from "./package-fixture.ts";
import { smallImage } from "./small-image.ts";

/** The versions that the cumulative updates of {@link dismProject} make: two checkpoints, and what is built on them. */
const checkpoints = [
  { kb: "KB5043080", from: 1, to: 1742 },
  { kb: "KB5053598", from: 1742, to: 3476 },
] as const;
const newest = { kb: "KB5063878", from: 3476, to: 4946 } as const;

/** A project for DISM with a little of everything, in real files that were made for tests. */
export async function dismProject(
  folder: string,
  languages: readonly string[] = ["fr-FR"],
  engine: "dism" | "auto" = "dism",
): Promise<string> {
  const at = (...names: readonly string[]): string => join(folder, ...names);
  for (const name of ["languages", "updates", "features", "apps"]) mkdirSync(at(name), { recursive: true });
  await smallImage(at("install.wim"), [{ version: [10, 0, 26100, 1] }]);
  for (const language of ["fr-FR", "de-DE"]) languagePack(at("languages"), language);
  for (const update of checkpoints) cumulativeUpdate(at("updates"), update);
  // A WIM, as those of Windows 11, version 24H2, are, which Windows reads by DISM and others by wimlib.
  const { kb, from, to } = newest;
  makeUpdate(at("updates"), `windows11.0-${kb.toLowerCase()}-x64.msu`, {
    kb,
    version: `26100.${to}.1.7`,
    baseline: `10.0.26100.${from}`,
  });
  capability(at("features"), "XPS.Viewer", "Microsoft-Windows-Xps-Xps-Viewer-Opt-Package");
  capability(at("features"), "NetFx3", "Microsoft-Windows-NetFx3-OnDemand-Package");
  await writeDriverPackage(at("drivers", "net"), { kind: "net", name: "cnet" });
  await makeAppPackage(at("apps", "Contoso.Sample.appx"));
  writeFileSync(at("unattend.xml"), answerFile);
  writeFileSync(at("servicing.config.mjs"), configOf(languages, engine));
  return folder;
}

export function configOf(languages: readonly string[], engine: "dism" | "auto"): string {
  return `import { apps, defineConfig, drivers, features, languages, settings, unattend, updates } from "servicing";

export default defineConfig({
  line: "kiosk",
  image: { file: "install.wim", index: 1 },
  engine: "${engine}",
  plugins: [
    languages({ add: ${JSON.stringify(languages)}, default: "fr-FR", from: "languages" }),
    updates({ from: "updates" }),
    features({
      enable: ["TelnetClient", "NetFx3"],
      capabilities: { add: ["XPS.Viewer~~~~0.0.1.0"] },
      source: "features",
    }),
    drivers({ from: "drivers" }),
    apps({ provision: ["apps/Contoso.Sample.appx"] }),
    settings({ registry: { "HKLM\\\\SOFTWARE\\\\Contoso": { Line: "kiosk" } } }),
    unattend({ answerFile: "unattend.xml", oobe: { hideEula: true } }),
  ],
});
`;
}

function languagePack(folder: string, language: string): void {
  const cabinet = (file: string, name: string, releaseType: string): string =>
    makeCabinet(folder, file, {
      "update.mum": updateManifest({ name, releaseType, version: "10.0.26100.1" }).replace(
        'language="neutral"',
        `language="${language}"`,
      ),
    });
  const name = language.toLowerCase();
  cabinet(
    `Microsoft-Windows-Client-Language-Pack_x64_${name}.cab`,
    "Microsoft-Windows-Client-LanguagePack-Package",
    "Language Pack",
  );
  cabinet(
    `Microsoft-Windows-LanguageFeatures-Basic-${name}-Package~31bf3856ad364e35~amd64~~.cab`,
    `Microsoft-Windows-LanguageFeatures-Basic-${name}-Package`,
    "OnDemand Pack",
  );
}

/** An .msu of the kind that has metadata beside the package: which version it is for, and which it makes. */
function cumulativeUpdate(folder: string, { kb, from, to }: (typeof checkpoints)[number]): void {
  const inside = join(folder, "..", "parts", kb);
  mkdirSync(inside, { recursive: true });
  const identity = { name: "Package_for_RollupFix", version: `26100.${to}.1.7`, kb };
  const inner = makeCabinet(inside, `Windows11.0-${kb}-x64.cab`, { "update.mum": updateManifest(identity) });
  const database = `<?xml version="1.0" encoding="utf-8"?>
<CompDB xmlns="http://schemas.microsoft.com/embedded/2004/10/ImageUpdate" Type="BuildUpdate" BuildArch="amd64"
    OSVersion="10.0.26100.${from}" TargetOSVersion="10.0.26100.${to}">
  <Features><Feature FeatureID="CumulativeUpdate_${kb}" Type="CumulativeUpdate"/></Features>
</CompDB>`;
  const metadata = makeCabinet(inside, "onepackage.AggregatedMetadata.cab", { "LCUCompDB.xml": database });
  makeCabinet(folder, `windows11.0-${kb.toLowerCase()}-x64.msu`, {
    [`Windows11.0-${kb}-x64.cab`]: readFileSync(inner),
    "onepackage.AggregatedMetadata.cab": readFileSync(metadata),
  });
}

function capability(folder: string, name: string, packageName: string): void {
  makeCabinet(folder, `${packageName}~31bf3856ad364e35~amd64~~.cab`, {
    "update.mum": updateManifest({
      name: packageName,
      releaseType: "OnDemand Pack",
      version: "10.0.26100.1",
    }).replace(
      "<update ",
      `<declareCapability><capability><capabilityIdentity name="${name}" version="0.0.1.0" language=""/></capability></declareCapability>\n    <update `,
    ),
  });
}

const answerFile = `<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend">
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <TimeZone>Romance Standard Time</TimeZone>
    </component>
  </settings>
</unattend>
`;
