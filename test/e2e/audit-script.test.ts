import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readHeartbeat } from "../../core/audit/heartbeat.ts";
import type { JobStep } from "../../core/audit/job.ts";
import { found, is, type Outcome, type Play, playJob, script, step } from "../support/played-job.ts";
import { needs } from "../support/rig.ts";
import { startWine, type Wine } from "../support/wine.ts";

/** Everything that cmd.exe would make something else of, and letters beyond ASCII. */
const odd = "A & B (1) ^ 100% %PATH% !x! 'q' ;,= é ü";

const product = "{2A5D7C10-94E3-4F6B-8D21-6B0C9E8F7A13}";

const wxs = `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="${product.slice(1, -1)}" Name="Contoso Monitor" Language="1033" Version="1.2.3" Manufacturer="Contoso" UpgradeCode="7E1F0A2B-3C4D-4E5F-9A6B-0C1D2E3F4A5B">
    <Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine" />
    <Media Id="1" Cabinet="monitor.cab" EmbedCab="yes" />
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFilesFolder">
        <Directory Id="INSTALLDIR" Name="Contoso Monitor">
          <Component Id="Monitor" Guid="C4D5E6F7-0819-4A2B-9C3D-4E5F60718293">
            <File Id="MonitorText" Source="monitor.txt" KeyPath="yes" />
          </Component>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="All" Level="1"><ComponentRef Id="Monitor" /></Feature>
  </Product>
</Wix>
`;

const again = (name: string): JobStep => step(name, [{ ...script(name), again: [99] }]);

const ends = (...codes: readonly number[]): JobStep =>
  step(
    `ends with ${codes.join(", ")}`,
    codes.map((code) => ({ ...script("ends", `${code | 0}`), codes: "dpinst" })),
    { optional: true },
  );

