import { join } from "node:path";
import { isDirectory } from "../formats/wim-metadata.ts";
import type { Act, DriverStore } from "../engine.ts";
import { failure } from "../error.ts";
import { verify, type VerifiedId } from "../driver-store/verification.ts";
import type { Hive } from "../formats/hive.ts";
import { machineOf } from "../formats/pe.ts";
import { references } from "../formats/wim-reference.ts";
import type { ImageInfo } from "../image.ts";
import { infWindowsOf } from "../inf-windows.ts";
import { inScratch } from "../scratch-folder.ts";
import type { Table } from "../table.ts";
import { readWim } from "../wim-file.ts";
import { withFile } from "../file-source.ts";
import { branch } from "./branch.ts";
import { storePackage, treeOf, withHives } from "./driver-store.ts";
import { withBranch } from "./open-branch.ts";
import type { ActContext } from "./perform.ts";

type VerifyDrivers = Extract<Act, { act: "verify drivers" }>;

/**
 * Reads a finished WIM back: for each hardware id of each driver, the way from the id to the file that drives the device.
 * @throws SERVICING_DRIVER_UNPROVEN with every row that does not hold
 */
export async function verifyDrivers(act: VerifyDrivers, context: ActContext): Promise<void> {
  const problems: string[] = [];
  for (const store of act.stores)
    await inScratch(async (folder) => {
      const rows = await verified(act, store, folder, context);
      context.table?.(tableOf(act, store, rows));
      for (const row of rows)
        if (!row.ok) problems.push(`${store.of}: ${row.inf}: ${row.id}: ${row.problem}`);
    });
  if (problems.length > 0)
    throw failure("SERVICING_DRIVER_UNPROVEN", { file: act.file, problems: problems.slice(0, 20) });
}
