import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A store of its own for what a test runs in a folder, beside that folder, so that it is not among the test's own files. */
export function storeIn(cwd: string): string {
  if (!relative(root, cwd).startsWith("..")) return join(tmpdir(), `servicing-store-${process.pid}`);
  const store = `${cwd.replace(/[\\/]+$/, "")}-store`;
  if (!made.includes(store)) made.push(store);
  return store;
}

/** Runs the real command line in a process of its own. */
export function servicing(args: readonly string[], cwd: string = root, node = process.execPath): Finished {
  const bin = join(root, "core/bin.js");
  const { status, stdout, stderr } = spawnSync(node, ["--conditions=@servicing/source", bin, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, SERVICING_STORE: storeIn(cwd), NO_COLOR: "1", FORCE_COLOR: undefined },
    timeout: 60_000,
    // What hangs does not end for the asking, which it takes for Ctrl-C.
    killSignal: "SIGKILL",
  });
  return { code: status, stdout, stderr };
}

const made: string[] = [];

/** Removes what a test made here. */
export function removeFolders(): void {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
}

/** A folder with these files, removed at the end of the test. */
export function folderOf(files: Readonly<Record<string, string>> = {}): { readonly path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "servicing-cli-")));
  made.push(path);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path };
}

/** As npm would lay it out: servicing, and its development tools, beside the package. */
export function linked(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  symlinkSync(root, join(modules, "servicing"), "junction");
}

export function typeErrors(folder: string, files: readonly string[] = []): string {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(
    process.execPath,
    [
      tsc,
      ...files,
      ...(files.length === 0
        ? ["-p", "."]
        : [
            "--ignoreConfig",
            "--module",
            "nodenext",
            "--target",
            "es2024",
            "--lib",
            "es2024,esnext.disposable",
            "--types",
            "node",
            "--strict",
            "--skipLibCheck",
          ]),
      "--noEmit",
      "--allowImportingTsExtensions",
      "--customConditions",
      "@servicing/source",
    ],
    { cwd: folder, encoding: "utf8" },
  );
  return stdout;
}
