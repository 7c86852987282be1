import { elements } from "../answer-file-tree.ts";
import type { Rule } from "./document.ts";

const deployment = "Microsoft-Windows-Deployment";
const setup = "Microsoft-Windows-Setup";
const shell = "Microsoft-Windows-Shell-Setup";

/** Characters that a command or path may have, by the page of each setting; the path of Setup's own commands has no limit there. */
const limits: readonly (readonly [component: string, path: string, most: number])[] = [
  [deployment, "RunSynchronous/RunSynchronousCommand/Path", 259],
  [deployment, "RunAsynchronous/RunAsynchronousCommand/Path", 259],
  ["Microsoft-Windows-PnpCustomizationsWinPE", "DriverPaths/PathAndCredentials/Path", 259],
  [shell, "FirstLogonCommands/SynchronousCommand/CommandLine", 1024],
  [shell, "LogonCommands/AsynchronousCommand/CommandLine", 1024],
];

/** Commands and paths that are longer than their pages allow. */
export const commandLengthRule: Rule = (document, report) => {
  for (const [component, path, most] of limits) {
    for (const { element } of document.at(component, path)) {
      const length = document.valueOf(element)?.length ?? 0;
      if (length > most) {
        report("command-too-long", element, `${path} has ${length} characters; Windows takes ${most}`);
      }
    }
  }
};

const synchronous = "RunSynchronous/RunSynchronousCommand/Path";

/** Sysprep where it is not supported. */
export const sysprepRule: Rule = (document, report) => {
  for (const { element } of [...document.at(deployment, synchronous), ...document.at(setup, synchronous)]) {
    const command = document.valueOf(element) ?? "";
    if (/(?:^|[\s"\\/])sysprep(?:\.exe)?["']?\s+[/-]/i.test(command)) {
      report("sysprep-in-command", element, "A synchronous command calls sysprep");
    }
  }
};

/** Paths of a network share, where the schema has Credentials beside them. */
export const networkPathRule: Rule = (document, report) => {
  const paths: readonly (readonly [component: string, path: string])[] = [
    [deployment, synchronous],
    [deployment, "RunAsynchronous/RunAsynchronousCommand/Path"],
    [setup, synchronous],
    ["Microsoft-Windows-PnpCustomizationsWinPE", "DriverPaths/PathAndCredentials/Path"],
    ["Microsoft-Windows-PnpCustomizationsNonWinPE", "DriverPaths/PathAndCredentials/Path"],
    [setup, "ImageInstall/OSImage/InstallFrom/Path"],
  ];
  for (const [component, path] of paths) {
    for (const { element, parent } of document.at(component, path)) {
      const value = document.valueOf(element) ?? "";
      if (/^["']?\\\\[^\\?.]/.test(value) && elements(parent, "Credentials").length === 0) {
        report("unc-without-credentials", element, `${path} is a network path without Credentials`);
      }
    }
  }
};
