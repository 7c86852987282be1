import type { Deployment } from "./engine.ts";
import type { Operation } from "./operation.ts";
import { operationTitle } from "./operation-title.ts";
import type { FinishedSetup } from "./setup-finish.ts";
import type { Item } from "./step.ts";

/**
 * Sentences: where something is left to Windows Setup, and what is made of the result is not what the line's deployment
 * says, so that nobody would do it there.
 */
export function misfits(
  items: readonly Item[],
  finished: ReadonlyMap<number, FinishedSetup>,
  deployment: Deployment,
): readonly string[] {
  if (finished.size === 0) return [];
  return items.flatMap(({ operation, verdict }) => {
    const reason = verdict === undefined ? undefined : misfit(operation, deployment);
    return reason === undefined ? [] : [`${operationTitle(operation)}: ${reason}`];
  });
}

function misfit({ type }: Operation, deployment: Deployment): string | undefined {
  if (type === "New-Media" && deployment !== "media")
    return 'Windows Setup reads no answer file from inside the image; with deployment: "media" it is on the media';
  if (type !== "New-Disk" && type !== "New-DeploymentFolder") return undefined;
  if (deployment === "media")
    return "it gets no answer file, since that of this line is on its media alone; make it by a line of its own";
  return type === "New-Disk" && deployment === "winpe"
    ? 'what the answer file leaves to offlineServicing is not done, since nobody applies it to a disk; make it by a line that is "applied"'
    : undefined;
}
