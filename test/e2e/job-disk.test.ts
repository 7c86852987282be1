import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { perform } from "../../core/acts/perform.ts";
import type { JobChange } from "../../core/audit/job.ts";
import type { Act, Process } from "../../core/engine.ts";
import { partitionsOf, placedOn } from "../../core/formats/disk-layout.ts";
import { createRunner } from "../../core/runner.ts";
import { disksFolder } from "../../core/store-folder.ts";
import { servicing, storeIn } from "../support/command.ts";
import { richImage } from "../support/rich-image.ts";
import { filesBelow, needs, type Rig, rig, sha256, wimlib } from "../support/rig.ts";
import { type Listed, listing } from "../support/wim-listing.ts";

const mebibyte = 1024 * 1024;
const partitions = placedOn(182, partitionsOf("uefi", { system: 100, windows: 64, msr: 16, recovery: 0 }));
const windows = partitions.find(({ role }) => role === "windows") as (typeof partitions)[number];
type DeviceDisk = Extract<Act, { act: "device disk" }>;

/** What was started, with the arguments; `after` does something when a process has ended. */
function recording(after: (process: Process) => void) {
  const commands: Process[] = [];
  const runner = createRunner();
  return {
    commands,
    runner: {
      async run(command: Process, options: Parameters<typeof runner.run>[1]) {
        commands.push(command);
        const result = await runner.run(command, options);
        after(command);
        return result;
      },
    },
  };
}

/** The Windows volume of an overlay, as a file. */
function volumeOf(here: Rig, overlay: string): string {
  const [raw, volume] = [here.path("back.raw"), here.path("back.ntfs")];
  execFileSync("qemu-img", ["convert", "-O", "raw", overlay, raw]);
  const bytes = readFileSync(raw).subarray(
    windows.start * mebibyte,
    (windows.start + windows.size) * mebibyte,
  );
  writeFileSync(volume, bytes);
  return volume;
}

/** As it can be compared between captures; what has no descriptor gets one from the volume. */
function told(entry: Listed | undefined, without: Listed): unknown {
  return {
    ...entry,
    group: "",
    security: without.security === "" ? "" : entry?.security,
    streams: entry?.streams.toSorted(),
    hashes: entry?.hashes.toSorted(),
  };
}

