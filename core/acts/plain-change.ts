import { join } from "node:path";
import type { Change } from "../engine.ts";
import { failure } from "../error.ts";
import { isFile, type Metadata } from "../formats/wim-metadata.ts";
import { imageTitle } from "../image.ts";
import type { FileChange } from "./batch.ts";
import { publishDrivers, removeDrivers } from "./driver-store.ts";
import { extract, extracted } from "./extract.ts";
import type { ActContext } from "./perform.ts";
import type { HiveContext, RegistryChange } from "./registry.ts";

/** What is done to files and keys alone. */
export type PlainChange = FileChange | RegistryChange;

/** Turns the changes that depend on what the image holds into those that do not. Drivers are published, or taken out, together. */
export async function plainChanges(
  changes: readonly Change[],
  metadata: Metadata,
  context: ActContext & HiveContext,
): Promise<readonly PlainChange[]> {
  const added = changes.filter((change) => change.change === "add driver");
  const removed = changes.filter((change) => change.change === "remove driver");
  const plain: PlainChange[] = [];
  for (const [at, change] of changes.entries())
    switch (change.change) {
      case "add driver":
        if (change === added[0]) plain.push(...(await publishDrivers(added, metadata, context)));
        break;
      case "remove driver":
        if (change === removed[0]) {
          const names = removed.map(({ driver }) => driver);
          plain.push(...(await removeDrivers(names, metadata, context)));
        }
        break;
      case "service":
        plain.push(await serviced(change, at, metadata, context));
        break;
      default:
        plain.push(change);
    }
  return plain;
}

async function serviced(
  { path, index, changes }: Extract<Change, { change: "service" }>,
  at: number,
  metadata: Metadata,
  context: ActContext & HiveContext,
): Promise<FileChange> {
  const entry = metadata.lookup(path);
  if (entry === undefined || !isFile(entry))
    throw failure("SERVICING_IMAGE_PATH_MISSING", { image: imageTitle(context.image), path });
  const folder = join(context.scratch, `inside-${at}`);
  await extract([path], folder, context);
  const file = await extracted(folder, path);
  const to = join(context.scratch, `serviced-${at}.wim`);
  await context.carryOut({ act: "service", file, index, changes, to, work: join(folder, "work") });
  return { change: "add", from: to, to: path };
}
