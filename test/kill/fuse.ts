import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether images can be mounted here, which is found out by mounting one. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "servicing-fuse-"));
  const at = (name: string): string => join(folder, name);
  try {
    for (const name of ["tree", "mounted"]) mkdirSync(at(name));
    writeFileSync(at("tree/file"), "file");
    execFileSync("wimlib-imagex", ["capture", at("tree"), at("tree.wim")], { stdio: "pipe" });
    execFileSync("wimlib-imagex", ["mount", at("tree.wim"), "1", at("mounted")], { stdio: "pipe" });
    execFileSync("fusermount", ["-u", at("mounted")], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
