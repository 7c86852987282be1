import { readdir, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { StoreVerification, WrittenImage } from "../driver-store/verification.ts";
import { verify } from "../driver-store/verify.ts";
import type { StorePackage } from "../driver-store/store-package.ts";
import type { Act, DriverStore } from "../engine.ts";
import { failure } from "../error.ts";
import { withFile } from "../file-source.ts";
import type { Hive } from "../formats/hive.ts";
import { readPe } from "../formats/pe.ts";
import { references } from "../formats/wim-reference.ts";
import type { Metadata } from "../formats/wim-metadata.ts";
import type { Architecture, ImageInfo } from "../image.ts";
import { infWindowsOf } from "../inf-windows.ts";
import { makeFolder } from "../make-folder.ts";
import { inScratch } from "../scratch-folder.ts";
import type { Table } from "../table.ts";
import { readWim } from "../wim-file.ts";
import { branch } from "./branch.ts";
import { configFolder, fileHash, hivesIn, storePackage, withHives } from "./driver-store.ts";
import { withBranch } from "./open-branch.ts";
import type { ActContext } from "./perform.ts";

const architectures: readonly Architecture[] = ["x86", "amd64", "arm", "arm64"];

type VerifyDrivers = Extract<Act, { act: "verify drivers" }>;

/** A WIM that is read, and where the files are that it has not. */
interface Written {
  readonly file: string;
  readonly source?: string;
  readonly image: ImageInfo;
}

/**
 * Reads a finished WIM back: for each id of each driver, the way from the id to the file that drives the device.
 * @throws SERVICING_DRIVER_UNPROVEN with what does not hold
 */
export async function verifyDrivers(act: VerifyDrivers, context: ActContext): Promise<void> {
  const problems: string[] = [];
  const several = new Set(act.stores.map(({ index }) => index)).size > 1;
  for (const store of act.stores)
    await inScratch(async (folder) => {
      const written = await writtenOf(act, store, folder, context);
      const found = await verified(store, written, folder, context);
      const of = several ? `${store.of} (image ${store.index})` : store.of;
      context.table?.(tableOf(of, found));
      for (const { inf, rows } of found)
        for (const { id, checks } of rows)
          for (const { check, ok, detail } of checks)
            if (!ok) problems.push(`${of}: ${nameOf(inf)}: ${id}: ${check}: ${detail}`);
      for (const { inf, rows } of found)
        if (rows.length === 0) problems.push(`${of}: ${nameOf(inf)}: it is for no device`);
    });
  if (problems.length === 0) return;
  const shown = problems.slice(0, 20);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  throw failure("SERVICING_DRIVER_UNPROVEN", { file: act.file, problems: shown });
}

/** The WIM in which a store is: the result itself, or one inside it. */
async function writtenOf(
  { file, source }: VerifyDrivers,
  { index, inside }: DriverStore,
  folder: string,
  context: ActContext,
): Promise<Written> {
  const result = { file, ...(source === undefined ? {} : { source }), image: imageOf(file, index) };
  if (inside === undefined) return result;
  const inner = (await extracted(result, [inside], join(folder, "inside"), context)).get(
    inside.toUpperCase(),
  );
  if (inner === undefined) throw failure("SERVICING_IMAGE_PATH_MISSING", { image: file, path: inside });
  return { file: inner, image: imageOf(inner, 1) };
}

function imageOf(file: string, index: number): ImageInfo {
  const images = readWim(file).images;
  const image = images.find((each) => each.index === index);
  if (image !== undefined) return image;
  const choices = images.map((each) => String(each.index));
  throw failure("SERVICING_IMAGE_INDEX", { file, wanted: String(index), choices });
}

async function verified(
  store: DriverStore,
  written: Written,
  folder: string,
  context: ActContext,
): Promise<readonly StoreVerification[]> {
  const { file, image } = written;
  const packages: StorePackage[] = [];
  // Whoever was not to be added without a signature was refused when the line was planned.
  for (const inf of store.drivers) packages.push(await storePackage(inf, image, true, context.signal));
  const copy = join(folder, "branch.wim");
  await branch({ act: "branch", file, index: image.index, branch: copy }, context);
  return withBranch(copy, file, async ({ metadata }) => {
    const paths = hivesIn(metadata).map((name) => configFolder + name);
    const files = await extracted(written, paths, join(folder, "hives"), context);
    const hives = new Map(
      [...files].map(([path, host]) => [path.slice(path.lastIndexOf("\\") + 1), host] as const),
    );
    for (const name of ["SYSTEM", "SOFTWARE"])
      if (!hives.has(name))
        throw failure("SERVICING_HIVE_MISSING", { image: file, path: configFolder + name });
    const machines = await machinesOf(packages, hives, metadata, written, folder, context);
    return withHives(hives, (opened) => {
      const of = writtenImage(opened, metadata, image, (path) => machines.get(path.toUpperCase()));
      const found = verify(packages, of);
      return found.map((each, at) => withoutCatalogue(packages[at], each));
    });
  });
}

/** The programs that have to be looked at are those that are asked for when nothing is known of them. */
async function machinesOf(
  packages: readonly StorePackage[],
  hives: ReadonlyMap<string, string>,
  metadata: Metadata,
  written: Written,
  folder: string,
  context: ActContext,
): Promise<ReadonlyMap<string, Architecture>> {
  const wanted = new Map<string, string>();
  withHives(hives, (opened) => {
    const of = writtenImage(opened, metadata, written.image, (path) => {
      if (metadata.lookup(path) !== undefined) wanted.set(path.toUpperCase(), path);
      return undefined;
    });
    verify(packages, of);
  });
  const machines = new Map<string, Architecture>();
  const found = await extracted(written, [...wanted.values()], join(folder, "programs"), context);
  for (const [path, host] of found) {
    const machine = withFile(host, (source) => readPe(source)?.machine);
    const known = architectures.find((each) => each === machine);
    if (known !== undefined) machines.set(path, known);
  }
  return machines;
}

function writtenImage(
  hives: ReadonlyMap<string, Hive>,
  metadata: Metadata,
  image: ImageInfo,
  machineOf: (path: string) => Architecture | undefined,
): WrittenImage {
  const drivers = hives.get("DRIVERS");
  return {
    SYSTEM: hives.get("SYSTEM") as Hive,
    SOFTWARE: hives.get("SOFTWARE") as Hive,
    ...(drivers === undefined ? {} : { DRIVERS: drivers }),
    windows: infWindowsOf(image),
    files: {
      exists: (path) => metadata.lookup(path) !== undefined,
      hash: (path) => fileHash(metadata, path),
      machineOf,
    },
  };
}

/** Who has none was taken because the config says so. */
function withoutCatalogue(of: StorePackage | undefined, found: StoreVerification): StoreVerification {
  if (of?.signature.state !== "none") return found;
  const rows = found.rows.map((row) => {
    const checks = row.checks.map((check) =>
      check.check === "catalogue" ? { ...check, ok: true, detail: "none: forceUnsigned" } : check,
    );
    return { ...row, checks, ok: checks.every(({ ok }) => ok) };
  });
  return { ...found, rows, ok: rows.length > 0 && rows.every(({ ok }) => ok) };
}

/** Extracts files of a WIM, and tells where each is, by its path in upper case. */
async function extracted(
  { file, source, image }: Written,
  paths: readonly string[],
  folder: string,
  context: ActContext,
): Promise<ReadonlyMap<string, string>> {
  if (paths.length === 0) return new Map();
  makeFolder(folder);
  const list = `${folder}.txt`;
  await writeFile(list, paths.map((path) => `${path.replaceAll("\\", "/")}\n`).join(""));
  await context.runner.run(
    {
      run: "wimlib-imagex",
      args: [
        "extract",
        file,
        String(image.index),
        `@${list}`,
        ...references(file).slice(1),
        ...(source === undefined ? [] : references(source)),
        `--dest-dir=${folder}`,
        "--preserve-dir-structure",
        "--no-globs",
        "--no-acls",
        "--no-attributes",
      ],
      env: { WIMLIB_IMAGEX_IGNORE_CASE: "1" },
      writes: true,
    },
    context,
  );
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return new Map(
    found
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [`\\${relative(folder, path).replaceAll(sep, "\\")}`.toUpperCase(), path];
      }),
  );
}

function tableOf(of: string, found: readonly StoreVerification[]): Table {
  const rows = found.map(({ inf, publishedName, form, rows: ids, ok, folder }) => [
    nameOf(inf),
    publishedName ?? "",
    String(ids.length),
    ok ? "yes" : (firstFault(ids) ?? "no ids"),
    form === "staged" ? "when it meets the device" : "done",
    folder,
  ]);
  return {
    title: `Read back: drivers of ${of}`,
    columns: ["driver", "published as", "ids", "found from id to file", "installing", "driver store folder"],
    rows,
  };
}

function firstFault(rows: StoreVerification["rows"]): string | undefined {
  for (const { id, checks } of rows)
    for (const { check, ok, detail } of checks) if (!ok) return `${id}: ${check}: ${detail}`;
  return undefined;
}

function nameOf(inf: string): string {
  return inf.split(/[\\/]/).at(-1) ?? inf;
}
