import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSamePath } from "../../core/dism-mount.ts";
import { runProcess } from "../../core/dism-process.ts";
import type { Process } from "../../core/engine.ts";
import { dism } from "../../core/engines/dism.ts";
import { service, imaging } from "../../core/engines/dism-command.ts";
import { shown } from "../../core/engines/dism-shown.ts";
import { isServicingError, type ServicingError } from "../../core/error.ts";
import { execute } from "../../core/execute.ts";
import { faultTable } from "../../core/fault-table.ts";
import { canonicalCode, codeText, dismFaults, faultOf } from "../../core/formats/dism-fault.ts";
import { logTime, troublesIn } from "../../core/formats/dism-log.ts";
import { createRunner } from "../../core/runner.ts";
import { planFor } from "../../core/testing.ts";
import { image } from "../support/operations.ts";
import { type ScriptedDism, scriptedDism } from "../support/scripted-dism.ts";

const failed = (code: string, text = ""): string => `Error: ${code}\n\n${text}`;

describe("running DISM", () => {
  let scripted: ScriptedDism;
  let warnings: string[];
  before(function () {
    // There a script has no file that could be called dism.exe.
    if (process.platform === "win32") return this.skip();
    scripted = scriptedDism();
  });
  beforeEach(() => {
    warnings = [];
  });
  after(() => scripted?.leave());

  const target = () => dism.target(image, scripted.folder);
  const mounts = (more: object = {}): string => {
    const all = { mountDir: target().kind === "mounted" ? join(scripted.folder, "mount-1") : "", ...more };
    const entry = {
      file: join(scripted.folder, "working.wim"),
      index: 1,
      writable: "Yes",
      status: "Ok",
      ...all,
    };
    return [
      `Mounted images:\n\nMount Dir : ${entry.mountDir}\nImage File : ${entry.file}`,
      `Image Index : ${entry.index}\nMounted Read/Write : ${entry.writable}\nStatus : ${entry.status}\n`,
    ].join("\n");
  };
  const enable = (more: Partial<Process> = {}): Process => ({
    ...(service(target(), "/Enable-Feature", "/FeatureName:TelnetClient")[0] as Process),
    retry: { codes: [0x8007_0020, 0xc142_0117], times: 3, seconds: 0 },
    ...more,
  });
  const enabled = { prints: "Feature Name : TelnetClient\nState : Enable Pending\n" };
  const run = (process: Process): Promise<void> =>
    runProcess(process, {
      runner: createRunner(),
      faults: faultTable(),
      log: join(scripted.folder, "step.log"),
      warn: (text) => void warnings.push(text),
    });
  const error = async (process: Process): Promise<ServicingError> => {
    const thrown = await run(process).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(isServicingError(thrown), String(thrown));
    return thrown;
  };

  it("looks at the mount before and after, and asks whether it was done", async () => {
    scripted.answers({ "Get-FeatureInfo": [enabled] }, mounts());
    await run(enable());
    assert.deepEqual(scripted.calls(), [
      "Get-MountedImageInfo",
      "Enable-Feature",
      "Get-MountedImageInfo",
      "Get-FeatureInfo",
    ]);
    assert.deepEqual(warnings, []);
  });

  for (const [what, entry, reason] of [
    ["is gone", { mountDir: "/elsewhere" }, /nothing is mounted there/],
    ["is of another file", { file: "/other.wim" }, /\/other\.wim is mounted there/],
    ["is of another image", { index: 2 }, /image 2 is mounted there, not 1/],
    ["is read-only", { writable: "No" }, /read-only/],
    ["has to be mounted again", { status: "Needs Remount" }, /Needs Remount/],
    ["is broken", { status: "Invalid" }, /Invalid/],
  ] as const)
    it(`starts nothing where the mount ${what}`, async () => {
      scripted.answers({}, mounts(entry));
      const { code, message } = await error(enable());
      assert.equal(code, "SERVICING_MOUNT_LOST");
      assert.match(message, reason);
      assert.match(message, /before dism\.exe \/Enable-Feature/);
      assert.deepEqual(scripted.calls(), ["Get-MountedImageInfo"]);
    });

  for (const [how, exits] of [
    ["ends well", 0],
    ["fails", 1],
  ] as const)
    it(`tells of a mount that vanished while a command ran that ${how}`, async () => {
      scripted.answers({ "Enable-Feature": [{ unmounts: true, exits }] }, mounts());
      const { code, message, remedy } = await error(enable());
      assert.equal(code, "SERVICING_MOUNT_LOST");
      assert.match(message, /after dism\.exe \/Enable-Feature: nothing is mounted there/);
      assert.match(remedy, /host/);
      assert.ok(!scripted.calls().includes("Get-FeatureInfo"));
    });

  it("wants a mount after mounting, and one before saving, whatever their folder is called", async () => {
    const [mount, unmount, discard] = [
      imaging(target(), "/Mount-Image", "/Index:1", `/MountDir:${join(scripted.folder, "mount-1")}`),
      imaging(target(), "/Unmount-Image", `/MountDir:${join(scripted.folder, "mount-1")}`, "/Commit"),
      imaging(target(), "/Unmount-Image", `/MountDir:${join(scripted.folder, "mount-1")}`, "/Discard"),
    ];
    scripted.answers({}, mounts({ mountDir: join(scripted.folder, "mount-1", "/") }));
    await run(mount as Process);
    await run(unmount as Process);
    await run(discard as Process);
    assert.deepEqual(scripted.calls(), [
      "Mount-Image",
      "Get-MountedImageInfo",
      "Get-MountedImageInfo",
      "Unmount-Image",
      "Unmount-Image",
    ]);
  });

  it("is tried again after a code that passes by itself, and no more often than it should be", async () => {
    const busy = { prints: failed("0xc1420117"), exits: 0xc142_0117 };
    scripted.answers({ "Enable-Feature": [busy, busy, {}], "Get-FeatureInfo": [enabled] }, mounts());
    await run(enable());
    assert.equal(scripted.calls().filter((name) => name === "Enable-Feature").length, 3);
    scripted.answers({ "Enable-Feature": [busy] }, mounts());
    assert.equal((await error(enable())).code, "SERVICING_MOUNT_BUSY");
    assert.equal(scripted.calls().filter((name) => name === "Enable-Feature").length, 3);
  });

  it("that ends well, and did not do it, has failed; where a query does not say, that is said", async () => {
    scripted.answers(
      { "Get-FeatureInfo": [{ prints: "Feature Name : TelnetClient\nState : Disabled\n" }] },
      mounts(),
    );
    const { code, message } = await error(enable());
    assert.equal(code, "SERVICING_NOT_CONFIRMED");
    assert.match(message, /TelnetClient is Disabled; wanted: TelnetClient is Enabled or Enable Pending$/);
    for (const prints of ["Feature Name : TelnetClient\nState : Aktiviert\n", ""]) {
      scripted.answers({ "Get-FeatureInfo": [{ prints }] }, mounts());
      await run(enable());
    }
    scripted.answers({ "Get-FeatureInfo": [{ exits: 1 }] }, mounts());
    await run(enable());
    assert.deepEqual(
      warnings.map((text) => text.replace(/^.*confirmed: /, "")),
      ["TelnetClient is Aktiviert", "nothing is said of TelnetClient", "the query gave nothing"],
    );
  });

  it("goes on with a warning after a code that is documented to be no failure, and only then", async () => {
    const pending = { prints: failed("0x800f0806"), exits: 0x800f_0806 };
    const [cleanup] = service(target(), "/Cleanup-Image", "/StartComponentCleanup") as readonly Process[];
    scripted.answers({ "Cleanup-Image": [pending], "Enable-Feature": [pending] }, mounts());
    await run(cleanup as Process);
    assert.match(warnings.join(), /^dism\.exe \/Cleanup-Image ended with 0x800F0806: superseded/);
    const tolerated = (installationType: string, file: string): number | undefined => {
      const [add] = service({ ...target(), image: { ...image, installationType } }, "/Add-Package", file);
      return (add as Process).tolerated?.[0]?.exitCode;
    };
    assert.equal(tolerated("WindowsPE", "/PackagePath:C:\\lcu.msu"), 0x8007_007e);
    assert.equal(tolerated("WindowsPE", "/PackagePath:C:\\lp.cab"), undefined);
    assert.equal(tolerated("Client", "/PackagePath:C:\\lcu.msu"), undefined);
    assert.equal((await error(enable())).code, "SERVICING_ACTIONS_PENDING");
  });

  it("tells what its logs have of a failure since it began, and leaves out what was before", async () => {
    // By the time that it fails, the second may be another one.
    const now = logTime(new Date(Date.now() + 60_000));
    const mountDir = join(scripted.folder, "mount-1");
    mkdirSync(join(mountDir, "Windows", "Logs", "CBS"), { recursive: true });
    writeFileSync(
      join(mountDir, "Windows", "Logs", "CBS", "CBS.log"),
      `2001-01-01 00:00:00, Error  CBS  long ago\r\n${now}, Info  CBS  of no interest\r\n${now}, Error  CBS  Failed to resolve package\r\n`,
    );
    const logs = [`${now}, Warning  DISM  careful`, `${now}, Error  DISM  no`, "a line of another kind"];
    scripted.answers(
      { "Enable-Feature": [{ prints: failed("0x800f081e", "Not applicable."), exits: 0x800f_081e, logs }] },
      mounts(),
    );
    const { code, message, evidence, command, exitCode } = await error(enable());
    assert.equal(code, "SERVICING_PACKAGE_NOT_APPLICABLE");
    assert.equal(
      message,
      "dism.exe /Enable-Feature ended with 0x800F081E (CBS_E_NOT_APPLICABLE): the package is for another version, architecture, edition or language, or is superseded\nNot applicable.",
    );
    assert.deepEqual(
      evidence.map((line) => line.replace(/^Enable-Feature-\w+/, "own")),
      [
        "own.log: Warning: DISM  careful",
        "own.log: Error: DISM  no",
        "CBS.log: Error: CBS  Failed to resolve package",
      ],
    );
    assert.equal(exitCode, 0x800f_081e);
    assert.match(command ?? "", /^dism\.exe .*\/Enable-Feature/);
  });

  it("reads no log through a link that leads out of the image", async () => {
    const mountDir = join(scripted.folder, "linked");
    const outside = join(scripted.folder, "outside");
    mkdirSync(join(outside, "CBS"), { recursive: true });
    writeFileSync(join(outside, "CBS", "CBS.log"), `${logTime(new Date())}, Error  CBS  of the host\r\n`);
    mkdirSync(join(mountDir, "Windows"), { recursive: true });
    symlinkSync(outside, join(mountDir, "Windows", "Logs"));
    scripted.answers({ "Get-Packages": [{ exits: 5 }] });
    const { evidence } = await error({
      run: "dism.exe",
      args: [`/Image:${mountDir}`, "/English", "/Get-Packages"],
      writes: false,
    });
    assert.deepEqual(evidence, []);
  });

  it("keeps the code of a failure that nobody has described, and what a plugin says of it", async () => {
    scripted.answers({ "Get-Packages": [{ exits: 199 }] });
    const query: Process = { run: "dism.exe", args: ["/Online", "/English", "/Get-Packages"], writes: false };
    assert.equal((await error(query)).code, "SERVICING_COMMAND_FAILED");
    const faults = faultTable();
    faults.add("DISM", {
      exitCode: 199,
      name: "CONTOSO",
      error: "SERVICING_HOST_BUSY",
      cause: "the agent of Contoso holds it",
      remedy: "Stop the agent.",
      source: "Contoso",
    });
    await assert.rejects(
      runProcess(query, { runner: createRunner(), faults, warn: () => assert.fail() }),
      /dism\.exe \/Get-Packages ended with 199 \(CONTOSO\): the agent of Contoso holds it/,
    );
  });
});

