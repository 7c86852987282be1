import { glob, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Tool } from "./tool.ts";

/** One file or folder of the sample. */
export interface Product {
  /** Its path below the folder of the sample. */
  readonly path: string;
  readonly tools: readonly Tool[];
  /** What it is made from besides the code: files and folders beside this one. */
  readonly sources: readonly string[];
  /** Makes it at `to`; `work` is an empty folder that is deleted afterwards. */
  make(to: string, work: string): Promise<void>;
}

/** Missing, or older than something that it is made from, the code of the sample included. */
export async function isStale(product: Product, folder: string): Promise<boolean> {
  const there = await stat(join(folder, product.path)).catch(() => undefined);
  if (there === undefined) return true;
  const patterns = ["*.ts", ...product.sources, ...product.sources.map((source) => `${source}/**`)];
  for await (const source of glob(patterns, { cwd: import.meta.dirname })) {
    if ((await stat(join(import.meta.dirname, source))).mtimeMs > there.mtimeMs) return true;
  }
  return false;
}

/** Makes the product beside its place and moves it there whole, so that an interrupted build leaves none by halves. */
export async function build(product: Product, folder: string): Promise<void> {
  const place = join(folder, product.path);
  await mkdir(dirname(place), { recursive: true });
  const scratch = await mkdtemp(join(folder, ".building-"));
  try {
    const work = join(scratch, "work");
    const made = join(scratch, "made");
    await mkdir(work);
    await product.make(made, work);
    await rm(place, { recursive: true, force: true });
    await rename(made, place);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
