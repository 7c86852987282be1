import { spawnSync } from "node:child_process";
import type { LockOwner } from "../../core/process-lock.ts";
import { ownIdentity } from "../../core/process-identity.ts";

/** What a process that has ended, and been waited for, would have left in a lock file. */
export function deadOwner(given: Partial<LockOwner> = {}): LockOwner {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  return {
    ...ownIdentity(),
    pid,
    token: "0123456789abcdef",
    what: "runs dead",
    since: "2030-01-01T00:00:00.000Z",
    ...given,
  };
}
