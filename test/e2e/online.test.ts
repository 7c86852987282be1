import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { qemu } from "../../core/devices/qemu.ts";
import type { Event, Report } from "../../core/event.ts";
import type { Line } from "../../core/line.ts";
import { apps } from "../../plugins/apps.ts";
import { files } from "../../plugins/files.ts";
import { unattend } from "../../plugins/unattend.ts";
import { filesBelow, needs, type Rig, rig, run, sampleFolder, sha256, wimlib } from "../support/rig.ts";
import { type Mishap, standInDevice } from "../support/stand-in-device/index.ts";
import { type Listed, listing } from "../support/wim-listing.ts";

const tools = ["wimlib-imagex", "hivexsh", "mkntfs", "wixl", "gcab", "qemu-img", "sfdisk", "mformat"];

/** What the stand-in changes of Windows itself, as Windows would. */
const changed = /^\/Windows\/(?:Panther|Setup|System32\/(?:Sysprep|config)|System32$)/i;

const quick = (here: Rig): Line["plugins"] => [apps({ install: [here.path("in/quick.cmd")] })];

/** Lines through all three roads, with a stand-in for Windows on the device: what it does, and what not, is in docs/testing.md. */
describe("the online road, with a stand-in device", function () {
  this.timeout(600_000);
  let sample: string;
  let source: string;
  let digest: string;

  before(async function () {
    needs(this, ...tools);
    standInDevice(this);
    sample = await sampleFolder();
    source = join(sample, "install.wim");
    digest = sha256(source);
  });

  interface Ran {
    readonly here: Rig;
    readonly line: Line;
    readonly report: Report;
    readonly said: string;
  }

  interface Options {
    readonly here?: Rig;
    /** Called with all that was said so far. */
    told?(text: string, here: Rig): void;
    readonly signal?: AbortSignal;
  }

  async function ran(
    context: Mocha.Context,
    mishap: Mishap | undefined,
    plugins: (here: Rig) => Line["plugins"],
    { here = rig(), told = () => undefined, signal }: Options = {},
  ): Promise<Ran> {
    const stand = standInDevice(context, mishap === undefined ? {} : { mishap });
    here.write({
      "in/offline.txt": "offline\r\n",
      "in/restarts.cmd": "@echo it wants a restart\r\n@exit 3010\r\n",
      "in/quick.cmd": "@echo it is quick\r\n",
    });
    const line = here.line({
      image: { file: source, index: 1 },
      output: { file: here.path("out/online.wim"), compress: "keep", images: "targets" },
      device: qemu({
        memory: "1 GiB",
        // Two take longer where there is no KVM.
        cpus: 1,
        size: 500,
        sizes: { system: 100, recovery: 0 },
        arguments: [...stand.arguments],
        deadlines: {
          start: mishap === "hang" ? 0.4 : 4,
          silence: 4,
          generalize: mishap === "app" ? 0.2 : 2,
        },
      }),
      plugins: plugins(here),
    });
    let said = "";
    const report = await run(line, {
      ...(signal === undefined ? {} : { signal }),
      onEvent: (event: Event) => {
        if (event.type !== "output") return;
        said += event.text;
        told(said, here);
      },
    });
    assert.equal(sha256(source), digest, "the source was written to");
    return { here, line, report, said };
  }

  /** Nothing of the device is left, nothing came of the line, and the report says what to do. */
  function failed({ here, report }: Ran, code: string, message: RegExp): void {
    assert.equal(report.error?.code, code, report.error?.message);
    assert.match(report.error?.message ?? "", message);
    assert.notEqual(report.error?.remedy, "");
    assert.ok(!existsSync(here.path("out/online.wim")));
    assert.deepEqual(filesBelow(here.path("work")), []);
    assert.deepEqual(emulators(here.folder), []);
  }

  it("carries a line out offline, on the device and by Windows Setup, and captures what came of it", async function () {
    const { here, line, report, said } = await ran(this, undefined, ({ path }) => [
      files({ copy: { [path("in/offline.txt")]: "\\Contoso\\offline.txt" } }),
      apps({
        install: [
          path("in/restarts.cmd"),
          {
            file: join(sample, "apps/agent.msi"),
            check: { file: "\\Program Files (x86)\\Contoso Agent\\agent.txt" },
          },
        ],
      }),
      unattend({ timeZone: "Romance Standard Time" }),
    ]);
    assert.ok(report.ok, `${report.error?.message}\n${said}`);
    assert.deepEqual(report.routes, { offline: 1, online: 2, setup: 1 });
    assert.deepEqual(
      report.phases.map(({ phase }) => phase),
      ["mount", "modify", "apply", "audit", "generalize", "capture"],
    );
    assert.equal(said.match(/reboot: Restarting system/g)?.length, 1, "it restarts once");

    const told = report.tables?.find(({ title }) => title === "What the reference device did");
    assert.deepEqual(
      told?.rows.map((row) => row.slice(0, 4)),
      [
        ["1", "Run-Installer restarts.cmd", "done", "3010"],
        ["2", "Run-Installer agent.msi", "done", "0"],
      ],
    );
    assert.match(
      readFileSync(join(report.folder, "device-1/audit/001.log"), "utf8"),
      /it wants a restart/,
      "the logs are with those of the run",
    );

    const result = here.path("out/online.wim");
    wimlib("verify", result);
    const [before, after] = [await listing(source, 1), await listing(result, 1)];
    const names = [...after.keys()];
    for (const wanted of [
      "/Contoso/offline.txt",
      "/Program Files (x86)/Contoso Agent/agent.txt",
      "/Windows/Setup/Servicing/Logs/Audit/job.log",
      "/Windows/Setup/Servicing/Logs/Audit/002.log",
      "/Windows/Panther/unattend.xml",
    ])
      assert.ok(after.has(wanted), `${wanted} is not in the result`);
    assert.deepEqual(
      names.filter((name) => /^\/Servicing(?:\/|$)|Panther\/Unattend\/Unattend\.xml$/i.test(name)),
      [],
    );
    for (const [name, entry] of before)
      if (!changed.test(name))
        assert.deepEqual(kept(after.get(name)), kept(entry), `${name} is not what it was`);
    const text = (path: string): string => wimlib("extract", result, "1", path, "--to-stdout");
    const answers = text("/Windows/Panther/unattend.xml");
    assert.match(answers, /Romance Standard Time/);
    assert.doesNotMatch(answers, /Audit/);
    assert.match(text("/Windows/Setup/State/State.ini"), /IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE/);
    assert.ok(after.has("/Windows/System32/Sysprep/Sysprep_succeeded.tag"));

    assert.deepEqual(emulators(here.folder), []);
    assert.deepEqual(filesBelow(here.path("work")), []);
    const again = await run(line);
    assert.ok(again.ok && again.results.every(({ outcome }) => outcome === "reused"), "nothing changed");
  });

  it("ends a device that hangs, with a picture of it", async function () {
    const one = await ran(this, "hang", quick);
    failed(one, "SERVICING_DEVICE_TIMEOUT", /first word within 0\.4 minutes/);
    const picture = /\S+\.png/.exec(one.report.error?.message ?? "")?.[0] ?? "";
    assert.equal(readFileSync(picture).subarray(1, 4).toString("latin1"), "PNG");
  });

  it("says that the power was lost, goes on from the disk that is there, and captures nothing in another state", async function () {
    let killed = false;
    const one = await ran(this, undefined, quick, {
      told(said, here) {
        if (killed || !said.includes("servicing: begin")) return;
        killed = true;
        const pid = readFileSync(here.path("work/test/device-1/machine.pid"), "latin1");
        process.kill(Number(pid), "SIGKILL");
      },
    });
    failed(one, "SERVICING_DEVICE_ENDED", /had not switched itself off/);
    const applied = /wimlib-imagex apply \S+reference\.wim/;
    assert.match(one.said, applied);
    const disks = (): readonly string[] =>
      readdirSync(one.here.path("store/disks")).filter((name) => name.endsWith(".raw"));
    const made = disks();
    assert.equal(made.length, 1);

    const next = await ran(this, "state", quick, { here: one.here });
    failed(next, "SERVICING_IMAGE_STATE", /IMAGE_STATE_UNDEPLOYABLE/);
    assert.deepEqual(
      next.report.results.slice(0, 4).map(({ outcome }) => outcome),
      ["reused", "reused", "done", "done"],
    );
    assert.doesNotMatch(next.said, applied, "the image is on a disk already");
    assert.deepEqual(disks(), made);
  });

  it("is switched off, and gone, when the run is interrupted", async function () {
    const stop = new AbortController();
    const one = await ran(this, undefined, quick, {
      signal: stop.signal,
      told: (said) => void (said.includes("stand-in:") && stop.abort()),
    });
    failed(one, "SERVICING_INTERRUPTED", /audit mode/);
    assert.equal(one.report.outcome, "cancelled");
  });

  it("says that the disk is full", async function () {
    failed(await ran(this, "full", quick), "SERVICING_DEVICE_FULL", /full/);
  });

  it("names the app package that keeps sysprep from generalizing, though Windows shows its error for ever", async function () {
    failed(await ran(this, "app", quick), "SERVICING_SYSPREP", /Contoso\.Notes/);
  });
});

/** All but the number of its group of links, which a capture gives anew. */
function kept(entry: Listed | undefined): Partial<Listed> {
  const { group: _, ...rest } = entry ?? {};
  return rest;
}

/** Machines of this test that are still there. */
function emulators(folder: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "latin1");
        return line.startsWith("qemu-system") && line.includes(folder);
      } catch {
        return false;
      }
    });
}
