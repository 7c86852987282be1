import { refused } from "../formats/script-text.ts";
import { jobFile } from "./answer-file.ts";
import type { AuditJob, JobChange } from "./job.ts";
import { jobScript } from "./job-script.ts";
import { awakeFile, awakeScript, checkFile, checkScript } from "./powershell.ts";
import { stepFolder, stepName, stepScript } from "./step-script.ts";

/** Steps have names of three digits. */
const mostSteps = 999;

/** The scripts of a job. @throws SERVICING_SETTING_VALUE for what cmd.exe cannot be given */
export function jobFiles(job: AuditJob): readonly JobChange[] {
  const { steps } = job;
  if (steps.length > mostSteps)
    throw refused("the job", `it has ${steps.length} steps, and ${mostSteps} are the most`);
  return [
    write(jobFile, jobScript(job)),
    write(awakeFile, awakeScript),
    write(checkFile, checkScript),
    ...steps.map((step, at) => write(`${stepFolder}\\${stepName(at + 1)}.cmd`, stepScript(step, at + 1))),
  ];
}

function write(to: string, text: string): JobChange {
  return { change: "write", to, text };
}
