import { lstat, open, realpath } from "node:fs/promises";
import { join } from "node:path";
import host from "node:process";
import { commandLine } from "./command-line.ts";
import type { Process } from "./engine.ts";
import { isServicingError, ServicingError } from "./error.ts";
import { faulted } from "./error-catalogue.ts";
import { codeText, type Fault, faultOf } from "./formats/dism-fault.ts";
import { errorIn } from "./formats/dism-output/error.ts";
import { logTime, readOfLog, troublesIn } from "./formats/dism-log.ts";
import { decodeText } from "./formats/text.ts";
import { isBelow } from "./host-path.ts";

/**
 * The failure of a command, as what its exit code says, with what dism.log and CBS.log have of it. A code that is not
 * known stays SERVICING_COMMAND_FAILED.
 * @param since when the command began
 * @param log where its output went
 */
export async function explained(
  error: unknown,
  process: Process,
  { faults, since, log }: { readonly faults: readonly Fault[]; readonly since: Date; readonly log: string },
): Promise<unknown> {
  const exitCode = exitCodeOf(error);
  if (!isServicingError(error) || exitCode === undefined) return error;
  const { message, remedy, command = commandLine(process) } = error;
  const evidence = await evidenceOf(process, since);
  const fault = faultOf(exitCode, faults);
  if (fault === undefined)
    return evidence.length === 0
      ? error
      : new ServicingError(error.code, { message, remedy, command, exitCode, evidence }, { cause: error });
  const shown = fault.name.startsWith("0x") ? codeText(exitCode) : `${codeText(exitCode)} (${fault.name})`;
  const text = faulted({
    command,
    title: processTitle(process),
    exitCode,
    shown,
    cause: fault.cause,
    remedy: fault.remedy,
    lastLines: saidIn(message),
    log,
    evidence,
  });
  return new ServicingError(fault.error, text, { cause: error });
}

/** Of a command that failed. A host that is not Windows keeps eight bits of an exit code; DISM prints all of it. */
export function exitCodeOf(error: unknown): number | undefined {
  if (!isServicingError(error)) return undefined;
  const { exitCode, message } = error;
  const printed = host.platform === "win32" ? undefined : errorIn(message)?.code;
  return printed !== undefined && (printed & 0xff) === exitCode ? printed : exitCode;
}

/** `dism.exe /Add-Package` */
export function processTitle({ run, args }: Process): string {
  const verb = args.find((argument) => /^\/[A-Za-z]+-/.test(argument));
  return verb === undefined ? run : `${run} ${verb}`;
}

/** What DISM says of its error, or else what the program printed last, without bars. */
function saidIn(message: string): string {
  const [, ...lines] = message.split("\n");
  const said = lines.filter((line) => !/^\[[= ]*\d/.test(line.trim())).join("\n");
  return errorIn(said)?.text ?? said;
}

async function evidenceOf({ args }: Process, since: Date): Promise<readonly string[]> {
  const time = logTime(since);
  const of = (name: string): string | undefined =>
    args.find((argument) => argument.startsWith(`/${name}:`))?.slice(name.length + 2);
  const logs = [...nonEmpty(of("LogPath")), ...(await componentLogs(of("Image"), args.includes("/Online")))];
  const found: string[] = [];
  for (const log of logs)
    found.push(...troublesIn(await endOf(log), time).map((line) => `${log.split(/[\\/]/).at(-1)}: ${line}`));
  return found;
}

/** CBS.log of the image, or of the running Windows. */
async function componentLogs(image: string | undefined, online: boolean): Promise<readonly string[]> {
  const windows = image === undefined ? host.env["windir"] : join(image, "Windows");
  if (windows === undefined || (image === undefined && !online)) return [];
  const log = join(windows, "Logs", "CBS", "CBS.log");
  if (image === undefined) return [log];
  // A link inside an image could lead to any file of the host.
  const [root = "", real = ""] = await Promise.all(
    [image, log].map((path) => realpath(path).catch(() => undefined)),
  );
  return root !== "" && real !== "" && isBelow(real, root) ? [real] : [];
}

/** Nothing where it cannot be read: then the command's own words have to do. */
async function endOf(file: string): Promise<string> {
  try {
    const { size } = await lstat(file);
    const handle = await open(file, "r");
    try {
      if (!(await handle.stat()).isFile()) return "";
      const bytes = Buffer.alloc(Math.min(size, readOfLog));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
      return decodeText(bytes.subarray(0, bytesRead)).text;
    } finally {
      await handle.close();
    }
  } catch {
    return "";
  }
}

function nonEmpty(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? [] : [text];
}
