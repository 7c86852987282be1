import { partitionsOf } from "./formats/disk-layout.ts";
import type { Operation } from "./operation.ts";
import type { Item } from "./step.ts";

/**
 * Fills in what the recovery environments of a line have to do with each other, and with the disks that the line lays out:
 * most often the Winre.wim of all images is the same, so that it is serviced once and copied ("media-dynamic-update"). Whether
 * it is, and whether it fits, is seen when the line runs.
 */
export function planRecovery(items: readonly Item[]): readonly Item[] {
  const partitions = items.flatMap((item) => (item.verdict === undefined ? [] : recoveryOf(item.operation)));
  const partition = partitions.length === 0 ? {} : { partition: Math.min(...partitions) };
  const mounted = items.filter(isMounted);
  const first = new Map<string, number>();
  const same = new Map<number, number>();
  for (const [image, own] of Map.groupBy(mounted, (item) => item.image)) {
    const what = JSON.stringify(own.map(({ operation }) => operation));
    const earlier = first.get(what);
    if (earlier === undefined) first.set(what, image);
    else same.set(image, earlier);
  }
  const last = new Map(mounted.map(({ image, id }) => [image, id]));
  return items.map((item) => {
    if (!isMounted(item)) return item;
    const sameAs = same.get(item.image);
    const operation = {
      ...item.operation,
      ...(sameAs === undefined ? {} : { sameAs }),
      ...(last.get(item.image) === item.id ? partition : {}),
    };
    return { ...item, operation };
  });
}

/** Where the engine mounts it, rather than patches it as a part of its image. */
function isMounted(item: Item): item is Item & { readonly operation: Operation<"Service-WinRE"> } {
  const { operation, verdict } = item;
  return operation.type === "Service-WinRE" && verdict?.strategy === "offline" && verdict.engine === "dism";
}

/** MiB of the recovery partition that an operation lays out; none, or several, where it does. */
function recoveryOf(operation: Operation): readonly number[] {
  switch (operation.type) {
    case "New-Disk":
      return sizesIn(partitionsOf("uefi", operation.sizes));
    case "New-DeploymentFolder": {
      const { firmware = "uefi", disk } = operation.deployment;
      return sizesIn(partitionsOf(firmware, disk.sizes));
    }
    case "Set-Unattend":
      return operation.settings.flatMap(({ path, value }) =>
        path.at(-1) === "Size" && path.at(-2) === "CreatePartition[recovery]"
          ? [Number(value)]
          : (/ shrink .*minimum=(\d{1,6})/.exec(String(value))?.slice(1).map(Number) ?? []),
      );
    default:
      return [];
  }
}

function sizesIn(partitions: ReturnType<typeof partitionsOf>): readonly number[] {
  return partitions.flatMap(({ role, size }) => (role === "recovery" && size !== undefined ? [size] : []));
}
