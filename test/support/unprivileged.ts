import { chmodSync } from "node:fs";

/** Of nobody, wherever that is who owns nothing. */
const nobody = 65_534;

/** Does something without root's rights, which no permission would keep out; what lies in the folder stays readable. */
export async function unprivileged<T>(folder: string, use: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return use();
  chmodSync(folder, 0o755);
  process.seteuid?.(nobody);
  try {
    return await use();
  } finally {
    process.seteuid?.(0);
  }
}
