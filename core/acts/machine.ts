import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { overdue, patience, type Watch, watchFrom } from "../devices/watch.ts";
import { qemuValue } from "../devices/qemu-value.ts";
import type { Act } from "../engine.ts";
import { failure, type ServicingError, servicingError } from "../error.ts";
import { makeFolder } from "../make-folder.ts";
import { clean } from "../plain-text.ts";
import { inScratch } from "../scratch-folder.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { accelerated } from "./accelerator.ts";
import { controlAt, type MachineControl } from "./machine-control.ts";
import { attended } from "./attend.ts";
import type { ActContext } from "./perform.ts";
import { pidFile } from "./end-machine.ts";
import { flashed } from "./firmware.ts";
import { besides, serialLog } from "./serial-log.ts";
import { listen } from "./socket-port.ts";
import { startTpm } from "./tpm.ts";

type RunMachine = Extract<Act, { act: "run machine" }>;

/** How often it is looked at the clock, and how long a machine that is told to end may take. */
const glanceMilliseconds = 1000;
const endMilliseconds = 5000;

/** Whoever waits for a device may want to see it: this signal, to servicing, is for a picture. */
const onDemand = "SIGUSR2";

/**
 * One process of QEMU from switched on to switched off, through every restart of the guest. It is told from outside by a
 * socket that it connects to, and heard by its serial port.
 * @throws SERVICING_DEVICE_TIMEOUT, SERVICING_DEVICE_ENDED, SERVICING_DEVICE_FAILED_TO_START, SERVICING_DEVICE_OPTIONS
 */
export async function runMachine(act: RunMachine, context: ActContext): Promise<void> {
  const { machine, deadlines } = act;
  makeFolder(machine.folder, 0o700);
  const firmware = await flashed(machine);
  // Paths of sockets are short, and those of work folders may be long.
  await inScratch(async (sockets) => {
    const acceleration = await accelerated(machine, sockets, context);
    const log = serialLog(besides(context.log, "serial.txt"));
    const over = new AbortController();
    const own = { ...context, signal: AbortSignal.any([context.signal, over.signal]) };
    let watch = watchFrom(performance.now(), deadlines);
    const control = await controlAt(join(sockets, "control"));
    const serial = await listen(join(sockets, "serial"), (line) => {
      const text = clean(line).trimEnd();
      if (text === "") return;
      log.add(text);
      context.onOutput?.(`${text}\n`);
      watch = attended(watch, text, act, context);
    });
    const running: Promise<unknown>[] = [];
    let pictures = 0;
    const picture = (): void => {
      pictures += 1;
      void screenshotOf(control, context.log, `screen-${pictures}`).then((file) =>
        context.onOutput?.(
          `${file === undefined ? "its screen cannot be seen" : `its screen is in ${file}`}\n`,
        ),
      );
    };
    process.on(onDemand, picture);
    try {
      const tpm = machine.tpm ? await startTpm(machine, sockets, own) : undefined;
      running.push(Promise.resolve(tpm?.ended));
      const { args, more } = machine;
      const all = [acceleration, firmware, ports(machine, sockets), tpm?.args ?? [], args, more].flat();
      const ended = context.runner
        .run({ run: machine.emulator, args: all, writes: true }, own)
        .then(() => undefined, servicingError);
      running.push(ended);
      for (;;) {
        const pause = Math.min(patience(watch, performance.now()) + 1, glanceMilliseconds);
        const end = await Promise.race([ended.then((error) => ({ error })), pausing(pause)]);
        if (end !== undefined) {
          // What it said last may still be on its way.
          if (control.up()) await Promise.race([Promise.all([control.gone, serial.gone]), pausing()]);
          throwUnlessOff(end.error, control, watch, act, log.last(), context);
          return;
        }
        const late = overdue(watch, performance.now());
        if (late === undefined) continue;
        const error = await timedOut(late, machine, control, log.last(), context);
        await control.ask("quit");
        await Promise.race([ended, pausing()]);
        throw error;
      }
    } finally {
      process.off(onDemand, picture);
      over.abort();
      await Promise.all(running);
      control.close();
      serial.close();
      log.close();
    }
  });
}

function pausing(milliseconds = endMilliseconds): Promise<undefined> {
  return after(milliseconds, undefined, { ref: false });
}

function throwUnlessOff(
  error: ServicingError | undefined,
  control: MachineControl,
  { ended }: Watch,
  { machine, job }: RunMachine,
  lines: string,
  context: ActContext,
): void {
  if (context.signal.aborted) throw error ?? failure("SERVICING_INTERRUPTED", { during: machine.emulator });
  if (error?.code === "SERVICING_TOOL_MISSING") throw error;
  if (!control.up())
    throw failure("SERVICING_DEVICE_FAILED_TO_START", {
      device: machine.emulator,
      reason: error === undefined ? "it ended at once" : error.message,
      lastLines: lines,
    });
  const device = machine.emulator;
  if (error !== undefined || !control.off()) {
    const given = control.reason();
    const reason =
      given === undefined
        ? (error?.message ?? "it gave no reason").split("\n").slice(-3).join("\n")
        : `the reason that it gave is ${clean(given)}`;
    throw failure("SERVICING_DEVICE_ENDED", { device, reason, lastLines: lines });
  }
  // A WinPE may have no driver for the port: what it came to is then known when Windows starts, or does not.
  if (job === undefined && ended === undefined)
    context.warn("what prepares the disk was not heard: whether Windows starts will show what it came to");
  if (job === undefined && ended === "failed")
    throw failure("SERVICING_DEVICE_ENDED", {
      device,
      reason: "what prepares the disk says that it failed",
      lastLines: lines,
    });
}

async function timedOut(
  late: Pick<Watch, "stage" | "minutes">,
  { emulator }: VirtualMachine,
  control: MachineControl,
  lastLines: string,
  context: ActContext,
): Promise<ServicingError> {
  const state = (await control.ask("query-status")) as { readonly status?: unknown } | undefined;
  const screenshot = await screenshotOf(control, context.log);
  return failure("SERVICING_DEVICE_TIMEOUT", {
    device: emulator,
    stage: late.stage,
    minutes: String(Math.round(late.minutes * 100) / 100),
    state:
      state?.status === undefined
        ? "it does not answer"
        : `it says that it is ${clean(String(state.status))}`,
    screenshot:
      screenshot === undefined ? "its screen could not be seen" : `what its screen shows is in ${screenshot}`,
    lastLines,
  });
}

/** PNG since QEMU 7.1, PPM before. */
async function screenshotOf(
  control: MachineControl,
  log: string,
  name = "screen",
): Promise<string | undefined> {
  for (const format of ["png", "ppm"]) {
    const filename = besides(log, `${name}.${format}`);
    await rm(filename, { force: true });
    await control.ask("screendump", { filename, ...(format === "png" ? { format } : {}) });
    if (existsSync(filename)) return filename;
  }
  return undefined;
}

function ports({ folder }: VirtualMachine, sockets: string): readonly string[] {
  const socket = (name: string) => `socket,id=${name},path=${qemuValue(join(sockets, name))}`;
  return [
    ["-chardev", socket("control"), "-mon", "chardev=control,mode=control"],
    ["-chardev", socket("serial"), "-serial", "chardev:serial"],
    ["-pidfile", pidFile(folder)],
  ].flat();
}
