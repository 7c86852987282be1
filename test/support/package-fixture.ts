import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An update.mum as Windows packages have it. */
export function updateManifest(of: {
  readonly name?: string;
  readonly architecture?: string;
  readonly version?: string;
  readonly kb?: string;
  readonly releaseType?: string;
}): string {
  return `<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0" description="Fix for ${of.kb ?? "KB5000001"}"
    supportInformation="https://support.example.com/?kbid=5000001">
  <assemblyIdentity name="${of.name ?? "Package_for_KB5000001"}" version="${of.version ?? "10.0.1.2"}" language="neutral"
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
