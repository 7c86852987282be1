import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAnswerFile } from "../../core/formats/answer-file.ts";
import { type Element, elements, textOf } from "../../core/formats/answer-file-tree.ts";
import type { Operation, RegistryValue } from "../../core/operation.ts";
import { asking, done, needs, type Rig, rig, sampleFolder, wimlib } from "../support/rig.ts";
import { inWinesPage, startWine, type Wine } from "../support/wine.ts";

/** Everything that cmd.exe, msiexec, XML or a percent sign would make something else of. */
const odd = "A & B (1) ^ 100% %PATH% !x! 'q' ;,= é ü ]]>";
/** The same without what no file of Windows can be called. */
const oddName = odd.replaceAll(/[<>"]/g, "");

const values: readonly (readonly [string, RegistryValue])[] = [
  [odd, { type: "REG_SZ", data: `${odd} "quoted" \\` }],
  ["long", { type: "REG_SZ", data: "v".repeat(250) }],
  ["number", { type: "REG_DWORD", data: 7 }],
  ["list", { type: "REG_MULTI_SZ", data: ["a & b", "%PATH%", "é"] }],
];

const longName = `${"n".repeat(246)}.cmd`;

/** An installer that puts a file in place and writes down one of its properties. */
const wxs = `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="0F3C8E52-7B61-4D0A-9C35-5E7A1B2C3D4E" Name="Contoso Agent" Language="1033" Version="1.0.0" Manufacturer="Contoso" UpgradeCode="1A2B3C4D-5E6F-4A7B-8C9D-0E1F2A3B4C5D">
    <Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine" />
    <Media Id="1" Cabinet="agent.cab" EmbedCab="yes" />
    <Property Id="NOTE" Value="none" />
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFilesFolder">
        <Directory Id="INSTALLDIR" Name="Contoso Agent">
          <Component Id="Agent" Guid="9B8A7C6D-5E4F-4321-8765-A1B2C3D4E5F6">
            <File Id="AgentText" Source="agent.txt" KeyPath="yes" />
            <RegistryValue Root="HKLM" Key="Software\\Contoso Agent" Name="Note" Value="[NOTE]" Type="string" />
          </Component>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="All" Level="1"><ComponentRef Id="Agent" /></Feature>
  </Product>
</Wix>
`;

/** What the installer leaves, in the views of 64 and of 32 bits. */
const agentCheck = {
  product: "{0F3C8E52-7B61-4D0A-9C35-5E7A1B2C3D4E}",
  registry: { key: "HKLM\\SOFTWARE\\Wow6432Node\\Contoso Agent", name: "Note" },
};

/** What a line asked of Windows Setup, carried out from its finished image by Wine's cmd.exe. */
describe("scripts for the device, run by Wine", function () {
  this.timeout(300_000);
  let wine: Wine;
  let here: Rig;
  let logs: (name: string) => string;
  let codes: readonly (number | null)[];
  let registry: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "gcab", "wixl");
    wine = startWine(this);
    const sample = await sampleFolder();
    here = rig();
    here.write({
      [`in/${oddName}.txt`]: "odd\n",
      [`in/tools/deep/${oddName}`]: "a\n",
      "in/agent.txt": "installed\n",
      "in/agent.wxs": wxs,
      "in/fails.cmd": "@echo it says why & exit 7\r\n",
      "in/restarts.cmd": "@exit 3010\r\n",
      "in/restarted.cmd": "@exit 1641\r\n",
      // Another installation is in progress the first time.
      "in/busy.cmd": '@if exist "%TEMP%\\free" exit 0\r\n@echo x> "%TEMP%\\free"\r\n@exit 1618\r\n',
      [`in/${longName}`]: "@echo it has a long name\r\n",
      "in/argument.cmd": "@echo got [%~1] [%~2]\r\n",
    });
    execFileSync("wixl", ["--output", "agent.msi", "agent.wxs"], { cwd: here.path("in") });
    const installer = (file: string, ...args: readonly string[]): Operation<"Run-Installer"> => ({
      type: "Run-Installer",
      file: file.endsWith(".msi") ? file : here.path("in", file),
      arguments: args,
      when: "specialize",
      strategy: "setup",
    });
    const line = here.line({
      image: { file: join(sample, "install.wim"), index: 1 },
      plugins: [
        asking(
          setup({ type: "Copy-File", from: here.path("in", `${oddName}.txt`), to: `\\Odd\\${oddName}.txt` }),
          setup({ type: "Copy-File", from: here.path("in/tools"), to: `\\Odd\\${oddName}` }),
          ...values.map(([name, value]) =>
            setup({ type: "Set-Registry", key: `HKLM\\SOFTWARE\\Contoso\\${oddName}`, name, value }),
          ),
          installer(here.path("in/agent.msi"), `NOTE=${odd}`),
          installer("fails.cmd"),
          installer("restarts.cmd"),
          installer("busy.cmd"),
          installer(longName),
          installer("argument.cmd", "C:\\a b", "c-d"),
          { ...installer("fails.cmd"), check: agentCheck },
          { ...installer("restarted.cmd"), when: "setupComplete" },
        ),
      ],
    });
    await done(line);
    wimlib(
      "extract",
      line.output.file,
      "1",
      "/Windows/Setup",
      "/Windows/Panther",
      `--dest-dir=${join(wine.c, "windows")}`,
      "--no-acls",
      "--no-attributes",
    );
    for (const name of ["specialize.cmd", "setupcomplete.cmd"])
      forWine(join(wine.c, "windows/Setup/Servicing", name));
    const specialize = commandOf(join(wine.c, "windows/Panther/unattend.xml"));
    codes = [
      wine.run(["cmd.exe", ...specialize]).code,
      wine.run(["cmd.exe", "/c", "C:\\windows\\Setup\\Scripts\\SetupComplete.cmd"]).code,
    ];
    logs = (name) => readFileSync(join(wine.c, "windows/Setup/Servicing/Logs", name), "utf8");
    registry = wine.registry();
  });

  it("ends with the code of the first command that failed", () => assert.deepEqual(codes, [7, 0]));

  it("copies files whatever they are called", () => {
    const folder = join(wine.c, "Odd");
    assert.equal(readFileSync(join(folder, `${oddName}.txt`), "utf8"), "odd\n");
    assert.equal(readFileSync(join(folder, oddName, "deep", oddName), "utf8"), "a\n");
  });

  it("sets values of the registry as they were meant", () => {
    const key = registry.indexOf(
      `[Software\\\\Contoso\\\\${written(oddName).replaceAll("]", String.raw`\]`)}]`,
    );
    assert.notEqual(key, -1);
    const [, ...rows] = registry.slice(key).split("\n\n")[0]?.split("\n") ?? [];
    assert.deepEqual(
      rows.filter((row) => !row.startsWith("#")),
      [
        `"${written(odd)}"="${written(`${odd} "quoted" \\`)}"`,
        String.raw`"list"=str(7):"a & b\0%PATH%\0\xe9\0"`,
        `"long"="${"v".repeat(250)}"`,
        '"number"=dword:00000007',
      ],
    );
  });

  it("installs an .msi with its properties, and keeps what msiexec has to say", () => {
    const installed = ["Program Files", "Program Files (x86)"].map((folder) =>
      join(wine.c, folder, "Contoso Agent/agent.txt"),
    );
    assert.ok(installed.some((file) => existsSync(file)));
    assert.ok(readdirSync(join(wine.c, "windows/Setup/Servicing/Logs")).includes("agent.msi.log"));
    // Wine's msiexec takes quotation marks out of values, which that of Windows does not.
    assert.ok(registry.includes(`"Note"="${written(odd)}"`));
  });

  it("logs every exit code, a failure and who wants a restart", () => {
    const rows = logs("specialize.log").split("\r\n");
    const said = rows
      .map((row) => row.trimEnd())
      .filter((row) =>
        /^(?:exit|FAILED|a restart|got|it says|it has|it is)|restart is wanted,|end:/.test(row),
      );
    assert.deepEqual(
      said.map((row) => row.replace(/^\[.*?\] /, "")),
      [
        ...Array.from({ length: 2 + values.length + 1 }, () => "exit code 0"),
        "it says why",
        "exit code 7",
        "FAILED with 7: Run-Installer fails.cmd",
        "exit code 3010",
        "a restart is wanted by: Run-Installer restarts.cmd",
        "exit code 1618: again in 30 seconds: Run-Installer busy.cmd",
        "exit code 0",
        "it has a long name",
        "exit code 0",
        String.raw`got [C:\a b] [c-d]`,
        "exit code 0",
        "it is there already: Run-Installer fails.cmd",
        "a restart is wanted, and left to Windows",
        "end: exit code 7",
      ],
    );
    assert.match(
      logs("setupcomplete.log"),
      /exit code 1641[^]*restart is wanted, and left to Windows[^]*end: exit code 0/,
    );
  });
});

/** As Wine writes texts of the registry. */
function written(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(/[^\u0020-\u007e]/g, (one) => `\\x${one.codePointAt(0)?.toString(16) ?? ""}`);
}

/** Nobody has to wait half a minute for the second try. */
function forWine(file: string): void {
  writeFileSync(file, inWinesPage(readFileSync(file, "utf8").replace('ping.exe" -n 31', 'ping.exe" -n 2')));
}

function setup<T extends Operation>(operation: T): T {
  return { ...operation, strategy: "setup" };
}

/** What specialize starts, as its answer file says it: the arguments of cmd.exe. */
function commandOf(file: string): readonly string[] {
  const { root } = readAnswerFile(readFileSync(file, "utf8"), file);
  const paths = (parent: Element): readonly Element[] =>
    elements(parent).flatMap((one) => [...(one.name === "Path" ? [one] : []), ...paths(one)]);
  const line = textOf(paths(root)[0] as Element);
  const [, script = ""] = /^cmd\.exe \/d \/c "([^"]+)"$/.exec(line) ?? [];
  assert.notEqual(script, "");
  return ["/d", "/c", script];
}
