import { jobFolder, type JobChange } from "../audit/job.ts";
import type { Command } from "../engine.ts";

/**
 * Files of the job as files of a folder of the host, which a script copies to the device.
 * @param join of paths as the host has them
 */
export function jobFiles(
  job: readonly JobChange[],
  to: string,
  join: (...parts: string[]) => string,
): readonly Command[] {
  return job.map((change) => {
    const place = join(to, ...change.to.slice(jobFolder.length).split("\\").filter(Boolean));
    if (change.change === "add") return { act: "copy", from: change.from, to: place };
    const { text, encoding, secrets } = change;
    return {
      act: "write",
      to: place,
      text,
      ...(encoding === undefined ? {} : { encoding }),
      ...(secrets === undefined ? {} : { secrets }),
    };
  });
}
