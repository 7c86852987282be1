import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, symlinkSync, utimesSync } from "node:fs";
import { createFacts, type Facts } from "../../core/facts.ts";
import { hashOf, operationDigest, secretsDigest } from "../../core/fingerprint.ts";
import { createDigests } from "../../core/input-digest.ts";
import type { Operation } from "../../core/operation.ts";
import { inputsOf } from "../../core/operation-input.ts";
import { rig } from "../support/rig.ts";

/** Facts that tell how often they were asked and written. */
function counted(facts: Facts): Facts & { readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    read: (key) => facts.read(key),
    write(key, value) {
      written.push(key);
      facts.write(key, value);
    },
  };
}

const old = new Date(1_700_000_000_000);

describe("the digest of an input", () => {
  it("is that of a file's content, wherever it lies and whenever it was written", async () => {
    const { write, path } = rig();
    write({ "a/x": "same", "b/y": "same" });
    utimesSync(path("b/y"), old, old);
    const digests = createDigests(createFacts(path("facts")));
    const [a, b] = [
      await digests.of({ path: path("a/x"), whole: false }),
      await digests.of({ path: path("b/y"), whole: false }),
    ];
    assert.equal(a.sha256, b.sha256);
    assert.equal(a.bytes, 4);
  });

  it("of a folder is that of names and contents, in whatever order it is read", async () => {
    const { write, path } = rig();
    write({ "a/1": "1", "a/sub/2": "2", "b/sub/2": "2", "b/1": "1", "c/1": "1", "c/sub/3": "2" });
    mkdirSync(path("d/sub"), { recursive: true });
    mkdirSync(path("e"));
    const digests = createDigests(createFacts(path("facts")));
    const of = async (name: string): Promise<string> =>
      (await digests.of({ path: path(name), whole: false })).sha256;
    assert.equal(await of("a"), await of("b"));
    assert.equal(new Set([await of("a"), await of("c"), await of("d"), await of("e")]).size, 4);
  });

  it("of an INF is that of the folder that holds it", async () => {
    const { write, path } = rig();
    write({ "a/x.inf": "inf", "a/x.sys": "1" });
    const input = { path: path("a/x.inf"), whole: true };
    const before = await createDigests(createFacts(path("facts"))).of(input);
    write({ "a/x.sys": "2" });
    const after = await createDigests(createFacts(path("facts"))).of(input);
    assert.notEqual(before.sha256, after.sha256);
    assert.deepEqual([...after.files.keys()], ["x.inf", "x.sys"]);
  });

  it("is made once of a folder, however many INFs lie in it", async () => {
    const { write, path } = rig();
    write({ "a/x.inf": "inf", "a/y.inf": "inf" });
    const digests = createDigests(createFacts(path("facts")));
    const [x, y] = ["a/x.inf", "a/y.inf"].map((name) => digests.of({ path: path(name), whole: true }));
    assert.equal(await x, await y);
  });

  it("is remembered until size, times or inode change, and of a file that is too young not at all", async () => {
    const { write, path } = rig();
    const file = write({ x: "one" });
    utimesSync(file, old, old);
    const facts = counted(createFacts(path("facts")));
    const of = async (): Promise<string> =>
      (await createDigests(facts).of({ path: file, whole: false })).sha256;
    await of();
    // Its change time is now, and cannot be set back.
    assert.deepEqual(createFacts(path("facts")).read(facts.written[0]!), []);
    const first = await of();
    write({ x: "two" });
    utimesSync(file, old, old);
    assert.notEqual(await of(), first, "the same size and modification time, and yet another content");
    write({ y: "one" });
    utimesSync(path("y"), old, old);
    renameSync(path("y"), file);
    assert.equal(await of(), first);
  });

  it("is not remembered of a file from the future, by a clock that was set back", async () => {
    const { write, path } = rig();
    const file = write({ x: "one" });
    const future = new Date(Date.now() + 86_400_000);
    utimesSync(file, future, future);
    const facts = counted(createFacts(path("facts")));
    await createDigests(facts).of({ path: file, whole: false });
    assert.deepEqual(facts.read(facts.written[0]!), []);
  });

  it("tells which file is no longer what it was", async () => {
    const { write, path } = rig();
    write({ "a/1": "1", "a/2": "2" });
    const digests = createDigests(createFacts(path("facts")));
    const input = { path: path("a"), whole: false };
    await digests.of(input);
    assert.equal(await digests.changed(input), undefined);
    utimesSync(path("a/1"), old, old);
    assert.equal(await digests.changed(input), undefined, "it was only touched");
    write({ "a/3": "new" });
    assert.equal(await digests.changed(input), path("a/3"));
    write({ "a/2": "changed" });
    assert.equal(await digests.changed(input), path("a/2"));
  });

  it("is refused of what is not there, what leads nowhere or round in a circle, and what never ends", async function () {
    if (process.platform === "win32") this.skip();
    const { write, path } = rig();
    write({ "gone/x": "", "circle/x": "" });
    symlinkSync("nowhere", path("gone/link"));
    symlinkSync("..", path("circle/up"));
    const digests = createDigests(createFacts(path("facts")));
    const code = async (name: string): Promise<string> =>
      digests.of({ path: name, whole: false }).then(
        () => "",
        (error: { code: string }) => error.code,
      );
    assert.equal(await code(path("absent")), "SERVICING_INPUT_NOT_FOUND");
    assert.equal(await code(path("gone")), "SERVICING_INPUT_UNREADABLE");
    assert.equal(await code(path("circle")), "SERVICING_INPUT_UNREADABLE");
    assert.ok(existsSync("/dev/zero"));
    assert.equal(await code("/dev/zero"), "SERVICING_INPUT_UNREADABLE");
  });
});

