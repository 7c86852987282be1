import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { room } from "../../core/acts/room.ts";
import { refuseUnfitHost } from "../../core/dism-host.ts";
import { dismSpace } from "../../core/dism-space.ts";
import { fileSystemIn, unfitDriveIn } from "../../core/formats/fsutil.ts";
import { servicedBuild } from "../../core/formats/windows-build.ts";
import { isBelow } from "../../core/host-path.ts";
import { createRunner } from "../../core/runner.ts";
import { releaseMounts } from "../../core/stale-mounts.ts";
import { scannerHint, writeSpeed } from "../../core/write-speed.ts";
import { deadOwner } from "../support/dead-owner.ts";
import { image } from "../support/operations.ts";
import { kioskPlan } from "../support/plan.ts";
import { type ScriptedDism, scriptedDism } from "../support/scripted-dism.ts";

const mount = (mountDir: string, status = "Ok"): string =>
  `Mount Dir : ${mountDir}\nImage File : /images/a.wim\nImage Index : 1\nMounted Read/Write : Yes\nStatus : ${status}\n`;
const ntfs = { volumeinfo: [{ prints: "Nom de volume : Système\nNom du système de fichiers : NTFS\n" }] };

describe("a host for DISM", () => {
  let scripted: ScriptedDism;
  let warnings: string[];
  let work: string;
  before(function () {
    if (process.platform === "win32") return this.skip();
    scripted = scriptedDism();
  });
  beforeEach(() => {
    warnings = [];
    work = join(mkdtempSync(join(tmpdir(), "s-")), "w");
    mkdirSync(work);
  });
  after(() => scripted?.leave());

  const check = (version = "10.0.26100.1742", host: object = {}, at = work): Promise<void> =>
    refuseUnfitHost(
      { work: at, targets: [1], source: { ...kioskPlan.source, images: [{ ...image, version }] } },
      { runner: createRunner(), warn: (text) => void warnings.push(text) },
      { architecture: "x64", home: undefined, ...host },
    );

  it("that is fit is let pass, and nothing is left in it", async () => {
    scripted.answers(ntfs);
    await check();
    assert.deepEqual(
      warnings.filter((text) => !text.startsWith("small files")),
      [],
    );
    assert.deepEqual(readdirSync(work), []);
  });

  it("has to be elevated", async () => {
    scripted.answers({
      ...ntfs,
      "Get-MountedImageInfo": [{ prints: "Error: 740\n\nElevated, please.\n", exits: 740 }],
    });
    await assert.rejects(check(), { code: "SERVICING_ELEVATION_NEEDED" });
  });

  it("has a 64-bit Node", async () => {
    await assert.rejects(check(undefined, { architecture: "ia32" }), { code: "SERVICING_NODE_ARCHITECTURE" });
  });

  it("has a DISM that is no older than the image, by the build that either is serviced as", async () => {
    const old = { ...ntfs, "Get-MountedImageInfo": [{ version: "10.0.19041.844" }] };
    scripted.answers(old);
    await assert.rejects(check(), {
      code: "SERVICING_DISM_OLDER",
      message: /DISM 10\.0\.19041\.844 is older/,
    });
    await check("10.0.19045.2006");
    scripted.answers(ntfs);
    await check("10.0.26200.1");
    await check("");
  });

  it("has NTFS below the work folder, as far as fsutil says", async () => {
    for (const [prints, code] of [
      ["File System Name : ReFS\n", "SERVICING_WORK_VOLUME"],
      ["Dateisystemname: FAT32\n", "SERVICING_WORK_VOLUME"],
    ]) {
      scripted.answers({ volumeinfo: [{ prints: prints ?? "" }] });
      await assert.rejects(check(), { code });
    }
    scripted.answers({ ...ntfs, drivetype: [{ prints: "E: - Removable Drive\n" }] });
    await assert.rejects(check(), { code: "SERVICING_WORK_VOLUME", message: /removable/ });
    scripted.answers({ volumeinfo: [{ exits: 1 }] });
    await check();
    assert.match(warnings.join(), /file system of \/ is not known/);
  });

  it("has a short work folder, on no network, and in none that Windows guards", async () => {
    scripted.answers(ntfs);
    await assert.rejects(check("", {}, `C:\\${"a".repeat(120)}`), { code: "SERVICING_WORK_PATH" });
    await assert.rejects(check("", {}, "\\\\server\\share\\work"), { code: "SERVICING_WORK_VOLUME" });
    await assert.rejects(check("", { home: "C:\\Users\\me" }, "c:\\users\\ME\\documents\\p\\work"), {
      code: "SERVICING_WORK_PATH",
      message: /it is in Documents/,
    });
    const long = join(work, "a".repeat(100 - work.length - "//inner-1/mount".length));
    mkdirSync(long);
    await check("", {}, long);
    assert.match(warnings.join(), /mount folders have up to 100 characters/);
  });

  it("has mounts of others, which are named and left alone, and those of lines, which are not called others'", async () => {
    const [left, ours] = [join(work, "..", "left"), join(work, "mount-1")];
    mkdirSync(left);
    writeFileSync(join(left, "lock"), JSON.stringify(deadOwner({ what: "runs left" })));
    scripted.answers(
      ntfs,
      [mount("/elsewhere", "Invalid"), mount(join(left, "mount-1")), mount(ours)].join("\n"),
    );
    await check();
    const told = warnings.filter((text) => !text.startsWith("small files"));
    assert.equal(told.length, 2);
    assert.match(
      told[0] ?? "",
      /a\.wim:1 is mounted at \/elsewhere \(Invalid\) by somebody else, and is left alone/,
    );
    assert.match(told[1] ?? "", /by a run that is no more/);
    assert.deepEqual(
      scripted.calls().filter((name) => name !== "volumeinfo" && name !== "drivetype"),
      ["Get-MountedImageInfo"],
    );
    scripted.answers(ntfs, Array.from({ length: 21 }, (_, at) => mount(`/elsewhere/${at}`)).join("\n"));
    await check();
    assert.match(warnings.join(), /DISM has 21 images mounted/);
  });

  it("loses the mounts that a dead run left in the work folder, and those alone", async () => {
    const runner = createRunner();
    scripted.answers({}, mount("/elsewhere"));
    assert.deepEqual(await releaseMounts(work, runner), []);
    assert.deepEqual(scripted.calls(), [], "no folder is in it, so that none is a mount");
    mkdirSync(join(work, "mount-1"));
    assert.deepEqual(await releaseMounts(work, runner), []);
    scripted.answers(
      { "Unmount-Image": [{ unmounts: true }] },
      mount(join(work, "mount-1"), "Needs Remount"),
    );
    assert.match((await releaseMounts(work, runner)).join(), /still mounted at .*mount-1, and was discarded/);
    assert.deepEqual(scripted.calls(), [
      "Get-MountedImageInfo",
      "Remount-Image",
      "Unmount-Image",
      "Get-MountedImageInfo",
      "Get-MountedImageInfo",
    ]);
    scripted.answers({ "Unmount-Image": [{ exits: 1 }] }, mount(join(work, "mount-1"), "Invalid"));
    await assert.rejects(releaseMounts(work, runner), { code: "SERVICING_WORK_MOUNTED" });
    assert.ok(scripted.calls().includes("Cleanup-Mountpoints"));
  });
});

