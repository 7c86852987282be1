import { failure } from "../error.ts";
import { mergeAnswerFile } from "../formats/answer-file.ts";
import type { Setting } from "../formats/answer-file-setting.ts";
import { type ImageInfo, imageTitle } from "../image.ts";
import { jobFolder } from "./job.ts";

/** What audit mode starts. */
export const jobFile = `${jobFolder}\\job.cmd`;

/** Where Windows looks first for an answer file, and where one starts an image in audit mode ("boot-windows-to-audit-mode-or-oobe"). */
export const auditAnswerFilePath = "\\Windows\\Panther\\Unattend\\Unattend.xml";

const component = "Microsoft-Windows-Deployment";

const command = ["RunSynchronous", "RunSynchronousCommand[servicing job]"];

/**
 * The answer file that leads a reference device from its first start into audit mode, to the job and, when that has come to
 * its end, to generalizing and off. It is the same for all images of an architecture. Generalize comes after all other
 * settings of its pass ("microsoft-windows-deployment-generalize"): a command must not start sysprep.
 * @throws SERVICING_SETTING_VALUE for an image that does not say its architecture
 */
export function auditAnswerFile(image: ImageInfo): string {
  if (image.architecture === "unknown") {
    const reason = `${imageTitle(image)} does not say it; set image.architecture in the config`;
    throw failure("SERVICING_SETTING_VALUE", { setting: "The architecture", reason });
  }
  const settings: readonly Setting[] = [
    { pass: "oobeSystem", component, path: ["Reseal", "Mode"], value: "Audit" },
    {
      pass: "auditUser",
      component,
      path: [...command, "Path"],
      value: `cmd.exe /d /c "%SystemDrive%${jobFile}"`,
    },
    { pass: "auditUser", component, path: [...command, "WillReboot"], value: "OnRequest" },
    { pass: "auditUser", component, path: ["Generalize", "Mode"], value: "OOBE" },
    { pass: "auditUser", component, path: ["Generalize", "ForceShutdownNow"], value: true },
  ];
  return mergeAnswerFile(undefined, [{ by: "servicing", settings }], image.architecture).text;
}
