import { commandsOf } from "../engine-commands.ts";
import type { Command, Confirmation, Process, Target } from "../engine.ts";
import { dism } from "../engines/dism.ts";
import { baseName, parentOf, portable } from "../engines/setup-road.ts";
import { hashOf } from "../fingerprint.ts";
import type { ImageInfo } from "../image.ts";
import { type Input, movedOperation } from "../operation-input.ts";
import type { Operation, OperationType } from "../operation.ts";
import { operationTitle } from "../operation-title.ts";
import type { Item } from "../step.ts";
import {
  type AuditJob,
  type JobChange,
  type JobCommand,
  jobFolder,
  type JobPath,
  type JobStep,
} from "./job.ts";

/** The reference device is installed by servicing, so its Windows is on C:. */
const drive = "C:";

/** Folder for scratch files and logs of tools. */
const scratch = `${drive}${jobFolder}\\Work`;

/** Minutes, of operations that take longer than others at times. */
const patience: Readonly<Partial<Record<OperationType, number>>> = {
  "Add-Package": 180,
  "Remove-Package": 120,
  "Enable-Feature": 120,
  "Disable-Feature": 120,
  "Add-Capability": 120,
  "Remove-Capability": 120,
  "Cleanup-Image": 240,
  "Repair-Image": 240,
  "Run-Installer": 60,
  "Set-Edition": 120,
};

const otherwise = 30;

/** A restart for each step, and as many again for what wants several. */
const restartsOf = (steps: number): number => 2 * steps + 5;

/** What a reference device does for one image, and what has to be on it for that. */
export interface LoweredJob {
  readonly job: AuditJob;
  readonly payload: readonly JobChange[];
}

/** @param id what all of it is by content, where that is known */
export function lowerJob(items: readonly Item[], image: ImageInfo, id?: string): LoweredJob {
  const lowered = items.map((item, at) => lowerItem(item, image, `${at + 1}`.padStart(3, "0")));
  const steps = lowered.map(({ step }) => step);
  const payload = lowered.flatMap((each) => each.payload);
  return { job: { id: id ?? hashOf(steps, payload), steps, restarts: restartsOf(steps.length) }, payload };
}

interface LoweredItem {
  readonly step: JobStep;
  readonly payload: readonly JobChange[];
}

function lowerItem({ id, operation }: Item, image: ImageInfo, number: string): LoweredItem {
  const payload: JobChange[] = [];
  const folder = `${jobFolder}\\Payload\\${number}`;
  const commands = operation.type === "Copy-File" ? copied(operation) : ran(operation);
  const installer = operation.type === "Run-Installer" ? operation : undefined;
  return {
    step: {
      title: operationTitle(operation),
      items: [id],
      commands,
      minutes: installer?.minutes ?? patience[operation.type] ?? otherwise,
      ...(installer?.check === undefined ? {} : { check: installer.check }),
      ...(installer?.mayFail === true ? { optional: true } : {}),
    },
    payload,
  };

  /** A folder of its own, copied as a whole, is the same command for a file and for a folder. */
  function copied({ from, to }: Operation<"Copy-File">): readonly JobCommand[] {
    payload.push({ change: "add", from, to: `${folder}\\${baseName(to)}` });
    return [{ do: "copy", from: folder, to: parentOf(to) || "\\", folder: true }];
  }

  function ran(whole: Operation): readonly JobCommand[] {
    const taken = new Set<string>();
    const moved = movedOperation(whole, (input) => place(input, taken));
    const target: Target = { kind: "online", image, work: scratch };
    const online = commandsOf(moved, "online", target, dism).flatMap(lowerCommand);
    const all = online.some(logs) ? [newFolder(scratch), ...online] : online;
    const { again } = whole.type === "Run-Installer" ? whole : {};
    if (again === undefined) return all;
    return all.map((each) => (each.do === "run" ? { ...each, again } : each));
  }

  /** Where an input travels; two of one name get folders of their own. */
  function place(input: Input, taken: Set<string>): string {
    const travels = input.whole ? parentOf(input.path) : input.path;
    const known = payload.find((change) => change.change === "add" && change.from === travels);
    const to = known?.to ?? `${folder}\\${unused(portable(baseName(travels)), taken)}`;
    if (known === undefined) payload.push({ change: "add", from: travels, to });
    return `${drive}${to}${input.whole ? `\\${baseName(input.path)}` : ""}`;
  }

  function lowerCommand(command: Command): readonly JobCommand[] {
    if (!("act" in command)) return [...(command.folders ?? []).map(newFolder), lowerProcess(command)];
    switch (command.act) {
      case "write": {
        const { to, text, encoding, secrets } = command;
        const lies = `${folder}\\Files`;
        payload.push({
          change: "write",
          to: `${lies}\\${baseName(to)}`,
          text,
          ...(encoding === undefined ? {} : { encoding }),
          ...(secrets === undefined ? {} : { secrets }),
        });
        return [{ do: "copy", from: lies, to: onDevice(parentOf(to)) || "\\", folder: true }];
      }
      case "delete": {
        const { path, optional } = command;
        return [{ do: "delete", path: onDevice(path), ...(optional === undefined ? {} : { optional }) }];
      }
      default:
        throw new TypeError(`a job has no ${command.act}`);
    }
  }
}

function unused(name: string, taken: Set<string>): string {
  const found = taken.has(name.toLowerCase()) ? `${taken.size}\\${name}` : name;
  taken.add(name.toLowerCase());
  return found;
}

function onDevice(path: string): string {
  return path.startsWith(drive) ? path.slice(drive.length) : path;
}

/** Tools write their logs and scratch files below a folder that has to be there. */
function logs(command: JobCommand): boolean {
  return command.do === "run" && command.args.some((arg) => typeof arg === "string" && arg.includes(scratch));
}

/** 1: it is there. */
function newFolder(path: string): JobCommand {
  return { do: "run", file: "cmd.exe", args: ["/d", "/c", "mkdir", path], success: [0, 1] };
}

function lowerProcess({
  run,
  args,
  success = [0],
  codes,
  retry,
  confirm,
  tolerated = [],
}: Process): JobCommand {
  const file: string | JobPath = run.startsWith(drive) ? { path: onDevice(run) } : run;
  return {
    do: "run",
    file,
    args,
    success: [...success, ...tolerated.map(({ exitCode }) => exitCode)],
    ...(codes === undefined ? {} : { codes }),
    ...(retry === undefined ? {} : { retry }),
    ...(confirm === undefined ? {} : { confirm: asked(confirm) }),
  };
}

function asked({
  query,
  ...shown
}: Confirmation): NonNullable<Extract<JobCommand, { readonly do: "run" }>["confirm"]> {
  return { ...shown, args: ["/Online", "/English", ...query] };
}
