import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An update.mum as Windows packages have it. */
export function updateManifest(of: {
  readonly name?: string;
  readonly architecture?: string;
  readonly version?: string;
  readonly kb?: string;
  readonly releaseType?: string;
  readonly language?: string;
}): string {
  return `<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0" description="Fix for ${of.kb ?? "KB5000001"}"
    supportInformation="https://support.example.com/?kbid=5000001">
  <assemblyIdentity name="${of.name ?? "Package_for_KB5000001"}" version="${of.version ?? "10.0.1.2"}" language="${of.language ?? "neutral"}"
      processorArchitecture="${of.architecture ?? "amd64"}" publicKeyToken="31bf3856ad364e35"/>
  <package identifier="${of.kb ?? "KB5000001"}" releaseType="${of.releaseType ?? "Update"}" restart="possible">
    <parent buildCompare="EQ" integrate="separate" disposition="detect">
      <assemblyIdentity name="Microsoft-Windows-ProfessionalEdition" version="10.0.26100.1" language="neutral"
          processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35"/>
    </parent>
    <update name="Contoso-Feature"><component/><selectable disposition="staged"><detectNone default="false"/></selectable></update>
    <update name="Hidden"><component/></update>
  </package>
</assembly>`;
}

/** A CompDB of one package, as the metadata of an .msu of Windows 11 hold them; made by the tests. */
export function compDb(of: {
  readonly type?: string;
  readonly feature?: string;
  readonly kb?: string;
  readonly architecture?: string;
  readonly baseline?: string;
  readonly target?: string;
}): string {
  const { type = "BuildUpdate", feature = "CumulativeUpdate", kb = "KB5043080" } = of;
  return `<?xml version="1.0" encoding="utf-8"?>
<CompDB xmlns="urn:contoso-comp-db" Type="${type}" Product="Desktop" BuildArch="${of.architecture ?? "amd64"}"
    OSVersion="${of.baseline ?? "10.0.26100.1"}" TargetOSVersion="${of.target ?? "10.0.26100.1742"}">
  <Features><Feature Type="${feature}" FeatureID="${feature}_${kb}"><Packages><Package ID="p"/></Packages></Feature></Features>
</CompDB>`;
}

/** The metadata cabinet of an .msu: a cabinet for each document. Needs gcab. */
export function makeMetadata(folder: string, documents: Readonly<Record<string, string>>): Buffer {
  const cabinets = Object.entries(documents).map(([name, text]) => {
    const cabinet = makeCabinet(folder, `${name}.cab`, { [name]: text });
    return [`${name}.cab`, readFileSync(cabinet)] as const;
  });
  return readFileSync(makeCabinet(folder, "metadata.cab", Object.fromEntries(cabinets)));
}

function capture(from: string, to: string): void {
  execFileSync("wimlib-imagex", ["capture", from, to, "--no-acls", "--compress=none"], { stdio: "ignore" });
}

/** A cumulative update as Windows 11, version 24H2, has them: an .msu that is a WIM. Made by the tests; needs gcab and wimlib. */
export function makeUpdate(
  folder: string,
  name: string,
  of: {
    readonly kb: string;
    readonly version: string;
    readonly baseline: string;
    readonly architecture?: string;
  },
): string {
  const inside = mkdtempSync(join(tmpdir(), "servicing-test-msu-"));
  try {
    const [, build = "", revision = ""] = /^(\d+)\.(\d+)\./.exec(of.version) ?? [];
    const tree = join(inside, "package");
    mkdirSync(tree);
    const named = { name: "Package_for_RollupFix", ...of };
    writeFileSync(join(tree, "update.mum"), updateManifest({ ...named, releaseType: "Security Update" }));
    const payload = join(inside, "payload");
    mkdirSync(payload);
    capture(tree, join(payload, `Windows11.0-${of.kb}-x64.wim`));
    writeFileSync(join(payload, `Windows11.0-${of.kb}-x64.psf`), "payload");
    const stack = { name: `Package_for_ServicingStack_${revision}`, version: of.version };
    const stackName = `SSU-${build}.${revision}-x64.cab`;
    writeFileSync(
      join(payload, stackName),
      readFileSync(makeCabinet(inside, stackName, { "update.mum": updateManifest(stack) })),
    );
    const target = `10.0.${build}.${revision}`;
    const metadata = makeMetadata(inside, {
      [`LCUCompDB_${of.kb}.xml`]: compDb({ ...of, target }),
      "SSUCompDB_KB5000000.xml": compDb({ ...of, feature: "ServicingStackUpdate", kb: "KB5000000", target }),
      "Windows.xml": compDb({ type: "Build" }),
    });
    writeFileSync(join(payload, "onepackage.AggregatedMetadata.cab"), metadata);
    const file = join(folder, name);
    rmSync(file, { force: true });
    capture(payload, file);
    return file;
  } finally {
    rmSync(inside, { recursive: true });
  }
}

/** Makes a cabinet of texts and files; needs gcab. */
export function makeCabinet(
  folder: string,
  name: string,
  content: Readonly<Record<string, string | Buffer>>,
): string {
  const inside = mkdtempSync(join(tmpdir(), "servicing-test-cab-"));
  try {
    for (const [file, data] of Object.entries(content)) writeFileSync(join(inside, file), data);
    const cabinet = join(folder, name);
    execFileSync("gcab", ["-c", "-z", "-n", cabinet, ...Object.keys(content)], { cwd: inside });
    return cabinet;
  } finally {
    rmSync(inside, { recursive: true });
  }
}

/** True where a program can be started. */
export function hasTool(tool: string): boolean {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}
