import { rm } from "node:fs/promises";
import { runProcess } from "../dism-process.ts";
import type { Act, Command, Target } from "../engine.ts";
import { type FaultTable, faultTable } from "../fault-table.ts";
import type { FileDigest } from "../file-bytes.ts";
import type { Runner } from "../runner.ts";
import type { Table } from "../table.ts";
import { branch } from "./branch.ts";
import { captureVolume } from "./capture.ts";
import { delta } from "./delta.ts";
import { deviceDisk } from "./device-disk.ts";
import { extend } from "./extend.ts";
import { checkDevice } from "./check-device.ts";
import { copyOrSplit } from "./copy-or-split.ts";
import { allocate, partition } from "./disk.ts";
import { copy, overwrite, write } from "./file.ts";
import { gatherBootFiles } from "./boot-files.ts";
import { endMachine } from "./end-machine.ts";
import { awaitHandover, takeHandover, unlessPrepared } from "./handover.ts";
import { runDevice } from "./run-device.ts";
import { runMachine } from "./machine.ts";
import { gatherMedia } from "./media.ts";
import { stageMedia, writeDisk } from "./media-disk.ts";
import { gatherPackages, unpackPackage } from "./package.ts";
import { nothingPending } from "./pending.ts";
import { place, placeFolder, publish, restoreFolder } from "./publish.ts";
import { checkRecovery, keepDigest, takeOver } from "./recovery.ts";
import { room } from "./room.ts";
import { service } from "./service.ts";
import { matchSetupFiles } from "./setup-files.ts";
import { inherit, title } from "./title.ts";
import { update } from "./update.ts";
import { watchMachine } from "./watch-machine.ts";
import { verifyDrivers } from "./verify-drivers.ts";
import { verifyMedia } from "./verify-media.ts";
import { verifyVolume } from "./verify-volume.ts";
import { applyRecovery, compareVolume } from "./volume.ts";

export interface ActContext {
  readonly runner: Runner;
  readonly signal: AbortSignal;
  readonly log: string;
  readonly target: Target | undefined;
  readonly faults: FaultTable;
  /** Carries out another command in the place, or as a part, of the act. */
  carryOut(command: Command): Promise<void>;
  onProgress?(percent: number, what: string): void;
  onOutput?(text: string): void;
  warn(text: string): void;
  /** Tells what was found, for the report. */
  table?(table: Table): void;
  /** Tells the digest of a file that was just written, to whoever would read it again for that. */
  digested?(file: string, digest: FileDigest): void;
}

/** Carries out what servicing does itself. The other half of the kernel is processes, which the runner starts. */
export async function perform(
  act: Act,
  outer: Omit<ActContext, "carryOut" | "faults"> & { readonly faults?: FaultTable },
): Promise<void> {
  const { faults = faultTable() } = outer;
  const context: ActContext = {
    ...outer,
    faults,
    carryOut: (command) =>
      "act" in command ? perform(command, outer) : runProcess(command, { ...outer, faults }),
  };
  switch (act.act) {
    case "branch":
      return branch(act, context);
    case "update":
      return update(act, context);
    case "service":
      return service(act, context);
    case "room":
      return room(act);
    case "nothing pending":
      return nothingPending(act);
    case "place":
      return place(act);
    case "copy or split":
      return copyOrSplit(act, context);
    case "allocate":
      return allocate(act);
    case "partition":
      return partition(act, context);
    case "apply recovery":
      return applyRecovery(act, context);
    case "compare volume":
      return compareVolume(act, context);
    case "verify drivers":
      return verifyDrivers(act, context);
    case "copy":
      return copy(act);
    case "write":
      return write(act);
    case "delete":
      return rm(act.path, { recursive: true, force: act.optional ?? false });
    case "extend":
      return extend(act, context);
    case "delta":
      return delta(act, context);
    case "title":
      return title(act);
    case "inherit":
      return inherit(act);
    case "publish":
      return publish(act);
    case "gather media":
      return gatherMedia(act, context);
    case "gather packages":
      return gatherPackages(act);
    case "unpack package":
      return unpackPackage(act, context);
    case "keep digest":
      return keepDigest(act, context);
    case "overwrite":
      return overwrite(act);
    case "take over":
      return takeOver(act, context);
    case "check recovery":
      return checkRecovery(act, context);
    case "match setup files":
      return matchSetupFiles(act, context);
    case "verify media":
      return verifyMedia(act, context);
    case "stage media":
      return stageMedia(act, context);
    case "write disk":
      return writeDisk(act, context);
    case "verify volume":
      return verifyVolume(act, context);
    case "run machine":
      return runMachine(act, context);
    case "watch machine":
      return watchMachine(act, context);
    case "end machine":
      return endMachine(act, context);
    case "gather boot files":
      return gatherBootFiles(act, context);
    case "unless prepared":
      return unlessPrepared(act, context);
    case "await handover":
      return awaitHandover(act, context);
    case "take handover":
      return takeHandover(act, context);
    case "capture volume":
      return captureVolume(act, context);
    case "device disk":
      return deviceDisk(act, context);
    case "run device":
      return runDevice(act, context);
    case "check device":
      return checkDevice(act, context);
    case "place folder":
      return placeFolder(act);
    case "restore folder":
      return restoreFolder(act);
    case "call":
      return act.run({ target: context.target, signal: context.signal });
  }
}
