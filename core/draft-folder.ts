import { createHash, randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { ownIdentity, type ProcessIdentity, standing } from "./process-identity.ts";

/**
 * A path for what is yet to be renamed to its place. The name says which process makes it: whenever that dies, no draft is
 * without an owner, as it would be if the owner was written down in it.
 */
export function draftIn(folder: string): string {
  makeFolder(folder, 0o700);
  const owner = ownIdentity();
  const text = JSON.stringify({ ...owner, host: short(owner.host) });
  return join(folder, `${Buffer.from(text).toString("base64url")}.${randomUUID()}`);
}

/** Removes the drafts of processes that are gone. */
export function sweepDrafts(folder: string): void {
  for (const name of namesIn(folder))
    if (isDead(name)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** What has another name is nobody's that could be asked, and stays. */
function isDead(name: string): boolean {
  const own = ownIdentity();
  try {
    const text = Buffer.from(name.split(".")[0] ?? "", "base64url").toString();
    const owner = JSON.parse(text) as ProcessIdentity;
    const host = owner.host === short(own.host) ? own.host : owner.host;
    return standing({ ...owner, host }) === "dead";
  } catch {
    return false;
  }
}

/** Names of files are short, those of hosts may not be. */
function short(host: string): string {
  return createHash("sha256").update(host).digest("hex").slice(0, 16);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
