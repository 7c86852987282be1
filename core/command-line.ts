import type { Act, Change, Command, DriverStore, Process } from "./engine.ts";
import type { Deadlines, VirtualMachine } from "./virtual-machine.ts";

/**
 * A command as one line: a process ready to paste into a shell, an act as the sentence of what servicing does itself.
 * A process whose program or arguments are Windows paths is quoted for cmd.exe, any other for a POSIX shell.
 */
export function commandLine(command: Command): string {
  return "act" in command ? actLine(command) : processLine(command);
}

/** The same in several lines where an act does many things: its own, then one for each of them. */
export function commandLines(command: Command): readonly string[] {
  if ("act" in command && command.act === "update" && command.changes.length > 1)
    return [`update ${command.branch}`, ...changes(command.changes)];
  if ("act" in command && command.act === "extend")
    return [
      commandLine(command),
      "or, where more than 5 % of it would be unused:",
      ...command.otherwise.map(processLine),
    ];
  if ("act" in command && command.act === "copy or split")
    return [
      commandLine(command),
      `or, where it has more than ${command.bytes} bytes:`,
      ...command.otherwise.map(processLine),
    ];
  if ("act" in command && command.act === "take over")
    return [
      commandLine(command),
      "or, where the two were not the same before:",
      ...command.otherwise.flatMap(commandLines),
    ];
  if ("act" in command && command.act === "unless prepared")
    return [`${commandLine(command)}:`, ...command.otherwise.flatMap(commandLines)];
  if ("act" in command && command.act === "run device")
    return [...command.commands.flatMap(commandLines), commandLine(command)];
  if ("act" in command && command.act === "watch machine")
    return [commandLine(command), `asking: ${processLine(command.state)}`, limits(command.deadlines)];
  if ("act" in command && command.act === "run machine")
    return [commandLine(command), ...machineLines(command.machine, command.deadlines)];
  return [commandLine(command)];
}

/** What is known of it before the host is asked. */
function machineLines(
  { emulator, args, more, accelerator, firmware, tpm }: VirtualMachine,
  deadlines: Deadlines,
): readonly string[] {
  return [
    processLine({ run: emulator, args: [...args, ...more], writes: true }),
    `accelerator ${accelerator}, ${firmware.length === 0 ? "BIOS" : "UEFI"}${tpm ? ", a TPM" : ""}`,
    limits(deadlines),
  ];
}

function limits({ start, silence, generalize, whole }: Deadlines): string {
  return `minutes at most: to start ${start}, without a word ${silence}, to generalize ${generalize}, in all ${whole}`;
}

function processLine(process: Process): string {
  const quote = forWindows(process) ? windowsQuoted : posixQuoted;
  const env = Object.entries(process.env ?? {}).map(([name, value]) =>
    quote === windowsQuoted ? `set "${name}=${value}" &&` : `${name}=${posixQuoted(value)}`,
  );
  const line = [...env, quote(process.run), ...process.args.map(quote)].join(" ");
  return process.stdin === undefined ? line : `${line} < (${lines(process.stdin)} on its standard input)`;
}

function lines(text: string): string {
  const count = text.trimEnd().split("\n").length;
  return count === 1 ? "1 line" : `${count} lines`;
}

function forWindows(process: Process): boolean {
  return (
    /^(?:[A-Za-z]:[\\/]|\\\\)/.test(process.run) ||
    /^(?:dism|reg|cmd|powershell|robocopy|pnputil|wusa|tzutil|powercfg|bcdboot|oscdimg|expand)(?:\.exe)?$/i.test(
      process.run,
    )
  );
}

/** Single quotes: nothing is special between them, a quote itself is written `'\''`. POSIX, Shell Command Language 2.2.2. */
export function posixQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Double quotes as the C runtime reads them: backslashes before a quote are doubled.
 * Source: "Parsing C command-line arguments".
 */
