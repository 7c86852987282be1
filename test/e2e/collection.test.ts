import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publish } from "../../core/acts/publish.ts";
import { title } from "../../core/acts/title.ts";
import type { RunReport } from "../../core/event.ts";
import { openWim } from "../../core/wim-file.ts";
import { folderOf, servicing } from "../support/command.ts";
import { launch } from "../support/process.ts";
import { richImage } from "../support/rich-image.ts";
import { filesBelow, needs, rig, sha256, wimlib } from "../support/rig.ts";
import { times } from "../support/wim-listing.ts";

/** What a run said of all of it. */
function ended(stdout: string): RunReport {
  const last = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RunReport & { readonly type: string };
  assert.equal(last.type, "ended");
  return last;
}

function outcomes(report: RunReport): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    report.lines.map(({ line, results }) => [line, [...new Set(results.map(({ outcome }) => outcome))]]),
  );
}

const placed =
  /^(?:Compressed size|Offset in WIM|Part Number|Reference Count|Flags|Solid resource|Solid offset) +=.*\n/gm;

/** Everything that wimlib tells of an image, save where in which file its contents lie. */
function detailed(file: string, index: number, ...options: readonly string[]): string {
  return wimlib("dir", file, String(index), "--detailed", ...options).replaceAll(placed, "");
}

const facts = (element: string | undefined): string =>
  (element ?? "").replaceAll(/<(?:DISPLAY)?NAME>[^<]*<\/(?:DISPLAY)?NAME>|INDEX="\d+"/g, "");

const lineOf = (file: string, name: string, index: string, fields: string): string => `
  import { defineConfig, files } from "servicing";
  export default defineConfig({
    line: "${name}",
    image: { file: ${JSON.stringify(file)}, index: ${index}, architecture: "amd64" },
    plugins: [files({ write: { "\\\\Windows\\\\line.txt": "${name}" }, copy: { "../../noise.bin": "\\\\noise.bin" } })],
    ${fields}
  });`;

