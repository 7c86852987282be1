import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { perform } from "../../core/acts/perform.ts";
import type { AuditJob } from "../../core/audit/job.ts";
import { createRunner } from "../../core/runner.ts";
import type { Table } from "../../core/table.ts";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { filesBelow, needs, type Rig, rig, wimlib } from "../support/rig.ts";

const job: AuditJob = {
  id: "job-of-this-line",
  restarts: 5,
  steps: [
    {
      title: "Install agent.msi",
      items: ["apps/1"],
      minutes: 60,
      commands: [{ do: "run", file: "msiexec.exe", args: ["/i", "agent.msi", "/qn"], success: [0, 3010] }],
    },
    {
      title: "Enable-Feature NetFx3",
      items: ["features/1"],
      minutes: 120,
      commands: [
        {
          do: "run",
          file: "dism.exe",
          args: ["/Online", "/Enable-Feature"],
          success: [0, 3010],
          confirm: { of: "feature", name: "NetFx3", states: ["Enabled"], args: ["/Get-FeatureInfo"] },
        },
      ],
    },
    { title: "Install extra.exe", items: ["apps/2"], minutes: 5, optional: true, commands: [] },
  ],
};

const answer = (state: string): string =>
  [
    "",
    "Deployment Image Servicing and Management tool",
    "Version: 10.0.26100.1",
    "",
    "Image Version: 10.0.26100.1742",
    "",
    "Feature Information:",
    "",
    "Feature Name : NetFx3",
    "Display Name : .NET Framework 3.5",
    `State : ${state}`,
    "",
    "The operation completed successfully.",
    "",
  ].join("\r\n");

const state = "Servicing/State";
const logs = "Windows/Setup/Servicing/Logs/Audit";
const panther = "Windows/System32/Sysprep/Panther";
const ini = (value: string): string => `[State]\r\nImageState=${value}\r\n`;

/** Everything went well. */
const good: Readonly<Record<string, string>> = {
  [`${state}/id`]: "job-of-this-line \r\n",
  [`${state}/boot-1`]: "",
  [`${state}/boot-2`]: "",
  [`${state}/001.begun-1`]: "",
  [`${state}/001.seconds-1`]: "10\r\n",
  [`${state}/001.seconds-2`]: "42\r\n",
  [`${state}/001.done`]: "3010\r\n",
  [`${state}/002.begun-1`]: "",
  [`${state}/002.done`]: "0\r\n",
  [`${state}/002.1.answer`]: answer("Enabled"),
  [`${state}/003.present`]: "",
  [`${state}/apps.txt`]: "",
  [`${state}/bitlocker.txt`]: "off\r\n",
  [`${state}/finished`]: "done\r\n",
  [`${logs}/job.log`]: "job begun\r\njob ended\r\n",
  [`${logs}/001.log`]: "agent: copying files\r\nagent: the last line\r\n",
  [`${panther}/setupact.log`]: "2024-10-09 08:21:11, Info       [0x0f004d] SYSPRP The time is now\r\n",
  "Windows/Setup/State/State.ini": ini("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"),
};

type Change = Readonly<Record<string, string | undefined>>;

