import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { servicingError } from "../../core/error.ts";
import { dismFaults, type Fault as DismFault } from "../../core/formats/dism-fault.ts";
import { runLine } from "../../core/line-run.ts";
import { createRunner } from "../../core/runner.ts";
import type { Report } from "../../core/event.ts";
import type { Operation } from "../../core/operation.ts";
import type { Line } from "../../core/line.ts";
import { makeCabinet, updateManifest } from "../support/package-fixture.ts";
import { asking, filesBelow, needs, rig, sha256 } from "../support/rig.ts";
import { smallImage } from "../support/small-image.ts";
import { writeDriverPackage } from "../support/driver-package.ts";
import { dismHere } from "../support/stand-in-dism/engines.ts";
import { type Fault, keepMounts, mountsOf } from "../support/stand-in-dism/host.ts";
import { startLine } from "../support/stand-in-dism/start-line.ts";
import { type StandIn, startStandIn } from "../support/stand-in-dism/stand-in.ts";

/** A command that fails with a code: where nothing is said of it, one that adds a package. */
const verbs: Readonly<Record<string, readonly number[]>> = {
  "mount-image": [11, 50, 1920, 0xc1420114, 0xc1420127, 0xc1420134, 0xc1510111],
  "unmount-image": [32, 0xc1420117, 0xc142011c, 0xc142010c],
  "enable-feature": [0x800f081f, 0x800f0906, 0x800f0907, 0x800f0955],
  "add-driver": [2, 3, 123],
  "set-timezone": [87],
  "export-image": [5, 112],
};

/** These are tried again for a while, since they pass by themselves. */
const passing: readonly number[] = [32, 0xc1420117, 0x800f0801];

function verbOf({ exitCode }: DismFault): string {
  return Object.entries(verbs).find(([, codes]) => codes.includes(exitCode))?.[0] ?? "add-package";
}

