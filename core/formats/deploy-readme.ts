import { type DeviceDeployment } from "./deploy-script.ts";
import { leastOf } from "./diskpart.ts";

/** For the technician who stands before the device. Lines end as Windows' editor wants them. */
export function deploymentReadme(
  { firmware, disk, unattended }: DeviceDeployment,
  { boots }: { readonly boots: boolean },
): string {
  const least = Math.max(
    ...(firmware === undefined ? (["uefi", "bios"] as const) : [firmware]).map((each) => leastOf(each, disk)),
  );
  return [
    `THIS FOLDER ERASES DISK ${disk.id} OF THE DEVICE THAT IT IS RUN ON.`,
    "",
    "1. Copy the folder as it is to the root of a medium that is not the disk to be erased.",
    boots
      ? "2. Start the device with boot.wim: put it where your medium or PXE server has its WinPE. It runs deploy.cmd by itself."
      : "2. Start the device with WinPE and run deploy.cmd from this folder.",
    unattended
      ? `3. NOBODY IS ASKED: the disk is erased at once${boots ? ", and the device restarts when it is done" : ""}.`
      : "3. Type YES when you are asked, or run `deploy.cmd /force`, which does not ask.",
    "4. Where it ends with FAILED, deploy-failed.log in this folder says why, if the medium can be written.",
    "   Otherwise see \\Windows\\Setup\\Servicing\\Logs\\deploy.log on the disk, or X:\\Servicing\\deploy.log.",
    "",
    `Firmware: ${firmware ?? "uefi or bios, as the device was started"}. Disk: ${least} MiB at least.`,
    "Tools of a newer Windows kit than that of WinPE, such as its DISM, may be put into a folder named tools.",
    "",
  ]
    .map((line) => `${line}\r\n`)
    .join("");
}
