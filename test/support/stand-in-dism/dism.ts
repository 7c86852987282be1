import { existsSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { apps } from "./apps.ts";
import { drivers } from "./drivers.ts";
import { type CommandLine, commandLineOf, complaint } from "./grammar.ts";
import { type Fault, faultFor, type Host, vanish } from "./host.ts";
import { imaging } from "./images.ts";
import { keepState, readState } from "./image-state.ts";
import { inside } from "./inside.ts";
import { messageIn } from "./language.ts";
import { writeCbsLog, writeDismLog } from "./log.ts";
import { createOutput, type Output } from "./output.ts";
import { packages, type Servicing } from "./packages.ts";
import { queries } from "./queries.ts";
import { codeText, messageOf, Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";

const servicing: Readonly<Record<string, Servicing>> = {
  ...packages,
  ...drivers,
  ...settings,
  ...apps,
  ...queries,
};

/** CBS has a log of its own. */
const byComponents = new Set(Object.keys(packages));

const defaultLog = "C:\\Windows\\Logs\\DISM\\dism.log";

/**
 * Does what DISM would do with this command line, as far as it can be done without Windows, and gives its exit code.
 * @param gone resolves when the client is no longer there
 */
export async function runDism(
  argv: readonly string[],
  host: Host,
  print: (text: string) => void,
  gone: Promise<void>,
): Promise<number> {
  host.heard.push({ program: "dism.exe", argv });
  const english = argv.some((word) => word.toLowerCase() === "/english");
  const out = createOutput(english ? "en" : host.language, print);
  const tool = out.label("Deployment Image Servicing and Management tool");
  print(`\n${tool}\n${out.label("Version")}: ${host.version}\n\n`);
  const wrong = complaint(argv);
  if (wrong !== undefined) return failed(new Refusal(87, `${wrong}.`), undefined, host, out);
  const command = commandLineOf(argv);
  try {
    if (!host.elevated) throw new Refusal(740, messageOf(740));
    if (command.scratchDir !== undefined && !existsSync(host.place(command.scratchDir)))
      throw new Refusal(3, "The system cannot find the path specified.");
    const fault = faultFor(host, command);
    const how = fault?.how ?? "refuse";
    if (how === "vanish") vanish(host, command.image ?? command.of("mountdir"));
    if (how === "hang") {
      out.bar("", [12.5]);
      await Promise.race([gone, after(110_000)]);
      return 1;
    }
    if (fault !== undefined && how === "refuse") throw asked(fault);
    if (how !== "nothing") await carryOut(command, argv, host, out);
    if (fault !== undefined && how === "half") throw asked(fault);
    log(command, host, [["Info", `Succeeded: ${argv.join(" ")}`]]);
    if (!command.quiet) print(`${out.label("The operation completed successfully.")}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Refusal) return failed(error, command, host, out);
    return failed(new Refusal(1, String(error)), command, host, out);
  }
}

async function carryOut(
  command: CommandLine,
  argv: readonly string[],
  host: Host,
  out: Output,
): Promise<void> {
  const image = imaging[command.verb];
  if (command.image === undefined && !command.online) {
    await (image as NonNullable<typeof image>)(command, host, out);
    return;
  }
  // There is no running Windows here: what would service one is noted, and that is all.
  const root = host.place(command.image ?? "");
  if (command.online || host.vanished.has(root)) {
    host.astray.push(argv);
    return;
  }
  if (!existsSync(inside(root, "Windows")))
    throw new Refusal(
      3,
      "Unable to access the image.\nMake sure that the image path and the Windows directory for the image exist and you have Read permissions on the folder.",
    );
  const state = readState(root);
  out.print(`${out.label("Image Version")}: ${state.version}\n\n`);
  if (newer(state.version, host.version))
    throw new Refusal(0x800f0830, "The image is newer than this version of DISM.");
  const handler = servicing[command.verb];
  if (handler === undefined) return image?.(command, host, out);
  try {
    await handler(command, { root, state }, host, out);
  } finally {
    if (!command.query) keepState(root, state);
  }
}

/** By the build alone, as DISM looks at it. */
function newer(image: string, tool: string): boolean {
  return Number(image.split(".")[2] ?? 0) > Number(tool.split(".")[2] ?? 0);
}

function asked({ code = 1726, message }: Fault): Refusal {
  return new Refusal(code, message ?? messageOf(code), [`Asked to fail with ${codeText(code)}`]);
}

function failed(
  refusal: Refusal,
  command: CommandLine | undefined,
  host: Host,
  { print, label }: Output,
): number {
  const path = command?.logPath ?? defaultLog;
  const text = messageIn(host.language, refusal.code);
  const message = host.language === "en" || text === undefined ? refusal.message : text;
  print(`\n${label("Error")}: ${codeText(refusal.code)}\n\n${message}\n\n`);
  print(`The DISM log file can be found at ${path}\n`);
  const hresult = `(hr:0x${(refusal.code > 0xffff ? refusal.code : refusal.code + 0x80070000).toString(16)})`;
  log(command, host, [
    ["Warning", "Closing the session"],
    ["Error", `${refusal.message.replaceAll("\n", " ")} ${hresult}`],
    ...refusal.log.map((line) => ["Error", `${line} ${hresult}`] as const),
  ]);
  return refusal.code;
}

function log(
  command: CommandLine | undefined,
  host: Host,
  lines: readonly (readonly ["Info" | "Warning" | "Error", string])[],
): void {
  const copy = lines.map(([level, text]) => [level, text] as ["Info" | "Warning" | "Error", string]);
  if (command?.logPath !== undefined) writeDismLog(host.place(command.logPath), copy);
  if (command?.image === undefined || !byComponents.has(command.verb)) return;
  const root = host.place(command.image);
  if (existsSync(inside(root, "Windows")) && !host.vanished.has(root)) writeCbsLog(root, copy);
}
