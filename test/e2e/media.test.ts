import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
  closeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { perform } from "../../core/acts/perform.ts";
import type { Act, Command } from "../../core/engine.ts";
import { wimlib as engine } from "../../core/engines/wimlib.ts";
import type { Line } from "../../core/line.ts";
import { prepare } from "../../core/line-plan.ts";
import type { Operation } from "../../core/operation.ts";
import { createRunner } from "../../core/runner.ts";
import { reportText } from "../../core/report.ts";
import { secret } from "../../core/secret.ts";
import { traces } from "../support/secret-trace.ts";
import { drivers } from "../../plugins/drivers.ts";
import { media, type MediaOptions } from "../../plugins/media.ts";
import { unattend } from "../../plugins/unattend.ts";
import { writeDriverPackage } from "../support/driver-package.ts";
import { makeLargeWim } from "../support/large-wim.ts";
import { makeMedia } from "../support/media.ts";
import { makeCabinet, makeUpdate } from "../support/package-fixture.ts";
import { executable } from "../../templates/sample/pe.ts";
import { folderOf, servicing } from "../support/command.ts";
import { image } from "../support/operations.ts";
import { launch } from "../support/process.ts";
import { done, filesBelow, needs, type Rig, rig, run, sampleFolder, sha256, wimlib } from "../support/rig.ts";

const tools = [
  "wimlib-imagex",
  "hivexsh",
  "7z",
  "genisoimage",
  "xorriso",
  "sfdisk",
  "mformat",
  "mcopy",
  "mdir",
];
const password = "s3cret & <sauce>";

const quiet = {
  runner: createRunner(),
  signal: new AbortController().signal,
  target: undefined,
  warn: () => undefined,
} as const;

