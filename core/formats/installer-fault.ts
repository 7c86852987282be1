import type { Fault } from "./dism-fault.ts";

const page = "error-codes";
const updates = "windows-update-error-reference";
const error = "SERVICING_AUDIT_STEP";

/** Exit codes of Windows Installer, which setups that hold a package of it hand on. */
export const installerFaults: readonly Fault[] = [
  {
    exitCode: 1602,
    name: "ERROR_INSTALL_USEREXIT",
    error,
    cause: "somebody, or the installer itself, cancelled it",
    remedy: "Give it the arguments with which it asks nothing.",
    source: page,
  },
  {
    exitCode: 1603,
    name: "ERROR_INSTALL_FAILURE",
    error,
    cause: "the installer failed, for a reason that its own log has",
    remedy: "Read its log from the first `return value 3` upwards.",
    source: page,
  },
  {
    exitCode: 1612,
    name: "ERROR_INSTALL_SOURCE_ABSENT",
    error,
    cause: "files that the installer needs are not there",
    remedy: "Give the folder of the installer rather than its .msi alone.",
    source: page,
  },
  {
    exitCode: 1618,
    name: "ERROR_INSTALL_ALREADY_RUNNING",
    error,
    cause: "another installation was going on",
    remedy: "Let the step before it wait for what it starts.",
    source: page,
  },
  {
    exitCode: 1619,
    name: "ERROR_INSTALL_PACKAGE_OPEN_FAILED",
    error,
    cause: "the package was not found, or could not be opened",
    remedy: "Give the folder of the installer where it needs other files.",
    source: page,
  },
  {
    exitCode: 1620,
    name: "ERROR_INSTALL_PACKAGE_INVALID",
    error,
    cause: "the file is not a package of Windows Installer",
    remedy: "Download the installer again.",
    source: page,
  },
  {
    exitCode: 1624,
    name: "ERROR_INSTALL_TRANSFORM_FAILURE",
    error,
    cause: "a transform (.mst) could not be applied",
    remedy: "Check that the transform is of this package.",
    source: page,
  },
  {
    exitCode: 1625,
    name: "ERROR_INSTALL_PACKAGE_REJECTED",
    error,
    cause: "a policy forbids this installation",
    remedy: "Take the policy out of the image, or set it in a later step.",
    source: page,
  },
  {
    exitCode: 1633,
    name: "ERROR_INSTALL_PLATFORM_UNSUPPORTED",
    error,
    cause: "the package is for another processor architecture",
    remedy: "Take the package for the architecture of the image.",
    source: page,
  },
  {
    exitCode: 1638,
    name: "ERROR_PRODUCT_VERSION",
    error,
    cause: "another version of the product is installed already",
    remedy: "Remove that first, or give a `check` so that it is not installed again.",
    source: page,
  },
  {
    exitCode: 1639,
    name: "ERROR_INVALID_COMMAND_LINE",
    error,
    cause: "the installer does not understand its arguments",
    remedy: "Correct the arguments.",
    source: page,
  },
  {
    exitCode: 1654,
    name: "ERROR_INSTALL_REJECTED",
    error,
    cause: "the package does not support this version of Windows",
    remedy: "Take a package for the version of the image.",
    source: page,
  },
];

/** Exit codes of wusa.exe, which are those of Windows Update. */
export const updateFaults: readonly Fault[] = [
  {
    exitCode: 0x0024_0006,
    name: "WU_S_ALREADY_INSTALLED",
    error,
    cause: "the update is installed already",
    remedy: "Leave it out.",
    source: updates,
  },
  {
    exitCode: 0x8024_0017,
    name: "WU_E_NOT_APPLICABLE",
    error,
    cause: "the update is not for this Windows, or needs another before it",
    remedy: "Take the update for the version and the edition of the image.",
    source: updates,
  },
];
