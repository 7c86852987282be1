import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { DriverArtefact, FolderArtefact } from "../../core/artefact.ts";
import { driverTable } from "../../core/driver-table.ts";
import { artefactText } from "../../core/artefact-text.ts";
import type { Facts } from "../../core/facts.ts";
import { inspect, tellOf } from "../../core/inspect.ts";
import { inspectedBy } from "../../core/known-artefact.ts";
import { createRunner } from "../../core/runner.ts";
import { images } from "../../core/testing.ts";
import { servicing } from "../support/command.ts";
import { driverInf, writeDriverPackage } from "../support/driver-package.ts";
import { unprivileged } from "../support/unprivileged.ts";

const runner = createRunner();
const hour = 3_600_000;

function drivers({ holds }: FolderArtefact): readonly DriverArtefact[] {
  return holds.filter((held) => held.kind === "driver");
}

function states(found: FolderArtefact): readonly unknown[] {
  return drivers(found).map(({ packages }) => packages?.[0]?.signature.state);
}

/** Of JavaScript, after everything that is not needed was collected. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

describe("folders of drivers", () => {
  let folder: string;
  let kept: Map<string, unknown>;
  let written: number;
  const facts: Facts = {
    read: (key) => kept.get(key),
    write(key, value) {
      written += 1;
      kept.set(key, JSON.parse(JSON.stringify(value)));
    },
  };
  const realNow = Date.now;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "servicing-test-scan-")));
    kept = new Map();
    written = 0;
    // What was just written is not remembered; an hour later it is.
    Date.now = () => realNow() + hour;
  });
  afterEach(() => {
    Date.now = realNow;
    rmSync(folder, { recursive: true });
  });

  async function scan(): Promise<FolderArtefact> {
    const found = await inspect(folder, { runner, facts });
    assert.ok(found.kind === "folder");
    return found;
  }

  it("are told as a table, bad INF files with their reason", async () => {
    await writeDriverPackage(join(folder, "a"));
    await writeDriverPackage(join(folder, "b"), { kind: "net", name: "cnet", catalog: "tampered" });
    await writeDriverPackage(join(folder, "c"), { kind: "net", name: "cnet2", catalog: "none", files: {} });
    const both =
      driverInf("net").replace(/NTamd64$/m, "NTamd64,NTarm64") +
      "\n[Models.NTarm64]\n%Device% = Install, PCI\\VEN_C0DE\n";
    await writeDriverPackage(join(folder, "d"), { inf: both, name: "both" });
    writeFileSync(join(folder, "bad.inf"), "[Version]\n");
    writeFileSync(join(folder, "readme.txt"), "hello");
    const found = await scan();
    assert.deepEqual(found.unreadable, [
      { file: join(folder, "bad.inf"), reason: "it has no Signature in [Version], as every driver INF has" },
    ]);
    assert.deepEqual(
      drivers(found).map(({ packages = [] }) =>
        packages.map((of) => [of.architecture, of.bootCritical, of.signature.state]),
      ),
      [
        [["amd64", true, "covered"]],
        [["amd64", false, "broken"]],
        [["amd64", false, "none"]],
        [
          ["amd64", false, "covered"],
          ["arm64", false, "covered"],
        ],
      ],
    );
    const text = artefactText(found);
    assert.match(text, /^ {2}INF +class +provider +version +date +for +boot +signed by +lacks +size$/m);
    assert.match(
      text,
      /^ {2}a.cstor\.inf +SCSIAdapter +Contoso +1\.8\.0\.3 +05\/20\/2024 +amd64 +yes +Contoso Driver Signing +[\d.]+ KiB$/m,
    );
    assert.match(text, /^ {2}b.cnet\.inf .* broken: cnet\.cat does not hold/m);
    assert.match(text, /^ {2}c.cnet2\.inf .* nobody: .* cnet2\.cat cnet2\.sys /m);
    assert.match(text, /^ {2}not a driver: bad\.inf: it has no Signature/m);
    assert.ok(!text.includes("readme"));
  });

  it("tell what the INF copies and the folder lacks, and every note, once", async () => {
    const inf = driverInf("storage")
      .replace("CopyFiles = @%name%.sys", "CopyFiles = @%name%.sys, @more.dll")
      .replace("AddReg = Interrupts", "AddReg = Elsewhere");
    const path = await writeDriverPackage(folder, { inf });
    const [driver] = drivers(await scan());
    assert.deepEqual(driver?.missingFiles, ["more.dll"]);
    assert.deepEqual(
      driver?.diagnostics.map(({ line }) => line),
      driver?.diagnostics.map(({ line }) => line).toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      driver?.diagnostics.map(({ message }) => message),
      ['"more.dll" is not in [SourceDisksFiles]', "there is no section [Elsewhere]"],
    );
    assert.match(artefactText(await scan()), / more\.dll +[\d.]+ KiB +2 notes$/m);
    assert.match(
      artefactText(await inspect(path, { runner })),
      /^ {2}missing files +more\.dll$[^]*^ {2}\d+:\d+ {2}there is no section \[Elsewhere\]$/m,
    );
  });

  it("are known again without reading while nothing changes", async () => {
    for (const name of ["a", "b", "c"]) await writeDriverPackage(join(folder, name));
    const first = await scan();
    assert.equal(written, 2);
    // Were anything read again, this would be seen.
    const program = join(folder, "b/cstor.sys");
    const { atime, mtime, size } = statSync(program);
    assert.deepEqual(await scan(), first);
    assert.equal(written, 2);
    const [key, memory] = [...kept].find(([name]) => name.startsWith("folder ")) ?? ["", {}];
    kept.set(key, JSON.parse(JSON.stringify(memory).replaceAll('"provider":"Contoso"', '"provider":"Kept"')));
    assert.deepEqual(
      drivers(await scan()).map(({ provider }) => provider),
      ["Kept", "Kept", "Kept"],
    );

    writeFileSync(program, Buffer.alloc(size));
    utimesSync(program, atime, mtime);
    const changed = await scan();
    assert.deepEqual(
      drivers(changed).map(({ packages }) => packages?.[0]?.signature.state),
      ["covered", "broken", "covered"],
    );
    assert.deepEqual(
      drivers(changed).map(({ provider }) => provider),
      ["Kept", "Contoso", "Kept"],
    );
    assert.equal(written, 4);
  });

  it("are told of in the same words without looking into them while nothing changes", async () => {
    for (const name of ["a", "b", "c"]) await writeDriverPackage(join(folder, name));
    let put = 0;
    const tell = (): Promise<string> =>
      tellOf(
        folder,
        (artefact) => {
          put += 1;
          return artefactText(artefact);
        },
        { runner, facts },
      );
    const first = await tell();
    assert.match(first, /^ {2}a.cstor\.inf .* 2 more copies$/m);
    assert.equal(first, artefactText(await inspect(folder, { runner })));
    assert.equal(await tell(), first);
    assert.equal(put, 1);

    rmSync(join(folder, "b/cstor.sys"));
    const changed = await tell();
    assert.match(changed, /^ {2}b.cstor\.inf .* cstor\.sys /m);
    assert.equal(changed, artefactText(await inspect(folder, { runner })));
    assert.equal(await tell(), changed);
    assert.equal(put, 2);

    mkdirSync(join(folder, "d"));
    assert.equal(await tell(), changed);
    assert.equal(put, 3);
    symlinkSync("../a", join(folder, "d/link"));
    await tell();
    await tell();
    assert.equal(put, 5);
    rmSync(join(folder, "d"), { recursive: true });
    await tell();

    // What is known of the folder without its words, and the words of another state.
    for (const name of kept.keys()) if (name.startsWith("told ")) kept.set(name, ["another state", "words"]);
    assert.equal(await tell(), changed);
    assert.equal(put, 7);
    kept.clear();
    assert.equal(await tell(), changed);
  });

  it("of which another thread reads some are found to be what they are one by one", async () => {
    for (let at = 0; at < 300; at += 1)
      await writeDriverPackage(join(folder, `good ${at}`), { kind: at % 2 === 0 ? "net" : "storage" });
    const odd = (name: string): string => join(folder, `odd ${name}`);
    await writeDriverPackage(odd("tampered"), { catalog: "tampered" });
    await writeDriverPackage(odd("other"), { catalog: "other" });
    await writeDriverPackage(odd("none"), { catalog: "none" });
    await writeDriverPackage(odd("large"), { bytes: 1_500_000 });
    await writeDriverPackage(odd("long"), { inf: `${driverInf("net")}${"; a comment\n".repeat(8_000)}` });
    await writeDriverPackage(odd("replaced"));
    rmSync(join(odd("replaced"), "cstor.sys"));
    mkdirSync(join(odd("replaced"), "cstor.sys"));
    await writeDriverPackage(odd("cut"));
    writeFileSync(
      join(odd("cut"), "cstor.cat"),
      readFileSync(join(odd("none"), "cstor.inf")).subarray(0, 100),
    );
    mkdirSync(odd("empty"));
    writeFileSync(join(odd("empty"), "empty.inf"), "");
    writeFileSync(join(odd("empty"), "binary.inf"), Buffer.alloc(2_000));
    const found = await scan();
    const infs = (readdirSync(folder, { recursive: true }) as string[]).filter((path) =>
      path.endsWith(".inf"),
    );
    assert.equal(infs.length, 309);
    assert.equal(drivers(found).length, 307);
    assert.deepEqual(
      found.unreadable?.map(({ file }) => file),
      [join(odd("empty"), "binary.inf"), join(odd("empty"), "empty.inf")],
    );
    for (const driver of drivers(found)) assert.deepEqual(driver, await inspect(driver.file, { runner }));
    assert.deepEqual(await scan(), found);
  });

  it("are looked at again where one of their files changed while they were looked at", async () => {
    const inf = await writeDriverPackage(folder, { name: "one" });
    const program = join(folder, "one.sys");
    cpSync(inf, join(folder, "two.inf"));
    // Before the files of the second INF are looked at, and after those of the first.
    let asked = 0;
    const signal = Object.assign(new AbortController().signal, {
      throwIfAborted() {
        asked += 1;
        if (asked === 3) writeFileSync(program, Buffer.alloc(2560));
      },
    });
    const first = await inspect(folder, { runner, facts, signal });
    assert.ok(first.kind === "folder" && asked > 3);
    assert.deepEqual(states(first), ["covered", "broken"]);
    assert.deepEqual(states(await scan()), ["broken", "broken"]);
  });

  it("that are many are left at once when it is enough", async () => {
    for (let at = 0; at < 250; at += 1) await writeDriverPackage(join(folder, `${at}`));
    const controller = new AbortController();
    const looking = inspect(folder, { runner, facts, signal: controller.signal });
    setImmediate(() => controller.abort(new Error("enough")));
    await assert.rejects(looking, /enough/);

    // In the middle, where nothing but small files is read.
    const later = new AbortController();
    const { signal } = later;
    const throwIfAborted = signal.throwIfAborted.bind(signal);
    let asked = 0;
    signal.throwIfAborted = () => {
      asked += 1;
      if (asked === 200) setImmediate(() => later.abort(new Error("enough by now")));
      throwIfAborted();
    };
    await assert.rejects(inspect(folder, { runner, facts, signal }), /enough by now/);
    assert.equal(written, 0);
    assert.equal(drivers(await scan()).length, 250);
  });

  it("are looked at again where a file is added, renamed or taken away", async () => {
    await writeDriverPackage(join(folder, "a"), { catalog: "none" });
    await writeDriverPackage(join(folder, "b"));
    const first = await scan();
    assert.deepEqual(
      drivers(first).map(({ missingFiles = [] }) => missingFiles),
      [["cstor.cat"], []],
    );
    cpSync(join(folder, "b/cstor.cat"), join(folder, "a/CSTOR.CAT"));
    renameSync(join(folder, "b/cstor.sys"), join(folder, "b/other.sys"));
    const second = await scan();
    assert.deepEqual(
      drivers(second).map(({ missingFiles = [] }) => missingFiles),
      [[], ["cstor.sys"]],
    );
    renameSync(join(folder, "b/other.sys"), join(folder, "b/CSTOR.SYS"));
    await writeDriverPackage(join(folder, "c/deep/deeper"), { name: "deep" });
    rmSync(join(folder, "a"), { recursive: true });
    const third = await scan();
    assert.deepEqual(
      drivers(third).map(({ file, missingFiles = [] }) => [file.slice(folder.length), missingFiles]),
      [
        ["/b/cstor.inf", []],
        ["/c/deep/deeper/deep.inf", []],
      ],
    );
  });

  it("are not remembered while they may still change, nor where a link decides", async () => {
    Date.now = realNow;
    await writeDriverPackage(join(folder, "a"));
    await scan();
    const young = kept.values().next().value as { files: object; folders: object };
    assert.deepEqual([Object.keys(young.files), Object.keys(young.folders)], [[], []]);
    Date.now = () => realNow() + hour;
    const program = readFileSync(join(folder, "a/cstor.sys"));
    mkdirSync(join(folder, "x"));
    writeFileSync(join(folder, "x/1.sys"), program);
    writeFileSync(join(folder, "x/2.sys"), "changed");
    rmSync(join(folder, "a/cstor.sys"));
    symlinkSync("../x/1.sys", join(folder, "a/cstor.sys"));
    const outside = drivers(await scan());
    assert.deepEqual(outside[0]?.missingFiles, ["cstor.sys"]);
    rmSync(join(folder, "a/cstor.sys"));
    writeFileSync(join(folder, "a/1.sys"), program);
    symlinkSync("1.sys", join(folder, "a/cstor.sys"));
    assert.equal(drivers(await scan())[0]?.packages?.[0]?.signature.state, "covered");
    rmSync(join(folder, "a/1.sys"));
    writeFileSync(join(folder, "a/1.sys"), "changed");
    assert.equal(drivers(await scan())[0]?.packages?.[0]?.signature.state, "broken");
  });

  it("stay in memory by what was found of them, and not by their texts", async () => {
    const [count, size] = [60, 512 * 1024];
    const comments = "; of graphics cards, whose INF files are as long\r\n".repeat(size / 50);
    for (let at = 0; at < count; at += 1) {
      const name = `driver${at}`;
      await writeDriverPackage(join(folder, name), { name, inf: driverInf("net") + comments });
    }
    const before = usedBytes();
    const found = drivers(await scan());
    const scanned = usedBytes() - before;
    const inputs = inspectedBy(runner);
    const packages = await Promise.all(found.map(({ file }) => inputs.driver(file, images.pro11, {})));
    const planned = usedBytes() - before;
    assert.deepEqual([found.length, packages.length], [count, count]);
    for (const bytes of [scanned, planned]) assert.ok(bytes < (count * size) / 4, `${bytes} bytes`);
  });

  it("that hold one package many times say so in seconds", async function () {
    this.timeout(60_000);
    await writeDriverPackage(join(folder, "original"));
    const names = ["cstor.inf", "cstor.sys", "cstor.cat"];
    for (let copy = 0; copy < 10_000; copy += 1) {
      const to = join(folder, `group ${copy % 100}`, `copy ${copy}`);
      mkdirSync(to, { recursive: true });
      for (const name of names) linkSync(join(folder, "original", name), join(to, name));
    }
    const start = performance.now();
    const found = drivers(await scan());
    assert.equal(found.length, 10_001);
    assert.equal(new Set(found.map(({ packages }) => packages?.[0]?.digest)).size, 1);
    const table = driverTable(found, ({ file }) => file.slice(folder.length + 1));
    assert.deepEqual(
      table.slice(1).map((row) => [row[0], row.at(-1)]),
      [[join("group 0", "copy 0", "cstor.inf"), "10000 more copies"]],
    );
    assert.ok(performance.now() - start < 30_000);
  });

  it("say which folder in them cannot be listed, each time", async function () {
    if (process.platform === "win32") this.skip();
    await writeDriverPackage(join(folder, "good"));
    // What is loaded when it is wanted may lie where only root can read.
    await scan();
    mkdirSync(join(folder, "locked"));
    chmodSync(join(folder, "locked"), 0);
    try {
      for (let time = 0; time < 2; time += 1) {
        const { unreadable } = await unprivileged(folder, scan);
        assert.deepEqual(unreadable, [
          { file: join(folder, "locked"), reason: "it is a folder that cannot be listed" },
        ]);
      }
    } finally {
      chmodSync(join(folder, "locked"), 0o755);
    }
  });

  it("without any driver are refused, and none by another's name", async () => {
    writeFileSync(join(folder, "readme.txt"), "hello");
    await assert.rejects(scan(), {
      code: "SERVICING_INPUT_UNREADABLE",
      message: /its only file was not rec/,
    });
    writeFileSync(join(folder, "more.txt"), "hello");
    await assert.rejects(scan(), { code: "SERVICING_INPUT_UNREADABLE", message: /none of its 2 files was/ });
    rmSync(join(folder, "more.txt"));
    const { code, stdout } = servicing(
      ["inspect", "drivers"],
      join(import.meta.dirname, "../../templates/sample"),
    );
    assert.equal(code, 0);
    assert.match(stdout, /not a driver: no-signature.broken\.inf: it has no Signature/);
    assert.deepEqual(readdirSync(folder), ["readme.txt"]);
    rmSync(join(folder, "readme.txt"));
    await assert.rejects(scan(), { code: "SERVICING_INPUT_UNREADABLE", message: /it holds no file/ });
  });
});
