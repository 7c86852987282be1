import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { corpus } from "../support/corpus.ts";
import { runDism } from "../support/stand-in-dism/dism.ts";
import { createHost, type Host } from "../support/stand-in-dism/host.ts";
import { initialState, keepState } from "../support/stand-in-dism/image-state.ts";
import { bar } from "../support/stand-in-dism/output.ts";
import { windowsWords } from "../support/stand-in-dism/windows-words.ts";

describe("the stand-in for DISM prints what is recorded", () => {
  let folder: string;
  let host: Host;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stand-in-dism-"));
    mkdirSync(join(folder, "image", "Windows"), { recursive: true });
    host = createHost(join(folder, "home"));
    const state = initialState();
    state.drivers.push({
      published: "oem0.inf",
      original: "contoso.inf",
      className: "Net",
      provider: "Contoso",
      date: "5/19/2017",
      version: "10.0.0.1",
      bootCritical: false,
      store: "contoso.inf_amd64_0",
    });
    keepState(join(folder, "image"), state);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function dism(...argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
    let text = "";
    const code = await runDism(argv, host, (more) => void (text += more), new Promise(() => undefined));
    return { code, text };
  }

  const image = (): string => `/Image:${join(folder, "image")}`;

  it("drivers", async function () {
    const { text } = await dism(image(), "/English", "/Get-Drivers");
    const real = recorded(this, "002");
    assert.deepEqual(fields(text, "Published Name"), fields(real, "Published Name"));
    assert.deepEqual(frame(text), frame(real));
  });

  it("packages", async function () {
    const { text } = await dism(image(), "/English", "/Get-Packages", "/Format:List");
    assert.deepEqual(fields(text, "Package Identity"), fields(recorded(this, "008"), "Package Identity"));
  });

  it("capabilities", async function () {
    const { text } = await dism(image(), "/English", "/Get-Capabilities");
    const real = recorded(this, "004").replace("...", "");
    assert.deepEqual(fields(text, "Capability Identity"), fields(real, "Capability Identity"));
  });

  it("the component store, and the bar of its progress", async function () {
    const { text } = await dism(image(), "/English", "/Cleanup-Image", "/AnalyzeComponentStore");
    const real = recorded(this, "014");
    assert.ok(real.includes(bar(100)));
    for (const row of ["Number of Reclaimable Packages : 0", "Component Store Cleanup Recommended : No"])
      assert.ok(text.includes(row) && real.includes(row), row);
  });

  it("failures, where the command line says that it logs", async function () {
    host.faults.push({ verb: "add-package", code: 0x800f0825 });
    const { code, text } = await dism(
      image(),
      "/English",
      `/LogPath:${join(folder, "dism.log")}`,
      "/Add-Package",
      "/PackagePath:C:\\x.cab",
    );
    assert.equal(code, 0x800f0825);
    assert.match(text, /\nError: 0x800f0825\n\n.+\n\nThe DISM log file can be found at .+dism\.log\n$/);
    assert.match(recorded(this, "017"), /^Error: 0x800f0825$/m);
    const line = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d), (Info|Warning|Error)\s+(\w+)\s+(.*)$/;
    for (const log of [join(folder, "dism.log"), join(folder, "image/Windows/Logs/CBS/CBS.log")])
      for (const row of readFileSync(log, "utf8").trimEnd().split("\r\n")) assert.match(row, line);
  });

  it("another language, of which /English leaves what Windows itself says", async () => {
    host.language = "de";
    const german = await dism(image(), "/Add-Driver", "/Driver:C:\\none.inf");
    assert.match(german.text, /Abbildversion: 10\.0\.26100\.1742/);
    assert.match(german.text, /Fehler: 2\n\nDas System kann die angegebene Datei nicht finden\./);
    const english = await dism(image(), "/English", "/Add-Driver", "/Driver:C:\\none.inf");
    assert.match(english.text, /Image Version: 10\.0\.26100\.1742/);
    assert.match(english.text, /Error: 2\n\nDas System kann/);
    assert.equal(english.code, 2);
  });

  it("refuses as DISM does: no elevation, an older version, a scratch folder that is not there", async () => {
    const asked = [image(), "/English", "/Set-TimeZone:UTC"] as const;
    assert.equal((await dism(...asked, `/ScratchDir:${join(folder, "none")}`)).code, 3);
    host.version = "10.0.22621.1";
    assert.equal((await dism(...asked)).code, 0x800f0830);
    host.elevated = false;
    assert.equal((await dism(...asked)).code, 740);
  });

  it("does nothing, says that all is well, and does it and says that it failed, where it is told to", async () => {
    const state = async (): Promise<string> =>
      (await dism(image(), "/English", "/Get-FeatureInfo", "/FeatureName:TFTP")).text;
    const enable = [image(), "/English", "/Enable-Feature", "/FeatureName:TFTP"] as const;
    host.faults.push({ verb: "enable-feature", how: "nothing" });
    assert.equal((await dism(...enable)).code, 0);
    assert.match(await state(), /State : Disabled/);
    host.faults[0] = { verb: "enable-feature", how: "half", code: 1726 };
    assert.equal((await dism(...enable)).code, 1726);
    assert.match(await state(), /State : Enabled/);
  });

  it("services the host where a mount has vanished, as has been seen of DISM", async () => {
    host.faults.push({ verb: "set-timezone", how: "vanish", occurrence: 1 });
    assert.equal((await dism(image(), "/English", "/Set-TimeZone:UTC")).code, 0);
    assert.equal(host.astray.length, 1);
  });
});

describe("the arguments of a command line of Windows", () => {
  // The examples of "Parsing C command-line arguments".
  for (const [line, words] of [
    ['x.exe "a b c" d e', ["a b c", "d", "e"]],
    ['x.exe "ab\\"c" "\\\\" d', ['ab"c', "\\", "d"]],
    ['x.exe a\\\\\\b d"e f"g h', ["a\\\\\\b", "de fg", "h"]],
    ['x.exe a\\\\\\"b c d', ['a\\"b', "c", "d"]],
    ['x.exe a\\\\\\\\"b c" d e', ["a\\\\b c", "d", "e"]],
    ['"C:\\a b\\x.exe" ""', [""]],
    ["x.exe /Driver:C:\\größe\\", ["/Driver:C:\\größe\\"]],
  ] as const)
    it(line, () => assert.deepEqual(windowsWords(line), words));
});

/** The names of the fields of the first record, in their order. */
function fields(text: string, first: string): readonly string[] {
  const rows = text.slice(text.indexOf(`${first} :`)).split(/\r?\n/);
  const end = rows.findIndex((row) => row.trim() === "");
  return rows.slice(0, end === -1 ? rows.length : end).map((row) => row.split(" : ")[0]?.trim() ?? "");
}

function recorded(context: Mocha.Context, number: string): string {
  const at = join(corpus(context), "dism-output", "msdocs");
  const name = readdirSync(at).find((each) => each.startsWith(number)) ?? "";
  return readFileSync(join(at, name), "utf8");
}

/** All of it but the fields. */
const frame = (all: string): readonly string[] =>
  all
    .replaceAll(/^(Version|Image Version): .*/gm, "$1")
    .replaceAll(/^(?!Version|Image).* : .*\n?/gm, "")
    .split(/\r?\n/)
    .filter((row) => row.trim() !== "");