export function windowsQuoted(text: string): string {
  if (text !== "" && !/[\s"&|<>^()%!,;=]/.test(text.replace(/^\/[\w-]+[:=]/, ""))) return text;
  return `"${text.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, "$1$1")}"`;
}

function actLine(act: Act): string {
  switch (act.act) {
    case "branch":
      return `branch ${act.file}:${act.index} as ${act.branch}`;
    case "update":
      return `update ${act.branch}: ${changes(act.changes).join(", ")}`;
    case "service":
      return `service ${act.file}:${act.index} as ${act.to}: ${changes(act.changes).join(", ")}`;
    case "room":
      return `see that ${act.folder} has room for ${act.file}`;
    case "nothing pending":
      return `see that ${act.root} has no actions pending`;
    case "place":
      return `place ${act.file} as ${act.to}`;
    case "copy or split":
      return `copy ${act.file} to ${act.to}`;
    case "allocate":
      return `allocate ${act.file} (${act.bytes} bytes)`;
    case "partition":
      return `partition ${act.disk}: ${act.partitions.map(({ role, size }) => `${role} ${size} MiB`).join(", ")}`;
    case "apply recovery":
      return `apply Winre.wim of ${act.file}:${act.index} to ${act.volume}`;
    case "compare volume":
      return `read ${act.volume} back: ${act.contents ? "every file" : "the names, attributes and security of all files"}`;
    case "verify drivers":
      return `read ${act.file} back: ${act.stores.map(storeLine).join(", ")}`;
    case "copy":
      return `copy ${act.from} to ${act.to}`;
    case "write":
      return `write ${act.to} (${Buffer.byteLength(act.text)} bytes)`;
    case "delete":
      return `delete ${act.path}`;
    case "extend":
      return `extend a copy of ${act.source} by ${act.branches.join(", ")} to ${act.to}`;
    case "delta":
      return `delta ${act.to} of ${act.branches.join(", ")}, less what ${act.source} has`;
    case "title":
      return `title ${act.file}: ${act.names.join(", ")}`;
    case "inherit":
      return `let ${act.file} say what ${act.from}:${act.index} says of itself`;
    case "publish":
      return `publish ${act.file} as ${act.to}`;
    case "gather media":
      return `copy media ${act.from} to ${act.to}, with ${[act.image, ...(act.boot === undefined ? [] : [act.boot]), ...act.files.map(({ to }) => to)].join(", ")}`;
    case "gather packages":
      return `put ${act.files.join(", ")} into ${act.to}, alone`;
    case "unpack package":
      return `unpack ${act.member} of ${act.package} to ${act.to}`;
    case "keep digest":
      return `keep in ${act.to} what ${act.file} is`;
    case "overwrite":
      return `overwrite ${act.to} with ${act.from}, its attributes kept`;
    case "take over":
      return `overwrite ${act.to.file} with ${act.from.file}, where both were the same before`;
    case "check recovery":
      return `check that ${act.file} fits a recovery partition of ${act.partition} MiB`;
    case "match setup files":
      return `match the setup files ${act.bootManager === true ? "and boot managers " : ""}of ${act.media} to its boot.wim`;
    case "verify media":
      return `compare ${act.media} with ${act.from} and what was put there`;
    case "stage media":
      return `link ${act.from} to ${act.to}, an image above ${act.megabytes} MiB in parts`;
    case "write disk":
      return `write ${act.to}, a disk with ${act.from}`;
    case "verify volume":
      return `read ${act.file} back and compare it with ${act.folder}`;
    case "device disk":
      return `make ${act.to}, over a disk with ${act.file}:${act.index}: ${changes(act.job).join(", ")}`;
    case "run machine":
      return `start ${act.machine.emulator}, and wait until ${act.job === undefined ? "WinPE" : `job ${act.job}`} has switched it off`;
    case "watch machine":
      return `wait until job ${act.job} has switched off what ${act.device} runs, heard by ${act.port}`;
    case "end machine":
      return `end the machine of ${act.folder}`;
    case "gather boot files":
      return `copy what starts WinPE from ${act.from} to ${act.to}, with a script of ours`;
    case "unless prepared":
      return `make ${act.folder} for job ${act.id}, unless it is there`;
    case "await handover":
      return `look in ${act.folder} for what is handed back${act.minutes === undefined ? "" : `, for ${act.minutes} minutes`}`;
    case "take handover":
      return `take what is handed back in ${act.folder} as ${act.to}`;
    case "capture volume":
      return `capture ${act.volume} as ${act.to}, what is new against ${act.file}:${act.index}`;
    case "run device":
      return "or, where it is not off in time: capture its disk, and read there why";
    case "check device":
      return `read in ${act.captured} what the device did (${act.job.steps.length} steps)`;
    case "place folder":
      return `place ${act.folder} as ${act.to}`;
    case "restore folder":
      return `restore ${act.to} where it was moved aside`;
    case "call":
      return `call ${act.title} (code of a plugin)`;
  }
}

function storeLine({ of, drivers }: DriverStore): string {
  return `${drivers.length === 1 ? "1 driver" : `${drivers.length} drivers`} of ${of}`;
}

function changes(list: readonly Change[]): readonly string[] {
  return list.map((change) => {
    switch (change.change) {
      case "add":
        return `add ${change.to}`;
      case "write":
        return `write ${change.to}`;
      case "delete":
        return `delete ${change.path}`;
      case "registry":
        return `registry ${change.key}${change.name === undefined ? "" : ` ${change.name || "(default)"}`}`;
      case "add driver":
        return `publish ${change.inf}`;
      case "remove driver":
        return `remove driver ${change.driver}`;
      case "service":
        return `service ${change.path}:${change.index} (${changes(change.changes).join(", ")})`;
    }
  });
}