function folderWith(folder: string, changed: Change): string {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries({ ...good, ...changed })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const failedWith = (step: number, text: string): Change => ({
  [`${state}/00${step}.done`]: undefined,
  [`${state}/00${step}.failed`]: text,
});

const sysprepSays = (lines: string): Change => ({
  "Windows/Setup/State/State.ini": ini("IMAGE_STATE_UNDEPLOYABLE"),
  [`${panther}/setuperr.log`]: lines,
});

describe("what a reference device did", function () {
  let here: Rig;
  let warnings: string[];
  let tables: Table[];

  before(function () {
    needs(this, "wimlib-imagex", "hivexsh");
  });

  beforeEach(() => {
    here = rig();
    [warnings, tables] = [[], []];
  });

  function captured(folder: string): string {
    const wim = here.path("captured.wim");
    wimlib("capture", folder, wim, "captured", "--config=/dev/null", "--compress=XPRESS");
    return wim;
  }

  async function check(wim: string, volume?: string): Promise<void> {
    await perform(
      {
        act: "check device",
        captured: wim,
        job,
        to: "07-generalize-device",
        ...(volume === undefined ? {} : { volume }),
      },
      {
        runner: createRunner(),
        signal: new AbortController().signal,
        log: here.path("run/07-generalize.log"),
        target: undefined,
        warn: (text) => warnings.push(text),
        table: (table) => tables.push(table),
      },
    );
  }

  const of = (changed: Change = {}): Promise<void> =>
    check(captured(folderWith(here.path("device"), changed)));

  async function refuses(changed: Change, code: string, ...says: readonly RegExp[]): Promise<void> {
    await assert.rejects(of(changed), (error: Error & { code: string; remedy: string }) => {
      assert.equal(error.code, code, error.message);
      for (const pattern of says) assert.match(`${error.message}\n${error.remedy}`, pattern);
      return true;
    });
  }

  it("is told step by step, its logs kept, and nothing refused where all went well", async () => {
    await of();
    assert.deepEqual(tables, [
      {
        title: "What the reference device did",
        columns: ["step", "title", "outcome", "exit code", "seconds"],
        rows: [
          ["1", "Install agent.msi", "done", "3010", "52"],
          ["2", "Enable-Feature NetFx3", "done", "0", ""],
          ["3", "Install extra.exe", "was there already", "", ""],
        ],
      },
    ]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(filesBelow(here.path("run/07-generalize-device")), [
      "audit",
      "audit/001.log",
      "audit/job.log",
      "sysprep",
      "sysprep/setupact.log",
    ]);
    assert.match(readFileSync(here.path("run/07-generalize-device/audit/001.log"), "utf8"), /the last line/);
  });

  it("is refused where the job never began, with what Windows Setup said last", async () => {
    const none = Object.fromEntries(Object.keys(good).map((name) => [name, undefined]));
    const setup = "2024-10-09 08:21:11, Error      SP Callback_Unattend_InitEngine: no answer file\r\n";
    await refuses(
      { ...none, "Windows/Panther/setupact.log": setup },
      "SERVICING_AUDIT_UNFINISHED",
      /never began/,
      /no answer file/,
      /device.setup.setupact\.log/,
    );
  });

  it("is refused where the job was ended in the middle", () =>
    refuses(
      { [`${state}/finished`]: undefined, [`${state}/002.done`]: undefined },
      "SERVICING_AUDIT_UNFINISHED",
      /ended in step 2, Enable-Feature NetFx3/,
    ));

  it("is refused where it is of another job", () =>
    refuses({ [`${state}/id`]: "another" }, "SERVICING_HANDOVER", /another\b/, /job-of-this-line/));

  it("is refused where a step failed, with what its exit code means, its last lines and its log", () =>
    refuses(
      {
        [`${state}/001.done`]: undefined,
        [`${state}/001.failed`]: "1603\r\n",
        [`${state}/finished`]: undefined,
      },
      "SERVICING_AUDIT_STEP",
      /Install agent\.msi failed .*exit code 1603 \(ERROR_INSTALL_FAILURE\)/,
      /agent: the last line/,
      /return value 3/,
      /device.audit.001\.log/,
    ));

  it("knows DISM's exit codes, and those that it does not know it gives as they are", async () => {
    await refuses(failedWith(2, "-2146498529"), "SERVICING_AUDIT_STEP", /0x800F081F/, /source/i);
    await refuses(failedWith(2, "77"), "SERVICING_AUDIT_STEP", /exit code 77\n/);
    await refuses(failedWith(2, "check"), "SERVICING_AUDIT_STEP", /what its `check` names is not there/);
  });

  it("is refused where a step hung, or came to no end", async () => {
    await refuses(
      failedWith(1, "hung\r\n"),
      "SERVICING_AUDIT_HUNG",
      /Install agent\.msi was not through after 60 min/,
      /the last line/,
    );
    await refuses(failedWith(1, "tries\r\n"), "SERVICING_AUDIT_RESTARTS", /started 2 times/);
    const restarts = {
      [`${state}/finished`]: undefined,
      [`${state}/pending.txt`]: "Windows Update\r\n",
      [`${state}/failed`]: "Windows still waits for a restart, as pending.txt says\r\n",
    };
    await refuses(restarts, "SERVICING_AUDIT_RESTARTS", /The job came to no end/, /\nWindows Update\n/);
  });

  it("is refused where the disk became full: by an exit code, by the job, or by the volume", async function () {
    needs(this, "mkntfs", "ntfsinfo");
    const open = { [`${state}/finished`]: undefined };
    await refuses(
      { ...open, [`${state}/001.done`]: undefined, [`${state}/001.failed`]: "112" },
      "SERVICING_DEVICE_FULL",
      /ended with 112/,
    );
    await refuses({ ...open, [`${state}/new`]: "" }, "SERVICING_DEVICE_FULL", /write down its state/);
    const volume = here.path("volume.ntfs");
    writeFileSync(volume, "");
    truncateSync(volume, 8 * 1024 * 1024);
    execFileSync("mkntfs", ["--force", "--fast", "--quiet", volume], { stdio: "ignore" });
    const wim = captured(folderWith(here.path("another"), open));
    await assert.rejects(check(wim, volume), {
      code: "SERVICING_DEVICE_FULL",
      message: /\d MiB of \d are free/,
    });
  });

  it("is refused where an app package is there for one user alone", () =>
    refuses(
      {
        [`${state}/apps.txt`]: "Contoso.App_1.0.0.0_x64__abc\r\nContoso.Other_1\r\n",
        [`${state}/finished`]: undefined,
      },
      "SERVICING_AUDIT_APPS",
      /Contoso\.App_1\.0\.0\.0_x64__abc\n {2}Contoso\.Other_1/,
      /Add-App/,
    ));

  it("is refused where Sysprep did not generalize, with what kept it from that", async () => {
    const at = "2024-10-09 08:21:11, Error                 SYSPRP";
    await refuses(
      sysprepSays(
        `${at} Package Contoso.App_1_x64__abc was installed for a user, but not provisioned for all users.\r\n`,
      ),
      "SERVICING_SYSPREP",
      /app package Contoso\.App_1_x64__abc/,
      /device.sysprep.setupact\.log/,
    );
    await refuses(
      sysprepSays(`${at} BitLocker-Sysprep: BitLocker is on for the OS volume. (0x80310039)`),
      "SERVICING_SYSPREP",
      /BitLocker/,
    );
    await refuses(
      { [`${state}/bitlocker.txt`]: "on\r\n", [`${state}/finished`]: undefined },
      "SERVICING_SYSPREP",
      /BitLocker is on for the volume/,
    );
  });

  it("is refused where the image is in another state, and where it has none", async () => {
    await refuses(
      { "Windows/Setup/State/State.ini": ini("IMAGE_STATE_COMPLETE") },
      "SERVICING_IMAGE_STATE",
      /IMAGE_STATE_COMPLETE/,
      /The time is now/,
    );
    const hive = here.path("SOFTWARE");
    writeFileSync(hive, emptyHive("SOFTWARE", new Date(0)));
    const keys = ["Microsoft", "Windows", "CurrentVersion", "Setup", "State"].flatMap((key) => [
      `add ${key}`,
      `cd ${key}`,
    ]);
    execFileSync("hivexsh", ["-w", hive], {
      input: [...keys, "setval 1", "ImageState", "string:IMAGE_STATE_COMPLETE", "commit", ""].join("\n"),
    });
    const device = folderWith(here.path("device"), {});
    mkdirSync(join(device, "Windows/System32/config"), { recursive: true });
    writeFileSync(join(device, "Windows/System32/config/SOFTWARE"), readFileSync(hive));
    await assert.rejects(check(captured(device)), {
      code: "SERVICING_IMAGE_STATE",
      message: /IMAGE_STATE_COMPLETE/,
    });
    await assert.rejects(
      check(captured(folderWith(here.path("none"), { "Windows/Setup/State/State.ini": undefined }))),
      { code: "SERVICING_IMAGE_STATE", message: /is not there/ },
    );
  });

  it("is refused where a query does not show what was done, and warns where it does not say", async () => {
    await refuses(
      { [`${state}/002.1.answer`]: answer("Disabled") },
      "SERVICING_NOT_CONFIRMED",
      /NetFx3 is Disabled/,
    );
    await of({ [`${state}/002.1.answer`]: undefined });
    assert.match(warnings.join(), /Enable-Feature NetFx3 was done could not be confirmed/);
  });

  it("goes on with a warning where a step failed that may, and where Windows waits for a restart", async () => {
    await of({
      [`${state}/003.present`]: undefined,
      [`${state}/003.failed`]: "1618",
      [`${state}/pending.txt`]: "PendingFileRenameOperations\r\n",
      [`${state}/apps.txt`]: "not checked\r\n",
      [`${state}/bitlocker.txt`]: "not checked\r\n",
    });
    assert.match(
      warnings[0] ?? "",
      /^Install extra\.exe may fail and did with exit code 1618 .*device.audit.003\.log$/,
    );
    assert.match(warnings[1] ?? "", /could not look at app packages of one user alone and BitLocker/);
    assert.match(warnings[2] ?? "", /waited for a restart .*: PendingFileRenameOperations/);
  });

  it("is read from a folder beside the image where there is one", async () => {
    folderWith(here.path("captured.files"), { [`${state}/id`]: "another" });
    symlinkSync("/etc/hostname", here.path("captured.files", logs, "job2.log"));
    await assert.rejects(check(here.path("captured.wim")), { code: "SERVICING_HANDOVER" });
    assert.ok(
      !existsSync(here.path("run/07-generalize-device/audit/job2.log")),
      "a link leads to nothing outside of it",
    );
  });

  it("takes no link, nothing too large and no other name out of an image", async () => {
    const device = folderWith(here.path("device"), {});
    symlinkSync("/etc/hostname", join(device, logs, "link.log"));
    writeFileSync(join(device, logs, "a*b.log"), "x");
    writeFileSync(join(device, state, "huge"), "");
    truncateSync(join(device, state, "huge"), 2 * 1024 * 1024);
    await check(captured(device));
    assert.deepEqual(filesBelow(here.path("run/07-generalize-device/audit")), ["001.log", "job.log"]);
    assert.match(warnings.join(), /State\\huge of the reference device is too large/);
  });
});
