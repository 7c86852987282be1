import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readCatalogFile } from "../../core/inspect/catalog-file.ts";
import { readInfFile } from "../../core/inspect/inf-file.ts";
import { stampAt } from "../../core/file-stamp.ts";
import { listAlgorithms, readPackageFile } from "../../core/inspect/package-file.ts";
import { type AheadFile, createReadAhead, type ReadAhead } from "../../core/inspect/read-ahead.ts";
import { writeDriverPackage } from "../support/driver-package.ts";

/** Asks for files of several folders to be read. */
function ask(ahead: ReadAhead, files: readonly string[]): void {
  for (const file of files) ahead.read(dirname(file), [basename(file)]);
  ahead.end();
}

describe("reading ahead", () => {
  let folder: string;
  let ahead: ReadAhead;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-ahead-"));
    ahead = createReadAhead(0);
  });
  afterEach(() => {
    ahead.close();
    rmSync(folder, { recursive: true });
  });

  /** Some of these, once the thread has had the time to read all of them: who asks too early is not told any more. */
  async function readSome(files: readonly string[], some: readonly string[]): Promise<readonly AheadFile[]> {
    for (let wait = 250; wait < 30_000; wait *= 2) {
      ahead.close();
      ahead = createReadAhead(0);
      ask(ahead, files);
      await setTimeout(wait);
      const read = some.flatMap((file) => ahead.take(file) ?? []);
      if (read.length === some.length) return read;
    }
    assert.fail("not all of them were read");
  }

  it("gives what reading gives, each once", async () => {
    const inf = await writeDriverPackage(folder);
    const [catalog, program] = [join(folder, "cstor.cat"), join(folder, "cstor.sys")];
    await setTimeout(2_100);
    const [gone, large, long, list] = ["gone.sys", "large.sys", "long.inf", "long.cat"].map((name) =>
      join(folder, name),
    );
    writeFileSync(large ?? "", Buffer.alloc(2 * 1024 * 1024));
    for (const file of [long, list]) writeFileSync(file ?? "", ";".repeat(100_000));
    const all = [program, gone ?? "", large ?? "", long ?? "", list ?? "", catalog, inf];
    const digests = await readPackageFile(program, { path: "", algorithms: listAlgorithms });
    assert.deepEqual(await readSome(all, [program, catalog, inf]), [
      { file: program, place: 0, stamp: stampAt(program), digests },
      {
        file: catalog,
        place: 5,
        stamp: stampAt(catalog),
        catalog: readCatalogFile(catalog, new Map(), new Map()),
      },
      { file: inf, place: 6, stamp: stampAt(inf), inf: readInfFile(inf, new Map()) },
    ]);
    for (const file of [program, catalog, inf, gone, large, long, list])
      assert.equal(ahead.take(file ?? ""), undefined);
  });

  it("leaves out what was asked for before it was read", async () => {
    const infs: string[] = [];
    for (let at = 0; at < 200; at += 1) infs.push(await writeDriverPackage(join(folder, `${at}`)));
    ask(ahead, infs);
    for (const inf of infs.slice(0, 151)) assert.equal(ahead.take(inf), undefined);
    await setTimeout(1_000);
    for (const inf of infs.slice(0, 151)) assert.equal(ahead.take(inf), undefined);
    assert.deepEqual(
      (await readSome(infs, infs)).map(({ file }) => file),
      infs,
    );
  });

  it("goes no more than two thousand files ahead", async () => {
    const inf = await writeDriverPackage(folder);
    const infs: string[] = [inf];
    for (let at = 1; at < 2_500; at += 1) {
      infs.push(join(folder, `${at}.inf`));
      writeFileSync(infs[at] ?? "", "[Version]");
    }
    await readSome(infs, infs.slice(1_900, 1_901));
    assert.equal(ahead.take(infs[2_300] ?? ""), undefined);
  });

  it("reads nothing where too few files are to be read, or it was closed", async () => {
    const inf = await writeDriverPackage(folder);
    const few = createReadAhead();
    ask(few, [inf]);
    await setTimeout(500);
    assert.equal(few.take(inf), undefined);
    ask(ahead, [inf]);
    ahead.close();
    await setTimeout(200);
    assert.equal(ahead.take(inf), undefined);
  });
});