describe("a DISM line that fails", () => {
  it("ends with the remedy and what logs have of it, and its mount is discarded", async function () {
    if (process.platform === "win32") return this.skip();
    const scripted = scriptedDism();
    try {
      const now = logTime(new Date(Date.now() + 60_000));
      const plan = await planFor(
        {
          name: "asking",
          apply: ({ hooks }) =>
            hooks.modify.tap("asking", (modify) =>
              modify.add({ type: "Enable-Feature", feature: "TelnetClient" }),
            ),
        },
        { engine: "dism", folder: scripted.folder },
      );
      const mounted = plan.steps.flatMap(({ commands }) =>
        commands.flatMap((command) => ("act" in command ? [] : [command.mounted ?? []].flat())),
      )[0];
      scripted.answers(
        {
          "Enable-Feature": [
            { prints: failed("0x800f081f"), exits: 0x800f_081f, logs: [`${now}, Error  DISM  no source`] },
          ],
        },
        `Mount Dir : ${mounted?.mountDir}\nImage File : ${mounted?.file}\nImage Index : 1\nMounted Read/Write : Yes\nStatus : Ok\n`,
      );
      const happened: string[] = [];
      const { outcome, error } = await execute(plan, {
        runner: createRunner(),
        signal: new AbortController().signal,
        folder: scripted.folder,
        journal: {
          begun: async () => undefined,
          ended: async () => undefined,
          undone: async () => undefined,
        },
        passage: (each, carryOut) => carryOut(each).then(() => "done"),
        target: () => assert.fail("there are processes only"),
        emit: () => undefined,
        warn: (text) => void happened.push(text),
        guard: () => undefined,
      });
      assert.equal(outcome, "failed");
      assert.equal(error?.code, "SERVICING_SOURCE_MISSING");
      assert.match(error.remedy, /^Name a source of exactly the image's version/);
      assert.match(error.evidence?.join() ?? "", /\.log: Error: DISM {2}no source$/);
      assert.deepEqual(happened, []);
      assert.deepEqual(scripted.calls(), [
        "Export-Image",
        "Mount-Image",
        "Get-MountedImageInfo",
        "Get-MountedImageInfo",
        "Enable-Feature",
        "Get-MountedImageInfo",
        "Unmount-Image",
      ]);
    } finally {
      scripted.leave();
    }
  });
});

describe("a path that DISM prints", () => {
  for (const [printed, path, is] of [
    ["C:\\Work\\Mount-1\\", "c:\\work\\mount-1", true],
    ["C:\\work\\mount-1", "C:\\work\\mount-2", false],
    ["C:\\Users\\J\uFFFDrgen\\m", "C:\\Users\\Jürgen\\m", true],
    ["C:\\Users\\??\\m", "C:\\Users\\日本語\\m", true],
    ["C:\\Users\\J\uFFFDrgen\\m", "C:\\Users\\Jürgen\\n", false],
    ["C:\\Users\\Jorgen\\m", "C:\\Users\\Jörgen\\m", false],
    ["/Work", "/work", false],
  ] as const)
    it(`${printed} is ${is ? "" : "not "}${path}`, () => assert.equal(isSamePath(printed, path), is));
});

describe("what DISM's exit codes say", () => {
  it("is told once for each code, in sentences", () => {
    const codes = dismFaults.map(({ exitCode }) => canonicalCode(exitCode));
    assert.equal(new Set(codes).size, codes.length);
    for (const { name, cause, remedy, source } of dismFaults) {
      assert.match(cause, /[^.]$/, name);
      assert.match(remedy, /^[A-Z].*\.$/, name);
      assert.ok(source.length > 5, name);
    }
  });

  it("is the same of a code of Win32, of the HRESULT that wraps it, and of one that lost its first digit", () => {
    for (const code of [740, 0x8007_02e4, -2_147_024_156])
      assert.equal(faultOf(code, dismFaults)?.exitCode, 740);
    assert.equal(faultOf(0xf0801, dismFaults)?.name, "CBS_E_NOT_INITIALIZED");
    assert.equal(faultOf(-2_146_498_530, dismFaults)?.name, "CBS_E_NOT_APPLICABLE");
    assert.equal(faultOf(14_098, dismFaults)?.error, "SERVICING_STORE_DAMAGED");
    assert.deepEqual([740, -2_146_498_530].map(codeText), ["740", "0x800F081E"]);
  });
});

const line = (level: string, at: number): string =>
  `2024-10-09 08:21:${10 + at}, ${level}   CBS    number ${at}`;

describe("what logs of DISM and of component servicing say", () => {
  it("is their last errors, and warnings where there is room", () => {
    const log = Array.from({ length: 40 }, (_, at) => line(at % 2 === 0 ? "Error" : "Warning", at)).join(
      "\r\n",
    );
    const found = troublesIn(log, "2024-10-09 08:21:12");
    assert.equal(found.length, 12);
    assert.ok(
      found.every((text) => text.startsWith("Error: ")),
      found.join("\n"),
    );
    assert.equal(found.at(-1), "Error: CBS    number 38");
    assert.deepEqual(troublesIn(log, "2024-10-09 08:21:48"), [
      "Error: CBS    number 38",
      "Warning: CBS    number 39",
    ]);
    assert.ok((troublesIn(`2024-10-09 08:21:10, Error ${"x".repeat(9999)}`, "")[0] ?? "").length < 420);
  });
});

describe("what a query shows of a command", () => {
  const banner = "Tool\nVersion: 10.0.26100.1\n\nImage Version: 10.0.26100.1\n\n";
  const verdict = (of: Parameters<typeof shown>[0], output: string): string =>
    shown(of, banner + output).verdict;
  const rollup = "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.1.1.1";
  const listing = (state: string): string =>
    `Package Identity : ${rollup}\nState : ${state}\nRelease Type : Update\n`;
  const added = { query: [], of: "package", name: rollup, states: ["Installed", "Install Pending"] } as const;
  const removed = { query: [], of: "package", name: rollup, states: ["Superseded"], absent: true } as const;

  it("is the state of a package, or that it is gone", () => {
    assert.equal(verdict(added, listing("Install Pending")), "as wanted");
    assert.equal(verdict(added, listing("Staged")), "otherwise");
    assert.equal(verdict(added, listing("Installed").replace("Rollup", "Other")), "otherwise");
    assert.equal(verdict(removed, listing("Installed").replace("Rollup", "Other")), "as wanted");
    assert.equal(verdict(removed, listing("Superseded")), "as wanted");
    assert.equal(verdict(removed, listing("Installed")), "otherwise");
    assert.equal(verdict(removed, ""), "unclear");
  });

  it("is a driver by the name that it had, or by the one that it has", () => {
    const drivers =
      "Published Name : oem3.inf\nOriginal File Name : C:\\a\\NetX.inf\nInbox : No\nVersion : 1.0.0.1\n";
    assert.equal(verdict({ query: [], of: "driver", name: "netx.inf" }, drivers), "as wanted");
    assert.equal(verdict({ query: [], of: "driver", name: "nety.inf" }, drivers), "otherwise");
    assert.equal(
      verdict({ query: [], of: "published driver", name: "oem3.inf", absent: true }, drivers),
      "otherwise",
    );
    assert.equal(
      verdict({ query: [], of: "published driver", name: "oem4.inf", absent: true }, drivers),
      "as wanted",
    );
  });

  it("is an edition and a language", () => {
    const edition = { query: [], of: "edition", name: "Professional" } as const;
    assert.equal(verdict(edition, "Current Edition : Professional\n"), "as wanted");
    assert.equal(verdict(edition, "Current Edition : Core\n"), "otherwise");
    const language = { query: [], of: "userLocale", name: "de-DE" } as const;
    const international = "Default system UI language : en-US\nUser locale for default user : de-de\n";
    assert.equal(verdict(language, international), "as wanted");
    assert.equal(verdict({ ...language, of: "timeZone" }, international), "unclear");
    assert.equal(shown(edition, "Current Edition : Core\n").verdict, "unclear");
  });
});
