import { join } from "node:path";
import { commandLines } from "../../core/command-line.ts";
import type { DevicePlace, ReferenceDevice } from "../../core/device.ts";
import { captureScript, handoverStart } from "../../core/devices/handover-script.ts";
import { hyperV } from "../../core/devices/hyper-v.ts";
import { hyperVScripts } from "../../core/devices/hyper-v-script.ts";
import { physical } from "../../core/devices/physical.ts";
import { qemu } from "../../core/devices/qemu.ts";
import { bootFilesScript } from "../../core/devices/start-script.ts";
import type { Command } from "../../core/engine.ts";
import { golden } from "../support/golden.ts";
import { image } from "../support/operations.ts";

const folder = join(import.meta.dirname, "devices");

const place: DevicePlace = {
  line: "office",
  image,
  file: "/work/reference.wim",
  index: 1,
  folder: "/work/device, of office",
  disks: "/cache/disks",
  job: [
    { change: "write", to: "\\Servicing\\job.cmd", text: "@exit /b 0\r\n" },
    { change: "add", from: "/inputs/agent.msi", to: "\\Servicing\\Payload\\1\\agent.msi" },
  ],
  id: "0123456789abcdef",
  minutes: 90,
  captured: "/work/captured.wim",
};

/** Of a host that is Windows. */
const windowsPlace: DevicePlace = {
  ...place,
  file: "C:\\work\\reference.wim",
  folder: "C:\\work\\device of office",
  captured: "C:\\work\\captured.wim",
  job: [
    { change: "write", to: "\\Servicing\\job.cmd", text: "@exit /b 0\r\n" },
    { change: "add", from: "C:\\inputs\\agent.msi", to: "\\Servicing\\Payload\\1\\agent.msi" },
  ],
};

function commandsOf(device: ReferenceDevice, at = place): string {
  const { title, tools } = device;
  const parts = (["apply", "run", "capture", "undo"] as const).map(
    (part) => `## ${part}\n${lines(device[part](at))}`,
  );
  return `# ${title}\ntools: ${tools.join(", ")}\n\n${parts.join("\n\n")}\n`;
}

function lines(commands: readonly Command[]): string {
  return commands.flatMap((command) => commandLines(command)).join("\n");
}

const expected: Readonly<Record<string, string>> = {
  "qemu.txt": commandsOf(qemu()),
  "qemu-winpe.txt": commandsOf(
    qemu({
      memory: "8 GiB",
      cpus: 4,
      size: 131_072,
      sizes: { recovery: 0 },
      tpm: true,
      accelerator: "kvm",
      winpe: "/media/winpe.iso",
      firmware: { code: "/firmware/code.fd", variables: "/firmware/variables.fd" },
      deadlines: { start: 30, silence: 5, generalize: 45 },
      arguments: ["-vnc", "127.0.0.1:1"],
    }),
  ),
  "qemu-startnet.cmd": bootFilesScript({ recovery: true }),
  "hyper-v.txt": commandsOf(hyperV({ memory: "8 GiB", tpm: true }), windowsPlace),
  ...Object.fromEntries(Object.entries(hyperVScripts).map(([name, text]) => [`hyper-v-${name}.ps1`, text])),
  "physical.txt": commandsOf(physical({ folder: "/srv/device", bootWim: "/media/boot.wim", wait: 600 })),
  "physical-startnet.cmd": handoverStart("device"),
  "physical-capture.cmd": captureScript(),
};

describe("the commands of the reference devices", () => {
  for (const [name, text] of Object.entries(expected))
    it(`are those of ${name}`, () => golden(join(folder, name), text.replaceAll("\r\n", "\n")));
});
