import { parseArgs } from "node:util";
import { type CliCommand, commands, type Flags, flags, type Invocation } from "./cli-commands.ts";

/** Runs one command line and gives its exit code: 0 done, 1 a line failed or not all could be said, 2 could not start, 3 a device is waited for, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<number> {
  hearUnsaid();
  const interrupt = listen();
  const wanted = { json: argv.includes("--json"), verbose: argv.includes("--verbose") };
  try {
    const code = await dispatch(argv, interrupt.signal);
    return interrupt.signal.aborted ? 130 : code;
  } catch (error) {
    const [{ showError }, { failure }] = await Promise.all([import("./error-view.ts"), import("./error.ts")]);
    const stopped = interrupt.signal.aborted && error === interrupt.signal.reason;
    const during = `servicing ${argv[0]}`;
    showError(stopped ? failure("SERVICING_INTERRUPTED", { during }) : error, {
      ...wanted,
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
    });
    return interrupt.signal.aborted ? 130 : 2;
  } finally {
    interrupt.stop();
  }
}

async function dispatch(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const { tokens, values, positionals } = parse(argv);
  const asksHelp = positionals[0] === "help";
  const [name, ...rest] = asksHelp ? positionals.slice(1) : positionals;
  const command = commands.find((candidate) => candidate.name === name);
  if (name !== undefined && command === undefined) {
    throw await misuse(
      `There is no command "${name}"`,
      name,
      commands.map((candidate) => candidate.name),
    );
  }
  await checkFlags(tokens, command);
  if (values["version"] === true) {
    const { packageVersion } = await import("./own-package.ts");
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  if (asksHelp || values["help"] === true || command === undefined) {
    const { usage } = await import("./usage.ts");
    const asked = asksHelp || values["help"] === true;
    (asked ? process.stdout : process.stderr).write(usage(command));
    return asked ? 0 : 2;
  }
  const invocation = await invocationOf(command, rest, values, signal);
  return (await command.load()).run(invocation);
}

type Token = NonNullable<ReturnType<typeof parse>["tokens"]>[number];

function parse(argv: readonly string[]) {
  const all = Object.assign({}, flags, ...commands.map((command) => command.flags ?? {})) as typeof flags;
  const options = Object.fromEntries(
    Object.entries(all).map(([name, { type, short }]) => [
      name,
      short === undefined ? { type } : { type, short },
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
}

async function checkFlags(tokens: readonly Token[], command: CliCommand | undefined): Promise<void> {
  const known = { ...flags, ...command?.flags };
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const flag = known[token.name];
    if (flag === undefined) {
      const of = command === undefined ? "" : ` for \`servicing ${command.name}\``;
      const names = Object.keys(known).map((name) => `--${name}`);
      throw await misuse(`There is no flag ${token.rawName}${of}`, `--${token.name}`, names, command);
    }
    if (flag.type === "boolean" && token.value !== undefined) {
      throw await misuse(`${token.rawName} takes no value`, "", [], command);
    }
    if (flag.type === "string" && (token.value === undefined || token.value === "")) {
      throw await misuse(`${token.rawName} needs a value: ${token.rawName} <${flag.value}>`, "", [], command);
    }
    if (flag.choices !== undefined && !flag.choices.includes(token.value ?? "")) {
      const choices = flag.choices.join(", ");
      throw await misuse(
        `${token.rawName} must be one of ${choices}, not "${token.value}"`,
        token.value ?? "",
        flag.choices,
        command,
      );
    }
  }
}

async function invocationOf(
  command: CliCommand,
  positionals: readonly string[],
  values: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Invocation> {
  if (positionals.length < command.least)
    throw await misuse(`servicing ${command.name} needs ${command.arguments}`, "", [], command);
  if (positionals.length > command.most) {
    throw await misuse(
      `servicing ${command.name} does not take "${positionals[command.most]}"`,
      "",
      [],
      command,
    );
  }
  const parallel = values["parallel"];
  if (parallel !== undefined && !/^[1-9]\d{0,2}$/.test(String(parallel))) {
    throw await misuse(`--parallel must be a number from 1, not "${String(parallel)}"`, "", [], command);
  }
  const faults = [
    Number.isNaN(days(values["age"] as string | undefined)) ? "--age must be a number of days, as in 30" : "",
    Number.isNaN(bytes(values["size"] as string | undefined))
      ? "--size must be bytes, as in 500MB or 20GB"
      : "",
    ...["age", "size"].map((name) =>
      values[name] === undefined || values["store"] === true
        ? ""
        : `--${name} is for what the store keeps: add --store`,
    ),
  ].filter((fault) => fault !== "");
  for (const fault of faults) throw await misuse(fault, "", [], command);
  const { resolve } = await import("node:path");
  const taken: { [K in keyof Flags]: Flags[K] | undefined } = {
    cwd: resolve((values["cwd"] as string | undefined) ?? "."),
    config: values["config"] as string | undefined,
    engine: values["engine"] as Flags["engine"],
    json: values["json"] === true,
    parallel: parallel === undefined ? undefined : Number(parallel),
    dryRun: values["dry-run"] === true,
    verbose: values["verbose"] === true,
    failFast: values["fail-fast"] === true,
    keepWork: values["keep-work"] === true,
    resume: values["resume"] === true,
    fresh: values["fresh"] === true,
    why: values["why"] === true,
    frozen: values["frozen"] === true,
    store: values["store"] === true,
    age: days(values["age"] as string | undefined),
    size: bytes(values["size"] as string | undefined),
    plugin: values["plugin"] as string | undefined,
    image: values["image"] as string | undefined,
  };
  const given = Object.fromEntries(Object.entries(taken).filter(([, value]) => value !== undefined));
  return {
    positionals,
    flags: given as unknown as Flags,
    signal,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
  };
}

function days(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
}

/** Decimal units, as disks are sold. */
function bytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGT]?)B?$/i.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * 1000 ** ["", "K", "M", "G", "T"].indexOf((match[2] ?? "").toUpperCase());
}

async function misuse(
  reason: string,
  word: string,
  candidates: readonly string[],
  command?: CliCommand,
): Promise<Error> {
  const [{ failure }, { didYouMean }] = await Promise.all([import("./error.ts"), import("./suggestion.ts")]);
  return failure("SERVICING_USAGE", {
    reason: reason + (word === "" ? "" : didYouMean(word, candidates)),
    ...(command === undefined ? {} : { command: command.name }),
  });
}

/** The first Ctrl-C asks everything to stop and undo; the second ends the process at once. */
function listen(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write("\nStopping; press Ctrl-C again to stop at once.\n");
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const name of signals) process.on(name, interrupt);
  return {
    signal: controller.signal,
    stop: () => signals.forEach((name) => process.off(name, interrupt)),
  };
}

/**
 * A full disk behind stdout or a terminal that is gone must end nothing halfway: what a run began would stay. There is
 * nowhere to say it, so the exit code does. `servicing plan | head` is not an error.
 */
function hearUnsaid(): void {
  let unsaid = false;
  const hear = ({ code }: NodeJS.ErrnoException): void => {
    if (code !== "EPIPE") unsaid = true;
  };
  for (const stream of [process.stdout, process.stderr]) stream.on("error", hear);
  // Streams tell of an error when the write that it befell is over, be that the last thing that is done.
  process.once("exit", (code) => {
    if (unsaid && code === 0) process.exitCode = 1;
  });
}
