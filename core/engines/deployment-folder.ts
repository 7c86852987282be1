import type { Command } from "../engine.ts";
import { deploymentReadme } from "../formats/deploy-readme.ts";
import { deploymentScripts, startScript } from "../formats/deploy-script.ts";
import type { Operation } from "../operation.ts";

type NewDeploymentFolder = Operation<"New-DeploymentFolder">;

/** What the folder holds beside the image and boot.wim, the same for every engine. @param join of paths as the engine has them */
export function scripts(
  { index, deployment, boot }: NewDeploymentFolder,
  folder: string,
  join: (...parts: string[]) => string,
): readonly Command[] {
  const whole = { ...deployment, index };
  return [
    ...deploymentScripts(whole),
    { name: "README.txt", text: deploymentReadme(whole, { boots: boot !== undefined }) },
  ].map(({ name, text }) => ({ act: "write", to: join(folder, name), text }) as const);
}

/** What WinPE starts, unless there is a winpeshl.ini ("wpeinit-and-startnetcmd-using-winpe-startup-scripts"). */
export const startFile = "\\Windows\\System32\\startnet.cmd";
export const otherStart = "\\Windows\\System32\\winpeshl.ini";

export function startText({ to, deployment }: NewDeploymentFolder): string {
  return startScript(to.split(/[\\/]/).at(-1) ?? to, deployment);
}

/** Why a folder cannot be of this name: WinPE's script looks for it. */
export function refuseName({ to }: Pick<NewDeploymentFolder, "to">): string | undefined {
  return /(?:^|[\\/])[\w-][\w.-]{0,63}$/.test(to)
    ? undefined
    : "the name of the folder has to be of letters, digits, dots, dashes and underscores, since a script looks for it";
}
