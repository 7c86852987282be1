import { type FindingKinds, settingPage } from "./finding-kind.ts";

/** What can be wrong with what settings say. */

export const nameFindings = {
  "computer-name": {
    severity: "error",
    why: "Windows cannot use such a name.",
    page: "microsoft-windows-shell-setup-computername",
    fix: "Use at most 15 bytes of letters, digits and hyphens, not digits alone; * makes a random name.",
  },
  "product-key-form": {
    severity: "error",
    why: "An invalid product key makes Windows Setup fail.",
    page: "microsoft-windows-shell-setup-productkey",
    fix: "Write five groups of five characters, as in XXXXX-XXXXX-XXXXX-XXXXX-XXXXX.",
  },
  "product-key-purpose": {
    severity: "note",
    why: "UserData\\ProductKey chooses the edition that is installed, Shell-Setup\\ProductKey activates Windows: one does not do the other's work.",
    page: "microsoft-windows-setup-userdata-productkey-key",
    fix: "Check that each is what you mean.",
  },
  "workgroup-ignored": {
    severity: "error",
    why: "A computer joins a domain or a workgroup: where both are set, Windows takes JoinDomain and ignores JoinWorkgroup.",
    page: "microsoft-windows-unattendedjoin-identification-joinworkgroup",
    fix: "Remove JoinWorkgroup or JoinDomain.",
  },
} as const satisfies FindingKinds;

export const commandFindings = {
  "command-too-long": {
    severity: "error",
    why: "The setting's page gives a largest length.",
    page: "microsoft-windows-deployment-runsynchronous-runsynchronouscommand-path",
    fix: "Put the command into a script, and call that.",
  },
  "sysprep-in-command": {
    severity: "warning",
    why: "Sysprep from RunSynchronous is not supported.",
    page: "sysprep--system-preparation--overview",
    fix: "Use Microsoft-Windows-Deployment\\Generalize in auditUser.",
  },
  "unc-without-credentials": {
    severity: "warning",
    why: "For a network path Credentials have to be given.",
    page: "microsoft-windows-deployment-runsynchronous-runsynchronouscommand-path",
    fix: "Add Credentials beside it, or use a local path.",
  },
} as const satisfies FindingKinds;

export const accountFindings = {
  "password-plain": {
    severity: "warning",
    why: "Whoever can read the file, or Windows' copy of it, has the password.",
    page: "hide-sensitive-data-in-an-answer-file",
    fix: "Hide it with PlainText false, which is no encryption either; keep the file from others, and change the password.",
  },
  "password-encoding": {
    severity: "error",
    why: "Microsoft's samples hide a password as Base64 of UTF-16 of it and of its element's name; Setup stops at one that it cannot decode.",
    page: "hide-sensitive-data-in-an-answer-file",
    fix: "Encode it anew, or write it plain with PlainText true.",
  },
  "password-text": {
    severity: "error",
    why: "The reference has Value and PlainText below such a password, and no text of its own.",
    page: settingPage,
    fix: "Write the password as Value, with PlainText beside it.",
  },
  "autologon-incomplete": {
    severity: "warning",
    why: "The pages ask for it; without it Windows may not log on by itself.",
    page: "microsoft-windows-shell-setup-autologon-logoncount",
    fix: "Add what is missing.",
  },
  "copy-profile": {
    severity: "warning",
    why: "CopyProfile takes the profile of the built-in Administrator; with other accounts on the reference computer it may copy the wrong one.",
    page: "microsoft-windows-shell-setup-copyprofile",
    fix: "Use the built-in Administrator alone in audit mode.",
  },
} as const satisfies FindingKinds;

export const auditFindings = {
  "reseal-loop": {
    severity: "error",
    why: "This combination is not supported: the device restarts for ever.",
    page: "microsoft-windows-deployment-reseal-mode",
    fix: "Set ForceShutdownNow to false, or change the mode.",
  },
  "reseal-ignores": {
    severity: "warning",
    why: "Reseal is processed first and makes Windows ignore all other settings of this pass.",
    page: "microsoft-windows-deployment-reseal-mode",
    fix: "Move the other settings to another pass, or into a file that is read later.",
  },
} as const satisfies FindingKinds;

