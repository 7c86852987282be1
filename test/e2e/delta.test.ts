import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withTable } from "../../core/acts/pack.ts";
import type { Change } from "../../core/engine.ts";
import { reportText } from "../../core/report.ts";
import { openWim } from "../../core/wim-file.ts";
import { branched, type Branched, makeDelta } from "../support/branches.ts";
import { richImage, shared } from "../support/rich-image.ts";
import { asking, done, filesBelow, needs, rig, type Rig, run, sha256, wimlib } from "../support/rig.ts";
import { listing } from "../support/wim-listing.ts";

/** Blobs by their hash, with the bytes that they take. */
function blobs(file: string): ReadonlyMap<string, number> {
  return withTable(
    file,
    (entries) =>
      new Map([...entries].filter(({ flags }) => (flags & 2) === 0).map(({ hash, size }) => [hash, size])),
  );
}

/** Everything that wimlib tells of an image, save where in which file its contents lie. */
function detailed(file: string, index: number, ...options: readonly string[]): string {
  return wimlib("dir", file, String(index), "--detailed", ...options).replaceAll(placed, "");
}

const placed =
  /^(?:Compressed size|Offset in WIM|Part Number|Reference Count|Flags|Solid resource|Solid offset) +=.*\n/gm;

const counts = /<(DIRCOUNT|FILECOUNT|TOTALBYTES|HARDLINKBYTES)>(\d+)</g;

function counted(file: string, index: number): readonly string[] {
  return [...(openWim(file).images[index - 1] ?? "").matchAll(counts)].map(([text]) => text).sort();
}

/** What wimlib counts itself, where it has every file: it counts again when it has changed something. */
function recounted(file: string, index: number, here: Rig): readonly string[] {
  const copy = here.path(`recount-${index}.wim`);
  wimlib("export", file, "all", copy);
  here.write({ "recount.txt": "" });
  wimlib("update", copy, String(index), "--command", `add ${here.path("recount.txt")} /recount.txt`);
  wimlib("update", copy, String(index), "--command", "delete /recount.txt");
  return counted(copy, index);
}

/** How many contents an image has, as wimlib lists them. */
function contentsOfImage(file: string): number {
  const hashes = wimlib("dir", file, "1", "--detailed").matchAll(
    /^Hash += 0x([0-9a-f]*[1-9a-f][0-9a-f]*)$/gm,
  );
  return new Set([...hashes].map(([, hash]) => hash)).size;
}

const key = (name: string): Change => ({
  change: "registry",
  key: "HKLM\\SOFTWARE\\Contoso",
  name,
  value: { type: "REG_SZ", data: name },
});

/** Several updates of two images, as several steps would make them. */
async function changed(here: Rig, source: string): Promise<readonly [Branched, Branched]> {
  here.write({ "new/a.txt": "a new file\n".repeat(2_000), "new/empty.txt": "", "new/known.txt": shared });
  writeFileSync(
    here.path("new/noise.bin"),
    Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * at * 2_654_435_761) >>> 13)),
  );
  const first = await branched(source, 1, here.path("work"));
  const second = await branched(source, 2, here.path("work"));
  await first.update(key("one"));
  await first.update(
    { change: "add", from: here.path("new"), to: "\\New" },
    { change: "add", from: here.path("new/a.txt"), to: "\\Windows\\explorer.exe" },
    { change: "delete", path: "\\Users\\Public\\notes.txt" },
  );
  await first.update(key("two"));
  await second.update({ change: "add", from: here.path("new/a.txt"), to: "\\Windows\\only here.txt" });
  return [first, second];
}

