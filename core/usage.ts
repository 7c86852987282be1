import { type CliCommand, commands, type Flag, flags } from "./cli-commands.ts";

/** The help of one command, or of all. */
export function usage(command?: CliCommand): string {
  return command === undefined ? overview() : commandUsage(command);
}

function overview(): string {
  return `servicing: plan and run Windows image servicing

Usage: servicing <command> [arguments] [flags]

${table(commands.map((command) => [`${command.name} ${command.arguments}`.trim(), command.summary]))}

Flags:
${flagTable(flags)}

Examples:
${table([
  ["servicing init", "make a servicing.config.ts here"],
  ["servicing plan", "what would be done, where, and why"],
  ["servicing run", "do it"],
])}

Exit codes: 0 done, 1 a line failed, lint found an error or stdout was not written, 2 could not start, 3 a device is waited for, 130 interrupted.
\`servicing <command> --help\` says more about one command.
`;
}

function commandUsage(command: CliCommand): string {
  return `servicing ${command.name}: ${command.summary}

Usage: ${["servicing", command.name, command.arguments, "[flags]"].filter((part) => part !== "").join(" ")}

Flags:
${flagTable({ ...command.flags, ...flags })}

Examples:
${table(command.examples)}
`;
}

function flagTable(all: Readonly<Record<string, Flag>>): string {
  return table(
    Object.entries(all).map(([name, flag]) => [
      `--${name}${flag.short === undefined ? "" : `, -${flag.short}`}${flag.value === undefined ? "" : ` <${flag.value}>`}`,
      flag.summary,
    ]),
  );
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
}
