import type { EngineChoice } from "./line.ts";

/** What a command gets when it runs. */
export interface Invocation {
  readonly positionals: readonly string[];
  readonly flags: Flags;
  readonly signal: AbortSignal;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

export interface Flags {
  /** Absolute. */
  readonly cwd: string;
  readonly config?: string;
  readonly engine?: EngineChoice;
  readonly json: boolean;
  readonly parallel?: number;
  readonly dryRun: boolean;
  readonly verbose: boolean;
  /** Only of `run`. */
  readonly keepWork: boolean;
  readonly resume: boolean;
  /** Only of `run`. */
  readonly failFast: boolean;
  /** Only of `run` and `plan`. */
  readonly fresh: boolean;
  readonly why: boolean;
  /** Only of `run`. */
  readonly frozen: boolean;
  /** Only of `clean`: days and bytes. */
  readonly store: boolean;
  readonly age?: number;
  readonly size?: number;
  /** Only of `init`. */
  readonly plugin?: string;
  /** Only of `lint`. */
  readonly image?: string;
}

export interface Flag {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** How its value is named in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly summary: string;
}

export interface CliCommand {
  readonly name: string;
  readonly summary: string;
  /** How its arguments are named in the help. */
  readonly arguments: string;
  readonly least: number;
  readonly most: number;
  readonly flags?: Readonly<Record<string, Flag>>;
  readonly examples: readonly (readonly [line: string, says: string])[];
  /** Its exit code: 0 done, 1 a line failed, 2 could not start. */
  load(): Promise<{ run(invocation: Invocation): Promise<number> }>;
}

export const flags: Readonly<Record<string, Flag>> = {
  config: { type: "string", value: "file", summary: "the config to load, instead of looking for one" },
  cwd: { type: "string", value: "folder", summary: "the folder to work in" },
  engine: {
    type: "string",
    value: "name",
    choices: ["auto", "dism", "wimlib"],
    summary: "auto, dism or wimlib, instead of the config's",
  },
  parallel: {
    type: "string",
    value: "n",
    summary: "how many lines run at once (as many as there are processors)",
  },
  "dry-run": { type: "boolean", summary: "go through everything and change nothing" },
  json: { type: "boolean", summary: "JSON on stdout, everything else on stderr" },
  verbose: { type: "boolean", summary: "commands, their output, and stacks of errors" },
  help: { type: "boolean", short: "h", summary: "this text" },
  version: { type: "boolean", summary: "the version of servicing" },
};

const fresh: Flag = {
  type: "boolean",
  summary: "do every step again, whatever the store and the last run hold",
};
const why: Flag = { type: "boolean", summary: "say of each step whether it runs, and what changed" };

export const commands: readonly CliCommand[] = [
  {
    name: "run",
    summary: "plan and run lines or tasks",
    arguments: "[line or task …]",
    least: 0,
    most: Infinity,
    flags: {
      "fail-fast": {
        type: "boolean",
        summary: "stop and undo the other lines as soon as one fails",
      },
      "keep-work": {
        type: "boolean",
        summary: "leave the work folder of a line that failed, to run its commands again by hand",
      },
      resume: {
        type: "boolean",
        summary:
          "go on with the reference device that an earlier run prepared, instead of preparing it again",
      },
      fresh,
      why,
      frozen: {
        type: "boolean",
        summary: "refuse to run on anything but what servicing.lock.json says, and do not write it",
      },
    },
    examples: [
      ["servicing run", "the default export, or every line of a workspace"],
      ["servicing run kiosk laptop --parallel 2", "two lines at once"],
      ["servicing run --dry-run", "plan everything and change nothing"],
    ],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "plan",
    summary: "print every item, its road and the reasons; touch nothing",
    arguments: "[line or task …]",
    least: 0,
    most: Infinity,
    flags: { fresh, why },
    examples: [
      ["servicing plan --why", "which steps would run, and which input changed"],
      ["servicing plan", "what would be done, where, and why"],
      ["servicing plan kiosk", "one line alone"],
      ["servicing plan --engine dism --json", "what DISM would do, as data, on any system"],
    ],
    load: () => import("./commands/plan.ts"),
  },
  {
    name: "verify",
    summary: "read the results of lines back, and find in them what was published; change nothing",
    arguments: "[line or task …]",
    least: 0,
    most: Infinity,
    examples: [
      ["servicing verify", "every driver, from its hardware ids to its file; devices without one"],
      ["servicing verify laptop --json", "one line, as data"],
    ],
    load: () => import("./commands/verify.ts"),
  },
  {
    name: "inspect",
    summary: "say what a file or folder is and holds",
    arguments: "<path …>",
    least: 1,
    most: Infinity,
    examples: [
      ["servicing inspect install.wim", "its images, versions, languages"],
      ["servicing inspect drivers/ --json", "every driver package below a folder, as data"],
    ],
    load: () => import("./commands/inspect.ts"),
  },
  {
    name: "lint",
    summary: "say what is wrong with answer files, where, why it matters, and the fix",
    arguments: "<answer file …>",
    least: 1,
    most: Infinity,
    flags: {
      image: {
        type: "string",
        value: "wim[:index or name]",
        summary: "the image that they are for: its editions, languages, architecture and winre.wim",
      },
    },
    examples: [
      ["servicing lint autounattend.xml", "passes, names, values, disks, passwords"],
      ["servicing lint autounattend.xml --image install.wim:2", "and what that image does not have"],
      ["servicing lint answers/*.xml --json", "several files, as data"],
    ],
    load: () => import("./commands/lint.ts"),
  },
  {
    name: "tasks",
    summary: "print the lines and the task tree of the config",
    arguments: "",
    least: 0,
    most: 0,
    examples: [["servicing tasks", "what can be named to `servicing run`"]],
    load: () => import("./commands/tasks.ts"),
  },
  {
    name: "init",
    summary: "make a new config, or a new plugin package",
    arguments: "[folder]",
    least: 0,
    most: 1,
    flags: { plugin: { type: "string", value: "name", summary: "make a plugin package of this name" } },
    examples: [
      ["servicing init", "servicing.config.ts in this folder"],
      ["servicing init --plugin kiosk-shell", "a plugin package in ./kiosk-shell, with a test"],
    ],
    load: () => import("./commands/init.ts"),
  },
  {
    name: "doctor",
    summary: "say what is missing on this machine and how to get it",
    arguments: "",
    least: 0,
    most: 0,
    examples: [["servicing doctor", "tools, versions, and the command that installs what is missing"]],
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "clean",
    summary: "undo dead runs, remove their work folders and old run folders; with --store, old checkpoints",
    arguments: "",
    least: 0,
    most: 0,
    flags: {
      store: { type: "boolean", summary: "remove checkpoints as well, by age and size" },
      age: { type: "string", value: "days", summary: "with --store: not used for so many days (30)" },
      size: {
        type: "string",
        value: "bytes",
        summary: "with --store: the longest unused too, until it takes no more, as in 20GB",
      },
    },
    examples: [
      ["servicing clean --dry-run", "list what would be removed"],
      ["servicing clean --store --age 7 --size 50GB", "checkpoints too: of the last week, 50 GB at most"],
      ["servicing clean", "remove it; folders of living runs stay"],
    ],
    load: () => import("./commands/clean.ts"),
  },
];