describe("installation media", function () {
  let sample: string;

  before(async function () {
    needs(this, ...tools, "mkntfs", "hivexregedit");
    sample = await sampleFolder();
    process.env["MEDIA_PASSWORD"] = password;
  });

  after(() => {
    delete process.env["MEDIA_PASSWORD"];
  });

  function source(of: Rig): string {
    return makeMedia(of.path("windows"), join(sample, "boot.wim"));
  }

  it("are a folder, an ISO for BIOS and UEFI, and a flash drive, each read back by other tools", async () => {
    const of = rig();
    const from = source(of);
    const before = new Map(filesBelow(from).map((name) => [name, statSync(join(from, name)).mtimeMs]));
    writeFileSync(join(from, "AutoUnattend.xml"), "another");
    before.set("AutoUnattend.xml", statSync(join(from, "AutoUnattend.xml")).mtimeMs);
    of.write({ "drivers/net/net.inf": "[Version]\n", "oem/$1/Größe.txt": "ä" });
    const line = of.line({
      image: { file: join(sample, "install.wim"), index: 1 },
      deployment: "media",
      plugins: [
        unattend({
          computerName: "LAPTOP-14",
          accounts: [{ name: "Ada", password: secret("MEDIA_PASSWORD") }],
        }),
        media({
          from,
          folder: "out/media",
          iso: "out/product.iso",
          usb: "out/product.img",
          label: "PRODUCT_14",
          files: { "drivers/net": "$WinPEDriver$\\net" },
        }),
      ],
    });
    const report = await done(line);
    const folder = of.path("out/media");
    assert.deepEqual(
      report.delivered?.map(({ file, bytes }) => [file, bytes > 1_000_000]),
      [folder, of.path("out/product.iso"), of.path("out/product.img")].map((file) => [file, true]),
    );
    assert.match(reportText(report, { cwd: of.folder }), /\n {2}made {6}out\/product\.iso \(/);
    assert.equal(sha256(join(folder, "Sources/install.wim")), sha256(of.path("out/test.wim")));
    assert.deepEqual(
      readdirSync(join(folder, "Sources")).toSorted(),
      ["boot.wim", "ei.cfg", "install.wim", "lang.ini", "setup.exe"],
      "another image stayed, or a file is missing",
    );
    assert.ok(existsSync(join(folder, "$WinPEDriver$/net/net.inf")));
    assert.match(JSON.stringify(report), /setup\.exe of the media was another than in boot\.wim/);
    wimlib(
      "extract",
      join(from, "Sources/boot.wim"),
      "2",
      "/sources/setup.exe",
      `--dest-dir=${of.path("boot")}`,
    );
    assert.equal(sha256(join(folder, "Sources/setup.exe")), sha256(of.path("boot/setup.exe")));
    const answer = readFileSync(join(folder, "autounattend.xml"), "utf8");
    assert.match(answer, /LAPTOP-14/);
    assert.ok(!existsSync(join(folder, "AutoUnattend.xml")), "another answer file stayed");
    assert.ok(!answer.includes(password), "the password stands there as it is");
    for (const name of filesBelow(from))
      assert.equal(statSync(join(from, name)).mtimeMs, before.get(name), name);

    const iso = of.path("out/product.iso");
    const boot = execFileSync("xorriso", ["-indev", iso, "-report_el_torito", "plain"], {
      encoding: "utf8",
      stdio: "pipe",
    });
    assert.match(boot, /boot img : +1 +BIOS +y +none .* 8 +\d+\n/);
    assert.match(boot, /boot img : +2 +UEFI +y +none /);
    assert.match(execFileSync("7z", ["l", iso], { encoding: "utf8" }), /Type = Udf[^]*Id: PRODUCT_14/);
    execFileSync("7z", ["x", "-y", `-o${of.path("iso")}`, iso], { stdio: "pipe" });
    assertSame(of.path("iso"), folder, ["boot/boot.cat"]);

    const usb = of.path("out/product.img");
    const volume = `${usb}@@1M`;
    execFileSync("mcopy", ["-i", volume, "-s", "-n", "::/", of.path("usb")], {
      stdio: "pipe",
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    assertSame(of.path("usb"), folder, []);
    assert.match(
      execFileSync("mdir", ["-i", volume, "::/"], { encoding: "utf8" }),
      /Volume in drive : is PRODUCT_14/,
    );
    assert.match(
      execFileSync("sfdisk", ["-d", usb], { encoding: "utf8" }),
      /start= *2048, size= *\d+, type=c, bootable/,
    );

    const holders = filesBelow(of.folder).filter((name) => {
      if (!statSync(of.path(name)).isFile()) return false;
      const bytes = readFileSync(of.path(name));
      return traces(password).some((trace) => bytes.includes(trace));
    });
    assert.deepEqual(
      holders,
      [
        "iso/autounattend.xml",
        "out/media/autounattend.xml",
        "out/product.img",
        "out/product.iso",
        "usb/autounattend.xml",
      ],
      "the password is elsewhere, in whatever form",
    );
    assert.ok(!traces(password).some((trace) => JSON.stringify(report).includes(trace.toString())));

    const again = await done(line);
    assert.ok(
      again.results.every(({ outcome }) => outcome !== "done"),
      "a rerun did something",
    );
    writeFileSync(join(folder, "Sources/lang.ini"), "changed");
    await done(line);
    assert.notEqual(
      readFileSync(join(folder, "Sources/lang.ini"), "utf8"),
      "changed",
      "what was altered stayed",
    );
    assert.deepEqual(
      readdirSync(of.path("out")).toSorted(),
      ["media", "product.img", "product.iso", "test.wim"],
      "something is left",
    );
  });

  /** A line that makes media of the sample. */
  function lineOf(of: Rig, options: Partial<MediaOptions>, more: Partial<Line> = {}): Line {
    const given = { from: of.path("windows"), folder: "out/media", ...options };
    return of.line({
      image: { file: join(sample, "install.wim"), index: 1 },
      ...more,
      plugins: [...(more.plugins ?? []), media(given)],
    });
  }

  it("are made of an ISO as they are of a folder, and serviced drivers go into boot.wim", async () => {
    const of = rig();
    source(of);
    await writeDriverPackage(of.path("drivers/stor"));
    mkdirSync(of.path("oem/$1/Tools"), { recursive: true });
    writeFileSync(of.path("oem/$1/Tools/Größe.txt"), "ä");
    await done(lineOf(of, { iso: "out/one.iso", label: "ONE", drivers: "drivers" }));
    const boot = of.path("out/media/Sources/boot.wim");
    assert.match(wimlib("dir", boot, "2"), /System32\/drivers\/cstor\.sys/);
    assert.doesNotMatch(wimlib("dir", boot, "1"), /cstor\./);
    assert.equal(sha256(boot), sha256(of.path("out/media.boot.wim")));

    // The same of an ISO, which is newer than what can be remembered of it at first.
    const plain = of.path("plain.iso");
    execFileSync("genisoimage", ["-quiet", "-udf", "-o", plain, of.path("windows")], { stdio: "pipe" });
    utimesSync(plain, 1, 1);
    const third = lineOf(
      of,
      { from: plain, folder: "out/third", drivers: "drivers" },
      {
        line: "third",
        output: { ...of.line({ image: { file: "" } }).output, file: of.path("out/third.wim") },
      },
    );
    await done(third);
    assert.match(wimlib("dir", of.path("out/third/Sources/boot.wim"), "2"), /System32\/drivers\/cstor\.sys/);
    const unchanged = await done(third);
    assert.ok(
      unchanged.results.every(({ outcome }) => outcome !== "done"),
      "a rerun did something",
    );

    const setup = drivers({ from: "drivers", setup: { from: boot, to: "out/boot.wim" } });
    const second = lineOf(
      of,
      { from: "out/one.iso", folder: "out/second", boot: "out/boot.wim", oem: "oem", usb: "out/second.img" },
      {
        line: "second",
        deployment: "media",
        plugins: [setup],
        output: { ...of.line({ image: { file: "" } }).output, file: of.path("out/second.wim") },
      },
    );
    await done(second);
    const folder = of.path("out/second");
    assert.ok(existsSync(join(folder, "$OEM$/$1/Tools/Größe.txt")));
    assert.match(readFileSync(join(folder, "autounattend.xml"), "utf8"), /<UseConfigurationSet>true</);
    assert.equal(sha256(join(folder, "Sources/boot.wim")), sha256(of.path("out/boot.wim")));
    const others = filesIn(of.path("out/media")).filter((name) => !/boot\.wim$|install\.wim$/.test(name));
    for (const name of others)
      assert.equal(sha256(join(folder, name)), sha256(of.path("out/media", name)), name);
    const usb = execFileSync("mdir", ["-i", `${of.path("out/second.img")}@@1M`, "-/", "-b", "::/"], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    assert.match(usb, /::\/\$OEM\$\/\$1\/Tools\/Größe\.txt/);
    const again = await done(second);
    assert.ok(
      again.results.every(({ outcome }) => outcome !== "done"),
      "a rerun did something",
    );
  });

  it("have the files of a Setup dynamic update in their places, and what boot.wim starts from boot.wim", async function () {
    needs(this, "gcab", "cabextract");
    const of = rig();
    const from = source(of);
    mkdirSync(of.path("updates"));
    const program = Buffer.from(executable("amd64", "exe", new Uint8Array(16)));
    makeCabinet(of.path("updates"), "any name.cab", {
      "setuphost.exe": program,
      "setup.exe": "another setup.exe",
      "lang.ini": "of the update",
    });
    const line = of.line({
      image: { file: join(sample, "install.wim"), index: 1 },
      plugins: [media({ from, folder: "out/media", updates: "updates" })],
    });
    await done(line);
    const sources = of.path("out/media/Sources");
    assert.equal(readFileSync(join(sources, "lang.ini"), "utf8"), "of the update");
    assert.deepEqual(readFileSync(join(sources, "setuphost.exe")), program);
    wimlib("extract", join(sample, "boot.wim"), "2", "/sources/setup.exe", `--dest-dir=${of.path("own")}`);
    assert.equal(sha256(join(sources, "setup.exe")), sha256(of.path("own/setup.exe")));
    assert.ok(!existsSync(of.path("work/test/setup-update-1")));
    const cumulative = makeUpdate(of.path("updates"), "a.msu", {
      kb: "KB1",
      version: "26100.4000.1.1",
      baseline: "10.0.26100.1",
    });
    assert.ok(existsSync(cumulative));
    const error = { code: "SERVICING_NO_ROUTE", message: /component servicing needs Windows/ };
    await assert.rejects(prepare(line, {}), error);
    const { plan } = await prepare(line, { engine: "dism" });
    const [service, made] = plan.items.map(({ operation }) => operation);
    assert.ok(service?.type === "Service-Image" && made?.type === "New-Media");
    assert.deepEqual([service.indexes, service.export?.images, made.bootManager], [[1, 2], 2, true]);
    assert.equal(made.boot, service.to);
  });

  it("start what boot.wim holds, once that was updated", async () => {
    const of = rig();
    const [folder, mounted] = [source(of), of.path("mounted")];
    of.write({
      "mounted/Windows/Boot/EFI/bootmgfw.efi": "new loader",
      "mounted/Windows/Boot/EFI/bootmgr.efi": "new manager",
    });
    const match = async (bootManager: boolean): Promise<readonly string[]> => {
      const given = bootManager ? { bootManager } : {};
      await perform(
        { act: "match setup files", media: folder, mounted, ...given, work: of.path("work") },
        { ...quiet, log: of.path("log") },
      );
      return ["bootmgr.efi", "efi/boot/bootx64.efi"].map((name) =>
        readFileSync(join(folder, name), "latin1").slice(0, 11),
      );
    };
    assert.deepEqual(await match(false), ["bootmgr.efi", "efi/boot/bo"]);
    assert.deepEqual(await match(true), ["new manager", "new loader"]);
  });

  it("are refused before anything is begun where they could not be", async () => {
    const of = rig();
    const from = source(of);
    const refused = async (
      options: Partial<MediaOptions>,
      code: string,
      message: RegExp,
      more: Partial<Line> = {},
    ) =>
      assert.rejects(run(lineOf(of, options, more)), (error: { code?: string; message: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      });
    of.write({ "other/readme.txt": "", "text.iso": "no ISO", "oem/ä.txt": "" });
    await refused({ from: "other" }, "SERVICING_MEDIA_INVALID", /no sources\/boot\.wim, no bootmgr/);
    await refused({ from: "text.iso" }, "SERVICING_MEDIA_INVALID", /7z cannot read it/);
    await refused({ from: "none" }, "SERVICING_INPUT_NOT_FOUND", /none/);
    await refused({ folder: "windows/new" }, "SERVICING_NO_ROUTE", /never changed/);
    await refused({ folder: "windows" }, "SERVICING_NO_ROUTE", /replaced as a whole/);
    await refused({ folder: "other" }, "SERVICING_OUTPUT_UNWRITABLE", /other things than installation media/);
    await refused({ iso: "out/x.iso", label: "a label" }, "SERVICING_NO_ROUTE", /capital letters/);
    await refused({ usb: "out/x.img", label: "TWELVE_CHARS" }, "SERVICING_NO_ROUTE", /1 to 11 characters/);
    await refused({ iso: "out/media/x.iso" }, "SERVICING_NO_ROUTE", /which it is made of/);
    await refused(
      { iso: "out/x.iso", files: { oem: "x" } },
      "SERVICING_MEDIA_UNFIT",
      /genisoimage writes wrongly/,
    );
    await refused({ files: { oem: "..\\x" } }, "SERVICING_IMAGE_PATH", /not a name/).catch(
      (error: unknown) => {
        // The options of a plugin are checked when it is made.
        assert.equal((error as { code?: string }).code, "SERVICING_IMAGE_PATH");
      },
    );
    await refused({ usb: "out/x.iso", iso: "out/../out/x.iso" }, "SERVICING_OUTPUT_SHARED", /same file/);
    await refused({ boot: "none.wim" }, "SERVICING_INPUT_NOT_FOUND", /none\.wim/);
    const delta = { file: of.path("out/test.wim"), compress: "keep", images: "all", kind: "delta" } as const;
    await refused({}, "SERVICING_MEDIA_UNFIT", /a delta/, { output: delta });
    const arm = { image: { file: join(sample, "install.wim"), index: 1 } };
    renameSync(join(from, "efi/boot/bootx64.efi"), join(from, "efi/boot/bootaa64.efi"));
    await refused({}, "SERVICING_MEDIA_INVALID", /start devices of arm64/, arm);
    const none = of.line({
      ...arm,
      deployment: "media",
      plugins: [unattend({ computerName: "LAPTOP-14" })],
    });
    await assert.rejects(prepare(none, {}), { code: "SERVICING_MEDIA_MISSING" });
    assert.deepEqual(filesBelow(of.path("out")), [], "something was begun");
  });

  it("leave what was there when a run is stopped, and nothing of their own", async () => {
    const of = rig();
    source(of);
    await done(lineOf(of, {}));
    // The image is made anew, with an id of its own.
    const others = () =>
      filesIn(of.path("out/media"))
        .filter((name) => !name.endsWith("install.wim"))
        .map((name) => [name, sha256(of.path("out/media", name))]);
    const before = others();
    const stop = new AbortController();
    const stopped = await run(lineOf(of, { iso: "out/x.iso", usb: "out/x.img" }), {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "started" && event.step.title.startsWith("New-ISO")) stop.abort();
      },
    });
    assert.equal(stopped.ok, false);
    const failing = lineOf(of, { label: "FAILS", iso: "out/x.iso" });
    const path = process.env["PATH"];
    of.write({ "bin/genisoimage": '#!/bin/sh\necho part > "$2"; exit 1\n' });
    execFileSync("chmod", ["755", of.path("bin/genisoimage")]);
    process.env["PATH"] = `${of.path("bin")}:${path}`;
    try {
      assert.equal((await run(failing)).error?.code, "SERVICING_COMMAND_FAILED");
    } finally {
      process.env["PATH"] = path;
    }
    assert.deepEqual(readdirSync(of.path("out")).toSorted(), ["media", "test.wim"]);
    assert.deepEqual(others(), before);
    assert.equal(sha256(of.path("out/media/Sources/install.wim")), sha256(of.path("out/test.wim")));
    // Killed between the two renames of a folder.
    renameSync(of.path("out/media"), of.path("out/media.replaced"));
    await act({ act: "restore folder", to: of.path("out/media") });
    assert.deepEqual(readdirSync(of.path("out")).toSorted(), ["media", "test.wim"]);
  });

  it("have nothing under their names after a kill, and the next run makes them", async function () {
    if (process.platform === "win32") this.skip();
    const { path: cwd } = folderOf({
      "tree/Windows/a.txt": "a",
      "boot/sources/setup.exe": "setup of boot.wim",
      "bin/genisoimage": '#!/bin/sh\necho part > "$2"; sleep 60\n',
      "servicing.config.ts": `
        import { defineConfig, media } from "servicing";
        export default defineConfig({
          line: "kiosk",
          image: { file: "install.wim" },
          deploy: [media({ from: "windows", folder: "out/media", iso: "out/kiosk.iso" })],
        });`,
    });
    execFileSync("chmod", ["755", join(cwd, "bin/genisoimage")]);
    for (const [tree, file] of [
      ["tree", "install.wim"],
      ["boot", "boot.wim"],
    ] as const)
      wimlib("capture", join(cwd, tree), join(cwd, file), "Small");
    makeMedia(join(cwd, "windows"), join(cwd, "boot.wim"));
    const path = process.env["PATH"];
    process.env["PATH"] = `${join(cwd, "bin")}:${path}`;
    const running = launch(["run"], cwd);
    process.env["PATH"] = path;
    const unfinished = join(cwd, "out/kiosk.unfinished.iso");
    for (let left = 1000; left > 0 && !existsSync(unfinished); left -= 1)
      await new Promise((later) => setTimeout(later, 20));
    assert.ok(existsSync(unfinished), "it was never begun");
    running.killGroup("SIGKILL");
    await running.finished;
    assert.ok(!existsSync(join(cwd, "out/kiosk.iso")));
    const { code, stderr } = servicing(["run"], cwd);
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(join(cwd, "out")).toSorted(), ["kiosk.iso", "kiosk.wim", "media"]);
  });

  it("fail when anything in them is not what it was to be", async () => {
    const of = rig();
    const from = source(of);
    const folder = of.path("media");
    const given = { from, image: join(sample, "install.wim"), files: [], answerFile: false };
    const verified = { act: "verify media", media: folder, ...given } as const;
    await act({ act: "gather media", to: folder, ...given });
    await act(verified);
    const spoilt = async (name: string, spoil: (file: string) => void, message: RegExp) => {
      const kept = readFileSync(join(folder, name));
      spoil(join(folder, name));
      await assert.rejects(
        act(verified),
        (error: Error) => message.test(error.message) || assert.fail(error.message),
      );
      writeFileSync(join(folder, name), kept);
    };
    await spoilt("boot/bcd", (file) => rmSync(file), /boot\/bcd is missing/);
    await spoilt("bootmgr", (file) => writeFileSync(file, "short"), /bootmgr has 5 bytes/);
    await spoilt("Sources/install.wim", (file) => flip(file, 5000), /install\.wim: its content/);
    writeFileSync(join(folder, "more"), "");
    await assert.rejects(act(verified), /more is too many/);
    rmSync(join(folder, "more"));
    of.write({ "a/Setup.cfg": "one", "b/setup.cfg": "two", "c/setup.cfg": "one" });
    const put = (...names: readonly string[]) => ({
      ...given,
      files: names.map((name) => ({ from: of.path(name), to: "x" })),
    });
    await assert.rejects(
      act({ act: "gather media", to: of.path("m2"), ...put("a", "b") }),
      /x\/setup\.cfg is to be/,
    );
    await act({ act: "gather media", to: of.path("m3"), ...put("a", "c") });
    await act({ act: "verify media", media: of.path("m3"), ...put("a", "c") });
    const answered = {
      ...given,
      answerFile: true,
      files: [{ from: of.path("a/Setup.cfg"), to: "Autounattend.xml" }],
    };
    await assert.rejects(act({ act: "gather media", to: of.path("m4"), ...answered }), /is the line's own/);

    const boots = { bios: "boot/etfsboot.com", uefi: "efi/microsoft/boot/efisys.bin" };
    for (const operation of [
      { type: "New-ISO", from: folder, to: of.path("x.iso"), label: "X", ...boots },
      { type: "New-USB", from: folder, to: of.path("x.img"), label: "X" },
    ] as const) {
      await carryOut(operation);
      const volume = { act: "verify volume", file: operation.to, folder } as const;
      const checked = operation.type === "New-ISO" ? { ...volume, ...boots } : volume;
      await act(checked);
      flip(operation.to, readFileSync(operation.to).indexOf("Sources/lang.ini "));
      await assert.rejects(act(checked), { code: "SERVICING_MEDIA_UNPROVEN" });
      await assert.rejects(act({ ...checked, folder: from }), /install\.wim|INSTALL\.ESD/);
    }
    await carryOut({ type: "New-ISO", from: folder, to: of.path("y.iso"), label: "Y", uefi: boots.uefi });
    const iso = { act: "verify volume", file: of.path("y.iso"), folder } as const;
    await act({ ...iso, uefi: boots.uefi });
    await assert.rejects(act({ ...iso, ...boots }), /it boots in 1 ways, not 2/);
    await assert.rejects(act({ ...iso, uefi: "boot/etfsboot.com" }), /is not what uefi boots/);
  });

  it("take nothing of this machine for a file of Windows Setup", async () => {
    const of = rig();
    const from = source(of);
    const secretFile = of.write({ "outside/setup.exe": "of this machine" });
    mkdirSync(of.path("tree/sources"), { recursive: true });
    symlinkSync(secretFile, of.path("tree/sources/setup.exe"));
    rmSync(join(from, "Sources/boot.wim"));
    wimlib("capture", of.path("tree"), join(from, "Sources/boot.wim"), "Setup", "--boot", "--no-acls");
    const report = await run(lineOf(of, {}));
    assert.equal(report.error?.code, "SERVICING_MEDIA_UNFIT");
    assert.match(report.error?.message ?? "", /sources\\setup\.exe of its boot\.wim is no file/);
    assert.ok(!existsSync(of.path("out/media")));
  });

  it("hold an image in parts where FAT32 wants that, which wimlib verifies", async () => {
    const of = rig();
    const folder = makeMedia(of.path("media"), join(sample, "boot.wim"));
    for (const name of ["INSTALL.ESD", "install2.swm"]) rmSync(join(folder, "Sources", name));
    makeLargeWim(join(folder, "Sources/install.wim"), of.path("scratch"), [3, 3, 3]);
    await act({ act: "stage media", from: folder, to: of.path("staged"), megabytes: 4 });
    assert.deepEqual(
      readdirSync(of.path("staged/Sources"))
        .filter((name) => /install/.test(name))
        .toSorted(),
      ["install.swm", "install2.swm", "install3.swm"],
    );
    wimlib(
      "verify",
      of.path("staged/Sources/install.swm"),
      `--ref=${of.path("staged/Sources/install*.swm")}`,
    );
  });

  it("hold an image of 5 GiB: whole on an ISO, in parts on a flash drive", async function () {
    this.timeout(600_000);
    const given = process.env["SERVICING_LARGE"];
    if (given === undefined) {
      process.stderr.write(
        "    skipped: it takes minutes; SERVICING_LARGE names a folder with room for 14 GiB\n",
      );
      return this.skip();
    }
    const place = join(given, "servicing-large");
    rmSync(place, { recursive: true, force: true });
    try {
      const folder = makeMedia(join(place, "media"), join(sample, "boot.wim"));
      for (const name of ["INSTALL.ESD", "install2.swm"]) rmSync(join(folder, "Sources", name));
      const wim = join(folder, "Sources/install.wim");
      makeLargeWim(wim, join(place, "scratch"), [1740, 1740, 1740]);
      const { size } = statSync(wim);
      const iso = join(place, "large.iso");
      const bios = "boot/etfsboot.com";
      await carryOut({ type: "New-ISO", from: folder, to: iso, label: "LARGE", bios }, join(place, "work"));
      assert.match(
        execFileSync("7z", ["l", iso], { encoding: "utf8" }),
        new RegExp(` ${size} +\\d+ +Sources/install\\.wim`),
      );
      const places = execFileSync(
        "xorriso",
        ["-indev", `stdio:${iso}`, "-find", "/", "-type", "f", "-exec", "report_lba", "--"],
        {
          encoding: "utf8",
          stdio: "pipe",
        },
      );
      const order = placesOf(places);
      const behind = order.slice(order.indexOf("/Sources/install.wim"));
      assert.deepEqual(
        behind.filter((path) => /^\/boot|^\/efi|boot\.wim$/.test(path)),
        [],
        "what the boot needs lies behind 4.5 GB",
      );
      rmSync(iso);
      const usb = join(place, "large.img");
      await carryOut({ type: "New-USB", from: folder, to: usb, label: "LARGE" }, join(place, "work"));
      const volume = `${usb}@@1M`;
      assert.match(
        execFileSync("mdir", ["-i", volume, "-b", "::/Sources"], { encoding: "utf8" }),
        /(?=[^]*install\.swm)[^]*install2\.swm/,
      );
      mkdirSync(join(place, "parts"));
      for (const part of ["install.swm", "install2.swm"])
        execFileSync("mcopy", ["-i", volume, "-n", `::/Sources/${part}`, join(place, "parts", part)]);
      rmSync(usb);
      wimlib("verify", join(place, "parts/install.swm"), `--ref=${join(place, "parts/install*.swm")}`);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});

/** Paths of files in the order in which they lie on the disc. */
function placesOf(report: string): readonly string[] {
  return [...report.matchAll(/lba: +\d+ , +(\d+) ,.*, '(.+)'$/gm)]
    .map(([, sector, path = ""]) => [Number(sector), path] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, path]) => path);
}

async function act(command: Act, work = tmpdir()): Promise<void> {
  await perform(command, {
    runner: createRunner(),
    signal: new AbortController().signal,
    log: join(work, "servicing-media-test.log"),
    target: undefined,
    warn: () => undefined,
  });
}

/** By the roads of the engine, as a plan would. */
async function carryOut(
  operation: Operation<"New-ISO" | "New-USB">,
  work = rig().path("work"),
): Promise<void> {
  mkdirSync(work, { recursive: true });
  const road = engine.roads[operation.type].offline;
  assert.ok(road !== undefined && "commands" in road);
  assert.equal(road.refuse?.(operation as never, image), undefined);
  const commands: readonly Command[] = road.commands(operation as never, engine.target(image, work));
  for (const command of commands)
    if ("act" in command) await act(command, work);
    else await createRunner().run(command);
}

function flip(file: string, at: number): void {
  const byte = readFileSync(file)[at] ?? 0;
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.from([byte ^ 0xff]), 0, 1, at);
  closeSync(handle);
}

/** Same names, same contents. */
function assertSame(found: string, wanted: string, more: readonly string[]): void {
  assert.deepEqual(filesIn(found), [...filesIn(wanted), ...more].toSorted());
  for (const name of filesIn(wanted))
    assert.equal(sha256(join(found, name)), sha256(join(wanted, name)), name);
}

function filesIn(folder: string): readonly string[] {
  return filesBelow(folder).filter((name) => statSync(join(folder, name)).isFile());
}
