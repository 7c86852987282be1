import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { descriptorOf } from "../../templates/sample/security-descriptor.ts";
import type { WimFile, WimFolder } from "../../templates/sample/wim-tree.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { listing } from "../support/wim-listing.ts";

const execute = promisify(execFile);
const time = new Date("2024-10-01T12:00:00Z");
const security = descriptorOf("O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");

describe("the WIM writer", function () {
  let folder: string;
  let file: string;

  before(async function () {
    if (spawnSync("wimlib-imagex", ["--version"]).error !== undefined) {
      console.log("      skipped: wimlib-imagex is not installed");
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "wim-"));
    file = join(folder, "test.wim");
  });

  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  it("writes 100,000 files in seconds, and wimlib accepts them", async function () {
    this.timeout(30_000);
    const folders = Array.from({ length: 100 }, (_, at) => ({
      name: `folder ${at}`,
      security,
      entries: thousandFiles(at),
    }));
    const start = performance.now();
    await writeWim(file, {
      images: [{ name: "Many", time, tree: { name: "", security, entries: folders } }],
    });
    const took = performance.now() - start;
    assert.ok(took < 10_000, `${took} ms`);
    await execute("wimlib-imagex", ["verify", file], { maxBuffer: 16 * 1024 * 1024 });
    const { stdout } = await execute("wimlib-imagex", ["info", file]);
    assert.match(stdout, /Directory Count:\s+100\n/);
    assert.match(stdout, /File Count:\s+100000\n/);
  });

  it("writes descriptors, short names, links, streams and reparse points, and every content once", async () => {
    const same = Buffer.from("the same content");
    const entries: readonly WimFile[] = [
      { name: "long name.txt", shortName: "LONGNA~1.TXT", security, data: same },
      { name: "a", link: "x", data: Buffer.from("linked") },
      { name: "b", link: "x", data: Buffer.from("linked") },
      { name: "streams", data: same, streams: [{ name: "other", data: Buffer.from("second") }] },
      { name: "hidden", attributes: 0x26, data: same },
      { name: "link", reparse: { tag: 0xa000000c, data: Buffer.alloc(12) } },
      { name: "empty" },
    ];
    const images = ["One & only", "Two"].map((name) => ({ name, time, tree: { name: "", entries } }));
    await writeWim(file, { images, boot: 2 });
    await execute("wimlib-imagex", ["verify", file]);
    for (const index of [1, 2]) {
      const files = await listing(file, index);
      assert.deepEqual(
        [...files.keys()].toSorted(),
        ["/", ...entries.map(({ name }) => `/${name}`)].toSorted(),
      );
      assert.equal(files.get("/long name.txt")?.shortName, "LONGNA~1.TXT");
      assert.equal(files.get("/long name.txt")?.security, Buffer.from(security).toString("hex"));
      assert.equal(files.get("/a")?.links, 2);
      assert.equal(files.get("/a")?.group, files.get("/b")?.group);
      assert.deepEqual(files.get("/streams")?.streams, ["other"]);
      assert.deepEqual(files.get("/streams")?.hashes, [sha1("the same content"), sha1("second")]);
      assert.equal(files.get("/hidden")?.attributes, 0x26);
      assert.equal(files.get("/link")?.reparseTag, 0xa000000c);
      assert.equal(files.get("/empty")?.security, "");
    }
    const { stdout } = await execute("wimlib-imagex", ["info", file]);
    assert.match(stdout, /Boot Index:\s+2\n/);
    assert.match(stdout, /Name:\s+One & only\n/);
    assert.match(stdout, /Creation Time:\s+Tue Oct 01 12:00:00 2024 UTC\n/);
    assert.equal((await readFile(file)).toString("latin1").split("the same content").length, 2);
  });

  it("gives the same bytes for the same contents", async () => {
    const tree = { name: "", entries: [{ name: "file", data: Buffer.from("content") }] };
    await writeWim(file, { images: [{ name: "Same", time, tree }] });
    const first = await readFile(file);
    await writeWim(file, { images: [{ name: "Same", time, tree }] });
    assert.deepEqual(await readFile(file), first);
  });

  it("writes any tree so that wimlib lists it with its contents", async function () {
    this.timeout(60_000);
    const name = fc.string({ unit: fc.constantFrom(..."abcXYZ 0-_äß日語"), minLength: 1, maxLength: 40 });
    const data = fc.uint8Array({ maxLength: 300 });
    const { folder: trees } = fc.letrec<{ folder: WimFolder; node: WimFile | WimFolder }>((tie) => ({
      folder: fc.record({
        name,
        entries: fc.uniqueArray(tie("node"), { maxLength: 6, selector: (node) => node.name }),
      }),
      node: fc.oneof({ maxDepth: 3 }, fc.record({ name, data }), tie("folder")),
    }));
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        await writeWim(file, { images: [{ name: "Any", time, tree }] });
        await execute("wimlib-imagex", ["verify", file]);
        const listed = [...(await listing(file, 1))].map(([path, { hashes }]) => [path, hashes[0]]);
        assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(expected({ ...tree, name: "" }, "")));
      }),
      { numRuns: 25 },
    );
  });
});

function* thousandFiles(folder: number): Generator<WimFile> {
  for (let at = 0; at < 1_000; at += 1) {
    yield { name: `file${at}.txt`, security, data: () => Buffer.from(`${folder}/${at}\n`.repeat(20)) };
  }
}

/** Every path of a tree with the SHA-1 of what is there. */
function expected(node: WimFile | WimFolder, above: string): readonly (readonly [string, string])[] {
  const path = node.name === "" ? "" : `${above}/${node.name}`;
  if (!("entries" in node)) {
    const data = node.data as Uint8Array;
    return [[path, data.length === 0 ? "0".repeat(40) : sha1(data)]];
  }
  return [[path || "/", "0".repeat(40)], ...[...node.entries].flatMap((child) => expected(child, path))];
}

function sha1(data: string | Uint8Array): string {
  return createHash("sha1").update(data).digest("hex");
}
