import { cp, open, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Act } from "../engine.ts";
import { fillSecrets } from "../formats/answer-file-secret.ts";
import { makeFolder } from "../make-folder.ts";
import { payloadEntries, payloadKind } from "./payload.ts";

/**
 * Into a mounted folder; an existing file is overwritten in place, which keeps its security descriptor. Links below a
 * folder are followed as long as they stay in it. @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE
 */
export async function copy(act: Extract<Act, { act: "copy" }>): Promise<void> {
  if ((await payloadKind(act.from, "a file to copy")) === "folder") await payloadEntries(act.from);
  makeFolder(dirname(act.to));
  await cp(act.from, act.to, { recursive: true, dereference: true, preserveTimestamps: true });
}

export async function write(act: Extract<Act, { act: "write" }>): Promise<void> {
  makeFolder(dirname(act.to));
  await writeFile(
    act.to,
    fillSecrets(act.text, act.secrets ?? [], (name) => process.env[name]),
    // A folder to deploy from is read by others; what holds a secret is not.
    { mode: (act.secrets ?? []).length === 0 ? 0o666 : 0o600, encoding: act.encoding ?? "utf8" },
  );
}

/** The file is opened and not made anew: Windows makes none over one that is hidden ("createfilew"). */
export async function overwrite({ from, to }: Extract<Act, { act: "overwrite" }>): Promise<void> {
  const [source, file] = [await open(from, "r"), await open(to, "r+")];
  try {
    await file.truncate();
    const part = Buffer.allocUnsafe(1024 * 1024);
    for (;;) {
      const { bytesRead } = await source.read(part, 0, part.length, null);
      if (bytesRead === 0) break;
      await file.writeFile(part.subarray(0, bytesRead));
    }
    await file.sync();
  } finally {
    await source.close();
    await file.close();
  }
}
