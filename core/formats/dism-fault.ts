import type { Code } from "../error.ts";

/** What an exit code of a program says: its name, the error of servicing that it is, why it comes and what to do. */
export interface Fault {
  /** Unsigned, 32 bits. A Win32 code and the HRESULT that wraps it are the same. */
  readonly exitCode: number;
  readonly name: string;
  readonly error: Code;
  /** A sentence without its end, after "ended with …: ". */
  readonly cause: string;
  /** A sentence. */
  readonly remedy: string;
  /** Name of the page that it is documented on, or "reports of users". */
  readonly source: string;
}

/** A command that passes by itself is tried again so often, with such breaks. */
export const patience = { times: 4, seconds: 5 } as const;

const users = "reports of users";
const media = "media-dynamic-update";
const bestPractices = "deployment-image-servicing-and-management--dism--best-practices";
const first = "system-error-codes--0-499-";

/** Of DISM. Its codes are those of Win32, of component servicing (0x800F08xx) and of mounting (0xC142xxxx). */
export const dismFaults: readonly Fault[] = [
  {
    exitCode: 740,
    name: "ERROR_ELEVATION_REQUIRED",
    error: "SERVICING_ELEVATION_NEEDED",
    cause: "DISM works for an elevated administrator only",
    remedy: "Run servicing in a terminal that was started as administrator.",
    source: bestPractices,
  },
  {
    exitCode: 5,
    name: "ERROR_ACCESS_DENIED",
    error: "SERVICING_ELEVATION_NEEDED",
    cause: "Windows does not let this process do it",
    remedy:
      "Run servicing as an elevated administrator; where it is, another program or a policy guards the file that is named.",
    source: first,
  },
  {
    exitCode: 2,
    name: "ERROR_FILE_NOT_FOUND",
    error: "SERVICING_PATH_REFUSED",
    cause: "a file that the command names, or one that the image should have, is not there",
    remedy: "Check the paths of the command, and that the image holds Windows.",
    source: first,
  },
  {
    exitCode: 3,
    name: "ERROR_PATH_NOT_FOUND",
    error: "SERVICING_PATH_REFUSED",
    cause: "a folder that the command names is not there",
    remedy: "Check the paths of the command.",
    source: first,
  },
  {
    exitCode: 123,
    name: "ERROR_INVALID_NAME",
    error: "SERVICING_PATH_REFUSED",
    cause: "a path is not one that Windows can have",
    remedy: "Put inputs and `work` below short paths of plain letters.",
    source: first,
  },
  {
    exitCode: 11,
    name: "ERROR_BAD_FORMAT",
    error: "SERVICING_DISM_UNFIT",
    cause: "a 32-bit DISM cannot service a 64-bit Windows",
    remedy: "Use a 64-bit Node, which starts the 64-bit DISM.",
    source: users,
  },
  {
    exitCode: 126,
    name: "ERROR_MOD_NOT_FOUND",
    error: "SERVICING_DISM_UNFIT",
    cause: "a module of the servicing stack was not found",
    remedy:
      "Use the DISM of the Windows ADK that is as new as the image. Where a cumulative update is added to WinRE or Windows PE for its servicing stack, the code is expected, and no error.",
    source: media,
  },
  {
    exitCode: 1920,
    name: "ERROR_CANT_ACCESS_FILE",
    error: "SERVICING_DISM_UNFIT",
    cause: "this build of DISM could not apply what the update brings for itself",
    remedy:
      "Use the DISM of a newer Windows ADK, and keep each update with its checkpoints in a folder of its own.",
    source: users,
  },
  {
    exitCode: 1726,
    name: "RPC_S_CALL_FAILED",
    error: "SERVICING_DISM_ENDED",
    cause: "the process that does DISM's work was ended from outside or could not start",
    remedy:
      "Look for security software or a debugger setting for DismHost.exe, keep `work` short, and run again.",
    source: users,
  },
  {
    exitCode: 87,
    name: "ERROR_INVALID_PARAMETER",
    error: "SERVICING_OPTION_REFUSED",
    cause: "this DISM, or this image, does not know an option of the command",
    remedy: "Use a DISM that is as new as the image; where it is, please report the command.",
    source: first,
  },
  {
    exitCode: 112,
    name: "ERROR_DISK_FULL",
    error: "SERVICING_DISK_FULL",
    cause: "there was no room left",
    remedy: "Free some space, or put `output.file` and `work` on another disk.",
    source: first,
  },
  {
    exitCode: 32,
    name: "ERROR_SHARING_VIOLATION",
    error: "SERVICING_HOST_BUSY",
    cause: "another program has a file of the image open",
    remedy: "Close what looks into `work`, and exclude it from virus scanning and from the search index.",
    source: first,
  },
  {
    exitCode: 0x800f_0801,
    name: "CBS_E_NOT_INITIALIZED",
    error: "SERVICING_HOST_BUSY",
    cause: "component servicing is not ready, or busy with something else",
    remedy: "Wait until Windows has installed its own updates, and run again.",
    source: users,
  },
  {
    exitCode: 0x800f_0805,
    name: "CBS_E_INVALID_PACKAGE",
    error: "SERVICING_PACKAGE_INVALID",
    cause: "it is no package of Windows, or a damaged one",
    remedy: "Fetch the file again, and look at it with `servicing inspect`.",
    source: users,
  },
  {
    exitCode: 0x800f_081e,
    name: "CBS_E_NOT_APPLICABLE",
    error: "SERVICING_PACKAGE_NOT_APPLICABLE",
    cause: "the package is for another version, architecture, edition or language, or is superseded",
    remedy:
      "Compare it with the image by `servicing inspect`, and take the one for this image or leave it out.",
    source: users,
  },
  {
    exitCode: 0x800f_081f,
    name: "CBS_E_SOURCE_MISSING",
    error: "SERVICING_SOURCE_MISSING",
    cause: "neither the image nor a source has the files that are needed",
    remedy:
      "Name a source of exactly the image's version; for an update, put its checkpoints into the folder that it lies in.",
    source: users,
  },
  {
    exitCode: 0x800f_0906,
    name: "CBS_E_DOWNLOAD_FAILURE",
    error: "SERVICING_SOURCE_MISSING",
    cause: "the files were not there, and could not be fetched from Windows Update",
    remedy: "Name a source, such as sources\\sxs of the media of this version.",
    source: users,
  },
  {
    exitCode: 0x800f_0907,
    name: "CBS_E_GROUPPOLICY_DISALLOWED",
    error: "SERVICING_SOURCE_MISSING",
    cause: "a policy of this Windows forbids to fetch the files",
    remedy: "Name a source, such as sources\\sxs of the media of this version.",
    source: users,
  },
  {
    exitCode: 0x800f_0955,
    name: "CBS_E_INVALID_PACKAGE_REQUEST_ON_MULTILINGUAL_FOD",
    error: "SERVICING_SOURCE_MISSING",
    cause: "the source lacks the language packages of a feature on demand",
    remedy:
      "Use the whole Features on Demand medium, with all languages of the image and its metadata folder.",
    source: users,
  },
  {
    exitCode: 0x800f_0823,
    name: "CBS_E_NEW_SERVICING_STACK_REQUIRED",
    error: "SERVICING_STACK_OLD",
    cause: "the image's servicing stack is too old for the package",
    remedy: "Add the servicing stack update first, or a cumulative update that has it inside.",
    source: users,
  },
  {
    exitCode: 0x800f_0806,
    name: "CBS_E_PENDING",
    error: "SERVICING_ACTIONS_PENDING",
    cause: "the image waits for a start of Windows to complete what was done before",
    remedy: "Put this before features and .NET in the plan, or start the image once.",
    source: media,
  },
  {
    exitCode: 0x800f_0825,
    name: "CBS_E_CANNOT_UNINSTALL",
    error: "SERVICING_ACTIONS_PENDING",
    cause: "updates of the servicing components are pending in the image",
    remedy: "Start from an image without pending actions, and add the package that failed by itself.",
    source: "oem-deployment-of-windows-10-for-desktop-editions",
  },
  {
    exitCode: 0x800f_082f,
    name: "CBS_E_EXCLUSIVE_SESSION",
    error: "SERVICING_ACTIONS_PENDING",
    cause: "a servicing session that has to be alone is pending in the image",
    remedy: "Start the image once, or start again from one without pending actions.",
    source: users,
  },
  {
    exitCode: 0x8007_0490,
    name: "ERROR_NOT_FOUND",
    error: "SERVICING_STORE_DAMAGED",
    cause: "the component store of the image lacks what its registry names",
    remedy:
      "Start again from the original image; a checkpoint that the image is past already does this as well.",
    source: users,
  },
  {
    exitCode: 0x8007_3712,
    name: "ERROR_SXS_COMPONENT_STORE_CORRUPT",
    error: "SERVICING_STORE_DAMAGED",
    cause: "the component store of the image is inconsistent",
    remedy:
      "Start again from the original image, and give only the newest update with its checkpoints beside it: one that the image is past already does this.",
    source: users,
  },
  {
    exitCode: 0x800f_0922,
    name: "CBS_E_INSTALLERS_FAILED",
    error: "SERVICING_PACKAGE_FAILED",
    cause: "an installer inside the package failed",
    remedy:
      "Read the lines of CBS.log; components that were removed by force, and full system partitions, do this.",
    source: users,
  },
  {
    exitCode: 0x800f_0998,
    name: "0x800F0998",
    error: "SERVICING_PACKAGE_FAILED",
    cause: "the package could not be put together from what the image has",
    remedy:
      "Start again from the original image, with the update and its checkpoints in a folder of their own.",
    source: users,
  },
  {
    exitCode: 0xc142_0114,
    name: "0xC1420114",
    error: "SERVICING_MOUNT_FOLDER",
    cause: "the mount folder is not empty",
    remedy: "Empty it, or let `servicing clean` remove the work folder, and run again.",
    source: users,
  },
  {
    exitCode: 0xc142_0117,
    name: "0xC1420117",
    error: "SERVICING_MOUNT_BUSY",
    cause: "the mount folder is in use: a window, a virus scanner or a loaded hive has a file of it open",
    remedy: "Close what looks into it and run again: what was left mounted is discarded first.",
    source: users,
  },
  {
    exitCode: 0xc142_0127,
    name: "0xC1420127",
    error: "SERVICING_MOUNT_STALE",
    cause: "this image of the file is mounted already, or was when a process was ended",
    remedy:
      "See `dism /Get-MountedImageInfo`; unmount it there with /Discard, then `dism /Cleanup-Mountpoints`.",
    source: users,
  },
  {
    exitCode: 0xc142_0134,
    name: "0xC1420134",
    error: "SERVICING_MOUNT_VOLUME",
    cause: "images cannot be mounted on removable media",
    remedy: "Set `work` to a folder of a fixed NTFS disk.",
    source: users,
  },
  {
    exitCode: 50,
    name: "ERROR_NOT_SUPPORTED",
    error: "SERVICING_MOUNT_VOLUME",
    cause: "the file system of the work folder, or this image, does not support it",
    remedy:
      "Set `work` to a folder of a fixed NTFS disk; ReFS, FAT32 and network drives cannot hold a mount.",
    source: "dism-supported-platforms",
  },
  {
    exitCode: 0xc151_0111,
    name: "0xC1510111",
    error: "SERVICING_MOUNT_DENIED",
    cause: "there is no permission to mount the image for writing",
    remedy:
      "Clear the read-only attribute of the file, and keep `work` out of folders that Controlled folder access guards.",
    source: media,
  },
  {
    exitCode: 0xc142_011c,
    name: "0xC142011C",
    error: "SERVICING_MOUNT_LOST",
    cause: "the folder is no mount folder, or is one no longer",
    remedy: "Nothing of it was saved; run again, and keep other tools from unmounting.",
    source: users,
  },
  {
    exitCode: 0xc142_010c,
    name: "0xC142010C",
    error: "SERVICING_MOUNT_UNSAVED",
    cause: "what was changed could not be captured back into the file",
    remedy: "Free some space, close what has files of the mount folder open, and run again.",
    source: users,
  },
];

/** Of a code, whichever way it was written: 0x80070005 is Win32's 5, and 0x000F0801 was cut off in front. */
export function canonicalCode(exitCode: number): number {
  const code = exitCode >>> 0;
  if (code >>> 16 === 0x8007) return code & 0xffff;
  return code >>> 16 === 0x000f ? (code | 0x8000_0000) >>> 0 : code;
}

/** `0x800F081E`, or `740` where it is a small one. */
export function codeText(exitCode: number): string {
  const code = exitCode >>> 0;
  return code < 0x1_0000 ? String(code) : `0x${code.toString(16).toUpperCase().padStart(8, "0")}`;
}

/** The last one wins, so that a plugin may say more of a code than we do. */
export function faultOf(exitCode: number, faults: readonly Fault[]): Fault | undefined {
  const code = canonicalCode(exitCode);
  return faults.findLast((fault) => canonicalCode(fault.exitCode) === code);
}
