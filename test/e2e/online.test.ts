import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { qemu } from "../../core/devices/qemu.ts";
import type { Event, Report } from "../../core/event.ts";
import type { Line } from "../../core/line.ts";
import { apps } from "../../plugins/apps.ts";
import { files } from "../../plugins/files.ts";
import { unattend } from "../../plugins/unattend.ts";
import { needs, type Rig, rig, run, sampleFolder, sha256, wimlib } from "../support/rig.ts";
import { type Mishap, standInDevice } from "../support/stand-in-device/index.ts";
import { listing } from "../support/wim-listing.ts";

/** A line through all three roads, with a stand-in for Windows on its device: docs/testing.md says what it does, and what not. */
describe("the online road, with a stand-in device", function () {
  this.timeout(600_000);
  let here: Rig;
  let sample: string;
  let source: string;
  let digest: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "wixl", "gcab", "qemu-system-x86_64", "qemu-img", "sfdisk", "mformat");
    standInDevice(this);
    sample = await sampleFolder();
    source = join(sample, "install.wim");
    digest = sha256(source);
    here = rig();
    here.write({
      "in/offline.txt": "offline\r\n",
      // Wants a restart the first time, and is done the second.
      "in/restarts.cmd": "@echo it wants a restart\r\n@exit 3010\r\n",
    });
  });

  function line(context: Mocha.Context, mishap: Mishap | undefined, options: Partial<Line> = {}): Line {
    const { arguments: stand } = standInDevice(context, mishap === undefined ? {} : { mishap });
    return here.line({
      image: { file: source, index: 1 },
      output: { file: here.path("out/online.wim"), compress: "keep", images: "targets" },
      device: qemu({
        memory: "1 GiB",
        size: 700,
        sizes: { system: 100, recovery: 0 },
        arguments: ["-machine", "q35", ...stand],
        deadlines: { start: 2, silence: 2, generalize: 0.5 },
      }),
      plugins: [
        files({ copy: { [here.path("in/offline.txt")]: "\\Contoso\\offline.txt" } }),
        apps({
          install: [
            { file: here.path("in/restarts.cmd") },
            { file: join(sample, "apps/agent.msi") },
          ],
        }),
        unattend({ timeZone: "Romance Standard Time" }),
      ],
      ...options,
    });
  }

  async function ran(of: Line): Promise<{ report: Report; said: string }> {
    let said = "";
    const report = await run(of, {
      onEvent: (event: Event) => {
        if (event.type === "output") said += event.text;
      },
    });
    return { report, said };
  }

  it("carries out what goes online on the device, and captures it", async function () {
    const { report, said } = await ran(line(this, undefined));
    console.log(said);
    console.log(JSON.stringify(report, undefined, 1).slice(0, 6000));
    assert.ok(report.ok, report.error?.message);
    assert.equal(sha256(source), digest);
  });
});
