import { createHash } from "node:crypto";
import type { InfArchitecture } from "../formats/inf/target.ts";

export const fileRepository = "\\Windows\\System32\\DriverStore\\FileRepository";
export const infFolder = "\\Windows\\INF";
/** The catalogues of drivers: the GUID is DRIVER_ACTION_VERIFY of wintrust. */
export const catalogFolder = "\\Windows\\System32\\CatRoot\\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}";

/**
 * The folder of a package in the driver store: `viostor.inf_amd64_0123456789abcdef`. Windows computes the digits in a
 * way that is not published; they name the folder and are not checked when a driver is looked up. Here they are the
 * first eight bytes of the SHA-256 of the INF, so the same INF always has the same folder. A Windows that adds the
 * same package later may keep it as another one.
 */
export function storeFolder(inf: string, architecture: InfArchitecture, content: Uint8Array): string {
  const digits = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return `${inf.toLowerCase()}_${architecture}_${digits}`;
}
