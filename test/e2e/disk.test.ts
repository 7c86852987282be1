import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { perform } from "../../core/acts/perform.ts";
import { createRunner } from "../../core/runner.ts";
import { disk, type DiskOptions } from "../../plugins/disk.ts";
import {
  asking,
  done,
  filesBelow,
  needs,
  type Rig,
  rig,
  run,
  sampleFolder,
  sha256,
  wimlib,
} from "../support/rig.ts";
import { listing } from "../support/wim-listing.ts";

const mebibyte = 1024 * 1024;
const sizes = { system: 100, windows: 128, recovery: 300 };

/** Where the partitions of these sizes lie, in MiB. */
const windowsAt = 1 + 100 + 16;
const recoveryAt = windowsAt + 128;

function tool(name: string, ...args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  return execFileSync(name, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
}

/** A partition as a file of its own, as independent tools want it. */
function partition(raw: string, start: number, size: number, to: string): string {
  const [from, out] = [openSync(raw, "r"), openSync(to, "w")];
  const part = Buffer.alloc(mebibyte);
  for (let at = 0; at < size; at += 1) {
    readSync(from, part, 0, part.length, (start + at) * mebibyte);
    if (!part.equals(empty)) writeSync(out, part, 0, part.length, at * mebibyte);
  }
  closeSync(from);
  closeSync(out);
  truncateSync(to, size * mebibyte);
  return to;
}

const empty = Buffer.alloc(mebibyte);

describe("a disk", function () {
  let image: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "ntfsfix", "ntfsinfo", "sfdisk", "mformat", "qemu-img");
    needs(this, "gcab", "wixl", "ntfscat", "ntfscp", "ntfsls", "mdir", "7z");
    image = join(await sampleFolder(), "install.wim");
  });

  function lineOf(here: Rig, options: DiskOptions) {
    const added = asking({ type: "Write-File", to: "\\Windows\\Contoso.txt", text: "of this line" });
    return here.line({ image: { file: image, index: 1 }, plugins: [added, disk(options)] });
  }

  it("holds the image with all that is said of its files, and partitions as Windows lays them out", async () => {
    const here = rig();
    const line = lineOf(here, { file: here.path("out/pc.img"), sizes, verify: true });
    const before = sha256(image);
    const report = await done(line);
    assert.equal(sha256(image), before);
    const raw = here.path("out/pc.img");

    const { partitiontable: table } = JSON.parse(tool("sfdisk", "--json", raw)) as {
      partitiontable: { label: string; partitions: readonly Record<string, unknown>[] };
    };
    assert.equal(table.label, "gpt");
    assert.deepEqual(
      table.partitions.map(({ start, size, type, name, attrs }) => [start, size, type, name, attrs]),
      [
        [2048, 100 * 2048, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI system partition", undefined],
        [
          101 * 2048,
          16 * 2048,
          "E3C9E316-0B5C-4DB8-817D-F92DF00215AE",
          "Microsoft reserved partition",
          undefined,
        ],
        [
          windowsAt * 2048,
          128 * 2048,
          "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
          "Basic data partition",
          undefined,
        ],
        [
          recoveryAt * 2048,
          300 * 2048,
          "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC",
          "Basic data partition",
          "RequiredPartition GUID:63",
        ],
      ],
    );
    assert.match(tool("7z", "l", raw), /2\.Basic data partition\.ntfs/);
    assert.match(tool("mdir", "-i", `${raw}@@1M`, "::"), /Volume in drive : is SYSTEM/);

    const windows = partition(raw, windowsAt, 128, here.path("windows.ntfs"));
    tool("ntfsfix", "--no-action", windows);
    assert.equal(tool("ntfscat", windows, "Windows/Contoso.txt"), "of this line");
    // The boot sector tells Windows where the volume begins: "hidden sectors".
    const boot = Buffer.alloc(512);
    const handle = openSync(windows, "r");
    readSync(handle, boot, 0, 512, 0);
    closeSync(handle);
    assert.deepEqual([boot.readUInt16LE(24), boot.readUInt16LE(26)], [63, 255]);
    assert.equal(boot.readUInt32LE(28), windowsAt * 2048);
    wimlib("capture", windows, here.path("again.wim"), "again", "--config=/dev/null", "--compress=none");
    assert.deepEqual(
      await described(here.path("again.wim")),
      await described(line.output.file),
      "security, attributes, short names, streams, links and hashes are those of the result",
    );

    const recovery = partition(raw, recoveryAt, 300, here.path("recovery.ntfs"));
    const name = tool("ntfsls", "-a", "-p", "Recovery/WindowsRE", recovery)
      .trim()
      .split("\n")
      .at(-1) as string;
    const winre = execFileSync("ntfscat", [recovery, `Recovery/WindowsRE/${name}`], {
      maxBuffer: 64 * mebibyte,
    });
    const path = `/Windows/System32/Recovery/${name}`;
    assert.ok((await listing(line.output.file, 1)).get(path)?.hashes.includes(sha1(winre)));
    assert.deepEqual(tool("ntfsls", recovery).trim().split("\n"), ["Recovery"]);
    assert.ok(report.warnings.some((text) => text.includes("bcdboot")));
    assert.deepEqual(filesBelow(here.path("out")).toSorted(), ["pc.img", "test.wim"]);
  });

  it("is converted, and neither made again when nothing changed nor left half-way", async () => {
    const here = rig();
    for (const name of ["pc.qcow2", "pc, two.vhdx"]) {
      const line = lineOf(here, { file: here.path("out", name), sizes });
      await done(line);
      const file = here.path("out", name);
      tool("qemu-img", "check", file);
      const raw = here.path("back.img");
      tool("qemu-img", "convert", "-O", "raw", file, raw);
      const windows = partition(raw, windowsAt, 128, here.path("windows.ntfs"));
      assert.equal(tool("ntfscat", windows, "Windows/Contoso.txt"), "of this line");
      const made = statSync(file, { bigint: true });
      const report = await done(line);
      assert.ok(report.results.every(({ outcome }) => outcome === "reused"));
      assert.equal(statSync(file, { bigint: true }).mtimeNs, made.mtimeNs);
    }
    assert.deepEqual(filesBelow(here.path("work")), []);
  });

  it("is refused where the files have no room, and over its own source", async () => {
    const here = rig();
    const small = () => lineOf(here, { file: here.path("out/pc.img"), sizes: { windows: 64, system: 100 } });
    const big = here.write({ "big.bin": "x" });
    truncateSync(big, 80 * mebibyte);
    const added = asking({ type: "Copy-File", from: big, to: "\\Windows\\big.bin" });
    const report = await run({ ...small(), plugins: [added, ...small().plugins] });
    assert.equal(report.error?.code, "SERVICING_DISK_TOO_SMALL");
    assert.deepEqual(filesBelow(here.path("work")), []);
    assert.deepEqual(filesBelow(here.path("out")), ["test.wim"]);

    mkdirSync(here.path("in"));
    wimlib("export", image, "1", here.path("in/install.img"));
    const own = here.line({
      image: { file: here.path("in/install.img"), index: 1 },
      plugins: [disk({ file: here.path("in/install.img"), sizes })],
    });
    await assert.rejects(run(own), { code: "SERVICING_OUTPUT_IS_SOURCE" });
    assert.ok(existsSync(here.path("in/install.img")));
    const result = lineOf(here, { file: here.path("out/test.wim"), format: "raw", sizes });
    await assert.rejects(run(result), { code: "SERVICING_OUTPUT_IS_SOURCE" });
  });

  it("fails where what is read back is not what was applied", async () => {
    const here = rig();
    const volume = here.path("windows.ntfs");
    const { signal } = new AbortController();
    const context = {
      runner: createRunner(),
      signal,
      log: here.path("log"),
      target: undefined,
      warn: assert.fail,
    };
    const verified = (contents: boolean) =>
      perform(
        { act: "compare volume", volume, file: image, index: 1, contents, work: here.path("work") },
        context,
      );
    await perform({ act: "allocate", file: volume, bytes: 64 * mebibyte }, context);
    tool("mkntfs", "--force", "--fast", "--quiet", volume);
    wimlib("apply", image, "1", volume);
    await verified(false);
    tool("ntfscp", "--force", volume, here.write({ "x.txt": "of somebody else" }), "Windows/explorer.exe");
    await assert.rejects(verified(true), {
      code: "SERVICING_DISK_UNPROVEN",
      message: /\\Windows\\explorer\.exe: content: /,
    });
    tool("mkntfs", "--force", "--fast", "--quiet", volume);
    await assert.rejects(verified(false), {
      code: "SERVICING_DISK_UNPROVEN",
      message: /\\Windows is missing/,
    });
    assert.ok(!existsSync(here.path("work")));
  });
});

/** The numbers of link groups are a WIM's own. */
async function described(file: string): Promise<readonly unknown[]> {
  return [...(await listing(file, 1))].map(([path, entry]) => [path, { ...entry, group: "" }]);
}

function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}
