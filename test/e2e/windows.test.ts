import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { madeInputs } from "../contract/inputs.ts";
import { dismProject } from "../support/dism-project.ts";
import { planText } from "../support/dism-plan-text.ts";
import { needs, sha256, wimlib } from "../support/rig.ts";
import { smallImage } from "../support/small-image.ts";
import { mountsOf } from "../support/stand-in-dism/host.ts";
import { type StandIn, startStandIn } from "../support/stand-in-dism/stand-in.ts";
import { startWindowsNode, type WindowsNode, windowsPath } from "../support/stand-in-dism/windows-node.ts";
import { startWine } from "../support/wine.ts";

const root = resolve(import.meta.dirname, "../..");

describe("servicing as a process of Windows, under Wine and with the stand-in for DISM", function () {
  let standIn: StandIn;
  let windows: WindowsNode;
  let folder: string;

  before(async function () {
    needs(this, "wimlib-imagex", "cabextract", "gcab", "hivexregedit", "hivexget");
    const wine = startWine(this);
    standIn = await startStandIn((path) => wine.place(path));
    windows = await startWindowsNode(this, wine, standIn);
    // Below the package, so that a config finds it: Wine follows no link of node_modules.
    mkdirSync(join(root, "out"), { recursive: true });
    folder = mkdtempSync(join(root, "out", "größe mit leer "));
  });

  after(async () => {
    await standIn?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  afterEach(() => {
    if (standIn !== undefined) standIn.host.faults.length = 0;
  });

  it("plans the golden sequence of commands", async () => {
    const cwd = await dismProject(join(folder, "line"), ["fr-FR"], "auto");
    const { code, stdout, stderr } = await windows.servicing(["plan", "--json"], { cwd });
    assert.equal(code, 0, stderr);
    const file = join(root, "test/golden/dism-line/kiosk.txt");
    assert.equal(planText(stdout, windowsPath(cwd)), readFileSync(file, "utf8"));
  });

  const long = Array.from({ length: 6 }, (_, at) => `${at} ${"tief".repeat(10)}`).join("\\\\");
  const values = { path: "C:\\Program Files\\Größe\\", said: 'he said "ja" \\"', empty: "" };

  it("runs with blanks, quotes, other letters, long paths and any case, and is done the second time", async () => {
    const cwd = join(folder, "run");
    mkdirSync(cwd);
    await smallImage(join(cwd, "Install.wim"));
    writeFileSync(join(cwd, "new.txt"), "new\n");
    writeFileSync(
      join(cwd, "servicing.config.mjs"),
      `import { defineConfig, files, settings } from "servicing";
export default defineConfig({
  line: "small",
  image: { file: ".\\\\install.WIM", index: 1 },
  plugins: [
    files({ copy: { "new.txt": "\\\\WINDOWS\\\\Win.INI", "NEW.txt": "\\\\Windows\\\\${long}\\\\new.txt" } }),
    settings({ registry: { "HKLM\\\\SOFTWARE\\\\Contoso": ${JSON.stringify(values)} } }),
  ],
});
`,
    );
    const before = sha256(join(cwd, "Install.wim"));
    const ran = await windows.servicing(["run"], { cwd });
    assert.equal(ran.code, 0, `${ran.stdout}\n${ran.stderr}`);
    assert.equal(sha256(join(cwd, "Install.wim")), before);
    assert.deepEqual(mountsOf(standIn.host), []);
    assert.deepEqual(standIn.host.astray, []);
    const result = join(cwd, "out", "small.wim");
    const deep = `/Windows/${long.replaceAll("\\\\", "/")}/new.txt`;
    assert.ok(deep.length > 260);
    for (const path of ["/Windows/win.ini", deep])
      assert.equal(wimlib("extract", result, "1", path, "--to-stdout"), "new\n");
    wimlib("extract", result, "1", "/Windows/System32/config/SOFTWARE", `--dest-dir=${cwd}`, "--no-acls");
    for (const [name, value] of Object.entries(values)) {
      const args = [join(cwd, "SOFTWARE"), "\\Contoso", name];
      assert.equal(execFileSync("hivexget", args, { encoding: "utf8" }).replace(/\n$/, ""), value);
    }
    const heard = standIn.host.heard.length;
    const again = await windows.servicing(["run"], { cwd });
    assert.equal(again.code, 0, again.stderr);
    const wrote = standIn.host.heard.slice(heard).filter(({ argv }) => argv.includes("/Mount-Image"));
    assert.deepEqual(wrote, [], "the second run did it again");
  });

  it("ends a failure with DISM's own code, all of its 32 bits, and leaves nothing mounted", async () => {
    const cwd = join(folder, "run");
    rmSync(join(cwd, "out"), { recursive: true, force: true });
    standIn.host.faults.push({ verb: "unmount-image", holding: ["/Commit"], code: 0xc142010c });
    const failed = await windows.servicing(["run", "--fresh"], { cwd });
    assert.notEqual(failed.code, 0);
    assert.match(`${failed.stdout}${failed.stderr}`, /3242328332|0xc142010c/i);
    assert.deepEqual(mountsOf(standIn.host), []);
    assert.ok(!existsSync(join(cwd, "out", "small.wim")));
  });

  it("looks at its tools", async () => {
    const { code, stdout } = await windows.servicing(["doctor"], { cwd: join(folder, "run") });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /✔ dism +Z:\\.*\\windows-bin\\dism\.exe/);
  });

  it("keeps the contract of an engine, by the way that a Windows with its own DISM takes", async function () {
    this.timeout(200_000);
    const cwd = join(folder, "contract");
    mkdirSync(cwd);
    const made = await madeInputs(cwd);
    const { image, driver, timeZone, feature } = made;
    const given = { image: windowsPath(image), driver: windowsPath(driver), timeZone, feature };
    writeFileSync(join(cwd, "contract.json"), JSON.stringify(given));
    const { code, stdout, stderr } = await windows.run(
      [
        "--conditions=@servicing/source",
        windowsPath(join(root, "node_modules/mocha/bin/mocha.js")),
        "--no-config",
        "--timeout=120000",
        windowsPath(join(root, "test/contract/result.test.ts")),
      ],
      { cwd: root, env: { SERVICING_CONTRACT: windowsPath(join(cwd, "contract.json")) } },
    );
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /Enable-Feature is to be seen in the result/);
  });
});
