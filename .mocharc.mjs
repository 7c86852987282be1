import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

// Where a test names no store of its own, it must not find what somebody's runs, or an earlier version, left in the user's.
const cache = mkdtempSync(join(tmpdir(), "servicing-cache-"));
process.env.SERVICING_STORE = cache;
process.once("exit", () => rmSync(cache, { recursive: true, force: true }));

export default {
  spec: ["test/{unit,golden,contract,e2e}/**/*.test.ts"],
  "node-option": ["conditions=@servicing/source"],
  require: ["test/support/root-hooks.ts"],
  // A test waits for other processes most of the time.
  parallel: true,
  jobs: Math.max(2, availableParallelism() - 1),
  timeout: 120_000,
};
