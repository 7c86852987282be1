import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCabinet, updateManifest } from "../support/package-fixture.ts";
import { writeDriverPackage } from "../support/driver-package.ts";
import { sampleFolder } from "../support/rig.ts";

/**
 * What the contract is shown with. What is absent is not shown: a Windows PE, for one, has no features. On Windows the file that
 * SERVICING_CONTRACT names holds them, since nothing of a real Windows can be made here.
 */
export interface ContractInputs {
  /** A WIM whose first image is a Windows. It is not written to. */
  readonly image: string;
  /** An INF, signed or not. */
  readonly driver: string;
  readonly package?: { readonly file: string; readonly identity: string };
  /** A feature that is not enabled, and its payload is in the image. */
  readonly feature?: string;
  readonly capability?: { readonly name: string; readonly source: string };
  readonly app?: { readonly file: string; readonly name: string };
  /** A language that is installed. */
  readonly language?: string;
  /** A language for what is not there in that of Windows. */
  readonly fallback?: string;
  /** Of a Japanese or Korean Windows. */
  readonly layeredDriver?: 1 | 2 | 3 | 4 | 5 | 6;
  readonly timeZone?: string;
  readonly edition?: string;
  readonly productKey?: string;
  readonly answerFile?: string;
  /** Of the first image's edition, its Winre.wim is serviced. */
  readonly recovery?: boolean;
  readonly cleanup?: boolean;
  /** Default app associations, as `/Export-DefaultAppAssociations` writes them, and an identifier in them. */
  readonly associations?: { readonly file: string; readonly identifier: string };
  /** A .ppkg. */
  readonly provisioning?: string;
  /** A folder of media with `sources`, which is written to. It may lie in no folder of other inputs. */
  readonly distribution?: string;
  /** A WIM whose first image is a Windows PE. It is not written to. */
  readonly pe?: string;
}

export function givenInputs(): ContractInputs | undefined {
  const file = process.env["SERVICING_CONTRACT"];
  return file === undefined || file === ""
    ? undefined
    : (JSON.parse(readFileSync(file, "utf8")) as ContractInputs);
}

/** Those that are made for tests, which the stand-in for DISM takes as Windows' own. */
export async function madeInputs(folder: string): Promise<ContractInputs> {
  const sample = await sampleFolder();
  const name = "Package_for_KB5000002";
  const manifest = updateManifest({ name, version: "10.0.1.3", kb: "KB5000002" });
  const capability = updateManifest({ name: "Contoso-Capability-Package", releaseType: "OnDemand Pack" });
  const capabilities = join(folder, "capabilities");
  mkdirSync(capabilities, { recursive: true });
  makeCabinet(capabilities, "capability.cab", {
    "update.mum": capability.replace(
      "<update ",
      '<declareCapability><capability><capabilityIdentity name="Contoso.Tool" version="0.0.1.0" language=""/></capability></declareCapability><update ',
    ),
  });
  const associations = join(folder, "associations.xml");
  writeFileSync(
    associations,
    '<DefaultAssociations><Association Identifier=".contoso" ProgId="Contoso.1" ApplicationName="Contoso" /></DefaultAssociations>',
  );
  const provisioning = join(folder, "contoso.ppkg");
  writeFileSync(provisioning, "only the stand-in takes this for a provisioning package");
  const distribution = join(folder, "media");
  mkdirSync(join(distribution, "sources"), { recursive: true });
  return {
    image: join(sample, "install.wim"),
    driver: await writeDriverPackage(join(folder, "driver"), { kind: "net", name: "cnetx" }),
    package: {
      file: makeCabinet(folder, "update.cab", { "update.mum": manifest }),
      identity: `${name}~31bf3856ad364e35~amd64~~10.0.1.3`,
    },
    feature: "TelnetClient",
    capability: { name: "Contoso.Tool~~~~0.0.1.0", source: capabilities },
    app: { file: join(sample, "apps/Contoso.Sample.appx"), name: "Contoso.Sample" },
    language: "en-US",
    fallback: "en-US",
    layeredDriver: 6,
    timeZone: "UTC",
    edition: "Education",
    productKey: "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE",
    answerFile: join(sample, "autounattend.xml"),
    recovery: true,
    cleanup: true,
    associations: { file: associations, identifier: ".contoso" },
    provisioning,
    distribution,
    pe: join(sample, "boot.wim"),
  };
}