describe("one WIM of several lines", function () {
  let images: string;
  let source: string;

  before(async function () {
    needs(this, "wimlib-imagex");
    images = mkdtempSync(join(tmpdir(), "servicing-collection-"));
    source = await richImage(images);
  });

  after(() => {
    if (images !== undefined) rmSync(images, { recursive: true });
  });

  /** A delta, a WIM that stands by itself with an image nobody asked for in it, and two serviced images. */
  function project(more = ""): string {
    const { path } = folderOf({
      "servicing.config.ts": `
        import { defineConfig } from "servicing";
        export default defineConfig({ lines: ["lines/*/servicing.config.ts"], output: { file: "out/product.wim" ${more} } });`,
      "lines/a/servicing.config.ts": lineOf(source, "delta", "1", 'output: { kind: "delta" }'),
      "lines/b/servicing.config.ts": lineOf(source, "2", "2", ""),
      "lines/c/servicing.config.ts": lineOf(
        source,
        "both",
        '"all"',
        'output: { images: "targets", compress: "fast" }',
      ),
    });
    const noise = Uint32Array.from({ length: 65_536 }, (_, at) => Math.imul(at * at + 7, 2_654_435_761));
    writeFileSync(join(path, "noise.bin"), noise);
    return path;
  }

  it("holds each serviced image as its line's result does, by a name of its own, and what they share once", async () => {
    const cwd = project(", verify: true");
    const { code, stdout, stderr } = servicing(["run", "--json"], cwd);
    assert.equal(code, 0, stdout + stderr);
    const product = join(cwd, "out/product.wim");
    wimlib("verify", product);
    const own = openWim(product);
    const [one = "", two = ""] = openWim(source).images.map(
      (each) => /<NAME>(.*?)<\/NAME>/.exec(each)?.[1] ?? "",
    );
    const parts = [
      ["lines/a/out/delta.delta.wim", 1, "delta", `--ref=${source}`],
      ["lines/b/out/2.wim", 2, "2"],
      ["lines/c/out/both.wim", 1, `both ${one}`],
      ["lines/c/out/both.wim", 2, `both ${two}`],
    ] as const;
    assert.equal(own.images.length, parts.length);
    const listed = wimlib("info", product);
    for (const [at, [file, index, name, ...options]] of parts.entries()) {
      const result = openWim(join(cwd, file));
      assert.equal(detailed(product, at + 1), detailed(join(cwd, file), index, ...options), name);
      assert.equal(own.metadata[at]?.hash, result.metadata[index - 1]?.hash, name);
      assert.equal(facts(own.images[at]), facts(result.images[index - 1]), name);
      assert.match(listed, new RegExp(`^Name: +${name}\\nDescription:.*\\nDisplay Name: +${name}$`, "m"));
      if (options.length === 0)
        assert.deepEqual(await times(product, at + 1), await times(join(cwd, file), index), name);
    }
    const noise = statSync(join(cwd, "noise.bin")).size;
    assert.ok(own.bytes < statSync(source).size + noise * 1.5, "what lines share is in it once");
    assert.equal(own.header.compression, openWim(source).header.compression);
    assert.deepEqual(filesBelow(join(cwd, "out")), ["product.wim"]);
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);

    const report = ended(stdout);
    assert.deepEqual(
      report.lines.map(({ line, ok }) => [line, ok]),
      [
        ["delta", true],
        ["2", true],
        ["both", true],
        ["product", true],
      ],
    );
    const written = JSON.parse(readFileSync(join(report.folder, "report.json"), "utf8")) as RunReport;
    assert.deepEqual(report, { type: "ended", ...written });
    assert.equal(report.lines[3]?.artifacts[0]?.sha256, sha256(product));
  });

  it("is reused as long as the results and it are what they were, and made again else", () => {
    const cwd = project();
    const product = join(cwd, "out/product.wim");
    const run = (...args: readonly string[]): RunReport => {
      const { code, stdout, stderr } = servicing(["run", "--json", ...args], cwd);
      assert.equal(code, 0, stdout + stderr);
      return ended(stdout);
    };
    assert.deepEqual(outcomes(run())["product"], ["done"]);
    const made = sha256(product);
    const again = run();
    assert.deepEqual([again.steps.done, outcomes(again)["product"]], [0, ["reused"]]);
    assert.equal(sha256(product), made);

    writeFileSync(product, "spoilt");
    const plan = servicing(["plan", "--why"], cwd).stdout;
    assert.match(plan, /product\.wim is not what the last run made/);
    assert.deepEqual(outcomes(run("--dry-run"))["product"], []);
    assert.equal(readFileSync(product, "utf8"), "spoilt");
    assert.deepEqual(outcomes(run()), {
      delta: ["reused"],
      2: ["reused"],
      both: ["reused"],
      product: ["done"],
    });
    wimlib("verify", product);

    const config = join(cwd, "lines/b/servicing.config.ts");
    writeFileSync(config, readFileSync(config, "utf8").replace('line.txt": "2"', 'line.txt": "two"'));
    assert.match(servicing(["plan", "--why"], cwd).stdout, /runs: 2 runs before it/);
    const alone = servicing(["run", "2", "--json"], cwd);
    assert.doesNotMatch(alone.stdout, /product/);
    assert.match(servicing(["plan", "--why"], cwd).stdout, /the result of 2 changed: \w{12} → \w{12}/);
    assert.deepEqual(outcomes(run())["product"], ["done"]);
    assert.equal(wimlib("extract", product, "2", "/Windows/line.txt", "--to-stdout"), "two");
    assert.ok(outcomes(run("--fresh"))["product"]?.includes("done"));
  });

  for (const flags of [[], ["--fail-fast"]])
    it(`is left as it was where a line fails ${flags.join(" ")}`, () => {
      const cwd = project();
      assert.equal(servicing(["run"], cwd).code, 0);
      const product = join(cwd, "out/product.wim");
      const before = sha256(product);
      const line = join(cwd, "lines/c/servicing.config.ts");
      const failing =
        'plugins: [{ name: "failing", apply: ({ hooks }) => hooks.commit.tap("failing", (commit) => commit.call("fails", () => { throw new Error("no"); })) },';
      writeFileSync(line, readFileSync(line, "utf8").replace("plugins: [", failing));
      const { code, stdout, stderr } = servicing(["run", ...flags], cwd);
      assert.equal(code, 1, stdout + stderr);
      assert.match(
        stderr,
        /SERVICING_COLLECTION_NOT_MADE: out\/product\.wim was not made, since .*both failed; the one that is there stays as it was/,
      );
      assert.match(
        stdout,
        /✖ product +SERVICING_COLLECTION_NOT_MADE\n {2}report {2}\S+-lines\/report\.json\n$/,
      );
      assert.equal(sha256(product), before);
      assert.deepEqual(filesBelow(join(cwd, "out")), ["product.wim"]);
    });

  it("is never there in part: of one that was killed the next run undoes what it had begun", async () => {
    const cwd = project();
    const running = launch(["run"], cwd);
    await running.says(/product › commit › Export-Image delta\.delta\.wim:1 \(delta\) {2}done/);
    running.killGroup("SIGKILL");
    await running.finished;
    const out = join(cwd, "out");
    const product = join(out, "product.wim");
    // A machine may be so fast that the kill comes late.
    if (existsSync(product)) wimlib("verify", product);
    const cutOff = filesBelow(out).includes("product.unfinished.wim");
    const again = servicing(["run"], cwd);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    if (cutOff)
      assert.match(again.stdout, /warning +\S+-product was cut off .*; what it had begun was undone\n/);
    assert.deepEqual(filesBelow(out), ["product.wim"]);
    wimlib("verify", product);
  });

  it("is not put in place where what it is made of is damaged", () => {
    const cwd = project(", verify: true");
    const result = join(cwd, "lines/b/out/2.wim");
    assert.equal(servicing(["run", "2"], cwd).code, 0);
    const bytes = readFileSync(result);
    const { offset = 0, size: length = 0 } = openWim(result).metadata[1] ?? {};
    writeFileSync(result, bytes.fill(0, offset, offset + length));
    // So that its line takes it for what it made.
    const record = join(cwd, "lines/b/.servicing/lines/2.json");
    const { size, mtimeNs, ctimeNs, ino } = statSync(result, { bigint: true });
    const known = JSON.parse(readFileSync(record, "utf8")) as object;
    const outputs = { [result]: [size, mtimeNs, ctimeNs, ino].join(" ") };
    writeFileSync(record, JSON.stringify({ ...known, outputs }));
    const { code, stdout } = servicing(["run"], cwd);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /2 › mount › .*reused/);
    assert.match(stdout, /✖ product failed/);
    assert.deepEqual(filesBelow(join(cwd, "out")), []);
    assert.deepEqual(filesBelow(join(cwd, ".servicing/work")), []);
  });

  it("is refused where it would take the place of what a line is made of, by whatever path", () => {
    const cwd = project();
    const config = join(cwd, "servicing.config.ts");
    const text = readFileSync(config, "utf8");
    writeFileSync(config, text.replace("out/product.wim", source));
    const { code, stderr } = servicing(["run"], cwd);
    assert.equal(code, 2);
    assert.match(stderr, /output\.file: .*install\.wim is the image of the line "delta"/);
    assert.deepEqual(
      filesBelow(join(cwd, "lines")).filter((file) => file.includes("out")),
      [],
    );
  });
});

