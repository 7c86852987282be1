import { spawnSync } from "node:child_process";
import type { Context } from "mocha";

/** Runs osslsigncode, an Authenticode implementation of others; skips the test where it is not installed. */
export function osslsigncode(
  test: Context,
  args: readonly string[],
): { code: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync("osslsigncode", args, { encoding: "utf8" });
  if (error === undefined) return { code: status, output: `${stdout}\n${stderr}` };
  console.log("      skipped: osslsigncode is not installed");
  return test.skip();
}
