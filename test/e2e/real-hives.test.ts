import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { headerChecksum } from "../../core/formats/hive-cells.ts";
import { corpus } from "../support/corpus.ts";
import { asking, done, filesBelow, needs, rig, type Rig, run, wimlib } from "../support/rig.ts";

const key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Contoso";
const setting = asking(
  { type: "Set-Registry", key, name: "Größe", value: { type: "REG_DWORD", data: 14 } },
  {
    type: "Set-Registry",
    key: `${key}\\名前`,
    name: "",
    value: { type: "REG_EXPAND_SZ", data: "%SystemRoot%\\ß" },
  },
  {
    type: "Set-Registry",
    key: "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters",
    name: "Domain",
    value: { type: "REG_SZ", data: "contoso.example" },
  },
);

/** An image that holds the SYSTEM hive of a real Windows 10. */
function imageWith(here: Rig, hive: Buffer): string {
  const config = here.path("tree/Windows/System32/config");
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "SYSTEM"), hive);
  wimlib("capture", here.path("tree"), here.path("windows.wim"), "Windows 10");
  return here.path("windows.wim");
}

function exported(here: Rig, image: string, path: string): string {
  wimlib(
    "extract",
    image,
    "1",
    "/Windows/System32/config/SYSTEM",
    `--dest-dir=${here.path("read")}`,
    "--no-acls",
  );
  return execFileSync("hivexregedit", ["--export", here.path("read/SYSTEM"), path], {
    encoding: "latin1",
    maxBuffer: 2 ** 26,
  });
}

describe("the registry of a real Windows", function () {
  let hive: Buffer;

  before(function () {
    needs(this, "wimlib-imagex", "hivexsh", "hivexregedit", "xz");
    const file = "hives/mkorman90+regipy/regipy_tests/data/SYSTEM_WIN_10_1709.xz";
    hive = execFileSync("xz", ["-dkc", join(corpus(this), file)], { maxBuffer: 2 ** 26 });
  });

  it("is refused where its last changes lie in its logs", async () => {
    const here = rig();
    const line = here.line({ image: { file: imageWith(here, hive) }, plugins: [setting] });
    const report = await run(line);
    assert.equal(report.error?.code, "SERVICING_HIVE_DIRTY");
    assert.deepEqual([...filesBelow(here.path("out")), ...filesBelow(line.work)], []);
  });

  it("takes what was asked and keeps all that it held", async () => {
    const here = rig();
    const clean = Buffer.from(hive);
    clean.copy(clean, 8, 4, 8);
    clean.writeUInt32LE(headerChecksum(clean), 508);
    const image = imageWith(here, clean);
    const line = here.line({ image: { file: image }, plugins: [setting] });
    await done(line);
    const current = "\\ControlSet001";
    const set = exported(here, line.output.file, `${current}\\Control\\Contoso`);
    assert.match(set, /"Gr.+e"=dword:0000000e/);
    assert.match(
      set,
      /@=hex\(2\):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,6f,00,6f,00,74,00,25,00,5c,00,df,00,00,00/,
    );
    const tcpip = `${current}\\Services\\Tcpip\\Parameters`;
    const [before, after] = [exported(here, image, tcpip), exported(here, line.output.file, tcpip)].map(
      (text) => text.split("\n").sort(),
    );
    assert.deepEqual(
      after?.filter((entry) => !before?.includes(entry)).map((entry) => entry.slice(0, 24)),
      ['"Domain"=hex(1):63,00,6f'],
    );
    const again = here.line({
      line: "again",
      image: { file: line.output.file },
      plugins: [setting],
      output: { file: here.path("out/again.wim"), compress: "keep", images: "all" },
    });
    await done(again);
    assert.equal(
      wimlib("extract", again.output.file, "1", "/Windows/System32/config/SYSTEM", "--to-stdout").length,
      wimlib("extract", line.output.file, "1", "/Windows/System32/config/SYSTEM", "--to-stdout").length,
      "what is already so is not written again",
    );
  });
});
