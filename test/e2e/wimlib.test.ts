import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "../../core/operation.ts";
import type { Plugin } from "../../core/plugin.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { asking, done, filesBelow, needs, rig, run, sampleFolder, sha256, wimlib } from "../support/rig.ts";
import { type Listed, listing } from "../support/wim-listing.ts";

type Listing = ReadonlyMap<string, Listed>;

function same(a: Listed, b: Listed): boolean {
  return JSON.stringify({ ...a, group: "" }) === JSON.stringify({ ...b, group: "" });
}

/** Paths that are new, gone, or differ in anything but their place in the file. */
function differences(
  before: Listing,
  after: Listing,
): { added: string[]; removed: string[]; changed: string[] } {
  return {
    added: [...after.keys()].filter((path) => !before.has(path)).sort(),
    removed: [...before.keys()].filter((path) => !after.has(path)).sort(),
    changed: [...before.keys()]
      .filter((path) => after.has(path) && !same(before.get(path) as Listed, after.get(path) as Listed))
      .sort(),
  };
}

function writing(to: string, text = "x"): Operation {
  return { type: "Write-File", to, text };
}

describe("a line on the wimlib engine", function () {
  let sample: string;
  let image: string;

  before(async function () {
    needs(this, "wimlib-imagex", "hivexsh", "hivexget", "mkntfs", "gcab", "wixl");
    sample = await sampleFolder();
    image = join(sample, "install.wim");
  });

  it("changes what it is asked to change, keeps all else about it, and leaves the source alone", async () => {
    const here = rig();
    const before = await listing(image, 1);
    const linked = [...before].find(
      ([path, entry]) => path.startsWith("/Windows/System32/") && entry.links > 1,
    )?.[0] as string;
    const streamed = [...before].find(
      ([, entry]) => entry.streams.length > 0 && entry.hashes.length > 1,
    )?.[0] as string;
    const doomed = [...before].find(
      ([path, entry]) => path.startsWith("/Windows/") && path.endsWith(".inf") && entry.links === 1,
    )?.[0] as string;
    const group = before.get(linked)?.group;
    const siblings = [...before]
      .filter(([, entry]) => entry.group === group && entry.links > 1)
      .map(([path]) => path);
    assert.ok(siblings.length > 1 && streamed !== undefined);
    const from = here.write({ "new.txt": "new content\n", "folder/a.txt": "a", "folder/sub/b.txt": "b" });
    const operations: readonly Operation[] = [
      { type: "Copy-File", from, to: linked.replaceAll("/", "\\").toUpperCase() },
      { type: "Copy-File", from, to: streamed.replaceAll("/", "\\") },
      { type: "Copy-File", from: here.path("folder"), to: "\\Windows\\Contoso" },
      { type: "Write-File", to: "\\Windows\\Contoso\\größe.txt", text: "ok" },
      { type: "Remove-File", path: doomed.replaceAll("/", "\\").toUpperCase() },
      {
        type: "Set-Registry",
        key: "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Contoso",
        name: "Straße",
        value: { type: "REG_MULTI_SZ", data: ["ä", "b"] },
      },
    ];
    const digest = sha256(image);
    const line = here.line({ image: { file: image, index: 1 }, plugins: [asking(...operations)] });
    const report = await done(line);

    assert.equal(sha256(image), digest);
    wimlib("verify", line.output.file);
    const after = await listing(line.output.file, 1);
    const found = differences(before, after);
    assert.deepEqual(found.added, [
      "/Windows/Contoso",
      "/Windows/Contoso/a.txt",
      "/Windows/Contoso/größe.txt",
      "/Windows/Contoso/sub",
      "/Windows/Contoso/sub/b.txt",
    ]);
    assert.deepEqual(found.removed, [doomed]);
    const expected = new Set([...siblings, streamed, "/Windows/System32/config/SYSTEM"]);
    assert.deepEqual(found.changed, [...expected].sort());
    for (const path of expected) {
      const [old, now] = [before.get(path) as Listed, after.get(path) as Listed];
      assert.deepEqual(
        { ...now, hashes: [], group: "" },
        { ...old, hashes: [], group: "" },
        `${path} keeps descriptor, attributes, short name, streams and links`,
      );
    }
    assert.equal(
      after.get(streamed)?.hashes.filter((hash) => before.get(streamed)?.hashes.includes(hash)).length,
      (before.get(streamed)?.hashes.length ?? 0) - 1,
    );
    for (const path of found.added)
      assert.notEqual(after.get(path)?.security ?? "", "", `${path} has a security descriptor`);
    assert.equal(
      wimlib("extract", line.output.file, "1", siblings[0] as string, "--to-stdout"),
      "new content\n",
    );

    wimlib(
      "extract",
      line.output.file,
      "1",
      "/Windows/System32/config/SYSTEM",
      `--dest-dir=${here.folder}`,
      "--no-acls",
    );
    const exported = execFileSync(
      "hivexregedit",
      ["--export", here.path("SYSTEM"), "\\ControlSet001\\Control\\Contoso"],
      { encoding: "latin1" },
    );
    assert.match(exported, /"Stra.e"=hex\(7\):e4,00,00,00,62,00,00,00,00,00/);

    assert.deepEqual(filesBelow(line.work), []);
    assert.deepEqual(filesBelow(here.path("out")), ["test.wim"]);
    assert.deepEqual(differences(await listing(image, 2), await listing(line.output.file, 2)), {
      added: [],
      removed: [],
      changed: [],
    });
    assert.deepEqual(
      report.results.map(({ outcome }) => outcome),
      report.results.map(() => "done"),
    );
  });

  it("holds changes in their order: what one brings or replaces, a later one can take away", async () => {
    const here = rig();
    here.write({ "a/keep.txt": "keep", "a/sub/gone.txt": "gone", "b/KEEP.TXT": "later", "b/sub": "file" });
    const before = await listing(image, 1);
    const line = here.line({
      image: { file: image, index: 1 },
      plugins: [
        asking(
          { type: "Copy-File", from: here.path("a/keep.txt"), to: "\\Windows\\explorer.exe" },
          { type: "Remove-File", path: "\\Windows\\explorer.exe" },
          { type: "Copy-File", from: here.path("a"), to: "\\New\\Deep" },
          { type: "Remove-File", path: "\\NEW\\deep\\SUB", optional: true },
          { type: "Copy-File", from: here.path("b"), to: "\\New\\Deep" },
        ),
      ],
    });
    await done(line);
    const changes = differences(before, await listing(line.output.file, 1));
    assert.deepEqual(changes.removed, ["/Windows/explorer.exe"]);
    assert.deepEqual(changes.added, ["/New", "/New/Deep", "/New/Deep/KEEP.TXT", "/New/Deep/sub"]);
    wimlib("extract", line.output.file, "1", "/New/Deep/KEEP.TXT", `--dest-dir=${here.path("x")}`);
    assert.equal(readFileSync(here.path("x/KEEP.TXT"), "utf8"), "later");
    wimlib("verify", line.output.file);
  });

  it("gives new content to all names of a file, the last where there is more than one, whichever names go", async () => {
    const here = rig();
    const before = await listing(image, 1);
    const group = before.get("/Windows/explorer.exe")?.group;
    const [one, other] = [...before].filter(([, entry]) => entry.group === group).map(([path]) => path);
    assert.ok(one !== undefined && other !== undefined);
    const [from, at] = [one.replaceAll("/", "\\"), other.replaceAll("/", "\\")];
    const cases: readonly (readonly Operation[])[] = [
      [writing(from, "1"), writing(at, "last")],
      [writing(from, "1"), writing(at, "2"), writing(from, "last")],
      [writing(from, "last"), { type: "Remove-File", path: from }],
      [writing(from, "last"), { type: "Remove-File", path: from }, writing(from, "a file of its own")],
    ];
    for (const operations of cases) {
      const line = here.line({ image: { file: image, index: 1 }, plugins: [asking(...operations)] });
      await done(line);
      assert.equal(wimlib("extract", line.output.file, "1", other, "--to-stdout"), "last");
      wimlib("verify", line.output.file);
    }
  });

  it("adds what a capture of Windows would leave out", async () => {
    const here = rig();
    here.write({ "a/pagefile.sys": "p", "a/RECYCLER/x": "r" });
    const line = here.line({
      image: { file: image, index: 1 },
      plugins: [asking({ type: "Copy-File", from: here.path("a"), to: "\\New" })],
    });
    await done(line);
    const after = await listing(line.output.file, 1);
    assert.ok(after.has("/New/pagefile.sys") && after.has("/New/RECYCLER/x"));
  });

  it("refuses host names that Windows cannot have, or cannot tell apart", async function () {
    if (process.platform === "win32") this.skip();
    for (const [files, code] of [
      [{ "a/x:y": "" }, "SERVICING_IMAGE_PATH"],
      [{ "a/sub/con.txt": "" }, "SERVICING_IMAGE_PATH"],
      [{ "a/dot./x": "" }, "SERVICING_IMAGE_PATH"],
      [{ "a/back\\slash": "" }, "SERVICING_IMAGE_PATH"],
      [{ "a/sub/n.txt": "1", "a/sub/N.TXT": "2" }, "SERVICING_INPUT_UNREADABLE"],
    ] as const) {
      const here = rig();
      here.write(files);
      for (const to of ["\\New", "\\Windows"]) {
        const line = here.line({
          image: { file: image, index: 1 },
          plugins: [asking({ type: "Copy-File", from: here.path("a"), to })],
        });
        assert.equal((await run(line)).error?.code, code, `${JSON.stringify(files)} to ${to}`);
      }
    }
  });

  it("puts no result in place when its source was changed meanwhile", async () => {
    const here = rig();
    const file = here.path("install.wim");
    copyFileSync(image, file);
    const meddler: Plugin = {
      name: "meddler",
      apply: ({ hooks }) =>
        hooks.modify.tap("meddler", (modify) =>
          modify.call("touch the source", async () => utimesSync(file, 1, 1)),
        ),
    };
    const line = here.line({ image: { file, index: 1 }, plugins: [meddler] });
    const report = await run(line);
    assert.equal(report.error?.code, "SERVICING_IMAGE_CHANGED");
    assert.deepEqual(filesBelow(here.path("out")), []);
  });

  it("does not begin without its secrets, an empty one included", async () => {
    const here = rig();
    process.env["SERVICING_TEST_EMPTY"] = "";
    const secrets = [{ placeholder: "@@", secret: "SERVICING_TEST_EMPTY" }];
    const line = here.line({
      image: { file: image, index: 1 },
      plugins: [asking({ type: "Write-File", to: "\\x.txt", text: "@@", secrets })],
    });
    await assert.rejects(run(line), { code: "SERVICING_SECRET_MISSING" });
    assert.deepEqual(filesBelow(here.path("work")), []);
  });

  it("refuses to replace a hive in which it sets keys", async () => {
    const here = rig();
    const from = here.write({ hive: "x" });
    const report = await run(
      here.line({
        image: { file: image, index: 1 },
        plugins: [
          asking(
            { type: "Copy-File", from, to: "\\windows\\system32\\CONFIG\\software" },
            {
              type: "Set-Registry",
              key: "HKLM\\SOFTWARE\\A",
              name: "b",
              value: { type: "REG_DWORD", data: 1 },
            },
          ),
        ],
      }),
    );
    assert.equal(report.error?.code, "SERVICING_IMAGE_PATH");
    assert.match(report.error?.message ?? "", /sets keys in this registry hive/);
  });

  it("refuses a folder that brings such a hive along, and a deletion that takes one away", async () => {
    const here = rig();
    here.write({ "windows/SYSTEM32/config/software": "x" });
    const value = { type: "REG_DWORD", data: 1 } as const;
    for (const operation of [
      { type: "Copy-File", from: here.path("windows"), to: "\\Windows" },
      { type: "Remove-File", path: "\\WINDOWS\\system32" },
    ] as const) {
      const keys = { type: "Set-Registry", key: "HKLM\\SOFTWARE\\A", name: "b", value } as const;
      for (const operations of [
        [operation, keys],
        [keys, operation],
      ]) {
        const report = await run(
          here.line({ image: { file: image, index: 1 }, plugins: [asking(...operations)] }),
        );
        assert.equal(report.error?.code, "SERVICING_IMAGE_PATH");
        assert.match(report.error?.message ?? "", /sets keys in this registry hive/);
      }
    }
  });

  it("does not delete a whole image, nor write outside of it", async () => {
    const here = rig();
    for (const operation of [
      { type: "Remove-File", path: "\\" },
      { type: "Remove-File", path: "" },
      { type: "Write-File", to: "\\Windows\\..\\x", text: "" },
      { type: "Write-File", to: "x", text: "" },
    ] as const) {
      const report = await run(here.line({ image: { file: image, index: 1 }, plugins: [asking(operation)] }));
      assert.equal(report.error?.code, "SERVICING_IMAGE_PATH", JSON.stringify(operation));
      assert.deepEqual(filesBelow(here.path("out")), []);
    }
  });

  it("refuses a short name for what has a long one, and keeps that of nothing else", async () => {
    const here = rig();
    for (const to of ["\\Progra~1\\x.txt", "\\PROGRA~1", "\\Users\\Public\\Downloads\\notesf~1.txt"]) {
      const report = await run(
        here.line({ image: { file: image, index: 1 }, plugins: [asking(writing(to))] }),
      );
      assert.equal(report.error?.code, "SERVICING_IMAGE_PATH");
      assert.match(
        report.error?.message ?? "",
        /is the short name of "(?:Program Files|notes from the web\.txt)"/,
      );
    }
    const remove = { type: "Remove-File", path: "\\Program Files" } as const;
    const line = here.line({
      image: { file: image, index: 1 },
      plugins: [asking(remove, writing("\\PROGRA~1\\x.txt"), writing("\\Windows\\a~1"))],
    });
    await done(line);
    assert.ok((await listing(line.output.file, 1)).has("/PROGRA~1/x.txt"));
  });

  it("takes its files from anywhere, and works anywhere", async function () {
    if (process.platform === "win32") this.skip();
    const here = rig();
    const odd = here.path(`sp ace 'q" [x]*?{a} \\b $(x) ä\nl`);
    mkdirSync(odd);
    copyFileSync(image, join(odd, "in [1] *.wim"));
    writeFileSync(join(odd, "new"), "from afar");
    const line = here.line({
      image: { file: join(odd, "in [1] *.wim"), index: 1 },
      output: { file: join(odd, "out [2].wim"), compress: "keep", images: "all" },
      work: here.path("work [x]* ä'"),
      runs: join(odd, "runs"),
      plugins: [
        asking(
          { type: "Copy-File", from: join(odd, "new"), to: "\\Windows\\explorer.exe" },
          { type: "Copy-File", from: join(odd, "new"), to: "\\Windows\\new.txt" },
          { type: "Set-Registry", key: "HKLM\\SOFTWARE\\A", name: "b", value: { type: "REG_SZ", data: "x" } },
        ),
      ],
    });
    await done(line);
    for (const name of ["explorer.exe", "new.txt"])
      assert.equal(wimlib("extract", line.output.file, "1", `/Windows/${name}`, "--to-stdout"), "from afar");
    wimlib("verify", line.output.file);
  });

  it("refuses folders that hold links to themselves, or pipes", async function () {
    if (process.platform === "win32") this.skip();
    const here = rig();
    here.write({ "up/sub/f.txt": "f", "round/a/f.txt": "f", "round/b/f.txt": "f", "pipe/f.txt": "f" });
    symlinkSync("..", here.path("up/sub/link"));
    symlinkSync("../b", here.path("round/a/link"));
    symlinkSync("../a", here.path("round/b/link"));
    execFileSync("mkfifo", [here.path("pipe/pipe")]);
    for (const [folder, reason] of [
      ["up", "a link to a folder that holds it"],
      ["round", "a link to a folder that holds it"],
      ["pipe", "neither a file nor a folder"],
    ] as const)
      for (const to of ["\\New", "\\Windows"]) {
        const operation = { type: "Copy-File", from: here.path(folder), to } as const;
        const line = here.line({ image: { file: image, index: 1 }, plugins: [asking(operation)] });
        await assert.rejects(run(line), (error: Error & { code?: string }) => {
          assert.equal(error.code, "SERVICING_INPUT_UNREADABLE", folder);
          assert.ok(error.message.includes(reason), error.message);
          return true;
        });
      }
  });

  it("finds its way in a folder of thousands", async () => {
    const here = rig();
    const entries = Array.from({ length: 3_000 }, (_, at) => ({
      name: `f${at}`,
      data: Buffer.from(`${at}`),
    }));
    const tree = { name: "", entries: [{ name: "Many", entries }] };
    await writeWim(here.path("many.wim"), { images: [{ name: "Many", time: new Date(0), tree }] });
    const operations = entries.flatMap(({ name }): readonly Operation[] => [
      { type: "Remove-File", path: `\\MANY\\${name}` },
      { type: "Write-File", to: `\\Many\\new ${name}`, text: "" },
    ]);
    const line = here.line({ image: { file: here.path("many.wim") }, plugins: [asking(...operations)] });
    const start = performance.now();
    await done(line);
    assert.ok(performance.now() - start < 20_000, "not by the square of their number");
    const names = [...(await listing(line.output.file, 1)).keys()].slice(2);
    assert.ok(names.length === 3_000 && names.every((name) => name.startsWith("/Many/new ")));
  });

  it("refuses to put anything over or below what cannot hold it, by name", async () => {
    const here = rig();
    const from = here.write({ "a/f.txt": "f" });
    const cases = [
      [from, "\\Windows\\explorer.exe\\f.txt", "\\Windows\\explorer.exe is a file in "],
      [from, "\\Documents and Settings\\f.txt", "\\Documents and Settings is a link in "],
      [from, "\\Documents and Settings", "it is a link in "],
      [here.path("a"), "\\Windows\\explorer.exe", "it is a file in "],
      [from, "\\Windows\\System32", "it is a folder in "],
    ] as const;
    for (const [source, to, reason] of cases) {
      const report = await run(
        here.line({
          image: { file: image, index: 1 },
          plugins: [asking({ type: "Copy-File", from: source, to })],
        }),
      );
      assert.equal(report.error?.code, "SERVICING_IMAGE_PATH");
      assert.ok(report.error?.message.includes(reason), report.error?.message);
    }
  });
});