describe("the names of images", function () {
  before(function () {
    needs(this, "wimlib-imagex");
  });

  for (const options of [[], ["--check"]])
    it(`are changed in place ${options.join(" ")}, longer or shorter, and refused where the rest is another's`, async () => {
      const here = rig();
      here.write({ "tree/a.txt": "a" });
      const [before, file] = [here.path("before.wim"), here.path("after.wim")];
      wimlib("capture", here.path("tree"), before, "Short", ...options);
      for (const [name, more] of [
        ["One", []],
        ["Two", ["--image-property", "WINDOWS/EDITIONID=Pro"]],
      ] as const) {
        wimlib("export", before, "1", file, name, ...options);
        wimlib("info", file, name, ...more);
      }
      for (const names of [
        ["ä".repeat(5_000), "<&>"],
        ["x", "y"],
      ]) {
        await title({ act: "title", file, names });
        wimlib("verify", file);
        wimlib("info", file, ...options);
        assert.deepEqual(
          [
            ...wimlib("info", file, "--xml")
              .replaceAll("\0", "")
              .matchAll(/<DISPLAYNAME>(.)/g),
          ].length,
          2,
        );
        const shown = openWim(file).images.map((each) => /<NAME>(.*?)<\/NAME>/.exec(each)?.[1]);
        assert.deepEqual(
          shown,
          names.map((name) => (name === "<&>" ? "&lt;&amp;&gt;" : name)),
        );
      }
      await assert.rejects(title({ act: "title", file, names: ["one"] }), {
        code: "SERVICING_IMAGE_CORRUPT",
      });
      const images = ["x", "z"].map((name) => ({ file: before, index: 1, name }));
      await assert.rejects(
        publish({ act: "publish", file, images, to: here.path("to.wim"), byWindows: false }),
        {
          code: "SERVICING_IMAGE_XML_CHANGED",
          message: /IMAGE\/WINDOWS\/EDITIONID was absent, is "Pro"/,
        },
      );
    });
});