describe("a line for DISM that fails, with the stand-in for DISM", function () {
  let standIn: StandIn;
  let inputs: string;
  let operations: readonly Operation[];

  before(async function () {
    needs(this, "bash", "wimlib-imagex", "hivexregedit", "cabextract", "gcab");
    standIn = await startStandIn();
    inputs = mkdtempSync(join(tmpdir(), "servicing-dism-"));
    await smallImage(join(inputs, "install.wim"));
    const cabinet = makeCabinet(inputs, "update.cab", { "update.mum": updateManifest({}) });
    const driver = await writeDriverPackage(join(inputs, "driver"), { kind: "net" });
    operations = [
      { type: "Add-Package", package: cabinet },
      { type: "Enable-Feature", feature: "TelnetClient" },
      { type: "Add-Driver", driver },
      { type: "Set-TimeZone", timeZone: "UTC" },
      {
        type: "Set-Registry",
        key: "HKLM\\SOFTWARE\\Contoso",
        name: "Name",
        value: { type: "REG_SZ", data: "value" },
      },
    ];
  });

  after(async () => {
    await standIn?.close();
    if (inputs !== undefined) rmSync(inputs, { recursive: true, force: true });
  });

  afterEach(() => {
    standIn.host.faults.length = 0;
    standIn.host.heard.length = 0;
    standIn.host.elevated = true;
    standIn.host.version = "10.0.26100.1150";
  });

  function line(more: Partial<Line> = {}): Line {
    const image = { file: join(inputs, "install.wim"), index: 1 };
    return rig().line({ image, engine: "dism", plugins: [asking(...operations)], ...more });
  }

  function fail(fault: Fault): void {
    standIn.host.faults.push(fault);
  }

  /** Nothing is left of the run but what tells of it. */
  function assertGone(wanted: Line, before: string): void {
    // Others may be at work beside it.
    const own = (path: string): boolean => path.startsWith(wanted.folder);
    const mounted = mountsOf(standIn.host).map(({ mountDir }) => mountDir);
    assert.deepEqual(mounted.filter(own), [], "an image is still mounted");
    assert.deepEqual([...standIn.host.hives.values()].filter(own), [], "a hive is still loaded");
    assert.equal(sha256(wanted.image.file), before, "the source was changed");
    assert.ok(!existsSync(wanted.output.file), "there is an output");
    const beside = join(wanted.output.file, "..");
    if (existsSync(beside)) assert.deepEqual(readdirSync(beside), [], "something lies beside the output");
    assert.deepEqual(filesBelow(wanted.work), [], "something is left in the work folder");
  }

  async function failureOf(operation: Operation): Promise<string> {
    const wanted = line({ plugins: [asking(operation)] });
    const before = sha256(wanted.image.file);
    const report = await run(wanted);
    assertGone(wanted, before);
    return report.error?.message ?? "";
  }

  async function assertGoesOn(wanted: Line): Promise<void> {
    standIn.host.faults.length = 0;
    const again = await run(wanted);
    assert.ok(again.ok, again.error?.message);
    assert.ok(existsSync(wanted.output.file));
    assert.deepEqual(mountsOf(standIn.host), []);
  }

  /** The operation that the fault is of, or one that stands between mounting and saving. */
  function lineOf(fault: DismFault): Line {
    const verb = verbOf(fault);
    const own = operations.find(({ type }) => type.toLowerCase() === verb);
    return line({ plugins: [asking(own ?? { type: "Set-TimeZone", timeZone: "UTC" })] });
  }

  async function assertEnds(fault: DismFault, wanted: Line): Promise<void> {
    const verb = verbOf(fault);
    const before = sha256(wanted.image.file);
    // An undo that fails as well leaves the mount to the next run, which is another test.
    const holding = [wanted.folder, ...(verb === "unmount-image" ? ["/Commit"] : [])];
    fail({ verb, code: fault.exitCode, holding });
    const report = await run(wanted);
    assert.equal(report.outcome, "failed");
    assert.equal(report.error?.code, fault.error, report.error?.message);
    assert.ok(report.error?.remedy?.startsWith(fault.remedy), report.error?.remedy);
    assert.ok(report.error?.message.includes(fault.cause), report.error?.message);
    assertGone(wanted, before);
  }

  const lasting = dismFaults.filter(({ exitCode }) => !passing.includes(exitCode) && exitCode !== 740);
  for (const [at, fault] of lasting.entries()) {
    const verb = verbOf(fault);
    // What the next run finds hangs on what was being done, and not on the code.
    const again = lasting.findIndex((other) => verbOf(other) === verb) === at;
    it(`ends with ${fault.name} of ${verb} and what to do about it; nothing is left${again ? ", and the next run goes on" : ""}`, async () => {
      const wanted = lineOf(fault);
      await assertEnds(fault, wanted);
      if (again) await assertGoesOn(wanted);
    });
  }

  it("ends with what does not pass by itself in the end, though it was tried again", async () => {
    const faults = dismFaults.filter(({ exitCode }) => passing.includes(exitCode));
    assert.equal(faults.length, passing.length);
    const lines = faults.map((fault) => ({ fault, wanted: lineOf(fault) }));
    await Promise.all(lines.map(({ fault, wanted }) => assertEnds(fault, wanted)));
    for (const { wanted } of lines) await assertGoesOn(wanted);
  });

  it("goes on where it passes by itself", async () => {
    const patient = line();
    fail({ verb: "unmount-image", holding: ["/Commit"], code: 0xc1420117, occurrence: 1 });
    const report = await run(patient);
    assert.ok(report.ok, report.error?.message);
  });

  it("does not begin without an elevated administrator, or with a DISM that is older than the image", async () => {
    const wanted = line();
    const before = sha256(wanted.image.file);
    const refused = async (): Promise<string | undefined> => {
      try {
        return (await run(wanted)).error?.code;
      } catch (error) {
        return servicingError(error).code;
      }
    };
    standIn.host.elevated = false;
    assert.equal(await refused(), "SERVICING_ELEVATION_NEEDED");
    standIn.host.elevated = true;
    standIn.host.version = "10.0.22621.1";
    assert.equal(await refused(), "SERVICING_DISM_OLDER");
    assertGone(wanted, before);
    assert.ok(!standIn.host.heard.some(({ argv }) => argv.includes("/Mount-Image")));
    standIn.host.version = "10.0.26100.1150";
    await assertGoesOn(wanted);
  });

  it("ends where a mount has vanished, before the host itself is serviced", async () => {
    const wanted = line();
    const before = sha256(wanted.image.file);
    // What the query after the package finds, and not the package itself, since nothing is looked at in between.
    fail({ verb: "add-package", how: "vanish" });
    const report = await run(wanted);
    assert.equal(report.error?.code, "SERVICING_MOUNT_LOST", report.error?.message);
    const [lost, ...others] = standIn.host.astray.splice(0);
    assert.ok(lost?.includes("/Add-Package"));
    assert.deepEqual(others, [], "the host was serviced once more");
    assertGone(wanted, before);
  });

  it("ends where DISM says that all is well and has done nothing", async () => {
    const wanted = line();
    const before = sha256(wanted.image.file);
    fail({ verb: "enable-feature", how: "nothing" });
    const report = await run(wanted);
    assert.equal(report.error?.code, "SERVICING_NOT_CONFIRMED", report.error?.message);
    assertGone(wanted, before);
  });

  it("reads the logs of what failed into the error", async () => {
    fail({ verb: "add-package", code: 0x800f0922, message: "A part of the package failed." });
    const report = await run(line());
    const said = (report.error?.evidence ?? []).join("\n");
    assert.match(said, /Asked to fail with 0x800f0922/);
    assert.match(said, /CBS\.log/);
  });

  it("ends with the same where a command was half done", async () => {
    const wanted = line();
    const before = sha256(wanted.image.file);
    fail({ verb: "add-driver", code: 0x80070002, how: "half" });
    assert.ok(!(await run(wanted)).ok);
    assertGone(wanted, before);
  });

  it("lets a hive go before it discards the mount that the hive is in", async () => {
    const wanted = line();
    const before = sha256(wanted.image.file);
    const registry: Operation = {
      type: "Set-Registry",
      key: "HKLM\\SOFTWARE\\Contoso",
      name: "Name",
      value: { type: "REG_DWORD", data: 1 },
    };
    standIn.host.brokenKeys.add("Contoso");
    try {
      const report = await run({ ...wanted, plugins: [asking(registry)] });
      assert.match(report.error?.message ?? "", /reg\.exe/);
    } finally {
      standIn.host.brokenKeys.clear();
    }
    const said = standIn.host.heard.map(({ program, argv }) => `${program} ${argv.join(" ")}`);
    const unload = said.findIndex((text) => text.startsWith("reg.exe unload"));
    assert.ok(unload > 0 && unload < said.findIndex((text) => text.includes("/Discard")), said.join("\n"));
    assertGone(wanted, before);
  });

  it("refuses by content what does not fit: another architecture, another build, no signature", async () => {
    const cabinet = (name: string, text: string): Operation => ({
      type: "Add-Package",
      package: makeCabinet(inputs, name, { "update.mum": text }),
    });
    const notApplicable = /0x800f081e/i;
    assert.match(
      await failureOf(cabinet("arm.cab", updateManifest({ architecture: "arm64" }))),
      notApplicable,
    );
    const older = updateManifest({}).replace('version="10.0.26100.1"', 'version="10.0.22621.1"');
    assert.match(await failureOf(cabinet("older.cab", older)), notApplicable);
    const unsigned = await writeDriverPackage(join(inputs, "unsigned"), { kind: "net", catalog: "none" });
    assert.match(await failureOf({ type: "Add-Driver", driver: unsigned }), /\b50\b.*is not signed/s);
  });

  it("discards what was cut off by Ctrl-C, whatever DISM was doing", async () => {
    const wanted = line();
    const before = sha256(wanted.image.file);
    const stopped = new AbortController();
    fail({ verb: "add-package", how: "hang" });
    const running = run(wanted, stopped.signal);
    await heard("/Add-Package");
    stopped.abort();
    const report = await running;
    assert.equal(report.outcome, "cancelled");
    assert.equal(report.error?.code, "SERVICING_INTERRUPTED");
    assertGone(wanted, before);
    await assertGoesOn(wanted);
  });

  it("recovers the mount of a run that was killed, and leaves one of somebody else alone", async () => {
    const wanted = line();
    const before = sha256(wanted.image.file);
    const foreign = rig();
    mkdirSync(foreign.path("mount"));
    await smallImage(foreign.path("foreign.wim"));
    const globals = ["/English", `/LogPath:${foreign.path("dism.log")}`];
    const mounting = ["/Mount-Image", `/ImageFile:${foreign.path("foreign.wim")}`, "/Index:1"];
    await createRunner().run({
      run: "dism.exe",
      args: [...globals, ...mounting, `/MountDir:${foreign.path("mount")}`],
      writes: true,
    });
    const theirs = mountsOf(standIn.host);
    fail({ verb: "add-package", how: "hang" });
    const child = startLine(wanted, operations);
    const ended = new Promise((left) => child.once("close", left));
    await heard("/Add-Package");
    child.kill("SIGKILL");
    await ended;
    assert.equal(mountsOf(standIn.host).length, theirs.length + 1, "nothing was mounted when it was killed");
    standIn.host.faults.length = 0;
    const report = await run(wanted);
    assert.ok(report.ok, report.error?.message);
    assert.match(report.warnings.join("\n"), /was cut off/);
    assert.deepEqual(mountsOf(standIn.host), theirs);
    assert.equal(sha256(wanted.image.file), before);
    assert.ok(existsSync(foreign.path("mount", "Windows", "win.ini")));
    keepMounts(standIn.host, []);
  });

  async function heard(word: string): Promise<void> {
    for (let left = 600; left > 0; left -= 1) {
      if (standIn.host.heard.some(({ argv }) => argv.includes(word))) return;
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`${word} was never started`);
  }
});

async function run(wanted: Line, signal = new AbortController().signal): Promise<Report> {
  return runLine(wanted, { engines: dismHere, signal, emit: () => undefined });
}