const digestOf = (operation: Operation, sha256 = "x"): string =>
  operationDigest(operation, "offline", () => sha256);

const driver = (name: string): Operation => ({ type: "Add-Driver", driver: `/drivers/${name}` });

describe("the digest of an operation", () => {
  const copy: Operation = { type: "Copy-File", from: "/a/b", to: "\\c" };

  it("says what it does by content, not by where that lies or why it is done so", () => {
    assert.equal(
      digestOf(copy),
      digestOf({ ...copy, from: "/elsewhere/x", title: "another", optional: true }),
    );
    assert.equal(digestOf(copy), digestOf({ to: "\\c", from: "/a/b", type: "Copy-File" }));
    assert.notEqual(digestOf(copy), digestOf({ ...copy, to: "\\d" }));
    assert.notEqual(digestOf(copy), digestOf(copy, "y"));
    assert.notEqual(
      digestOf(copy),
      operationDigest(copy, "setup", () => "x"),
    );
  });

  it("names a driver by its INF, of which a folder may hold several", () => {
    assert.notEqual(digestOf(driver("a.inf")), digestOf(driver("b.inf")));
    assert.deepEqual(inputsOf(driver("a.inf")), [{ path: "/drivers/a.inf", whole: true }]);
    assert.deepEqual(inputsOf(driver("folder")), [{ path: "/drivers/folder", whole: false }]);
  });

  it("knows every input of an operation that has several", () => {
    const app: Operation = {
      type: "Add-ProvisionedAppxPackage",
      package: "/a.msix",
      dependencies: ["/b.appx", "/c.appx"],
      license: "/l.xml",
    };
    assert.deepEqual(
      inputsOf(app).map(({ path }) => path),
      ["/a.msix", "/b.appx", "/c.appx", "/l.xml"],
    );
  });
});

describe("a fingerprint", () => {
  it("does not depend on the order of fields, and depends on that of lists", () => {
    assert.equal(hashOf({ a: 1, b: { c: 2, d: 3 } }), hashOf({ b: { d: 3, c: 2 }, a: 1 }));
    assert.notEqual(hashOf([1, 2]), hashOf([2, 1]));
    assert.notEqual(hashOf("a", "b"), hashOf("ab"));
  });

  it("stands for secrets under a key, so that they cannot be guessed from it", () => {
    const secrets = [{ name: "PASSWORD", value: "secret" }];
    const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    assert.equal(secretsDigest(one, secrets), secretsDigest(one, secrets));
    assert.notEqual(secretsDigest(one, secrets), secretsDigest(other, secrets));
    assert.notEqual(secretsDigest(one, secrets), secretsDigest(one, [{ name: "PASSWORD", value: "other" }]));
    assert.equal(secretsDigest(one, []), "");
  });
});
