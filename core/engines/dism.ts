import type { Command, Engine, Road, Target } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import type { Operation, OperationType } from "../operation.ts";
import { apps } from "./dism-app.ts";
import { deployments } from "./dism-deployment.ts";
import { drivers } from "./dism-driver.ts";
import { ffu } from "./dism-ffu.ts";
import { files } from "./dism-file.ts";
import { health } from "./dism-health.ts";
import { imageFiles } from "./dism-image-file.ts";
import { images } from "./dism-image.ts";
import { installers } from "./dism-installer.ts";
import { international } from "./dism-international.ts";
import { media } from "./dism-media.ts";
import { packages } from "./dism-package.ts";
import { fuseHives } from "./dism-registry.ts";
import { fuseMounts, services } from "./dism-service.ts";
import { settings } from "./dism-setting.ts";
import { winpe } from "./dism-winpe.ts";

/**
 * Windows' own tools: DISM where it has a command, pnputil, wusa, msiexec, tzutil, powercfg and reg.exe where it has none.
 * Paths are those of the host that the work folder is of, so that a plan made elsewhere shows its own. On the online road
 * the host paths of an operation must already be paths that the running Windows can read.
 */
export const dism: Engine = {
  name: "dism",
  platforms: ["win32"],
  tools: ["dism"],
  copiesSource: true,
  roads: {
    ...images,
    ...imageFiles,
    ...ffu,
    ...media,
    ...deployments,
    ...services,
    ...drivers,
    ...packages,
    ...health,
    ...apps,
    ...installers,
    ...international,
    ...settings,
    ...winpe,
    ...files,
  },
  fuse: (commands) => fuseMounts(fuseHives(commands)),
  target: (image, work) => ({
    kind: "mounted",
    image,
    file: pathsOf(work).join(work, "working.wim"),
    index: image.index,
    mountDir: pathsOf(work).join(work, `mount-${image.index}`),
    work,
  }),
};

/** What takes an operation back on the road of the target; empty where there is nothing to take back. */
export function undoOf<K extends OperationType>(operation: Operation<K>, target: Target): readonly Command[] {
  const roads = dism.roads[operation.type];
  const road = (target.kind === "online" ? roads.online : roads.offline) as Road<K> | undefined;
  return road !== undefined && "commands" in road ? (road.undo?.(operation, target) ?? []) : [];
}