describe("what a host for DISM has", () => {
  it("is a file system, in whatever language", () => {
    assert.equal(fileSystemIn("Dateisystemname: NTFS\n"), "NTFS");
    assert.equal(fileSystemIn("ファイル システム名 : ReFS\r\n"), "ReFS");
    assert.equal(fileSystemIn("Volume Name : NTFS disk\n"), undefined);
    assert.equal(unfitDriveIn("C: - Fixed Drive"), undefined);
    assert.equal(unfitDriveIn("Z: - Remote/Network Drive"), "remote/network");
  });

  it("is a build, serviced as the one that an enablement package makes it of", () => {
    assert.deepEqual(["10.0.26200.7623", "10.0.19045.1", "10.0.20348", "6.3.XXXX.0"].map(servicedBuild), [
      26_100,
      19_041,
      20_348,
      undefined,
    ]);
  });

  it("is a path in a folder, by the rules of its own", () => {
    assert.ok(isBelow("c:\\Work\\mount-1", "C:\\work"));
    assert.ok(
      !isBelow("C:\\work2", "C:\\work") && !isBelow("D:\\work", "C:\\work") && isBelow("/a/..b", "/a"),
    );
  });

  it("is a speed, of which there is a hint where something looks at every file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "servicing-test-speed-"));
    const speed = await writeSpeed(folder);
    assert.ok(speed.small > 0 && speed.large > 0);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(scannerHint({ small: 100e6, large: 500e6 }, "C:\\w"), undefined);
    assert.match(
      scannerHint({ small: 1.8e6, large: 130e6 }, "C:\\w") ?? "",
      /72 times slower .*`Add-MpPreference -ExclusionPath "C:\\w"`/,
    );
  });

  it("is room: for a working copy that grows, a mount and a scratch folder, and before the export once more", async () => {
    const folder = mkdtempSync(join(tmpdir(), "servicing-test-room-"));
    const file = join(folder, "a.msu");
    writeFileSync(file, Buffer.alloc(1000));
    const item = (verdict: object | undefined) =>
      ({ operation: { type: "Add-Package", package: file }, verdict }) as never;
    const gibibyte = 1024 ** 3;
    assert.equal(dismSpace({ items: [item({ strategy: "offline" })] }, 5000), 5000 + 3000 + gibibyte);
    assert.equal(dismSpace({ items: [item(undefined)] }, 5000), 5000 + gibibyte);
    await room({ act: "room", folder, file });
    rmSync(file);
    // A file with a hole: as large as no disk of a test.
    const { open } = await import("node:fs/promises");
    const handle = await open(file, "w");
    await handle.truncate(8 * 1024 ** 4).finally(() => handle.close());
    await assert.rejects(room({ act: "room", folder, file }), { code: "SERVICING_DISK_FULL" });
    rmSync(folder, { recursive: true });
  });
});
