import { readFile } from "node:fs/promises";
import { findExecutable } from "./executable.ts";
import { createRunner } from "./runner.ts";
import type { System } from "./tools.ts";

/** What doctor asks the machine. */
export interface Probe {
  readonly platform: NodeJS.Platform;
  readonly node: string;
  /** Absent for a system whose package manager is not known. */
  system(): Promise<System | undefined>;
  /** The executable's path, or undefined where there is none. */
  find(tool: string): string | undefined;
  /** What a tool prints. */
  ask(tool: string, args: readonly string[]): Promise<string>;
  /** Whether this process may service images on Windows. */
  elevated(): Promise<boolean>;
}

export function machine(env: NodeJS.ProcessEnv): Probe {
  const runner = createRunner();
  const ask: Probe["ask"] = async (tool, args) => {
    const { stdout, stderr } = await runner.run({ run: tool, args, writes: false, success: [0, 1] });
    return `${stdout}${stderr}`;
  };
  return {
    platform: process.platform,
    node: process.versions.node,
    system: systemHere,
    find: (tool) => findExecutable(tool, env),
    ask,
    // `net session` answers to administrators only.
    elevated: () =>
      runner.run({ run: "net", args: ["session"], writes: false }).then(
        () => true,
        () => false,
      ),
  };
}

async function systemHere(): Promise<System | undefined> {
  if (process.platform === "win32") return "windows";
  if (process.platform === "darwin") return "macos";
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const family = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].map((match) => match[1]).join(" ");
  if (/\b(?:debian|ubuntu)\b/.test(family)) return "debian";
  if (/\b(?:fedora|rhel|centos)\b/.test(family)) return "fedora";
  return undefined;
}
