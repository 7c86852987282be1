import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { perform } from "../../core/acts/perform.ts";
import { dism } from "../../core/engines/dism.ts";
import type { Act, Command, Road } from "../../core/engine.ts";
import type { Operation } from "../../core/operation.ts";
import { partitionFor } from "../../core/formats/recovery-volume.ts";
import { createRunner } from "../../core/runner.ts";
import { hasTool, makeCabinet, makeUpdate, updateManifest } from "../support/package-fixture.ts";
import { image } from "../support/operations.ts";

const verbs = (list: readonly Command[]): readonly string[] =>
  list.map((each) =>
    "act" in each ? each.act : (each.args.find((argument) => /^\/[A-Z][a-z]+-/.test(argument)) ?? ""),
  );

describe("images inside of images", () => {
  let folder: string;
  const warnings: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-inner-"));
    warnings.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const carryOut = (act: Act): Promise<void> =>
    perform(act, {
      runner: createRunner(),
      signal: new AbortController().signal,
      log: join(folder, "test.log"),
      target: undefined,
      warn: (text) => void warnings.push(text),
    });

  const file = (name: string, content?: string): string => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };

  const contentOf = (name: string): string => readFileSync(file(name), "utf8");

  const takeOver = (otherwise: readonly Command[] = []): Act => ({
    act: "take over",
    from: { file: file("one.wim"), digest: file("one.sha256") },
    to: { file: file("two.wim"), digest: file("two.sha256") },
    otherwise,
  });

  it("are taken over where both were the same before, also when it is asked for again", async () => {
    for (const name of ["one.wim", "two.wim"]) file(name, "original");
    await carryOut({ act: "keep digest", file: file("one.wim"), to: file("one.sha256") });
    file("one.wim", "serviced");
    // What is kept is what it was at first.
    await carryOut({ act: "keep digest", file: file("one.wim"), to: file("one.sha256") });
    for (let time = 0; time < 2; time += 1) {
      await carryOut(takeOver([{ act: "delete", path: file("two.wim") }]));
      assert.equal(contentOf("two.wim"), "serviced");
    }
    assert.deepEqual(warnings, []);
  });

  it("are serviced by themselves where they were not the same", async () => {
    file("one.wim", "original");
    file("two.wim", "another");
    await carryOut({ act: "keep digest", file: file("one.wim"), to: file("one.sha256") });
    file("one.wim", "serviced");
    await carryOut(takeOver([{ act: "write", to: file("two.wim"), text: "serviced by itself" }]));
    assert.equal(contentOf("two.wim"), "serviced by itself");
    assert.match(warnings.join(), /two\.wim was another than .*one\.wim/);
  });

  it("are missed by name where an image has none", async () => {
    const keep = { act: "keep digest", file: file("none.wim"), to: file("one.sha256") } as const;
    await assert.rejects(carryOut(keep), {
      code: "SERVICING_IMAGE_PATH_MISSING",
      message: /has no \\Windows\\System32\\Recovery\\Winre\.wim/,
    });
  });

  it("are overwritten in place, longer or shorter, so that the file stays the file that it is", async () => {
    file("to", "a longer content");
    chmodSync(file("to"), 0o640);
    const before = statSync(file("to"));
    for (const content of ["short", "longer ".repeat(400_000)]) {
      file("from", content);
      await carryOut({ act: "overwrite", from: file("from"), to: file("to") });
      assert.equal(contentOf("to"), content);
    }
    const after = statSync(file("to"));
    assert.deepEqual([after.ino, after.mode], [before.ino, before.mode]);
  });

  it("have to fit the recovery partition, with the room that Windows wants", async () => {
    file("winre.wim", "x");
    const check = (partition: number): Promise<void> =>
      carryOut({ act: "check recovery", file: file("winre.wim"), partition });
    await check(990);
    assert.deepEqual(warnings, []);
    await check(40);
    assert.match(
      warnings.join(),
      /Winre\.wim has 1 MiB now, and the recovery partition 40 MiB: .* to 51 MiB/,
    );
    await assert.rejects(check(1), { code: "SERVICING_RECOVERY_TOO_SMALL", remedy: /to 51 \(MiB\)/ });
    assert.deepEqual([449, 450, 700, 705].map(partitionFor), [499, 770, 1020, 1729]);
  });

  it("find a package and its checkpoints in a folder with nothing else", async () => {
    const [old, target] = [file("old.msu", "old"), file("target.msu", "target")];
    mkdirSync(file("packages"));
    file("packages/left over.msu", "x");
    await carryOut({ act: "gather packages", files: [old, target], to: file("packages") });
    assert.equal(contentOf("packages/target.msu"), "target");
    assert.equal(contentOf("packages/old.msu"), "old");
    assert.ok(!existsSync(file("packages/left over.msu")));
    rmSync(file("packages"), { recursive: true });
    assert.equal(contentOf("old.msu"), "old");
  });

  it("get the servicing stack out of an .msu, a cabinet or a WIM", async function () {
    const missing = ["gcab", "cabextract", "wimlib-imagex"].filter((tool) => !hasTool(tool));
    if (missing.length > 0) {
      process.stderr.write(`    skipped: ${missing.join(", ")} not installed\n`);
      this.skip();
    }
    const manifest = updateManifest({ name: "Package_for_ServicingStack_1" });
    const stack = readFileSync(makeCabinet(folder, "stack.cab", { "update.mum": manifest }));
    const member = "SSU-26100.2033-x64.cab";
    const cabinet = makeCabinet(folder, "a.msu", { [member]: stack, "b.cab": "x" });
    const wim = makeUpdate(folder, "b.msu", {
      kb: "KB1",
      version: "26100.2033.1.1",
      baseline: "10.0.26100.1",
    });
    for (const from of [cabinet, wim]) {
      const to = file("packages/stack.cab");
      await carryOut({ act: "unpack package", package: from, member, to, work: file("unpacking") });
      assert.equal(readFileSync(to).subarray(0, 4).toString("latin1"), "MSCF", from);
      assert.ok(!existsSync(file("unpacking")));
      rmSync(to);
    }
    const damaged = file("damaged.msu", "neither");
    await assert.rejects(
      carryOut({ act: "unpack package", package: damaged, member, to: file("x"), work: file("unpacking") }),
      { code: "SERVICING_INPUT_UNREADABLE" },
    );
  });

  it("share one mount for all that is done to them, and keep it for what comes between", () => {
    const target = dism.target(image, "C:\\work");
    const road = dism.roads["Service-WinRE"].offline as Road<"Service-WinRE">;
    assert.ok("commands" in road && dism.fuse !== undefined);
    const commands = (of: Omit<Operation<"Service-WinRE">, "type">): readonly Command[] =>
      road.commands({ type: "Service-WinRE", ...of }, target);
    const one = commands({ drivers: ["C:\\a.inf"] });
    const two = commands({ drivers: ["C:\\b.inf"], export: true });
    assert.deepEqual(verbs(dism.fuse([...one, ...two])), [
      "keep digest",
      "/Mount-Image",
      "/Add-Driver",
      "/Add-Driver",
      "/Unmount-Image",
      "delete",
      "/Export-Image",
      "overwrite",
      "delete",
    ]);
    const between: Command = { act: "delete", path: "C:\\x" };
    const parted = dism.fuse([...one, between, ...two]);
    assert.equal(verbs(parted).filter((verb) => verb === "/Mount-Image").length, 2);
    const other = dism.target({ ...image, index: 2 }, "C:\\work");
    const elsewhere = road.commands({ type: "Service-WinRE", drivers: ["C:\\b.inf"] }, other);
    assert.equal(dism.fuse([...one, ...elsewhere]).length, one.length + elsewhere.length);
  });
});
