import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServicingError } from "../../core/error.ts";
import type { Line } from "../../core/line.ts";
import {
  asking,
  done,
  filesBelow,
  needs,
  rig,
  type Rig,
  run,
  sampleFolder,
  sha256,
  wimlib,
} from "../support/rig.ts";

const note = asking({ type: "Write-File", to: "\\note.txt", text: "hello" });

/** The code that a line ends with, whether it could not start or failed. */
async function codeOf(line: Line): Promise<string> {
  try {
    const report = await run(line);
    return report.error?.code ?? "done";
  } catch (error) {
    assert.ok(error instanceof ServicingError, String(error));
    return error.code;
  }
}

function facts(file: string): string {
  return (
    wimlib("info", file)
      .match(/^(Compression|Attributes|Image Count):.*$/gm)
      ?.join("\n") ?? ""
  );
}

describe("images that others made", function () {
  let image: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "gcab", "wixl");
    image = join(await sampleFolder(), "install.wim");
  });

  for (const [name, options] of [
    ["XPRESS", ["--compress=XPRESS"]],
    ["LZX", ["--compress=LZX"]],
    ["LZMS", ["--compress=LZMS"]],
    ["uncompressed", ["--compress=none"]],
    ["with an integrity table", ["--check"]],
  ] as const)
    it(`${name}: the result is compressed as the source is, and verifies`, async () => {
      const here = rig();
      const source = here.path("source.wim");
      wimlib("export", image, "all", source, ...options);
      const line = here.line({ image: { file: source, index: "all" }, plugins: [note] });
      await done(line);
      wimlib("verify", line.output.file);
      assert.equal(facts(line.output.file), facts(source));
      for (const index of ["1", "2"])
        assert.equal(wimlib("extract", line.output.file, index, "/note.txt", "--to-stdout"), "hello");
    });

  for (const [compress, name] of [
    ["none", "None"],
    ["fast", "XPRESS"],
    ["max", "LZX"],
    ["recovery", "LZMS"],
  ] as const)
    it(`can be compressed otherwise: ${compress}`, async () => {
      const here = rig();
      const output = { file: here.path("out/test.esd"), compress, images: "all" } as const;
      await done(here.line({ image: { file: image, index: 2 }, plugins: [note], output }));
      assert.match(wimlib("info", output.file), new RegExp(`^Compression: +${name}`, "m"));
      assert.equal(wimlib("extract", output.file, "2", "/note.txt", "--to-stdout"), "hello");
      wimlib("verify", output.file);
    });

  it("split into parts: they are found, and the result is whole", async () => {
    const here = rig();
    wimlib("split", image, here.path("install.swm"), "0.3");
    assert.ok(filesBelow(here.folder).length > 2);
    const line = here.line({ image: { file: here.path("install.swm"), index: 1 }, plugins: [note] });
    await done(line);
    wimlib("verify", line.output.file);
    assert.match(wimlib("info", line.output.file), /Image Count: +2/);
  });

  it("of a folder that is no Windows, with no <WINDOWS> in its XML", async () => {
    const here = rig();
    here.write({ "tree/a.txt": "a", "tree/b/c.txt": "c" });
    wimlib("capture", here.path("tree"), here.path("plain.wim"), "Plain");
    const line = here.line({ image: { file: here.path("plain.wim") }, plugins: [note] });
    await done(line);
    assert.equal(wimlib("extract", line.output.file, "1", "/note.txt", "--to-stdout"), "hello");
    const hive = asking({
      type: "Set-Registry",
      key: "HKLM\\SOFTWARE\\X",
      name: "y",
      value: { type: "REG_SZ", data: "z" },
    });
    assert.equal(
      await codeOf(here.line({ image: { file: here.path("plain.wim") }, plugins: [hive] })),
      "SERVICING_HIVE_MISSING",
    );
    const windows = asking({ type: "Write-File", to: "\\Windows\\x.txt", text: "x" });
    assert.equal(
      await codeOf(here.line({ image: { file: here.path("plain.wim") }, plugins: [windows] })),
      "SERVICING_IMAGE_PATH_MISSING",
    );
  });

  it("with a damaged file: its result is not put in place where it is verified", async () => {
    const here = rig();
    const bytes = readFileSync(image);
    bytes.fill(0x55, 100_000, 100_200);
    writeFileSync(here.path("bad.wim"), bytes);
    const output = { file: here.path("out/test.wim"), compress: "keep", images: "all" } as const;
    const line = { image: { file: here.path("bad.wim"), index: 1 }, plugins: [note] };
    const report = await run(here.line({ ...line, output: { ...output, verify: true } }));
    assert.equal(report.error?.code, "SERVICING_COMMAND_FAILED");
    assert.match(report.error?.command ?? "", /^wimlib-imagex verify /);
    assert.deepEqual(filesBelow(here.path("out")), []);
    await done(
      here.line({ image: { file: image, index: 1 }, plugins: [note], output: { ...output, verify: true } }),
    );
  });

  it("whose hive is a link to a file of this machine", async () => {
    const here = rig();
    here.write({ "tree/Windows/System32/config/SYSTEM": "" });
    const config = here.path("tree/Windows/System32/config");
    symlinkSync(here.write({ "secret.txt": "not for images" }), join(config, "SOFTWARE"));
    wimlib("capture", here.path("tree"), here.path("linked.wim"), "Linked");
    const line = here.line({
      image: { file: here.path("linked.wim") },
      plugins: [
        asking({
          type: "Set-Registry",
          key: "HKLM\\SOFTWARE\\X",
          name: "y",
          value: { type: "REG_SZ", data: "z" },
        }),
      ],
    });
    assert.equal(await codeOf(line), "SERVICING_HIVE_MISSING");
  });

  it("can be named by number, name or edition; the result may hold the target alone", async () => {
    const here = rig();
    for (const index of [2, "2", "Sample Windows Home", "core"]) {
      const line = here.line({ image: { file: image, index }, plugins: [note] });
      await done(line);
      assert.throws(() => wimlib("extract", line.output.file, "1", "/note.txt", "--to-stdout"));
      assert.equal(wimlib("extract", line.output.file, "2", "/note.txt", "--to-stdout"), "hello");
    }
    const alone = here.line({
      image: { file: image, index: 2 },
      plugins: [note],
      output: { file: here.path("alone.wim"), compress: "fast", images: "targets" },
    });
    await done(alone);
    const info = wimlib("info", alone.output.file);
    assert.match(info, /Image Count: +1/);
    assert.match(info, /Compression: +XPRESS/);
    assert.match(info, /Name: +Sample Windows Home/);
  });

  describe("that cannot be serviced", () => {
    const cases: Readonly<Record<string, (here: Rig) => [code: string, line: Line]>> = {
      "a file that is not there": (here) => [
        "SERVICING_IMAGE_NOT_FOUND",
        here.line({ image: { file: here.path("none.wim") } }),
      ],
      "a folder": (here) => ["SERVICING_IMAGE_NOT_A_WIM", here.line({ image: { file: here.folder } })],
      "an empty file": (here) => [
        "SERVICING_IMAGE_NOT_A_WIM",
        here.line({ image: { file: here.write({ "empty.wim": "" }) } }),
      ],
      "another kind of file": (here) => [
        "SERVICING_IMAGE_NOT_A_WIM",
        here.line({ image: { file: here.write({ "x.wim": "x".repeat(999) }) } }),
      ],
      "an index that it has not": (here) => [
        "SERVICING_IMAGE_INDEX",
        here.line({ image: { file: image, index: 7 } }),
      ],
      "a name that it has not": (here) => [
        "SERVICING_IMAGE_INDEX",
        here.line({ image: { file: image, index: "Enterprise" } }),
      ],
      "no index where there are two": (here) => [
        "SERVICING_IMAGE_INDEX_NEEDED",
        here.line({ image: { file: image } }),
      ],
      "a truncated WIM": (here) => {
        copyFileSync(image, here.path("short.wim"));
        truncateSync(here.path("short.wim"), 300_000);
        return ["SERVICING_IMAGE_CORRUPT", here.line({ image: { file: here.path("short.wim"), index: 1 } })];
      },
      "damaged metadata": (here) => {
        const bytes = readFileSync(image);
        const table = Number(bytes.readBigUInt64LE(56));
        const metadata = Number(bytes.readBigUInt64LE(table + 8));
        bytes.fill(0x55, metadata + 2000, metadata + 4000);
        writeFileSync(here.path("bad.wim"), bytes);
        return [
          "SERVICING_COMMAND_FAILED",
          here.line({ image: { file: here.path("bad.wim"), index: 1 }, plugins: [note] }),
        ];
      },
      "a solid ESD": (here) => {
        wimlib("export", image, "1", here.path("x.esd"), "--solid");
        return ["SERVICING_IMAGE_IS_ESD", here.line({ image: { file: here.path("x.esd") } })];
      },
      "a split WIM with a part missing": (here) => {
        wimlib("split", image, here.path("y.swm"), "0.3");
        copyFileSync(here.path("y.swm"), here.path("z.swm"));
        return ["SERVICING_IMAGE_PART_MISSING", here.line({ image: { file: here.path("z.swm"), index: 1 } })];
      },
      "a second part": (here) => {
        wimlib("split", image, here.path("y.swm"), "0.3");
        return ["SERVICING_IMAGE_NOT_A_WIM", here.line({ image: { file: here.path("y2.swm"), index: 1 } })];
      },
    };
    for (const [name, make] of Object.entries(cases))
      it(`${name}: says so and writes nothing`, async () => {
        const here = rig();
        const [code, line] = make(here);
        assert.equal(await codeOf(line), code);
        assert.deepEqual(filesBelow(here.path("out")), []);
        assert.deepEqual(filesBelow(line.work), []);
      });
  });

  describe("with inputs and outputs that are wrong", () => {
    it("an output that is the source, by its own name or by a link's", async () => {
      const here = rig();
      copyFileSync(image, here.path("source.wim"));
      const digest = sha256(here.path("source.wim"));
      const output = { file: here.path("source.wim"), compress: "keep", images: "all" } as const;
      const line = here.line({ image: { file: here.path("source.wim"), index: 1 }, plugins: [note], output });
      assert.equal(await codeOf(line), "SERVICING_OUTPUT_IS_SOURCE");
      assert.equal(sha256(here.path("source.wim")), digest);
    });

    it("a source that has the name of a result which is not whole", async () => {
      const here = rig();
      const file = here.path("win.unfinished.wim");
      copyFileSync(image, file);
      const output = { file: here.path("win.wim"), compress: "keep", images: "all" } as const;
      const line = here.line({ image: { file, index: 1 }, plugins: [note], output });
      assert.equal(await codeOf(line), "SERVICING_OUTPUT_IS_SOURCE");
      assert.equal(sha256(file), sha256(image));
    });

    it("an output that is a part of the source", async () => {
      const here = rig();
      wimlib("split", image, here.path("install.swm"), "0.3");
      const file = here.path("install2.swm");
      const digest = sha256(file);
      const output = { file, compress: "keep", images: "all" } as const;
      const line = here.line({
        image: { file: here.path("install.swm"), index: 1 },
        plugins: [note],
        output,
      });
      assert.equal(await codeOf(line), "SERVICING_OUTPUT_IS_SOURCE");
      assert.equal(sha256(file), digest);
    });

    it("a folder whose files, however deep, are more than the disk has room for", async () => {
      const here = rig();
      const huge = here.write({ "a/b/huge": "" });
      truncateSync(huge, 8 * 1024 ** 4);
      const folder = asking({ type: "Copy-File", from: here.path("a"), to: "\\a" });
      const line = here.line({ image: { file: image, index: 1 }, plugins: [folder] });
      assert.equal(await codeOf(line), "SERVICING_DISK_FULL");
    });

    it("an output below a file", async () => {
      const here = rig();
      const file = join(here.write({ "a-file": "" }), "out.wim");
      const line = here.line({
        image: { file: image, index: 1 },
        plugins: [note],
        output: { file, compress: "keep", images: "all" },
      });
      assert.equal(await codeOf(line), "SERVICING_OUTPUT_UNWRITABLE");
    });

    it("a file to copy that is not there, and a link that leads out of its folder", async () => {
      const here = rig();
      const missing = asking({ type: "Copy-File", from: here.path("none"), to: "\\x" });
      assert.equal(
        await codeOf(here.line({ image: { file: image, index: 1 }, plugins: [missing] })),
        "SERVICING_INPUT_NOT_FOUND",
      );
      here.write({ "payload/a.txt": "a" });
      symlinkSync("/etc/hostname", here.path("payload/out.txt"));
      const linked = asking({ type: "Copy-File", from: here.path("payload"), to: "\\x" });
      assert.equal(
        await codeOf(here.line({ image: { file: image, index: 1 }, plugins: [linked] })),
        "SERVICING_INPUT_UNREADABLE",
      );
    });

    it("a file to delete that the image has not; optional, it does not matter", async () => {
      const here = rig();
      const line = (optional: boolean): Line =>
        here.line({
          image: { file: image, index: 1 },
          plugins: [asking({ type: "Remove-File", path: "\\none.txt", optional }), note],
        });
      assert.equal(await codeOf(line(false)), "SERVICING_IMAGE_PATH_MISSING");
      assert.equal(await codeOf(line(true)), "done");
    });

    it("a failed command is reported ready to paste, with its log, and nothing is left but the log", async () => {
      const here = rig();
      const bytes = readFileSync(image);
      const table = Number(bytes.readBigUInt64LE(56));
      const metadata = Number(bytes.readBigUInt64LE(table + 8));
      bytes.fill(0x55, metadata + 2000, metadata + 4000);
      writeFileSync(here.path("bad.wim"), bytes);
      const line = here.line({ image: { file: here.path("bad.wim"), index: 1 }, plugins: [note] });
      const report = await run(line);
      assert.equal(report.outcome, "failed");
      assert.match(report.error?.command ?? "", /^wimlib-imagex extract /);
      assert.match(report.error?.message ?? "", /ended with \d+/);
      assert.match(readFileSync(report.error?.log ?? "", "utf8"), /> wimlib-imagex extract/);
      assert.deepEqual(
        report.results.map(({ outcome }) => outcome).filter((outcome) => outcome === "skipped").length,
        report.results.length - 1,
      );
      assert.deepEqual(filesBelow(line.work), []);
      assert.deepEqual(filesBelow(here.path("out")), []);

      const kept = await run(line, { keepWork: true });
      assert.ok(kept.warnings.some((warning) => warning.includes("was kept")));
      const again = spawnSync("bash", ["-c", kept.error?.command ?? ""], { encoding: "utf8" });
      assert.match(again.stderr, /ERROR: Exiting with error code/, "the command can be run again by hand");
    });
  });
});