export const diskFindings = {
  "disk-style": {
    severity: "error",
    why: "EFI and MSR partitions exist on GPT disks only, and active, extended and logical ones on MBR disks only; Setup ends at an EFI partition on an MBR disk.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-type",
    fix: "Lay the disk out for UEFI or for BIOS, not for both.",
  },
  "disk-gpt-incomplete": {
    severity: "warning",
    why: "A GPT disk that Windows starts from needs an EFI system partition and a Microsoft reserved partition.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-type",
    fix: "Create both before the Windows partition.",
  },
  "disk-partition-limit": {
    severity: "error",
    why: "An MBR disk holds four primary partitions, or three and one extended one.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-type",
    fix: "Put further partitions into an extended one.",
  },
  "disk-logical": {
    severity: "error",
    why: "A logical partition is created inside an extended one; without it none is created.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-type",
    fix: "Create an extended partition first.",
  },
  "disk-size-extend": {
    severity: "error",
    why: "A partition has a size or fills the disk. With both no partition is created, and the installation ends.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-size",
    fix: "Keep Size, or Extend.",
  },
  "disk-extend-not-last": {
    severity: "warning",
    why: "A partition that fills the disk leaves no room for those after it.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-size",
    fix: "Let the last partition have Extend, or give this one a size.",
  },
  "disk-modify-missing": {
    severity: "error",
    why: "The disk is wiped, so that it has the partitions alone that are created here; an invalid PartitionID ends the installation.",
    page: "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-partitionid",
    fix: "Create the partition, or correct PartitionID, which counts from 1 without extended partitions.",
  },
  "disk-install-target": {
    severity: "error",
    why: "Windows is installed on a primary or a logical partition that is there.",
    page: "microsoft-windows-setup-imageinstall-osimage-installto",
    fix: "Correct DiskID and PartitionID, which counts from 1 without extended partitions.",
  },
  "disk-letter-duplicate": {
    severity: "error",
    why: "A drive letter can be given once.",
    page: "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-letter",
    fix: "Use another letter, or none.",
  },
  "recovery-partition-small": {
    severity: "warning",
    why: "The partition of the recovery tools needs at least 300 MB, and room beside winre.wim: 50 MB below 500 MB, 320 MB from there, 1 GB above 1 GB.",
    page: "configure-uefigpt-based-hard-drive-partitions",
    fix: "Make it larger.",
  },
  "windows-partition-small": {
    severity: "warning",
    why: "A 64-bit Windows needs a partition of at least 20 GB.",
    page: "configure-uefigpt-based-hard-drive-partitions",
    fix: "Make it larger, or let it fill the disk.",
  },
} as const satisfies FindingKinds;

export const imageFindings = {
  "image-missing": {
    severity: "error",
    why: "Setup cannot choose an image that the file does not hold.",
    page: "microsoft-windows-setup-imageinstall-osimage-installfrom-metadata",
    fix: "Name an image that is there.",
  },
  "image-key": {
    severity: "warning",
    why: "Three keys are documented: /IMAGE/INDEX, /IMAGE/NAME and /IMAGE/DESCRIPTION.",
    page: "microsoft-windows-setup-imageinstall-osimage-installfrom-metadata-key",
    fix: "Choose by one of them.",
  },
  "image-edition": {
    severity: "error",
    why: "This generic key belongs to another edition than the image's.",
    page: "kms-client-activation-keys",
    fix: "Use a key of the image's edition, or the image of that edition.",
  },
  "image-architecture": {
    severity: "error",
    why: "Windows ignores components for an architecture that is not its own.",
    page: "best-practices-for-authoring-answer-files",
    fix: "Write the image's architecture.",
  },
  "image-language": {
    severity: "warning",
    why: "The image does not have this display language, and the answer file adds no package for it.",
    page: "microsoft-windows-international-core-uilanguage",
    fix: "Add the language pack, or use a language of the image.",
  },
} as const satisfies FindingKinds;
