import type { Command, Engine, Process, Target } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import type { Operation } from "../operation.ts";
import { extension, scratchName } from "./dism-command.ts";

/** 2359302: WU_S_ALREADY_INSTALLED of wuerror.h. */
const updateSuccess = [0, 3010, 2_359_302] as const;

/** 1641: the installer has begun a restart ("windows-installer-error-codes"). */
const installerSuccess = [0, 3010, 1641] as const;

/** Programs that have to run inside Windows. */
export const installers = {
  "Run-Installer": {
    offline: { refused: "an installer has to run inside Windows" },
    online: {
      because: "the installer runs, unattended, inside the running Windows",
      refuse: unrunnable,
      commands: install,
    },
  },
} satisfies Partial<Engine["roads"]>;

/** The Windows Update Standalone Installer, for an .msu in the running Windows. */
export function updateInstaller(
  file: string,
  args: readonly string[] = [],
  success: readonly number[] = updateSuccess,
): Process {
  return { run: "wusa.exe", args: [file, ...args, "/quiet", "/norestart"], success, writes: true };
}

function install(operation: Operation<"Run-Installer">, target: Target): readonly Command[] {
  const { file, arguments: args, success = installerSuccess } = operation;
  switch (extension(file)) {
    case ".msi":
      return [{ run: "msiexec.exe", args: installerDatabase(operation, target), success, writes: true }];
    case ".msu":
      return [updateInstaller(file, args, operation.success)];
    case ".cmd":
      return [{ run: "cmd.exe", args: ["/d", "/c", file, ...args], success, writes: true }];
    default:
      return [{ run: file, args, success, writes: true }];
  }
}

/** The user's own choice of interface, restart and log goes before ours ("command-line-options" of Windows Installer). */
function installerDatabase(
  { file, arguments: args }: Operation<"Run-Installer">,
  target: Target,
): readonly string[] {
  const has = (pattern: RegExp): boolean => args.some((argument) => pattern.test(argument));
  const log = `${scratchName(target, ["Run-Installer", pathsOf(file).basename(file), ...args])}.log`;
  return [
    "/i",
    file,
    ...args,
    ...(has(/^[/-](?:q|quiet|passive)/i) ? [] : ["/qn"]),
    ...(has(/^[/-](?:no|force|prompt)restart$/i) ? [] : ["/norestart"]),
    ...(has(/^[/-]l/i) ? [] : ["/l*v", log]),
  ];
}

function unrunnable({ file, arguments: args }: Operation<"Run-Installer">): string | undefined {
  if (!/^\.(?:exe|msi|msu|cmd)$/.test(extension(file))) return "an installer is an .exe, .msi, .msu or .cmd";
  return extension(file) === ".cmd" ? unsafeForCmd([file, ...args]) : undefined;
}

/**
 * A .cmd is read by cmd.exe, which gives these characters a meaning that no quoting takes away reliably, and which
 * drops the outer quotation marks where the first word and another one are quoted ("cmd", remarks).
 */
function unsafeForCmd(words: readonly string[]): string | undefined {
  if (words.some((word) => /[&|<>()^%!"@\r\n]/.test(word)))
    return "a .cmd and its arguments go through cmd.exe, so they must not hold any of & | < > ( ) ^ % ! @ or a quotation mark";
  const [file = "", ...args] = words;
  return / /.test(file) && args.some((argument) => argument === "" || /\s/.test(argument))
    ? "cmd.exe cannot be given blanks both in the path of a .cmd and in its arguments"
    : undefined;
}
