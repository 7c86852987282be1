import { inputsOf } from "./operation-input.ts";
import { bytesOf } from "./output-check.ts";
import type { Plan } from "./step.ts";

/** A language pack wants as much of a scratch folder ("deployment-image-servicing-and-management--dism--best-practices"). */
const leastScratch = 1024 ** 3;
/** What is added is compressed, and lies there as it will be installed. */
const unpacked = 2;

/**
 * Bytes that a DISM line has in its work folder when it has most there, as an estimate: the working copy, which grows by
 * what is saved beside what it replaces, the changed files of the mount, and DISM's scratch folder.
 */
export function dismSpace({ items }: Pick<Plan, "items">, source: number): number {
  const paths = items
    .filter(({ verdict, operation }) => verdict?.strategy === "offline" && operation.type !== "Service-Image")
    .flatMap(({ operation }) => inputsOf(operation).map(({ path }) => path));
  const added = [...new Set(paths)].reduce((sum, path) => sum + bytesOf(path), 0);
  return source + added + unpacked * added + Math.max(leastScratch, unpacked * added);
}
