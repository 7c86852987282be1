import {
  array,
  exactOptional,
  maxLength,
  minLength,
  picklist,
  pipe,
  strictObject,
  string,
  union,
} from "valibot";
import type { UnattendPass } from "../../core/index.ts";
import { distinct } from "./entry.ts";
import { below, deployment, type Settings, setup, shell } from "./setting.ts";

const line = (most: number) =>
  pipe(string(), minLength(1, "it is empty"), maxLength(most, `it has at most ${most} characters`));

/** Windows takes three more of some: "microsoft-windows-deployment-runsynchronous-runsynchronouscommand-description". */
const description = line(256);

/** "microsoft-windows-deployment-runsynchronous-runsynchronouscommand-path". */
const early = line(259);

/** "microsoft-windows-shell-setup-logoncommands-asynchronouscommand-commandline". */
const late = line(1024);

const command = (text: typeof early) =>
  union([text, strictObject({ command: text, description: exactOptional(description) })]);

const restarting = union([
  early,
  strictObject({
    command: early,
    description: exactOptional(description),
    reboot: exactOptional(
      picklist(["never", "always", "onRequest"], 'it is "never", "always" or "onRequest"'),
    ),
  }),
]);

/** How Windows and the plan call it. */
const nameOf = (one: RestartingCommand) =>
  (typeof one === "string" ? one : (one.description ?? one.command)).slice(0, 256);

const told = <T extends RestartingCommand>() =>
  distinct<T>(nameOf, "two commands have one description, or begin alike and have none");

export const commandEntries = {
  commands: exactOptional(
    strictObject({
      windowsPE: exactOptional(pipe(array(command(early)), told())),
      specialize: exactOptional(pipe(array(restarting), told())),
      auditUser: exactOptional(pipe(array(restarting), told())),
      firstLogon: exactOptional(pipe(array(command(late)), told())),
      logon: exactOptional(pipe(array(command(late)), told())),
    }),
  ),
};

export type UnattendCommand = string | { command: string; description?: string };

/**
 * `reboot`: "onRequest" restarts where the command ends with 1, and runs it again after the restart where with 2; anything
 * but these and 0 then ends the installation.
 */
export type RestartingCommand =
  | string
  | { command: string; description?: string; reboot?: "never" | "always" | "onRequest" };

export interface CommandOptions {
  /**
   * At most 259 characters each, 1,024 at a logon; they are started without a shell. `windowsPE` runs in Windows Setup's own system, from media
   * alone, `specialize` as SYSTEM before anybody logs on, `auditUser` in audit mode, `firstLogon` as the first user, and
   * `logon` as everybody, all at once.
   */
  commands?: {
    windowsPE?: UnattendCommand[];
    specialize?: RestartingCommand[];
    auditUser?: RestartingCommand[];
    firstLogon?: UnattendCommand[];
    logon?: UnattendCommand[];
  };
}

const willReboot = { never: "Never", always: "Always", onRequest: "OnRequest" } as const;

const synchronous = ["RunSynchronous", "RunSynchronousCommand", "Path"] as const;
const firstLogon = ["FirstLogonCommands", "SynchronousCommand", "CommandLine"] as const;
const logon = ["LogonCommands", "AsynchronousCommand", "CommandLine"] as const;

/** Sources: microsoft-windows-deployment-runsynchronous, microsoft-windows-setup-runsynchronous, microsoft-windows-shell-setup-firstlogoncommands, …-logoncommands. */
export function commandSettings({ commands = {} }: CommandOptions): Settings {
  return [
    ...list("windowsPE", setup, synchronous, commands.windowsPE),
    ...list("specialize", deployment, synchronous, commands.specialize),
    ...list("auditUser", deployment, synchronous, commands.auditUser),
    ...list("oobeSystem", shell, firstLogon, commands.firstLogon),
    ...list("oobeSystem", shell, logon, commands.logon),
  ];
}

function list(
  pass: UnattendPass,
  component: string,
  [holder, item, leaf]: readonly [string, string, string],
  all: readonly RestartingCommand[] = [],
): Settings {
  return all.flatMap((one) => {
    const given = typeof one === "string" ? { command: one } : one;
    const at = below(pass, component, [holder, `${item}[${nameOf(one)}]`]);
    return [
      ...at(leaf, given.command),
      ...at("WillReboot", given.reboot === undefined ? undefined : willReboot[given.reboot]),
    ];
  });
}
