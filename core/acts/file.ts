import { cp, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { fillSecrets } from "../formats/answer-file-secret.ts";
import { makeFolder } from "../make-folder.ts";

/** Into a mounted folder; an existing file is overwritten in place, which keeps its security descriptor. */
export async function copy(act: Extract<Act, { act: "copy" }>): Promise<void> {
  makeFolder(dirname(act.to));
  await cp(act.from, act.to, { recursive: true, dereference: true, preserveTimestamps: true }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT")
        throw failure(
          "SERVICING_INPUT_NOT_FOUND",
          { path: act.from, wanted: "a file to copy" },
          { cause: error },
        );
      throw error;
    },
  );
}

export async function write(act: Extract<Act, { act: "write" }>): Promise<void> {
  makeFolder(dirname(act.to));
  await writeFile(
    act.to,
    fillSecrets(act.text, act.secrets ?? [], (name) => process.env[name]),
    { mode: 0o600, encoding: act.encoding ?? "utf8" },
  );
}