describe("packs and deltas", function () {
  let folder: string;
  let image: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "hivexget");
    folder = mkdtempSync(join(tmpdir(), "servicing-delta-"));
    image = await richImage(folder);
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  for (const [name, options] of [
    ["XPRESS", ["--compress=XPRESS"]],
    ["LZX", ["--compress=LZX"]],
    ["LZX in chunks of its own size", ["--compress=LZX", "--chunk-size=65536"]],
    ["LZMS", ["--compress=LZMS"]],
    ["none", ["--compress=none"]],
    ["LZX with an integrity table", ["--compress=LZX", "--check"]],
    ["LZX, split", ["--compress=LZX", "split"]],
  ] as const)
    it(`${name}: the delta holds what the source has not, and with it is what stands by itself`, async () => {
      const here = rig();
      const split = options.some((option) => option === "split");
      const whole = here.path("whole.wim");
      wimlib("export", image, "all", whole, "--boot", ...options.filter((option) => option !== "split"));
      if (split) wimlib("split", whole, here.path("source.swm"), "0.002");
      const source = split ? here.path("source.swm") : whole;
      const { header } = openWim(source);
      const [first, second] = await changed(here, source);

      assert.equal(first.packs().length, 4, "an empty one, and one for each update that added anything");
      for (const { branch } of [first, second]) assert.deepEqual([...blobs(branch).keys()], []);
      const packed = new Map([...first.packs(), ...second.packs()].flatMap((pack) => [...blobs(pack)]));
      for (const pack of first.packs().slice(1)) {
        const made = openWim(pack).header;
        assert.deepEqual([made.compression, made.chunkSize], [header.compression, header.chunkSize]);
      }

      const to = here.path("out.delta.wim");
      const branches = [first.branch, second.branch];
      await makeDelta({ branches, source, to, compress: "keep", boot: 2 }, here.path("work"));
      const refs = split ? [`--ref=${source}`, `--ref=${here.path("source*.swm")}`] : [`--ref=${source}`];
      const made = openWim(to);
      assert.deepEqual(
        [made.header.compression, made.header.chunkSize, made.header.bootIndex],
        [header.compression, header.chunkSize, 2],
      );
      assert.equal(made.header.integrity.size > 0, header.integrity.size > 0);
      wimlib("info", to, ...(header.integrity.size > 0 ? ["--check"] : []));
      if (header.compression !== "none")
        for (const { size, originalSize } of made.metadata)
          assert.ok(size < originalSize, "metadata is compressed");

      const held = blobs(to);
      const known = blobs(whole);
      assert.equal(held.size, 3, "a text, noise, a hive");
      for (const [hash, size] of held) {
        assert.ok(!known.has(hash), "what the source has is not in the delta");
        assert.equal(size, packed.get(hash), "it is as large as in its pack");
      }

      wimlib("verify", to, ...refs);
      const compress = `--compress=${header.compression}`;
      first.export(here.path("alone.wim"), compress);
      second.export(here.path("alone.wim"), compress, "--boot");
      wimlib("export", to, "all", here.path("full.wim"), ...refs);
      wimlib("verify", here.path("full.wim"));
      for (const index of [1, 2]) {
        const expected = detailed(here.path("alone.wim"), index);
        assert.equal(detailed(here.path("full.wim"), index), expected);
        assert.equal(detailed(to, index, ...refs), expected);
        const right = recounted(here.path("full.wim"), index, here);
        for (const file of ["alone.wim", "full.wim", "out.delta.wim"])
          assert.deepEqual(counted(here.path(file), index), right, file);
      }
      wimlib("apply", to, "1", here.path("applied"), ...refs);
      assert.equal(
        readFileSync(here.path("applied/Windows/explorer.exe"), "utf8"),
        "a new file\n".repeat(2_000),
      );
      assert.deepEqual(
        filesBelow(here.path("work")).filter(
          (file) => !/^(?:log|image-\d|image-\d.(?:branch|blobs-\d)\.wim|log.stdin)$/.test(file),
        ),
        [],
      );
    });

  for (const [compress, name] of [
    ["none", "None"],
    ["fast", "XPRESS"],
    ["max", "LZX"],
    ["recovery", "LZMS"],
  ] as const)
    it(`can be compressed otherwise: ${compress}`, async () => {
      const here = rig();
      const [first, second] = await changed(here, image);
      const to = here.path("out.delta.wim");
      await makeDelta(
        { branches: [first.branch, second.branch], source: image, to, compress },
        here.path("work"),
      );
      assert.match(wimlib("info", to), new RegExp(`^Compression: +${name}`, "m"));
      assert.equal(openWim(to).solid, compress === "recovery");
      wimlib("verify", to, `--ref=${image}`);
      wimlib("export", to, "all", here.path("full.wim"), `--ref=${image}`);
      first.export(here.path("alone.wim"));
      assert.equal(detailed(here.path("full.wim"), 1), detailed(here.path("alone.wim"), 1));
    });

  it("of images that nothing was added to, and that are the same, is their metadata", async () => {
    const here = rig();
    const source = here.path("source.wim");
    wimlib("export", image, "2", source, "One");
    wimlib("export", image, "2", source, "Other");
    for (const compress of ["keep", "recovery"] as const) {
      const work = here.path(compress);
      const [one, other] = [await branched(source, 1, work), await branched(source, 2, work)];
      const to = here.path(`${compress}.wim`);
      await makeDelta({ branches: [one.branch, other.branch], source, to, compress }, work);
      assert.equal(blobs(to).size, 0);
      wimlib("verify", to, `--ref=${source}`);
      wimlib("export", to, "all", here.path(`full-${compress}.wim`), `--ref=${source}`);
      assert.equal(detailed(to, 2, `--ref=${source}`), detailed(source, 2));
    }
  });

  it("make no pack of what the source or an earlier pack has, and none of what is taken away again", async () => {
    const here = rig();
    here.write({ "a.txt": "first", "b.txt": "second", "known.txt": shared, "empty.txt": "" });
    const add = (name: string, to: string): Change => ({ change: "add", from: here.path(name), to });
    const one = await branched(image, 1, here.path("work"));
    const before = counted(one.branch, 1);
    await one.update({ change: "delete", path: "\\Bare" });
    await one.update(add("known.txt", "\\known.txt"), add("empty.txt", "\\Windows\\explorer.exe"));
    await one.update(add("a.txt", "\\gone.txt"), { change: "delete", path: "\\gone.txt" });
    await one.update(add("a.txt", "\\Windows\\win.ini"), { change: "delete", path: "\\Windows\\win.ini" });
    assert.equal(one.packs().length, 1);
    assert.notDeepEqual(counted(one.branch, 1), before);
    await one.update(add("a.txt", "\\a.txt"));
    const digest = sha256(one.packs()[1] as string);
    await one.update(add("a.txt", "\\again.txt"), add("b.txt", "\\a.txt"));
    await one.update(add("a.txt", "\\a.txt"));
    assert.deepEqual(
      one.packs().map((pack) => blobs(pack).size),
      [0, 2, 2],
    );
    assert.equal(sha256(one.packs()[1] as string), digest, "a pack is never changed");
    one.export(here.path("alone.wim"));
    wimlib("verify", here.path("alone.wim"));
    assert.equal(wimlib("extract", here.path("alone.wim"), "1", "/a.txt", "--to-stdout"), "first");
    assert.deepEqual(counted(here.path("alone.wim"), 1), recounted(here.path("alone.wim"), 1, here));
    assert.equal(blobs(here.path("alone.wim")).size, contentsOfImage(here.path("alone.wim")));
  });

  it("is not made where a file is neither in the source nor in a pack", async () => {
    const here = rig();
    const [first] = await changed(here, image);
    rmSync(first.packs()[2] as string);
    const act = {
      branches: [first.branch],
      source: image,
      to: here.path("x.wim"),
      compress: "keep",
    } as const;
    await assert.rejects(makeDelta(act, here.path("work")), { code: "SERVICING_IMAGE_CORRUPT" });
  });

  it("is what a line gives that asks for it, with the command that makes it whole", async () => {
    const here = rig();
    here.write({ "new.txt": "new\n" });
    const plugins = [
      asking(
        { type: "Copy-File", from: here.path("new.txt"), to: "\\Windows\\explorer.exe" },
        { type: "Set-Registry", key: "HKLM\\SOFTWARE\\A", name: "b", value: { type: "REG_SZ", data: "c" } },
      ),
    ];
    const alone = here.line({ image: { file: image, index: 1 }, plugins });
    await done({ ...alone, output: { ...alone.output, images: "targets" } });
    const file = here.path("out/it's.delta.wim");
    const output = { kind: "delta", file, compress: "keep", images: "targets", verify: true } as const;
    const report = await done(here.line({ image: { file: image, index: 1 }, plugins, output }));
    const [artifact] = report.artifacts;
    assert.ok(reportText(report).includes(`  ${artifact?.restore}\n`));
    assert.deepEqual(filesBelow(here.path("work")), []);
    assert.deepEqual(filesBelow(here.path("out")), ["it's.delta.wim", "test.wim"]);
    execFileSync("sh", ["-c", artifact?.restore ?? ""], { stdio: "ignore" });
    const whole = here.path("out/it's.wim");
    wimlib("verify", whole);
    assert.deepEqual(await listing(whole, 1), await listing(alone.output.file, 1));
  });

  it("is refused by the dism engine in the plan", async () => {
    const here = rig();
    const output = { kind: "delta", file: here.path("x.wim"), compress: "keep", images: "targets" } as const;
    const line = here.line({ image: { file: image, index: 1 }, output, engine: "dism" });
    await assert.rejects(run(line), { code: "SERVICING_OUTPUT_FORMAT" });
  });
});
