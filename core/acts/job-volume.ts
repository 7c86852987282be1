import { join } from "node:path";
import { jobFolder, type JobChange } from "../audit/job.ts";
import { checkVolume } from "../engines/raw-disk.ts";
import { applyImage } from "../engines/wimlib-command.ts";
import { wimlibUpdate } from "../engines/wimlib.ts";
import { failure } from "../error.ts";
import { treeDifferences } from "../formats/wim-difference.ts";
import { adoptSecurity, separate } from "../formats/wim-patch.ts";
import { imagePath } from "../formats/image-path.ts";
import { batchOf, quoted } from "./batch.ts";
import { branch } from "./branch.ts";
import { withBranch } from "./open-branch.ts";
import { fold, isWithin } from "./overlay.ts";
import { patchBranch, rehash } from "./patch-branch.ts";
import type { ActContext } from "./perform.ts";
import { captureVolume } from "./volume.ts";

export interface JobVolume {
  /** What was applied to the volume. */
  readonly file: string;
  readonly index: number;
  readonly volume: string;
  readonly job: readonly JobChange[];
  /** A folder that is there. */
  readonly work: string;
}

const shown = 20;
const ofJob = fold(jobFolder);
const isOfJob = (path: string): boolean => isWithin(ofJob, fold(path));

/**
 * Puts the files of a job on an NTFS volume that an image was applied to, as a WIM of them alone: wimlib applies to a
 * volume that has files as well, as long as those of the WIM are new to it. Then the volume is captured and compared.
 * @throws SERVICING_IMAGE_PATH, SERVICING_DISK_UNPROVEN
 */
export async function volumeWithJob(made: JobVolume, context: ActContext): Promise<void> {
  const { file, index, volume, work } = made;
  const image = join(work, "image.wim");
  const job = join(work, "job.wim");
  const found = join(work, "found.wim");
  await branch({ act: "branch", file, index, branch: image }, context);
  await jobImage(made, job, context);
  await context.runner.run(applyImage(job, 1, volume), context);
  await context.runner.run(checkVolume(volume), context);
  await captureVolume(made, found, [`--update-of=${file}:${index}`], context);
  const problems = withBranch(found, found, ({ source: right }) => [
    ...withBranch(image, file, ({ source }) =>
      treeDifferences(source, right, shown, (path) => !isOfJob(path)),
    ),
    ...withBranch(job, job, ({ source }) => treeDifferences(source, right, shown, isOfJob)),
  ]);
  if (problems.length > 0) throw failure("SERVICING_DISK_UNPROVEN", { file: volume, problems });
}

/**
 * A branch of the image of which nothing is left but its root: that is applied over the volume's own, and from it the
 * files of the job take their security.
 */
async function jobImage(made: JobVolume, job: string, context: ActContext): Promise<void> {
  const { file, index, work } = made;
  await branch({ act: "branch", file, index, branch: job }, context);
  const batch = await withBranch(job, file, async ({ metadata }) => {
    if (metadata.lookup(jobFolder) !== undefined)
      throw failure("SERVICING_IMAGE_PATH", {
        path: jobFolder,
        reason: "the image has it already, and the job of the reference device needs it for itself",
      });
    const outside = made.job.find(({ to }) => !isOfJob(imagePath(to)));
    if (outside !== undefined) throw new TypeError(`${outside.to} is not below ${jobFolder}`);
    const named = { image: "the job", scratch: work, staging: "$servicing-staging", hives: [] };
    const { script, made: tops } = await batchOf(made.job, [], metadata, named);
    const others = [...metadata.children(metadata.root)].map(
      ({ name }) => `delete ${quoted(`/${name}`)} --recursive\n`,
    );
    return { script: others.join("") + script, tops };
  });
  await context.runner.run(wimlibUpdate(job, batch.script), context);
  await patchBranch(job, job, ({ metadata }) => [
    ...adoptSecurity(metadata, batch.tops),
    ...separate(metadata, batch.tops),
  ]);
  await rehash(job, job);
}
