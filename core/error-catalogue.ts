import { didYouMean } from "./suggestion.ts";

/** What is said of an error. */
export interface Text {
  readonly message: string;
  readonly remedy: string;
  readonly command?: string;
  readonly exitCode?: number;
  readonly evidence?: readonly string[];
}

/** What is known of a command that ended with an exit code that its program documents. */
export interface Faulted {
  readonly command: string;
  /** `dism.exe /Add-Package` */
  readonly title: string;
  readonly exitCode: number;
  /** `0x800F081E (CBS_E_NOT_APPLICABLE)` */
  readonly shown: string;
  readonly cause: string;
  readonly remedy: string;
  readonly lastLines: string;
  readonly log: string;
  readonly evidence: readonly string[];
}

/** Also of codes whose errors can come about without a command, and then have a text of their own. */
export function faulted(v: Faulted): Text {
  return {
    message: `${v.title} ended with ${v.shown}: ${v.cause}${v.lastLines === "" ? "" : `\n${v.lastLines}`}`,
    remedy: `${v.remedy} The full output is in ${v.log}.`,
    command: v.command,
    exitCode: v.exitCode,
    evidence: v.evidence,
  };
}

export type Code = keyof typeof catalogue;

/** Every error that servicing gives on purpose. Codes are stable; docs/errors.md is made from this table. */
export const catalogue = {
  // config
  SERVICING_CONFIG_NOT_FOUND: (v: { readonly cwd: string }) => ({
    message: `No servicing.config.ts was found in ${v.cwd} or above it`,
    remedy: "Run `servicing init` to make one, or name one with --config.",
  }),
  SERVICING_CONFIG_INVALID: (v: { readonly file: string; readonly problems: readonly string[] }) => ({
    message: `${v.file} is not valid:\n${v.problems.map((problem) => `  ${problem}`).join("\n")}`,
    remedy: "Correct the paths named above; every problem that was found is listed.",
  }),
  SERVICING_CONFIG_UNREADABLE: (v: { readonly file: string; readonly reason: string }) => ({
    message: `${v.file} could not be loaded: ${v.reason}`,
    remedy: "Correct the config, or the path of --config; Node runs it as it stands, types stripped.",
  }),
  SERVICING_USAGE: (v: { readonly reason: string; readonly command?: string }) => ({
    message: v.reason,
    remedy: `See \`servicing ${v.command === undefined ? "" : `${v.command} `}--help\`.`,
  }),
  SERVICING_UNKNOWN_LINE: (v: { readonly name: string; readonly known: readonly string[] }) => ({
    message: `There is no line or task named "${v.name}"${didYouMean(v.name, v.known)}`,
    remedy: v.known.length === 0 ? "The config declares none." : `Known: ${v.known.join(", ")}.`,
  }),

  // images
  SERVICING_IMAGE_NOT_FOUND: (v: { readonly file: string }) => ({
    message: `There is no image at ${v.file}`,
    remedy: "Correct `image.file` in the config; it is resolved from the folder of the config.",
  }),
  SERVICING_IMAGE_NOT_A_WIM: (v: { readonly file: string; readonly reason: string }) => ({
    message: `${v.file} is not a WIM image: ${v.reason}`,
    remedy: "Give the path of a .wim file or of the first .swm part.",
  }),
  SERVICING_IMAGE_CORRUPT: (v: { readonly file: string; readonly reason: string }) => ({
    message: `${v.file} is damaged: ${v.reason}`,
    remedy: `Check it with \`wimlib-imagex verify "${v.file}"\` and fetch it again from its source.`,
  }),
  SERVICING_IMAGE_IS_ESD: (v: { readonly file: string; readonly index: number }) => ({
    message: `${v.file} is a solid (ESD) image, which cannot be serviced as it stands`,
    remedy: `Convert it once: \`wimlib-imagex export "${v.file}" ${v.index} install.wim --compress=LZX\`, then use install.wim.`,
  }),
  SERVICING_IMAGE_INDEX: (v: {
    readonly file: string;
    readonly wanted: string;
    readonly choices: readonly string[];
  }) => ({
    message: `${v.file} has no image ${v.wanted}`,
    remedy: `Choose one of: ${v.choices.join("; ")}.`,
  }),
  SERVICING_IMAGE_INDEX_NEEDED: (v: { readonly file: string; readonly choices: readonly string[] }) => ({
    message: `${v.file} holds several images and the config does not say which one to service`,
    remedy: `Set \`image.index\` to "all" or to one of: ${v.choices.join("; ")}.`,
  }),
  SERVICING_IMAGE_PART_MISSING: (v: {
    readonly file: string;
    readonly found: number;
    readonly parts: number;
  }) => ({
    message: `${v.file} is split into ${v.parts} parts, of which ${v.found} lie beside it`,
    remedy: "Put all parts (install.swm, install2.swm, …) into one folder.",
  }),
  SERVICING_IMAGE_CHANGED: (v: { readonly file: string }) => ({
    message: `${v.file} was changed by somebody else while the line ran`,
    remedy: "Nothing was written to the output. Run again when nothing else writes to the source.",
  }),
  SERVICING_IMAGE_XML_CHANGED: (v: { readonly file: string; readonly differences: readonly string[] }) => ({
    message: `The XML metadata of the result ${v.file} is not the source's: ${v.differences.join("; ")}`,
    remedy:
      "The result was not put in place. This is a defect of the engine: please report it with the run folder.",
  }),
  SERVICING_IMAGE_PATH: (v: { readonly path: string; readonly reason: string }) => ({
    message: `"${v.path}" cannot be a path inside a Windows image: ${v.reason}`,
    remedy: "Use a path like \\Windows\\System32\\example.txt.",
  }),
  SERVICING_IMAGE_PATH_MISSING: (v: { readonly image: string; readonly path: string }) => ({
    message: `${v.image} has no ${v.path}`,
    remedy: "Correct the path, or check that this is the image you meant with `servicing inspect`.",
  }),

  // hives
  SERVICING_HIVE_MISSING: (v: { readonly image: string; readonly path: string }) => ({
    message: `${v.image} has no registry hive ${v.path}`,
    remedy:
      "Registry settings need a Windows image that holds this hive; remove the setting or choose another image.",
  }),
  SERVICING_HIVE_DIRTY: (v: {
    readonly path: string;
    readonly primary: number;
    readonly secondary: number;
  }) => ({
    message: `The hive ${v.path} was not closed cleanly (sequence numbers ${v.primary} and ${v.secondary}); its last changes lie in its .LOG files`,
    remedy:
      "Boot the image once and shut it down, or capture it again; editing it now would lose those changes.",
  }),
  SERVICING_HIVE_CORRUPT: (v: { readonly path: string; readonly reason: string }) => ({
    message: `The hive ${v.path} is damaged: ${v.reason}`,
    remedy: "Use an image whose hive can be read.",
  }),
  SERVICING_HIVE_VERIFY: (v: { readonly path: string; readonly differences: readonly string[] }) => ({
    message: `The hive ${v.path} did not read back as it was asked: ${v.differences.join("; ")}`,
    remedy: "The image was not changed. Please report this with the run folder.",
  }),
  SERVICING_DRIVER_INBOX: (v: { readonly name: string }) => ({
    message: `"${v.name}" is not the published name of a driver package of others`,
    remedy:
      "Name it as the image does, such as oem3.inf; the drivers of Windows itself are changed by packages and features.",
  }),
  SERVICING_DRIVER_ABSENT: (v: { readonly name: string }) => ({
    message: `The image has no driver package ${v.name}`,
    remedy: "Look up the published name in what inspect shows of the image, or leave the removal out.",
  }),
  SERVICING_REGISTRY_KEY: (v: { readonly key: string; readonly reason: string }) => ({
    message: `"${v.key}" cannot be set: ${v.reason}`,
    remedy:
      "Begin keys with HKLM\\SOFTWARE, HKLM\\SYSTEM, HKLM\\DRIVERS, HKU\\.DEFAULT or HKCU (the default user).",
  }),

  SERVICING_REGISTRY_LIMIT: (v: { readonly key: string; readonly reason: string }) => ({
    message: `"${v.key}" cannot be set in an offline hive: ${v.reason}`,
    remedy: 'Set it inside Windows, by an operation with strategy: "setup", or leave it out.',
  }),

  // the lock file
  SERVICING_LOCK_INVALID: (v: { readonly file: string; readonly reason: string }) => ({
    message: `${v.file} cannot be read: ${v.reason}`,
    remedy: "Take it from version control again, or delete it and let a run write it anew.",
  }),
  SERVICING_LOCK_MISSING: (v: { readonly file: string; readonly line: string }) => ({
    message: `${v.file} says nothing of ${v.line}, so that it cannot be run frozen`,
    remedy: "Run the line once without --frozen, look at the file that it writes, and commit it.",
  }),
  SERVICING_LOCK_DIFFERS: (v: {
    readonly file: string;
    readonly line: string;
    readonly differences: readonly string[];
  }) => ({
    message: `${v.line} is not what ${v.file} says:\n${v.differences.map((text) => `  ${text}`).join("\n")}`,
    remedy:
      "Restore what is named above; or, if it is meant, run once without --frozen and commit the lock file.",
  }),

  // inputs
  SERVICING_INPUT_NOT_FOUND: (v: {
    readonly path: string;
    readonly wanted: string;
    /** What a relative path was resolved from. */
    readonly folder?: string;
  }) => ({
    message: `Nothing matches "${v.path}"${v.folder === undefined ? "" : ` in ${v.folder}`}; wanted: ${v.wanted}`,
    remedy: "Correct the path: one in a config is resolved from the folder of the config.",
  }),
  SERVICING_INPUT_CHANGED: (v: { readonly path: string }) => ({
    message: `${v.path} was changed while the line ran`,
    remedy: "Nothing was written to the output. Run again when nothing else writes to the inputs.",
  }),
  SERVICING_INPUT_UNREADABLE: (v: { readonly path: string; readonly reason: string }) => ({
    message: `${v.path} could not be read: ${v.reason}`,
    remedy: "Check that the file is complete and of the kind that was expected.",
  }),
  SERVICING_DRIVER_AMBIGUOUS: (v: { readonly name: string; readonly choices: readonly string[] }) => ({
    message: `The image has several drivers whose INF was called ${v.name}`,
    remedy: `Name the one that is meant as it was published: ${v.choices.join(", ")}.`,
  }),
  SERVICING_DRIVER_REFUSED: (v: {
    readonly inf: string;
    readonly image: string;
    readonly reason: string;
  }) => ({
    message: `${v.inf} cannot be added to ${v.image}: ${v.reason}`,
    remedy: "Leave this driver out or mend it; without `strict: true` it is left out, and the plan says so.",
  }),
  SERVICING_DRIVER_UNREPLACED: (v: { readonly driver: string; readonly left: readonly string[] }) => ({
    message: `${v.driver} starts Windows and is removed, and what the line has in its place is left out:\n${v.left.map((text) => `  ${text}`).join("\n")}`,
    remedy:
      "Mend or replace the driver that is left out, or do not remove the one that is there: a device needs either to start.",
  }),
  SERVICING_DRIVER_UNPROVEN: (v: { readonly file: string; readonly problems: readonly string[] }) => ({
    message: `${v.file} was read back, and its driver store is not as it should be:\n${v.problems.map((problem) => `  ${problem}`).join("\n")}`,
    remedy:
      "The result was not put in place. This is a defect of the engine: please report it with the run folder.",
  }),
  SERVICING_INPUT_ARCHITECTURE: (v: {
    readonly path: string;
    readonly architectures: readonly string[];
    readonly image: string;
    readonly wanted: string;
  }) => ({
    message: `${v.path} is for ${v.architectures.join(", ") || "no architecture that it names"}, but ${v.image} is ${v.wanted}`,
    remedy: `Use the one for ${v.wanted}, or leave it out of this line.`,
  }),
  SERVICING_INPUT_BUILD: (v: { readonly path: string; readonly builds: string; readonly image: string }) => ({
    message: `${v.path} is for build ${v.builds} of Windows, but ${v.image}`,
    remedy: "Use the package for the build of the image, or leave it out of this line.",
  }),
  SERVICING_INPUT_CHECKPOINT: (v: {
    readonly path: string;
    readonly baseline: string;
    readonly image: string;
  }) => ({
    message: `${v.path} is built on ${v.baseline}, and ${v.image}`,
    remedy: "Put the checkpoint cumulative update of that version into the same folder of updates.",
  }),
  SERVICING_INPUT_DEPENDENCY: (v: {
    readonly path: string;
    readonly dependency: string;
    readonly folder: string;
  }) => ({
    message: `${v.path} needs ${v.dependency}, which is not in ${v.folder}`,
    remedy: "Put the dependency package into that folder; it comes with the app or from its publisher.",
  }),
  SERVICING_DEVICES_UNREADABLE: (v: { readonly path: string; readonly reason: string }) => ({
    message: `${v.path} is no list of devices: ${v.reason}`,
    remedy:
      "Give what `pnputil /enum-devices /ids` prints on the device, a text with one hardware id on each line, or a CSV file whose header names HardwareID, InstanceId or DeviceID.",
  }),

  // answer files
  SERVICING_ANSWER_FILE_INVALID: (v: { readonly file: string; readonly reason: string }) => ({
    message: `${v.file} is not a usable answer file: ${v.reason}`,
    remedy: "Correct the file, or leave it out.",
  }),
  SERVICING_ANSWER_FILE_FINDINGS: (v: { readonly image: string; readonly problems: readonly string[] }) => ({
    message: `The answer file for ${v.image} would not do what it says:\n${v.problems.map((problem) => `  ${problem}`).join("\n")}`,
    remedy:
      "Correct what is named above; docs/lint.md says why each matters, and `servicing lint` shows where.",
  }),
  SERVICING_SETTING_PASS: (v: {
    readonly setting: string;
    readonly pass: string;
    readonly valid: readonly string[];
  }) => ({
    message: `${v.setting} is not valid in the ${v.pass} pass`,
    remedy: `Valid passes: ${v.valid.join(", ")}.`,
  }),
  SERVICING_SETTING_CONFLICT: (v: {
    readonly setting: string;
    readonly first: string;
    readonly second: string;
  }) => ({
    message: `${v.setting} is set twice, with different values, by ${v.first} and by ${v.second}`,
    remedy: "Set it in one place.",
  }),
  SERVICING_SETTING_VALUE: (v: { readonly setting: string; readonly reason: string }) => ({
    message: `${v.setting} cannot be written: ${v.reason}`,
    remedy: "Correct it in the options of the plugin that sets it.",
  }),
  SERVICING_SECRET_MISSING: (v: { readonly name: string }) => ({
    message: `The secret ${v.name} is not in the environment`,
    remedy: `Set the environment variable ${v.name} for this run.`,
  }),

  // planning
  SERVICING_NO_ROUTE: (v: { readonly line: string; readonly items: readonly string[] }) => ({
    message: `${v.line} cannot be planned: nothing can do\n${v.items.map((item) => `  ${item}`).join("\n")}`,
    remedy: "Name a reference device, another engine or another road, or remove the item.",
  }),
  SERVICING_PLUGIN_FAILED: (v: {
    readonly plugin: string;
    readonly hook: string;
    readonly reason: string;
  }) => ({
    message: `The plugin "${v.plugin}" failed in ${v.hook}: ${v.reason}`,
    remedy: "Correct its options in the config, or report it to the author of the plugin.",
  }),
  SERVICING_PLUGIN_OPTIONS: (v: { readonly plugin: string; readonly problems: readonly string[] }) => ({
    message: `The options of the plugin "${v.plugin}" are not valid:\n${v.problems.map((problem) => `  ${problem}`).join("\n")}`,
    remedy: "Correct the options named above in the config.",
  }),
  SERVICING_PLUGIN_ORDER: (v: {
    readonly plugin: string;
    readonly before: string;
    readonly known: readonly string[];
  }) => ({
    message: `The plugin "${v.plugin}" asks to run before "${v.before}", which is not in this line`,
    remedy:
      v.known.length === 0 ? "No plugin has tapped that hook yet." : `Known there: ${v.known.join(", ")}.`,
  }),

  // running
  SERVICING_TOOL_MISSING: (v: { readonly tool: string; readonly why: string; readonly install: string }) => ({
    message: `${v.tool} is not installed; it is needed to ${v.why}`,
    remedy: `Install it: ${v.install}. \`servicing doctor\` names everything that is missing.`,
  }),
  SERVICING_COMMAND_FAILED: (v: {
    readonly command: string;
    readonly exitCode: number | string;
    readonly lastLines: string;
    readonly log: string;
  }) => ({
    message: `${v.command
      .replace(/^(?:\w+=\S* )*/, "")
      .split(" ")
      .slice(0, 2)
      .join(" ")} ended with ${v.exitCode}${v.lastLines === "" ? "" : `:\n${v.lastLines}`}`,
    remedy: `The full output is in ${v.log}.`,
    command: v.command,
    ...(typeof v.exitCode === "number" ? { exitCode: v.exitCode } : {}),
  }),
  SERVICING_ENGINE_NOT_HERE: (v: { readonly engine: string; readonly reason: string }) => ({
    message: `The ${v.engine} engine cannot run here: ${v.reason}`,
    remedy:
      "`servicing plan` shows what it would do; run it on a machine that has it, or use another --engine.",
  }),
  SERVICING_LINE_BUSY: (v: { readonly line: string; readonly process: number; readonly work: string }) => ({
    message: `${v.line} is being run by process ${v.process}, which owns ${v.work}`,
    remedy: "Wait for it, or end it; a folder whose owner is gone is taken over.",
  }),
  SERVICING_WORK_NOT_OURS: (v: { readonly work: string }) => ({
    message: `${v.work} is not empty, and no run made it`,
    remedy: "Set `work` to a folder for scratch files alone, or move away what is in there.",
  }),
  SERVICING_WORK_MOUNTED: (v: {
    readonly work: string;
    readonly mounts: readonly string[];
    readonly unmount: string;
  }) => ({
    message: `${v.work} cannot be emptied, since something is mounted at ${v.mounts.join(", ")}`,
    remedy: `Unmount it first, by \`${v.unmount}\`; what is mounted would be deleted with the folder.`,
  }),
  SERVICING_LOCK_BUSY: (v: { readonly file: string; readonly process: number; readonly what: string }) => ({
    message: `${v.file} is held by process ${v.process}, which ${v.what}`,
    remedy: "Wait for it, or end it; the lock of a process that is gone is taken over.",
  }),
  SERVICING_LOCK_ELSEWHERE: (v: {
    readonly file: string;
    readonly host: string;
    readonly process: number;
    readonly what: string;
  }) => ({
    message: `${v.file} is held by process ${v.process} of ${v.host}, which ${v.what}; whether it lives cannot be seen from here`,
    remedy: `Wait for it. If you know that it is gone, remove ${v.file} and run again.`,
  }),
  SERVICING_LOCK_NOT_A_FILE: (v: { readonly file: string; readonly kind: string }) => ({
    message: `${v.file} is where a lock belongs, and it is ${v.kind}, which no run made`,
    remedy: "Find out whose it is, remove or rename it, and run again.",
  }),
  SERVICING_JOURNAL_UNWRITABLE: (v: { readonly file: string; readonly reason: string }) => ({
    message: `The journal ${v.file} cannot be written: ${v.reason}`,
    remedy: "Free some space or correct the permissions, and run again; no step is begun that is not in it.",
  }),
  SERVICING_OUTPUT_BUSY: (v: { readonly file: string; readonly process: number; readonly what: string }) => ({
    message: `${v.file} is being written by process ${v.process}, which ${v.what}`,
    remedy: "Wait for it, or set `output.file`, or where the line delivers to, to another path.",
  }),
  SERVICING_OUTPUT_SHARED: (v: { readonly file: string; readonly lines: readonly string[] }) => ({
    message: `${v.lines.join(", ")} write the same file, ${v.file}`,
    remedy: "Set `output.file`, and where each delivers to, to a path of its own, or run one of them.",
  }),
  SERVICING_RESULT_MISSING: (v: { readonly line: string; readonly file: string }) => ({
    message: `There is no result of ${v.line} to be read back: ${v.file} is not there`,
    remedy: `Make it first: \`servicing run ${v.line}\`.`,
  }),
  SERVICING_OUTPUT_IS_SOURCE: (v: { readonly file: string; readonly input?: string }) => ({
    message: `The output ${v.file} is the source image itself, or another input${v.input === undefined ? "" : `: ${v.input} would be removed or changed`}`,
    remedy: "Set the output to another path; what a line reads is never changed.",
  }),
  SERVICING_OUTPUT_NAME_TAKEN: (v: { readonly file: string; readonly output: string }) => ({
    message: `${v.file} is there, and no run is known to have left it; ${v.output} has this name until it is whole`,
    remedy:
      "Move it elsewhere, or remove it if you do not need it; `servicing clean` removes what killed runs left.",
  }),
  SERVICING_MEDIA_MISSING: () => ({
    message: 'the deployment is "media", and nothing in `deploy` makes any',
    remedy: 'Add media({ … }) to `deploy`, or set `deployment` to "applied" or "winpe".',
  }),
  SERVICING_MEDIA_INVALID: (v: { readonly from: string; readonly reason: string }) => ({
    message: `${v.from} is not installation media of Windows that can be used: ${v.reason}`,
    remedy: "Set `from` of media({ … }) to an ISO of Windows, or to a folder with all of its files.",
  }),
  SERVICING_MEDIA_UNFIT: (v: { readonly to: string; readonly reason: string }) => ({
    message: `${v.to} cannot be made: ${v.reason}`,
    remedy: "Correct the options of media({ … }); docs/media.md says what each of its products can hold.",
  }),
  SERVICING_MEDIA_UNPROVEN: (v: { readonly file: string; readonly problems: readonly string[] }) => ({
    message: [`${v.file} is not what it was to be:`, ...v.problems.map((problem) => `  ${problem}`)].join(
      "\n",
    ),
    remedy:
      "It was not put in place. Run again; where it stays so, the disk or the tool that wrote it is at fault.",
  }),
  SERVICING_DISK_LAYOUT: (v: { readonly reason: string }) => ({
    message: `The disk cannot be laid out so: ${v.reason}`,
    remedy: "Correct the sizes, which are in MiB; docs/deployment.md has the usual ones.",
  }),
  SERVICING_DISK_TOO_SMALL: (v: {
    readonly image: string;
    readonly needed: string;
    readonly given: string;
  }) => ({
    message: `${v.image} needs a Windows partition of ${v.needed} at least; it would have ${v.given}`,
    remedy: "Give the disk, or the partition, a larger size.",
  }),
  SERVICING_RECOVERY_TOO_SMALL: (v: {
    readonly partition: number | string;
    readonly size: number | string;
    readonly needed: number | string;
  }) => ({
    message: `The recovery partition has ${v.partition} MiB, and Winre.wim alone has ${v.size} by now`,
    remedy: `Set the size of the recovery partition to ${v.needed} (MiB), which leaves the room that Windows wants for updates.`,
  }),
  SERVICING_DISK_UNPROVEN: (v: { readonly file: string; readonly problems: readonly string[] }) => ({
    message: `${v.file} was read back, and is not as it should be:\n${v.problems.map((problem) => `  ${problem}`).join("\n")}`,
    remedy:
      "The disk was not put in place. This is a defect of the engine or of its tools: please report it with the run folder.",
  }),
  SERVICING_OUTPUT_FORMAT: (v: { readonly file: string; readonly reason: string }) => ({
    message: `${v.file} cannot be exported: ${v.reason}`,
    remedy:
      "Set `output.kind`, `output.compress` and the extension of `output.file` to fit, or use another engine.",
  }),
  SERVICING_OUTPUT_UNWRITABLE: (v: { readonly folder: string; readonly reason: string }) => ({
    message: `${v.folder} cannot be written: ${v.reason}`,
    remedy: "Choose another `output.file` or `work`, or correct the permissions of the folder.",
  }),
  SERVICING_DISK_FULL: (v: { readonly folder: string; readonly needed: string; readonly free: string }) => ({
    message: `${v.folder} has ${v.free} free; this line needs about ${v.needed}`,
    remedy: "Free some space, or put `output.file` and `work` on another disk.",
  }),
  SERVICING_SYSTEM_REFUSED: (v: { readonly reason: string }) => ({
    message: `The system refused: ${v.reason}`,
    remedy:
      "Free some space, or correct the permissions or the length of the path that is named, and run again.",
  }),
  SERVICING_INTERRUPTED: (v: { readonly during: string }) => ({
    message: `Interrupted during ${v.during}`,
    remedy: "What was begun was undone; run again when you like.",
  }),
  SERVICING_NOT_BEGUN: (v: { readonly name: string; readonly failed: string }) => ({
    message: `${v.name} was not begun, since ${v.failed} failed`,
    remedy: "Correct what failed, or leave out --fail-fast to run the others all the same.",
  }),
  SERVICING_COLLECTION_NOT_MADE: (v: {
    readonly file: string;
    readonly failed: string;
    readonly there: string;
  }) => ({
    message: `${v.file} was not made, since ${v.failed} failed${v.there}`,
    remedy: "Correct what failed and run again; what is done already is reused.",
  }),
  SERVICING_TASK_FAILED: (v: { readonly name: string; readonly reason: string }) => ({
    message: `The function ${v.name} of the config failed: ${v.reason}`,
    remedy: "Correct the function; --verbose shows where it failed.",
  }),

  // what a reference device did
  SERVICING_AUDIT_UNFINISHED: (v: {
    readonly reason: string;
    readonly lastLines: string;
    readonly log: string;
  }) => ({
    message: `The reference device did not do its job: ${v.reason}${v.lastLines === "" ? "" : `\n${v.lastLines}`}`,
    remedy: `Look at ${v.log}, and at what the device showed. Nothing of it was captured into the result; the next run starts the device anew.`,
  }),
  SERVICING_DEVICE_FULL: (v: { readonly reason: string; readonly log: string }) => ({
    message: `The disk of the reference device is full: ${v.reason}`,
    remedy: `Give the device a larger disk, or its steps less to install. The logs are in ${v.log}.`,
  }),
  SERVICING_AUDIT_STEP: (v: {
    readonly title: string;
    readonly shown: string;
    readonly cause: string;
    readonly remedy: string;
    readonly lastLines: string;
    readonly log: string;
  }) => ({
    message: `${v.title} failed on the reference device: ${v.shown}${v.cause === "" ? "" : `: ${v.cause}`}${v.lastLines === "" ? "" : `\n${v.lastLines}`}`,
    remedy: `${v.remedy} The full output is in ${v.log}.`,
  }),
  SERVICING_AUDIT_HUNG: (v: {
    readonly title: string;
    readonly minutes: number | string;
    readonly lastLines: string;
    readonly log: string;
  }) => ({
    message: `${v.title} was not through after ${v.minutes} min on the reference device, and was ended${v.lastLines === "" ? "" : `\n${v.lastLines}`}`,
    remedy: `Give it the arguments with which it asks nothing; where it only needs longer, give it more \`minutes\`. The full output is in ${v.log}.`,
  }),
  SERVICING_AUDIT_RESTARTS: (v: {
    readonly title: string;
    readonly restarts: number | string;
    readonly reason: string;
    readonly log: string;
  }) => ({
    message: `${v.title} came to no end on the reference device, which was started ${v.restarts} times${v.reason === "" ? "" : `\n${v.reason}`}`,
    remedy: `See in ${v.log} why it wants another restart, or ends with the device. With a \`check\` it is known when it is there.`,
  }),
  SERVICING_AUDIT_APPS: (v: { readonly apps: readonly string[]; readonly log: string }) => ({
    message: `App packages are there for one user alone, with which Sysprep does not generalize:\n${v.apps.map((app) => `  ${app}`).join("\n")}`,
    remedy: `Provision each for all users (Add-App), or leave out what installs or updates it; a device without a network gets no updates from the Store. The logs are in ${v.log}.`,
  }),
  SERVICING_SYSPREP: (v: {
    readonly reason: string;
    readonly remedy: string;
    readonly lastLines: string;
    readonly log: string;
  }) => ({
    message: `Sysprep did not generalize the reference device: ${v.reason}${v.lastLines === "" ? "" : `\n${v.lastLines}`}`,
    remedy: `${v.remedy} Its log is ${v.log}.`,
  }),
  SERVICING_IMAGE_STATE: (v: {
    readonly found: string;
    readonly lastLines: string;
    readonly log: string;
  }) => ({
    message: `What was captured is not generalized: its ImageState is ${v.found}${v.lastLines === "" ? "" : `\n${v.lastLines}`}`,
    remedy: `Look at the end of Sysprep's log below ${v.log}. A device that started Windows again after it had been generalized has to be made anew.`,
  }),

  // DISM
  SERVICING_ELEVATION_NEEDED: faulted,
  SERVICING_DISM_UNFIT: faulted,
  SERVICING_DISM_ENDED: faulted,
  SERVICING_OPTION_REFUSED: faulted,
  SERVICING_PATH_REFUSED: faulted,
  SERVICING_HOST_BUSY: faulted,
  SERVICING_PACKAGE_INVALID: faulted,
  SERVICING_PACKAGE_NOT_APPLICABLE: faulted,
  SERVICING_PACKAGE_FAILED: faulted,
  SERVICING_SOURCE_MISSING: faulted,
  SERVICING_STACK_OLD: faulted,
  SERVICING_ACTIONS_PENDING: faulted,
  SERVICING_STORE_DAMAGED: faulted,
  SERVICING_MOUNT_FOLDER: faulted,
  SERVICING_MOUNT_BUSY: faulted,
  SERVICING_MOUNT_STALE: faulted,
  SERVICING_MOUNT_VOLUME: faulted,
  SERVICING_MOUNT_DENIED: faulted,
  SERVICING_MOUNT_UNSAVED: faulted,
  SERVICING_MOUNT_LOST: (v: {
    readonly mountDir: string;
    readonly reason: string;
    readonly when: string;
  }) => ({
    message: `${v.mountDir} is not the mount that it should be ${v.when}: ${v.reason}`,
    remedy:
      "Keep other tools from unmounting it, and run again. DISM without a mount has serviced the host itself: where this came after a command, look at the host's own packages.",
  }),
  SERVICING_IMAGE_PENDING: (v: { readonly file: string }) => ({
    message: `${v.file} says that the image has actions pending, with which its base must not be reset`,
    remedy:
      "Leave `resetBase` out, or start the image once in audit mode, capture it, and begin with what was captured.",
  }),
  SERVICING_NOT_CONFIRMED: (v: {
    readonly title: string;
    readonly wanted: string;
    readonly found: string;
    readonly command: string;
  }) => ({
    message: `${v.title} ended well, but the image does not show it: ${v.found}; wanted: ${v.wanted}`,
    remedy: "Nothing of it was kept. Look at the log, and at what applies to this image.",
    command: v.command,
  }),
  SERVICING_DISM_OLDER: (v: { readonly dism: string; readonly image: string; readonly version: string }) => ({
    message: `DISM ${v.dism} is older than ${v.image}, which is ${v.version}`,
    remedy:
      "Install the Windows ADK of that version or a newer one, and put its DISM folder first in PATH; an older DISM can damage the image.",
  }),
  SERVICING_NODE_ARCHITECTURE: (v: { readonly architecture: string }) => ({
    message: `This Node is ${v.architecture}, so that Windows would give it the 32-bit DISM, which services no 64-bit Windows`,
    remedy: "Install the 64-bit Node.",
  }),
  SERVICING_WORK_VOLUME: (v: { readonly folder: string; readonly reason: string }) => ({
    message: `DISM cannot mount an image below ${v.folder}: ${v.reason}`,
    remedy: "Set `work` to a folder of a fixed NTFS disk.",
  }),
  SERVICING_WORK_PATH: (v: { readonly folder: string; readonly reason: string }) => ({
    message: `${v.folder} is no place to mount an image: ${v.reason}`,
    remedy: "Set `work` to a short path, such as C:\\servicing.",
  }),

  // reference devices
  SERVICING_DEVICE_OPTIONS: (v: { readonly device: string; readonly reason: string }) => ({
    message: `The ${v.device} device cannot be as it is asked for: ${v.reason}`,
    remedy: "Correct its options; docs/reference-devices.md has what each of them needs.",
  }),
  SERVICING_DEVICE_NOT_HERE: (v: {
    readonly device: string;
    readonly platforms: string;
    readonly here: string;
  }) => ({
    message: `The ${v.device} device is driven from ${v.platforms}, and this is ${v.here}`,
    remedy:
      "Run the line there, or name another `device`; `servicing plan` shows what it would do, on any system.",
  }),
  SERVICING_DEVICE_FAILED_TO_START: (v: {
    readonly device: string;
    readonly reason: string;
    readonly lastLines: string;
  }) => ({
    message: `${v.device} could not be started: ${v.reason}${v.lastLines === "" ? "" : `\n${v.lastLines}`}`,
    remedy:
      "Mend what it says; further arguments of yours are passed on as they are. The log has its whole command line.",
  }),
  SERVICING_DEVICE_ENDED: (v: {
    readonly device: string;
    readonly reason: string;
    readonly lastLines: string;
  }) => ({
    message: `${v.device} ended, and had not switched itself off: ${v.reason}${v.lastLines === "" ? "" : `\nThe last lines of its serial port:\n${v.lastLines}`}`,
    remedy:
      "Nothing was captured and the source is as it was. Run again; a device begins anew, from the disk with the image on it.",
  }),
  SERVICING_DEVICE_TIMEOUT: (v: {
    readonly device: string;
    readonly stage: string;
    readonly minutes: string;
    readonly state: string;
    readonly screenshot: string;
    readonly lastLines: string;
  }) => ({
    message: `${v.device} was to ${v.stage} within ${v.minutes} minutes, and did not; ${v.state}; ${v.screenshot}${v.lastLines === "" ? "\nIts serial port said nothing." : `\nThe last lines of its serial port:\n${v.lastLines}`}`,
    remedy:
      "The machine was ended, and the source is as it was. Look at the screenshot: a question of an installer, or an error of Windows, stands there. Where it was only slow, raise that deadline of the device.",
  }),
  SERVICING_DEVICE_WAITS: (v: { readonly folder: string }) => ({
    message: `${v.folder} waits for its device: nothing has been handed back in it yet`,
    remedy:
      "Start the device from it, let it carry out the job, start it once more to be captured, and bring the folder back with captured.wim; then run the line again, which goes on from there. README.txt in the folder has the steps.",
  }),
  SERVICING_HANDOVER: (v: { readonly file: string; readonly found: string; readonly wanted: string }) => ({
    message: `${v.file} is not of the job that is waited for: it is of ${v.found}, and ${v.wanted} is wanted`,
    remedy:
      "The line or its inputs have changed since the folder was made, or it is another device's. Hand back what was captured of this job, or move the folder away and begin anew.",
  }),

  // defects
  SERVICING_UNEXPECTED: (v: { readonly reason: string }) => ({
    message: v.reason,
    remedy:
      "This is a defect of servicing or of a plugin: please report it with the stack in the run folder.",
  }),
} as const satisfies Readonly<Record<string, (values: never) => Text>>;
