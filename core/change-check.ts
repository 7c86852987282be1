import { failure } from "./error.ts";
import type { Operation } from "./operation.ts";
import { inputsOf } from "./operation-input.ts";
import { isBelow, samePlace } from "./output-file.ts";

/**
 * What is changed where it lies is no input, and no result of a line. A file is one that an earlier operation of the plan
 * has made, since otherwise a second run would change it again; a folder is one in which nothing is read.
 * @throws SERVICING_OUTPUT_IS_SOURCE
 */
export function refuseChange(
  operation: Operation,
  all: readonly Operation[],
  output: string,
  sources: readonly string[],
): void {
  const changed = changedBy(operation);
  if (changed === undefined) return;
  const { path, folder } = changed;
  const inputs = [...readBy(all), ...sources, output];
  const isInput = folder
    ? inputs.some((input) => samePlace(path, input) || isBelow(input, path) || isBelow(path, input))
    : !all.slice(0, all.indexOf(operation)).some((earlier) => makes(earlier, path));
  if (isInput) throw failure("SERVICING_OUTPUT_IS_SOURCE", { file: path });
}

/** The file or folder that an operation changes where it lies. */
export function changedBy(
  operation: Operation,
): { readonly path: string; readonly folder: boolean } | undefined {
  switch (operation.type) {
    case "Append-Image":
      return { path: operation.to, folder: false };
    case "Delete-Image":
    case "Optimize-FFU":
      return { path: operation.file, folder: false };
    case "Gen-LangINI":
    case "Set-SetupUILang":
      return { path: operation.distribution, folder: true };
    default:
      return undefined;
  }
}

/** What operations read of the host and do not make. */
export function readBy(operations: readonly Operation[]): readonly string[] {
  const files = operations.flatMap((operation) => [
    ...inputsOf(operation).map(({ path }) => path),
    ...("file" in operation && changedBy(operation) === undefined ? [operation.file] : []),
  ]);
  return files.filter((file) => !operations.some((operation) => makes(operation, file)));
}

function makes(operation: Operation, path: string): boolean {
  return "to" in operation && changedBy(operation) === undefined && samePlace(operation.to, path);
}
