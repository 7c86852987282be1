import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { draftIn } from "../../core/draft-folder.ts";
import { createFacts } from "../../core/facts.ts";
import { acquire } from "../../core/process-lock.ts";
import { openStore, type Store } from "../../core/store.ts";
import { storeFolder } from "../../core/store-folder.ts";
import { bytesOf, expendable } from "../../core/store-space.ts";
import { deadOwner } from "../support/dead-owner.ts";
import { filesBelow, rig } from "../support/rig.ts";

const id = "a1".repeat(32);
const facts = { line: "line", step: "step", source: "/install.wim", warnings: ["beware"] };

describe("a store of checkpoints", () => {
  let root: string;
  let store: Store;
  let from: string;
  let to: string;
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);

  beforeEach(() => {
    const { path } = rig();
    [root, from, to] = [path("store"), path("from"), path("to")];
    mkdirSync(from);
    writeFileSync(join(from, "branch.wim"), "branch");
    writeFileSync(join(from, "blobs-0.wim"), "blobs");
    writeFileSync(join(from, "scratch.txt"), "not kept");
    store = openStore(root);
    warnings.length = 0;
  });

  function place(name: string): string {
    const file = filesBelow(root).find((each) => each.endsWith(name));
    assert.ok(file !== undefined);
    return join(root, file);
  }

  it("gives back what was put there, and what it warned of", async () => {
    assert.equal(store.has(id), false);
    assert.equal(await store.take(id, to, warn), undefined);
    await store.put(id, from, facts);
    assert.equal(store.has(id), true);
    assert.deepEqual(await store.take(id, to, warn), ["beware"]);
    assert.deepEqual(readdirSync(to).sort(), ["blobs-0.wim", "branch.wim"]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(readdirSync(join(store.folder, "making")), []);
  });

  it("shares what stays as it is by links, and copies what the next step writes to", async () => {
    await store.put(id, from, facts);
    await store.take(id, to, warn);
    assert.equal(statSync(join(to, "blobs-0.wim")).ino, statSync(join(from, "blobs-0.wim")).ino);
    writeFileSync(join(to, "branch.wim"), "changed");
    assert.equal(readFileSync(place("branch.wim"), "utf8"), "branch");
    assert.deepEqual(await store.take(id, to, warn), ["beware"]);
    assert.equal(readFileSync(join(to, "branch.wim"), "utf8"), "branch");
  });

  for (const [what, damage] of [
    ["a file is not what it was", (file: string) => writeFileSync(file, "brunch")],
    ["a file is cut off", (file: string) => writeFileSync(file, "br")],
    ["a file is gone", (file: string) => rmSync(file)],
  ] as const)
    it(`removes a checkpoint of which ${what}, and says so`, async () => {
      await store.put(id, from, facts);
      damage(place("branch.wim"));
      assert.equal(await store.take(id, to, warn), undefined);
      assert.match(
        warnings.join(),
        /^the checkpoint a1a1a1a1a1a1 of the store was damaged .* and is made anew$/,
      );
      assert.equal(store.has(id), false);
      await store.put(id, from, facts);
      assert.deepEqual(await store.take(id, to, warn), ["beware"]);
    });

  it("takes a manifest that cannot be read for a damaged checkpoint", async () => {
    const damages = ["{", "null", "{}", "[]", "5", `{"files":[]}`, JSON.stringify({ ...facts, files: [] })];
    for (const text of damages) {
      await store.put(id, from, facts);
      writeFileSync(place("checkpoint.json"), text);
      assert.equal(await store.take(id, to, warn), undefined, text);
      assert.equal(store.has(id), false, text);
    }
    assert.equal(warnings.length, damages.length);
    assert.match(
      warnings.join("\n"),
      /^(?:the checkpoint a1a1a1a1a1a1 of the store was damaged and is made anew\n?)+$/,
    );
  });

  it("gives a file where it lies, and none that is not what it was", async () => {
    assert.equal(await store.file(id, "blobs-0.wim", warn), undefined);
    await store.put(id, from, facts);
    assert.equal(await store.file(id, "blobs-0.wim", warn), place("blobs-0.wim"));
    assert.deepEqual(warnings, []);
    writeFileSync(place("blobs-0.wim"), "globs");
    assert.equal(await store.file(id, "blobs-0.wim", warn), undefined);
    assert.equal(store.has(id), false);
    assert.match(warnings.join(), /was damaged \(blobs-0\.wim is not what it was\) and is made anew$/);
  });

  it("keeps to its own files, whatever a manifest says", async () => {
    await store.put(id, from, facts);
    const manifest = JSON.parse(readFileSync(place("checkpoint.json"), "utf8")) as {
      files: { name: string }[];
    };
    manifest.files.push({ ...manifest.files[0]!, name: "../../../../from/scratch.txt" });
    writeFileSync(place("checkpoint.json"), JSON.stringify(manifest));
    assert.equal(await store.take(id, to, warn), undefined);
    assert.equal(store.has(id), false);
  });

  it("lets the first of two that make the same win", async () => {
    await Promise.all([store.put(id, from, facts), store.put(id, from, facts)]);
    assert.deepEqual(await store.take(id, to, warn), ["beware"]);
    assert.deepEqual(readdirSync(join(store.folder, "making")), []);
  });

  it("lets one at a time make a checkpoint", async () => {
    const happened: string[] = [];
    const io = { signal: new AbortController().signal, onWait: () => undefined };
    const work = (name: string) => async () => {
      happened.push(`${name} begins`);
      await new Promise((later) => setTimeout(later, 5));
      happened.push(`${name} ends`);
    };
    await Promise.all(["a", "b", "c"].map((name) => store.alone(id, name, work(name), io)));
    assert.deepEqual(happened, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("removes what a dead process had begun and its locks, and nothing of a living one", async () => {
    const making = join(store.folder, "making");
    const code = `
      import { mkdirSync } from "node:fs";
      import { draftIn } from ${JSON.stringify(join(import.meta.dirname, "../../core/draft-folder.ts"))};
      mkdirSync(draftIn(process.argv[1]));`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code, making], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    const [dead = ""] = readdirSync(making);
    const alive = draftIn(making);
    for (const folder of [alive, join(making, "of somebody else")]) mkdirSync(folder);
    const lock = join(store.folder, "locks", id);
    mkdirSync(join(lock, ".."));
    writeFileSync(lock, JSON.stringify(deadOwner()));
    writeFileSync(`${lock}.0123456789abcdef.new`, JSON.stringify(deadOwner()));
    const held = await acquire(join(store.folder, "locks", "b2".repeat(32)), "makes another");
    await store.sweep();
    assert.deepEqual(readdirSync(making).sort(), [basename(alive), "of somebody else"].sort());
    assert.ok(dead !== "" && !existsSync(join(making, dead)));
    assert.deepEqual(readdirSync(join(store.folder, "locks")), ["b2".repeat(32)]);
    held.release();
  });

  it("puts a checkpoint in the place of one that is damaged, and of what is none", async () => {
    await store.put(id, from, facts);
    for (const damage of [
      () => writeFileSync(place("branch.wim"), "brunch"),
      () => rmSync(place("branch.wim")),
      () => rmSync(place("checkpoint.json")),
      () => writeFileSync(place("checkpoint.json"), "{"),
    ]) {
      damage();
      await store.put(id, from, facts);
      assert.deepEqual(await store.take(id, to, warn), ["beware"]);
    }
    assert.deepEqual(warnings, []);
    assert.deepEqual(readdirSync(join(store.folder, "making")), []);
  });

  it("gives no links to what it has where a checkpoint is damaged", async () => {
    await store.put(id, from, facts);
    await store.take(id, to, warn);
    rmSync(place("branch.wim"));
    await store.take(id, to, warn);
    assert.equal(existsSync(to), false);
  });

  it("has a key, if for this process alone, where none can be kept", async () => {
    writeFileSync(root, "no folder");
    const key = await store.key();
    assert.equal(key.length, 32);
    assert.deepEqual(await store.key(), key);
  });

  it("has a key of its own, the same for everybody who asks", async () => {
    const [a, b] = await Promise.all([store.key(), store.key()]);
    assert.equal(a.length, 32);
    assert.deepEqual(a, b);
    assert.deepEqual(await store.key(), a);
    if (process.platform !== "win32") assert.equal(statSync(join(store.folder, "key")).mode & 0o077, 0);
  });

  it("lists what it has, with files that several share known as one", async () => {
    await store.put(id, from, facts);
    await store.put("b2".repeat(32), from, facts);
    const all = await store.list();
    assert.deepEqual(all.map((each) => each.id).sort(), [id, "b2".repeat(32)]);
    const manifests = all.map(({ folder }) => statSync(join(folder, "checkpoint.json")).size);
    assert.equal(bytesOf(all), "blobs".length + 2 * "branch".length + manifests[0]! + manifests[1]!);
    await store.remove(id);
    assert.equal(store.has(id), false);
  });
});

const one = (name: string, used: number, ...inodes: readonly string[]) => ({
  id: name,
  folder: name,
  files: inodes.map((inode) => ({ inode, bytes: 10 })),
  used,
});

describe("checkpoints that can go", () => {
  const all = [one("new", 3000, "shared", "c"), one("old", 1000, "shared", "a"), one("middle", 2000, "b")];
  const ids = (limits: Parameters<typeof expendable>[1]): string =>
    expendable(all, limits)
      .map((each) => each.id)
      .join(" ");

  it("are those not used for long, then the longest unused until the rest is small enough", () => {
    assert.equal(ids({ before: 0 }), "");
    assert.equal(ids({ before: 1500 }), "old");
    assert.equal(ids({ before: 0, bytes: 40 }), "");
    // Without the old one, "shared" is still the new one's.
    assert.equal(ids({ before: 0, bytes: 30 }), "old");
    assert.equal(ids({ before: 0, bytes: 20 }), "old middle");
    assert.equal(ids({ before: 0, bytes: 0 }), "old middle new");
  });
});

describe("facts", () => {
  it("are there again, until they are damaged", () => {
    const { path, folder } = rig();
    const own = createFacts(path("facts"));
    assert.equal(own.read("a"), undefined);
    own.write("a", { b: [1, "ü"] });
    assert.deepEqual(createFacts(path("facts")).read("a"), { b: [1, "ü"] });
    const file = filesBelow(folder).find((each) => /facts\/..\/.{62}$/.test(each));
    writeFileSync(join(folder, file!), readFileSync(join(folder, file!), "utf8").replace("ü", "u"));
    assert.equal(own.read("a"), undefined);
  });

  it("are found out again where they cannot be kept", () => {
    const { write, path } = rig();
    write({ file: "" });
    const own = createFacts(path("file/facts"));
    own.write("a", 1);
    assert.equal(own.read("a"), undefined);
  });
});

describe("the folder of the store", () => {
  it("is what the environment says, what the config says, or the user's cache", () => {
    assert.match(storeFolder("/config", { SERVICING_STORE: "/env" }, "linux"), /env$/);
    assert.equal(storeFolder("/config", {}, "linux"), "/config");
    assert.equal(storeFolder(undefined, { XDG_CACHE_HOME: "/cache" }, "linux"), join("/cache", "servicing"));
    assert.match(storeFolder(undefined, { XDG_CACHE_HOME: "relative" }, "linux"), /\.cache[\\/]servicing$/);
    assert.match(storeFolder(undefined, {}, "darwin"), /Library[\\/]Caches[\\/]servicing$/);
    assert.equal(storeFolder(undefined, { LOCALAPPDATA: "/local" }, "win32"), join("/local", "servicing"));
  });
});