describe("the scripts of a job, run by Wine", function () {
  this.timeout(240_000);
  let wine: Wine;
  let temporary: string;
  let serial = "";

  const play = (letter: string, steps: readonly JobStep[], how?: Play): Promise<Outcome> =>
    playJob(wine, letter, letter === "C" ? wine.c : join(temporary, letter), steps, how);

  before(function () {
    needs(this, "wixl", "mkfifo");
    wine = startWine(this);
    temporary = mkdtempSync(join(tmpdir(), "servicing-job-"));
    const port = join(temporary, "com1");
    execFileSync("mkfifo", [port]);
    rmSync(join(wine.c, "../dosdevices/com1"), { force: true });
    symlinkSync(port, join(wine.c, "../dosdevices/com1"));
    const reader = new Socket({ fd: openSync(port, constants.O_RDWR | constants.O_NONBLOCK) });
    reader.on("data", (data) => (serial += data.toString("latin1"))).unref();
    writeFileSync(join(temporary, "monitor.txt"), "installed\n");
    writeFileSync(join(temporary, "monitor.wxs"), wxs);
    execFileSync("wixl", ["--output", "monitor.msi", "monitor.wxs"], { cwd: temporary });
  });

  // A job that has come to a bad end waits for ever, and others use this Wine.
  after(() => {
    wine.end(/\\Servicing\\|ping\.exe/i);
    rmSync(join(wine.c, "../dosdevices/com1"), { force: true });
    rmSync(join(wine.c, "Servicing"), { recursive: true, force: true });
    rmSync(temporary, { recursive: true, force: true });
  });

  it("comes to its end through steps that are there, fail, hang and want a restart", async () => {
    const ping = { do: "run", file: "ping.exe", args: ["-n", "90", "127.0.0.1"], success: [0] } as const;
    const msi = [{ path: "\\Servicing\\Payload\\monitor.msi" }, "/qn"];
    const from = serial.length;
    const { codes, state, log } = await play(
      "C",
      [
        step(`install ${odd}`, [{ do: "run", file: "msiexec.exe", args: ["/i", ...msi], success: [0] }], {
          check: {
            product,
            registry: { key: uninstall, name: "DisplayVersion", data: "1.2.3" },
            file: "\\Program Files (x86)\\Contoso Monitor\\monitor.txt",
          },
        }),
        step("is there", [script("fails")], { check: { file: "\\Servicing\\Payload\\fails.cmd" } }),
        step("fails", [script("fine"), script("fails"), script("forever")], { optional: true }),
        step("hangs", [ping, script("fine")], { optional: true, minutes: 0.05 }),
        // What it asks for is there after the restart alone.
        step("wants a restart", [script("restarts"), script("fine", "C:\\a b", "c-d")], {
          check: { file: "\\later.txt" },
        }),
        step(odd, [
          {
            do: "copy",
            from: `\\Servicing\\Payload\\${odd}.txt`,
            to: `\\Strange\\${odd}\\${odd}.txt`,
            folder: false,
          },
          { do: "copy", from: `\\Strange\\${odd}`, to: `\\Strange\\all of ${odd}`, folder: true },
          { do: "delete", path: `\\Strange\\${odd}` },
          { do: "delete", path: "\\Strange\\never.txt", optional: true },
        ]),
        step("is asked", [
          { ...script("asked", "no"), confirm: { of: "package", name: "KB", args: ["yes"] } },
        ]),
      ],
      {
        prepare(at) {
          copyFileSync(join(temporary, "monitor.msi"), join(at, "Servicing/Payload/monitor.msi"));
          writeFileSync(join(at, `Servicing/Payload/${odd}.txt`), "odd\n");
        },
        restarted: (at) => writeFileSync(join(at, "later.txt"), ""),
      },
    );
    assert.deepEqual(codes, [2, 0]);
    assert.deepEqual(outcomes(state), {
      "001.done": "0",
      "002.present": "present",
      "003.failed": "7",
      "004.failed": "hung",
      "005.restart": "3010",
      "005.done": "3010",
      "006.done": "0",
      "007.1.answer": "The answer is yes",
      "007.done": "0",
    });
    assert.equal(state["finished"], "done");
    assert.deepEqual([state["apps.txt"], state["bitlocker.txt"]], ["not checked", "not checked"]);
    assert.deepEqual(
      Object.keys(state).filter((name) => /^(?:boot|restart|\d+\.begun)-[^1]|^wait|^pending/.test(name)),
      ["boot-2"],
    );

    assert.deepEqual(log("003.log"), [
      "try 1: fails",
      "fine [] []",
      "exit code 0",
      "it says why",
      "exit code 7",
      "failed, exit code 7",
    ]);
    assert.equal(log("004.log").filter((line) => line.startsWith("fine")).length, 0);
    assert.ok(log("005.log").includes(String.raw`fine [C:\a b] [c-d]`));
    assert.deepEqual(
      log("job.log").map((line) => line.replace(/after \d+ seconds/, "after a while")),
      [
        "start 1 of job job-C, with 7 steps",
        `step 1: install ${odd}`,
        "step 1: done, exit code 0, after a while",
        "step 2 is there already",
        "step 3: fails",
        "step 3: failed, exit code 7, after a while",
        "step 3 failed: 7",
        "step 4: hangs",
        "step 4 has not ended in 3 seconds",
        "step 4 failed: hung",
        "step 5: wants a restart",
        "step 5: restart, exit code 3010, after a while",
        "restart 1",
        "start 2 of job job-C, with 7 steps",
        `step 6: ${odd}`,
        "step 6: done, exit code 0, after a while",
        "step 7: is asked",
        "step 7: done, exit code 0, after a while",
        "BitLocker: not checked",
        "ImageState: unknown",
        "finished",
      ],
    );

    assert.equal(
      readFileSync(wine.place("C:\\Program Files (x86)\\Contoso Monitor\\monitor.txt"), "utf8"),
      "installed\n",
    );
    assert.deepEqual(readdirSync(join(wine.c, "Strange")), [`all of ${odd}`]);
    assert.equal(readFileSync(join(wine.c, "Strange", `all of ${odd}`, `${odd}.txt`), "utf8"), "odd\n");

    const begin = { says: "begin", id: "job-C", steps: 7 };
    assert.deepEqual(
      serial
        .slice(from)
        .split("\n")
        .map((line) => readHeartbeat(line))
        .filter((said) => said !== undefined),
      [
        begin,
        titled(1, `install ${odd}`),
        ...["fails", "hangs", "wants a restart"].map((title, at) => titled(at + 3, title)),
        { says: "restart" },
        begin,
        titled(6, odd),
        titled(7, "is asked"),
        { says: "end", ok: true },
      ],
    );
  });

  it("reads the exit codes of DPInst by their bits", async () => {
    const steps = [ends(0x4000_0002, 0x0000_0100, 0), ends(2, 0xc001_0001), ends(9009)];
    const { codes, state } = await play("O", steps);
    assert.deepEqual(codes, [2, 0]);
    assert.deepEqual(outcomes(state), {
      "001.restart": "1073741826",
      "001.done": "1073741826",
      "002.failed": "-1073676287",
      "003.failed": "9009",
    });
  });

  it("ends with the reason where it cannot go on, and never by itself", async () => {
    const cases: readonly (readonly [
      steps: readonly JobStep[],
      how: Play,
      codes: Outcome["codes"],
      outcomes: Readonly<Record<string, string>>,
      end: string,
    ])[] = [
      [
        [step("fails", [script("fails")]), step("fine", [script("fine")])],
        {},
        [null],
        { "001.failed": "7" },
        "step 1 failed: 7",
      ],
      [
        [step("is not there afterwards", [script("fine")], { check: { file: "\\never.txt" } })],
        {},
        [null],
        { "001.failed": "check" },
        "step 1 failed: check",
      ],
      [
        [step("hangs", [script("hangs")], { minutes: 0.05 })],
        {},
        [null],
        { "001.failed": "hung" },
        "step 1 failed: hung",
      ],
      [
        [again("thrice")],
        {},
        [2, 2, 2, 0],
        { "001.again-1": "99", "001.again-2": "99", "001.again-3": "99", "001.done": "0" },
        "done",
      ],
      [
        [again("forever")],
        {},
        [2, 2, 2, 2, null],
        {
          ...Object.fromEntries([1, 2, 3, 4, 5].map((number) => [`001.again-${number}`, "99"])),
          "001.failed": "tries",
        },
        "step 1 failed: tries",
      ],
      [
        [step("one", [script("restarted")]), step("two", [script("restarts")])],
        { restarts: 1 },
        [2, null],
        { "001.restart": "1641", "001.done": "1641", "002.restart": "3010", "002.failed": "tries" },
        "step 2 failed: tries",
      ],
      [
        [is("an app of one user")],
        {
          found: found("bitlocker.txt", "off.txt") + found("apps.txt", "apps.txt"),
        },
        [null],
        { "001.present": "present" },
        "app packages are installed for a user and not provisioned, as apps.txt says",
      ],
      [
        [is("an encrypted volume")],
        {
          found: found("bitlocker.txt", "on.txt") + found("apps.txt", "none.txt"),
        },
        [null],
        { "001.present": "present" },
        "BitLocker or device encryption is on",
      ],
      [[step("fine", [script("fine")])], { cuts: 1 }, [null, 0], { "001.done": "0" }, "done"],
      [
        [step("fine", [script("fine")])],
        { prepare: begunThrice },
        [null],
        { "001.failed": "tries" },
        "step 1 failed: tries",
      ],
    ];
    const played = await Promise.all(
      cases.map(([steps, how], at) => play("DEFGHIJKQR"[at] ?? "", steps, how)),
    );
    for (const [at, { codes, state, log }] of played.entries()) {
      const [steps, , wanted, outcome, end] = cases[at]!;
      const title = steps[0]?.title;
      assert.deepEqual(
        [codes, outcomes(state), state["finished"] ?? state["failed"]],
        [wanted, outcome, end],
        title,
      );
      assert.equal(log("job.log").at(-1), end === "done" ? "finished" : `failed: ${end}`, title);
    }
    assert.equal(played[0]?.state["002.begun-1"], undefined);
  });

  it("says so where its disk is full", async () => {
    const { codes, state } = await play("L", [step("fine", [script("fine")])], {
      prepare(at) {
        writeState(at, "id", "job-L");
        writeState(at, "boot-1", "1");
        writeState(at, "boot-2", "2");
        symlinkSync("/dev/full", join(at, "Servicing/State/new"));
      },
      off: () => serial.includes("servicing: end full"),
    });
    assert.deepEqual(codes, [null]);
    assert.deepEqual(Object.keys(state), ["boot-1", "boot-2", "id"]);
  });

  it("restarts for what Windows has pending, a few times", async () => {
    const key =
      "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending";
    wine.run(["reg.exe", "add", key, "/f"]);
    const servicing = await play("M", [is("there")]);
    wine.run(["reg.exe", "delete", key, "/f"]);
    assert.deepEqual(servicing.codes, [2, 2, 2, null]);
    assert.equal(servicing.state["pending.txt"], "Component Based Servicing");
    assert.equal(servicing.state["failed"], "Windows still waits for a restart, as pending.txt says");

    const session = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager";
    const renames = "PendingFileRenameOperations";
    wine.run(["reg.exe", "add", session, "/v", renames, "/t", "REG_MULTI_SZ", "/d", "a", "/f"]);
    const renaming = await play("N", [is("there")], { restarts: 0 });
    wine.run(["reg.exe", "delete", session, "/v", renames, "/f"]);
    assert.deepEqual(renaming.codes, [0]);
    assert.equal(renaming.state["pending.txt"], renames);
    assert.equal(renaming.state["finished"], "done");
  });
});

function titled(number: number, title: string): unknown {
  return { says: "step", step: number, minutes: 1, title };
}

/** As the power leaves a step that it went in three times. */
function begunThrice(drive: string): void {
  for (const number of [1, 2, 3]) writeState(drive, `001.begun-${number}`, String(number));
  writeState(drive, "id", `job-${basename(drive)}`);
}

function writeState(drive: string, name: string, text: string): void {
  const folder = join(drive, "Servicing/State");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `${text}\r\n`);
}

/** What became of each step. */
function outcomes(state: Outcome["state"]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => /^\d{3}\.(?!begun|seconds)/.test(name)));
}

const uninstall = `HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\${product}`;
