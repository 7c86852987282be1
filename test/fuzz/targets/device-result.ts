import { jobOutcome } from "../../../core/audit/outcome.ts";
import { sysprepReason } from "../../../core/audit/sysprep-reason.ts";
import { imageStateIn } from "../../../core/formats/image-state.ts";
import { readSetupLog } from "../../../core/formats/setupact-log.ts";
import { promised } from "../seeds.ts";
import type { Target } from "../target.ts";

const log = [
  "2024-10-09 08:21:11, Info       [0x0f004d] SYSPRP ===  Beginning of a new sysprep run  ===",
  "2024-10-09 08:21:11, Error                 SYSPRP Package A_1_x64__b was installed for a user, but not provisioned for all users.",
  String.raw`2024-10-09 08:21:11, Error      [0x0f0082] SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing 'X' from C:\a.dll; dwRet = 0x3cf2`,
  String.raw`2024-10-09 08:21:11, Error      [0x0f0082] SYSPRP LaunchDll:Failure occurred while executing 'C:\a.dll,X', returned error code -1`,
  "",
].join("\r\n");
const ini = "[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n";
const state =
  "id=a\n001.begun-1=1\n001.done=3010\n002.failed=-2146498529\napps.txt=A\nfailed=step 2\n002.1.answer=x\n";

const step = { title: "one", items: [], commands: [], minutes: 1 };
const job = { id: "a", steps: [step, step], restarts: 1 };

/** What a reference device left behind. */
export const deviceResults: readonly Target[] = [
  {
    name: "setup-log",
    seeds: () => [Buffer.from(log), Buffer.from(`\uFEFF${log}`, "utf16le"), Buffer.from(ini)],
    tokens: [
      ", Error ",
      "SYSPRP ",
      "Package ",
      " was installed for a user, but",
      "executing '",
      "' from ",
      "; dwRet = ",
      "\r\n",
      "\0",
    ],
    declares: () => false,
    read(input) {
      const { failures, lastLines } = readSetupLog(input);
      promised(failures.length <= 20 && lastLines.length <= 8, "a log gives a few lines");
      for (const failure of failures)
        promised(sysprepReason(failure).reason !== "", "a failure has a reason");
      const image = imageStateIn(input);
      promised(image === undefined || /^IMAGE_STATE_[A-Z_]+$/.test(image), "a state is one of Windows");
    },
  },
  {
    name: "job-state",
    seeds: () => [Buffer.from(state)],
    tokens: [
      "001.",
      ".done",
      ".failed",
      ".begun-",
      ".answer",
      "hung",
      "tries",
      "check",
      "-",
      "=",
      "\n",
      "99999999999",
    ],
    declares: () => false,
    read(input) {
      const files = input
        .toString("utf8")
        .split("\n")
        .map((line) => [line.split("=")[0] ?? "", line.slice(line.indexOf("=") + 1)] as const);
      const { steps, apps } = jobOutcome(job, new Map(files));
      promised(steps.length === 2 && apps.length <= 50, "there are as many steps as the job has");
      for (const { exitCode = 0 } of steps)
        promised(exitCode >= 0 && exitCode < 2 ** 32, "an exit code has 32 bits");
    },
  },
];
