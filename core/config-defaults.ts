import { basename, dirname, extname, resolve } from "node:path";
import type { Collection, Line, LineConfig, WorkspaceConfig } from "./line.ts";
import { storeFolder } from "./store-folder.ts";

/** Of the run folders of a config in this folder. */
export function runsIn(folder: string): string {
  return resolve(folder, ".servicing/runs");
}

function recordsIn(folder: string): string {
  return resolve(folder, ".servicing/lines");
}

/** A line with everything that its config leaves out. @param from the file of the config */
export function completeLine(config: LineConfig, name: string, from: string): Line {
  const folder = dirname(from);
  const { file = "", ...which } = config.image ?? {};
  const kind = config.output?.kind;
  return {
    line: name,
    folder,
    config: from,
    image: { ...which, file: resolve(folder, file) },
    output: {
      ...(kind === undefined ? {} : { kind }),
      file: resolve(folder, config.output?.file ?? `out/${name}${kind === "delta" ? ".delta" : ""}.wim`),
      compress: config.output?.compress ?? "keep",
      images: config.output?.images ?? (kind === "delta" ? "targets" : "all"),
      ...(config.output?.verify === undefined ? {} : { verify: config.output.verify }),
    },
    engine: config.engine ?? "auto",
    prefer: config.prefer ?? ["offline", "online", "setup"],
    deployment: config.deployment ?? "applied",
    ...(config.device === undefined ? {} : { device: config.device }),
    plugins: [...(config.plugins ?? []), ...(config.deploy ?? [])],
    work: resolve(folder, config.work ?? ".servicing/work"),
    runs: runsIn(folder),
    records: recordsIn(folder),
    store: storeFolder(config.store === undefined ? undefined : resolve(folder, config.store)),
  };
}

/** The output of a workspace, which is named after its file. */
export function completeCollection(
  { file, compress = "keep", verify = false }: NonNullable<WorkspaceConfig["output"]>,
  lines: readonly Line[],
  from: string,
): Collection {
  const folder = dirname(from);
  const whole = resolve(folder, extname(file) === "" ? `${file}.wim` : file);
  return {
    name: basename(whole, extname(whole)).replaceAll(/[^\w.-]/g, "-"),
    lines,
    output: { file: whole, compress, verify },
    config: from,
    work: resolve(folder, ".servicing/work"),
    runs: runsIn(folder),
    records: recordsIn(folder),
  };
}
