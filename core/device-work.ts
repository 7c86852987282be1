import { auditAnswerFile, auditAnswerFilePath } from "./audit/answer-file.ts";
import { type AuditJob, jobFolder, type JobChange } from "./audit/job.ts";
import { type LoweredJob, lowerJob } from "./audit/lowering.ts";
import { jobFiles } from "./audit/script.ts";
import type { ImageInfo } from "./image.ts";
import type { Operation } from "./operation.ts";
import { answerFilePath, type Existing, type FinishedSetup } from "./setup-finish.ts";
import type { Item } from "./step.ts";

const otherAnswerFile = auditAnswerFilePath.replace(/[^\\]+$/, "autounattend.xml");

/** What a reference device does for one image, and what that takes. */
export interface DeviceWork {
  readonly job: AuditJob;
  /** Everything below `\Servicing` of the device. */
  readonly files: readonly JobChange[];
  /** On the image, before it is applied to the device. */
  readonly before: readonly Operation[];
  /** On what was captured: nothing of the audit mode is left in it. */
  readonly after: readonly Operation[];
}

/**
 * By the index of the image; none for images of which nothing goes online.
 * @param ids what a job is by content, where that is known
 */
export function deviceWorks(
  items: readonly Item[],
  images: readonly ImageInfo[],
  finished: ReadonlyMap<number, FinishedSetup>,
  existing: ReadonlyMap<number, Existing>,
  ids: ReadonlyMap<number, string> = new Map(),
): ReadonlyMap<number, DeviceWork> {
  return new Map(
    images.flatMap((image) => {
      const own = onlineItems(items, image);
      if (own.length === 0) return [];
      const written = finished.get(image.index)?.operations.some(writesAnswerFile) ?? false;
      const former = written ? undefined : existing.get(image.index);
      return [[image.index, deviceWork(lowerJob(own, image, ids.get(image.index)), image, former)]];
    }),
  );
}

/** Sentences: what an image tells Windows Setup where the answer file of the audit mode goes. */
export function shadowWarnings(existing: ReadonlyMap<number, Existing>): readonly string[] {
  return [...existing.values()].flatMap(({ shadows = [] }) =>
    shadows.map(
      (path) =>
        `${path} of the image gives way to the answer file of the audit mode, and is not in the result; what it says is kept with unattend({ answerFile })`,
    ),
  );
}

export function onlineItems(items: readonly Item[], { index }: ImageInfo): readonly Item[] {
  return items.filter(({ image, verdict }) => image === index && verdict?.strategy === "online");
}

function writesAnswerFile({ operation }: FinishedSetup["operations"][number]): boolean {
  return operation.type === "Write-File" && operation.to === answerFilePath;
}

/** @param existing absent where the answer file of the image is written anyway */
function deviceWork(
  { job, payload }: LoweredJob,
  image: ImageInfo,
  existing: Existing | undefined,
): DeviceWork {
  return {
    job,
    files: [...payload, ...jobFiles(job)],
    before: [
      // Windows would read it in the place of ours.
      { type: "Remove-File", path: otherAnswerFile, optional: true },
      {
        type: "Write-File",
        to: auditAnswerFilePath,
        text: auditAnswerFile(image),
        title: "Answer file that starts the audit mode",
      },
    ],
    after: [
      { type: "Remove-File", path: jobFolder, title: "Take the job out" },
      {
        type: "Remove-File",
        path: auditAnswerFilePath,
        optional: true,
        title: "Take the answer file of the audit mode out",
      },
      ...(existing === undefined ? [] : [formerAnswerFile(existing)]),
    ],
  };
}

/** Windows keeps there what it was told last, which was to go to the audit mode. */
function formerAnswerFile({ answerFile }: Existing): Operation {
  return answerFile === undefined
    ? { type: "Remove-File", path: answerFilePath, optional: true }
    : {
        type: "Write-File",
        to: answerFilePath,
        text: answerFile,
        title: "Put the image's own answer file back",
      };
}