describe("the disk of a reference device", function () {
  let here: Rig;
  let image: string;
  let disks: string;
  let store: string;

  before(function () {
    needs(this, "wimlib-imagex", "hivexsh", "mkntfs", "ntfsfix", "ntfscat", "sfdisk", "mformat", "qemu-img");
  });

  beforeEach(async () => {
    here = rig();
    image = await richImage(here.folder);
    store = storeIn(here.folder);
    disks = disksFolder(store);
    mkdirSync(here.path("payload/sub"), { recursive: true });
    here.write({ "payload/agent.msi": "an installer", "payload/sub/größe.txt": "below" });
  });

  const job = (secret = "SERVICING_TEST_PASSWORD"): readonly JobChange[] => [
    { change: "add", from: here.path("payload"), to: "\\Servicing\\Payload\\001" },
    { change: "add", from: here.path("payload/agent.msi"), to: "\\Servicing\\Payload\\again.msi" },
    {
      change: "write",
      to: "\\Servicing\\job.cmd",
      text: "echo {password}\r\n",
      secrets: [{ placeholder: "{password}", secret }],
    },
  ];

  const act = (name: string, changes = job()): DeviceDisk => ({
    act: "device disk",
    file: image,
    index: 1,
    partitions,
    disks,
    job: changes,
    to: here.path(name, "disk.qcow2"),
    work: here.path(name, "work"),
  });

  async function make(
    one: DeviceDisk,
    after: (process: Process) => void = () => undefined,
  ): Promise<readonly Process[]> {
    const { commands, runner } = recording(after);
    const { signal } = new AbortController();
    const log = here.path("log");
    await perform(one, { runner, signal, log, target: undefined, warn: assert.fail });
    return commands;
  }

  const bases = (): readonly string[] => readdirSync(disks).filter((name) => name.endsWith(".raw"));
  const applies = (commands: readonly Process[]): number =>
    commands.filter(({ run, args }) => run === "wimlib-imagex" && args[0] === "apply" && args[1] === image)
      .length;

  it("is an overlay of a base that is made once, with the image as it was and the files of the job", async () => {
    process.env["SERVICING_TEST_PASSWORD"] = "tops3cret-of-the-line";
    const before = sha256(image);
    assert.equal(applies(await make(act("one"))), 1);
    const [name = ""] = bases();
    const base = join(disks, name);
    const made = { digest: sha256(base), mode: statSync(base).mode & 0o777 };
    assert.equal(made.mode, 0o444);
    assert.equal(applies(await make(act("two", job().slice(0, 1)))), 0, "the second line applies nothing");
    assert.deepEqual([bases(), sha256(base), sha256(image)], [[name], made.digest, before]);

    const overlay = here.path("one/disk.qcow2");
    assert.ok(statSync(overlay).size < 2 * mebibyte, "what differs from the base, and no more");
    assert.equal(statSync(overlay).mode & 0o777, 0o600);
    assert.deepEqual(filesBelow(here.path("one")), [`${name.slice(0, 16)}.raw`, "disk.qcow2"]);
    const volume = volumeOf(here, overlay);
    const cat = (path: string): string => execFileSync("ntfscat", [volume, path], { encoding: "utf8" });
    assert.equal(cat("Servicing/Payload/001/agent.msi"), "an installer");
    assert.equal(cat("Servicing/Payload/001/sub/größe.txt"), "below");
    assert.equal(cat("Servicing/job.cmd"), "echo tops3cret-of-the-line\r\n");
    const again = here.path("again.wim");
    wimlib("capture", volume, again, "again", "--config=/dev/null", "--compress=none");
    const [was, is] = [await listing(image, 1), await listing(again, 1)];
    for (const [path, entry] of was)
      assert.deepEqual(told(is.get(path), entry), told(entry, entry), `${path} is what the image has`);
    const more = [...is.keys()].filter((path) => !was.has(path));
    assert.ok(more.length >= 7 && more.every((path) => path.startsWith("/Servicing")), more.join());
    for (const path of more) assert.equal(is.get(path)?.security, was.get("/")?.security, path);

    for (const kept of filesBelow(store)) {
      const file = join(store, kept);
      if (statSync(file).isFile()) assert.ok(!readFileSync(file).includes("tops3cret"), kept);
    }
  });

  it("is made by one of two at a time, and what a killed maker leaves is taken for nothing", async () => {
    process.env["SERVICING_TEST_PASSWORD"] = "x";
    const script = `
      import { perform } from "${new URL("../../core/acts/perform.ts", import.meta.url)}";
      import { createRunner } from "${new URL("../../core/runner.ts", import.meta.url)}";
      const { signal } = new AbortController();
      await perform(${JSON.stringify(act("killed"))},
        { runner: createRunner(), signal, log: "${here.path("killed.log")}", target: undefined, warn() {} });`;
    const options = ["--conditions=@servicing/source", "--input-type=module", "-e", script];
    const child = spawn(process.execPath, options, { detached: true, stdio: "ignore" });
    const making = join(disks, "making");
    while (!filesBelow(making).some((name) => name.endsWith("disk.raw"))) await later(20);
    process.kill(-(child.pid as number), "SIGKILL");
    await once(child, "exit");
    assert.deepEqual([bases(), existsSync(here.path("killed/disk.qcow2"))], [[], false]);
    assert.ok(filesBelow(making).length > 0);

    const [one, two] = await Promise.all([make(act("one")), make(act("two"))]);
    assert.equal(applies(one) + applies(two), 1);
    assert.deepEqual([bases().length, filesBelow(making)], [1, []]);

    const other = here.write({ "other.txt": "of somebody else" });
    const harmful = act("three");
    await assert.rejects(
      make(harmful, ({ args }) => {
        const volume = args[3] ?? "";
        if (args[0] === "apply" && args[1]?.endsWith("job.wim") === true)
          execFileSync("ntfscp", ["--force", volume, other, "Windows/win.ini"], { stdio: "ignore" });
      }),
      { code: "SERVICING_DISK_UNPROVEN", message: /\\Windows\\win\.ini: content: / },
    );
    assert.ok(!existsSync(harmful.to) && !existsSync(harmful.work));
  });

  it("stays whole when the store is cleaned, and is refused where the image has such a folder already", async () => {
    process.env["SERVICING_TEST_PASSWORD"] = "x";
    await make(act("one"));
    const clean = (...args: readonly string[]): string =>
      servicing(["clean", "--store", ...args], here.folder).stdout;
    assert.match(
      clean("--dry-run", "--size", "1"),
      /would remove 0 checkpoints and 1 disk \(.*B\); 0 checkpoints \(0 B\) left/,
    );
    assert.match(clean(), /removed 0 checkpoints \(0 B\); 0 checkpoints and 1 disk \(.*\) left/);
    assert.match(clean("--size", "1"), /removed 0 checkpoints and 1 disk/);
    assert.deepEqual(bases(), []);
    execFileSync("ntfscat", [volumeOf(here, here.path("one/disk.qcow2")), "Servicing/job.cmd"]);

    wimlib("update", image, "1", `--command=add ${here.path("payload")} /servicing`);
    await assert.rejects(make(act("two")), { code: "SERVICING_IMAGE_PATH", message: /\\Servicing/ });
    assert.ok(!existsSync(here.path("two/work")));
  });
});
