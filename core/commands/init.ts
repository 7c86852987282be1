import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Invocation } from "../cli-commands.ts";
import { failure } from "../error.ts";
import { makeFolder } from "../make-folder.ts";
import { packageFolder, packageVersion } from "../own-package.ts";

export async function run({ flags, positionals, stdout }: Invocation): Promise<number> {
  const { plugin } = flags;
  if (plugin !== undefined) checkName(plugin);
  const folder = resolve(flags.cwd, positionals[0] ?? (plugin === undefined ? "." : shortOf(plugin)));
  const made = await scaffold({
    template: join(packageFolder, "templates", "init", plugin === undefined ? "line" : "plugin"),
    folder,
    values: plugin === undefined ? lineValues(folder) : pluginValues(plugin),
    dryRun: flags.dryRun,
  });
  if (flags.json) {
    stdout.write(`${JSON.stringify({ folder, ...made }, undefined, 2)}\n`);
    return 0;
  }
  const show = (file: string): string => relative(flags.cwd, file) || ".";
  for (const file of made.written) stdout.write(`${flags.dryRun ? "would write" : "wrote"} ${show(file)}\n`);
  for (const file of made.kept) stdout.write(`kept ${show(file)}: it is there already\n`);
  stdout.write(
    plugin === undefined
      ? "Next: name your image in servicing.config.ts, then `servicing plan`.\n"
      : `Next: cd ${show(folder)} && npm install && npm test\nA config beside it needs no package: import { ${identifierOf(plugin)} } from "./${show(folder).replaceAll("\\", "/")}/src/index.ts"\n`,
  );
  return 0;
}

/** The rules of npm for names of new packages, see "package.json: name". */
function checkName(name: string): void {
  const part = "[a-z0-9][a-z0-9._-]*";
  if (new RegExp(`^(?:@${part}/)?${part}$`).test(name) && name.length <= 214) return;
  throw failure("SERVICING_USAGE", {
    reason: `"${name}" cannot name a plugin package: use lower-case letters, digits, dots, dashes and underscores`,
    command: "init",
  });
}

function lineValues(folder: string): Readonly<Record<string, string>> {
  const name = basename(folder)
    .replaceAll(/[^\w.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return { LINE: name === "" ? "line" : name };
}

function pluginValues(name: string): Readonly<Record<string, string>> {
  const short = shortOf(name);
  const identifier = identifierOf(name);
  return {
    PACKAGE: name,
    NAME: short,
    FUNCTION: identifier,
    OPTIONS: `${identifier.charAt(0).toUpperCase()}${identifier.slice(1)}Options`,
    VERSION: packageVersion(),
  };
}

function shortOf(name: string): string {
  return name.replace(/^@[^/]+\//, "");
}

/** The name of its function: `@contoso/kiosk-shell` makes `kioskShell`. */
function identifierOf(name: string): string {
  const camel = shortOf(name).replaceAll(
    /[._-]+(\w)?/g,
    (_, letter: string | undefined) => letter?.toUpperCase() ?? "",
  );
  return /^\d/.test(camel) ? `plugin${camel}` : camel;
}

/** Copies a template; `__NAME__` stands for a value. A file that is there already is left alone. */
export async function scaffold(options: {
  readonly template: string;
  readonly folder: string;
  readonly values: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
}): Promise<{ readonly written: readonly string[]; readonly kept: readonly string[] }> {
  const written: string[] = [];
  const kept: string[] = [];
  const entries = await readdir(options.template, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const source of files) {
    // npm leaves .gitignore out of packages, so the template spells it without the dot.
    const name = relative(options.template, source).replace(/(^|[\\/])_/, "$1.");
    const file = join(options.folder, name);
    const text = (await readFile(source, "utf8")).replaceAll(
      /__([A-Z]+)__/g,
      (whole, key: string) => options.values[key] ?? whole,
    );
    const fresh = options.dryRun === true ? !(await exists(file)) : await writeNew(file, text);
    (fresh ? written : kept).push(file);
  }
  return { written, kept };
}

async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    makeFolder(dirname(file));
  } catch (error) {
    throw failure("SERVICING_SYSTEM_REFUSED", { reason: (error as Error).message }, { cause: error });
  }
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
