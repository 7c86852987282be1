import host from "node:process";
import { explained } from "./dism-failure.ts";
import { isMountBelow } from "./dism-mount.ts";
import { mountQuery } from "./engines/dism-command.ts";
import { failure } from "./error.ts";
import { faultTable } from "./fault-table.ts";
import { bannerIn } from "./formats/dism-output/banner.ts";
import { mountedImagesIn, type MountedImage } from "./formats/dism-output/image.ts";
import { fileSystemIn, unfitDriveIn } from "./formats/fsutil.ts";
import { servicedBuild } from "./formats/windows-build.ts";
import { isBelow, pathsOf } from "./host-path.ts";
import { type ImageInfo, imageTitle } from "./image.ts";
import type { Runner } from "./runner.ts";
import type { Plan } from "./step.ts";
import { isHeld, isWorkFolder } from "./work-folder.ts";
import { scannerHint, writeSpeed } from "./write-speed.ts";

/** What of this process and its user matters. */
interface Host {
  readonly architecture: string;
  readonly home: string | undefined;
}

export interface HostChecks {
  readonly runner: Runner;
  readonly signal?: AbortSignal;
  warn(text: string): void;
}

/** More mounts than that at once are advised against ("deployment-image-servicing-and-management--dism--best-practices"). */
const mostMounts = 20;

/** Characters of a mount folder: paths inside an image have up to 180 of the 260 that parts of servicing can take. */
const [longPath, tooLongPath] = [80, 120] as const;

/**
 * Everything about this host that is known to make DISM fail, before anything is begun. What is foreign is left alone.
 * @throws SERVICING_NODE_ARCHITECTURE, SERVICING_ELEVATION_NEEDED, SERVICING_DISM_OLDER, SERVICING_WORK_VOLUME,
 *   SERVICING_WORK_PATH, and as the runner
 */
export async function refuseUnfitHost(
  plan: Pick<Plan, "work" | "source" | "targets">,
  checks: HostChecks,
  here: Host = { architecture: host.arch, home: host.env["USERPROFILE"] },
): Promise<void> {
  const { work } = plan;
  if (here.architecture === "ia32")
    throw failure("SERVICING_NODE_ARCHITECTURE", { architecture: here.architecture });
  refusePath(work, here.home, checks);
  const { tool, mounts } = await askDism(checks);
  for (const image of plan.source.images)
    if (plan.targets.includes(image.index)) refuseOlder(tool, image, checks);
  warnOfMounts(mounts, work, checks);
  await refuseVolume(work, checks);
  const hint = scannerHint(await writeSpeed(pathsOf(work).dirname(work)), work);
  if (hint !== undefined) checks.warn(hint);
}

async function askDism({ runner, signal }: HostChecks): Promise<{
  readonly tool: string | undefined;
  readonly mounts: readonly MountedImage[];
}> {
  const query = mountQuery();
  const since = new Date();
  try {
    const { stdout } = await runner.run(query, { signal });
    return { tool: bannerIn(stdout).tool, mounts: mountedImagesIn(stdout) };
  } catch (error) {
    throw await explained(error, query, { faults: faultTable().of(query.run), since, log: "DISM's own log" });
  }
}

/** A DISM older than the image may damage it ("dism-supported-platforms"). */
function refuseOlder(tool: string | undefined, image: ImageInfo, { warn }: HostChecks): void {
  const [ours, theirs] = [tool ?? "", image.version].map(servicedBuild);
  if (ours === undefined)
    return warn("DISM did not say its version, so that it is not known to be new enough");
  if (theirs !== undefined && ours < theirs)
    throw failure("SERVICING_DISM_OLDER", {
      dism: tool ?? "",
      image: imageTitle(image),
      version: image.version,
    });
}

/** Those below the work folder are our own, and let go of by whoever has the folder; so are those of other lines. */
function warnOfMounts(mounts: readonly MountedImage[], work: string, { warn }: HostChecks): void {
  for (const { mountDir, file, index, status } of mounts) {
    const owner = isMountBelow(mountDir, work) ? work : workFolderOf(mountDir);
    if (owner === work || (owner !== undefined && isHeld(owner))) continue;
    warn(
      owner === undefined
        ? `${file}:${index ?? "?"} is mounted at ${mountDir} (${status}) by somebody else, and is left alone`
        : `${file}:${index ?? "?"} is mounted at ${mountDir} (${status}) by a run that is no more: its line lets go of it, or \`servicing clean\``,
    );
  }
  if (mounts.length > mostMounts)
    warn(`DISM has ${mounts.length} images mounted; Microsoft advises against more than ${mostMounts}`);
}

/** The work folder of a line that a mount folder is in. */
function workFolderOf(mountDir: string): string | undefined {
  const { dirname } = pathsOf(mountDir);
  // What is in the mount folder is the image's, which may have files of any name.
  for (let folder = dirname(mountDir); ; folder = dirname(folder)) {
    if (isWorkFolder(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Folders of a user that Controlled folder access guards, where images must not be mounted ("mount-and-modify-a-windows-image-using-dism"). */
const guarded = ["Documents", "Desktop", "Pictures", "Videos", "Music", "Favorites"];

function refusePath(work: string, home: string | undefined, { warn }: HostChecks): void {
  const { join, parse } = pathsOf(work);
  const longest = join(work, "inner-1", "mount").length;
  if (longest > tooLongPath)
    throw failure("SERVICING_WORK_PATH", {
      folder: work,
      reason: `mount folders in it have up to ${longest} characters, and paths inside an image would be too long`,
    });
  if (longest > longPath)
    warn(
      `mount folders have up to ${longest} characters: a shorter \`work\` keeps clear of the limits of Windows`,
    );
  if (parse(work).root.startsWith("\\\\"))
    throw failure("SERVICING_WORK_VOLUME", { folder: work, reason: "it is on a network" });
  const owner = guarded.find((name) => home !== undefined && isBelow(work, join(home, name)));
  if (owner !== undefined)
    throw failure("SERVICING_WORK_PATH", {
      folder: work,
      reason: `it is in ${owner}, which Windows may guard against programs`,
    });
}

async function refuseVolume(work: string, { runner, signal, warn }: HostChecks): Promise<void> {
  const root = pathsOf(work).parse(work).root;
  const ask = (what: string, at: string): Promise<string> =>
    runner.run({ run: "fsutil.exe", args: ["fsinfo", what, at], writes: false }, { signal }).then(
      ({ stdout }) => stdout,
      () => "",
    );
  const fileSystem = fileSystemIn(await ask("volumeinfo", root));
  if (fileSystem === undefined)
    return warn(`the file system of ${root} is not known, since fsutil did not say; DISM needs NTFS`);
  if (fileSystem.toUpperCase() !== "NTFS")
    throw failure("SERVICING_WORK_VOLUME", { folder: work, reason: `its file system is ${fileSystem}` });
  const drive = unfitDriveIn(await ask("drivetype", root.replace(/\\$/, "")));
  if (drive !== undefined)
    throw failure("SERVICING_WORK_VOLUME", { folder: work, reason: `its drive is a ${drive} drive` });
}
