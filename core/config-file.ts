import { readFile } from "node:fs/promises";
import * as nodeModule from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { failure, isServicingError } from "./error.ts";
import { isObject } from "./config-schema.ts";

/**
 * Everything that a config exports. Node runs it as it stands, types stripped.
 * @throws SERVICING_CONFIG_UNREADABLE, with the place in the file, and whatever ServicingError a plugin threw in it.
 */
export async function loadConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (extname(file) === ".json") return { default: await loadJson(file) };
  const restore = quietWarnings();
  try {
    resolveOurselves();
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (isServicingError(error)) throw error;
    const text = error instanceof Error ? error.message : String(error);
    const place = await placeOf(error, file);
    throw failure(
      "SERVICING_CONFIG_UNREADABLE",
      { file, reason: place === undefined || text.includes(place) ? text : `${text} (${place})` },
      { cause: error },
    );
  } finally {
    restore();
  }
}

async function loadJson(file: string): Promise<unknown> {
  let config: unknown;
  try {
    config = JSON.parse((await readFile(file, "utf8")).replace(/^\uFEFF/, ""));
  } catch (error) {
    throw failure(
      "SERVICING_CONFIG_UNREADABLE",
      { file, reason: error instanceof Error ? error.message : String(error) },
      { cause: error },
    );
  }
  const code = ["plugins", "deploy"].filter((key) => isObject(config) && key in config);
  if (code.length === 0) return config;
  throw failure("SERVICING_CONFIG_INVALID", {
    file,
    problems: code.map(
      (key) => `${key}: a JSON config cannot hold plugins; write servicing.config.ts instead`,
    ),
  });
}

/** `file:line:column` where the error arose in a file of the user, as far as Node tells it. */
async function placeOf(error: unknown, file: string): Promise<string | undefined> {
  if (!(error instanceof Error)) return undefined;
  const told = placeIn(error.stack ?? "");
  if (told !== undefined || !(error instanceof SyntaxError)) return told;
  // V8 keeps the place of a syntax error in a module to itself; the TypeScript parser names it.
  try {
    nodeModule.stripTypeScriptTypes(await readFile(file, "utf8"), { sourceUrl: file });
  } catch (again) {
    return placeIn(again instanceof Error ? (again.stack ?? "") : "");
  }
  return undefined;
}

function placeIn(stack: string): string | undefined {
  for (const line of stack.split("\n")) {
    const match = /(?:^|[\s(])(file:\/\/\/[^\s()]+?|(?:[A-Za-z]:)?[\\/][^\s():]+):(\d+)(?::(\d+))?\)?$/.exec(
      line,
    );
    const [, path, row, column] = match ?? [];
    if (path === undefined) continue;
    const plain = path.startsWith("file:") ? fileURLToPath(path) : path;
    // Whatever lies above is who asked for the config.
    if (plain === import.meta.filename) return undefined;
    if (plain.includes("node_modules")) continue;
    return `${plain}:${row}${column === undefined ? "" : `:${column}`}`;
  }
  return undefined;
}

let resolving = false;

/** A config beside no package.json, run by npx or a global servicing, may import "servicing" all the same. */
function resolveOurselves(): void {
  if (resolving) return;
  resolving = true;
  nodeModule.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier !== "servicing" && !specifier.startsWith("servicing/")) throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

/** Node warns about the very thing that is done here on purpose: running TypeScript, with or without a package.json. */
function quietWarnings(): () => void {
  const original = process.emitWarning;
  const expected = /MODULE_TYPELESS_PACKAGE_JSON|Type Stripping|stripTypeScriptTypes/;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    const said = [warning instanceof Error ? warning.message : warning, ...rest.map(describe)].join(" ");
    if (!expected.test(said)) Reflect.apply(original, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  return () => {
    process.emitWarning = original;
  };
}

function describe(value: unknown): string {
  return typeof value === "string" ? value : isObject(value) ? JSON.stringify(value) : "";
}
