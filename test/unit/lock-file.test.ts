import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { isServicingError } from "../../core/error.ts";
import { differencesOf, differenceText, type LineInputs } from "../../core/line-inputs.ts";
import { lockDifferences, lockFileName, readLock, refuseUnlocked, writeLock } from "../../core/lock-file.ts";
import { rig } from "../support/rig.ts";

const inputs: LineInputs = {
  servicing: "0.1.0",
  engine: "wimlib",
  tools: { "wimlib-imagex": "1.13.6" },
  image: { file: "install.wim", contents: "aa".repeat(32), guid: "00", images: ["1 Pro 10.0 amd64"] },
  output: "wim keep all",
  files: {
    "drivers/net": {
      sha256: "11".repeat(32),
      bytes: 10,
      identity: "Contoso Net 01/01/2026 1.0",
      inside: { "net.inf": "21".repeat(32), "net.sys": "22".repeat(32) },
    },
    "b.cab": { sha256: "33".repeat(32), bytes: 5 },
  },
  items: [
    {
      item: "drivers/1",
      operation: "Add-Driver net.inf",
      image: 1,
      road: "setup",
      digest: "44".repeat(32),
    },
  ],
};

const { signal } = new AbortController();

function texts(after: LineInputs): readonly string[] {
  return differencesOf(inputs, after).map(differenceText);
}

describe("what differs between the inputs of two runs", () => {
  it("is nothing for the same", () => assert.deepEqual(texts(inputs), []));

  const net = inputs.files["drivers/net"]!;
  const [item] = inputs.items;
  const cases: readonly (readonly [string, Partial<LineInputs>, readonly string[]])[] = [
    ["a tool", { tools: { "wimlib-imagex": "1.14.4" } }, ["wimlib-imagex changed: 1.13.6 → 1.14.4"]],
    ["a tool that is gone", { tools: {} }, ["wimlib-imagex changed: 1.13.6 → none"]],
    ["servicing itself", { servicing: "0.2.0" }, ["servicing changed: 0.1.0 → 0.2.0"]],
    [
      "the image",
      { image: { ...inputs.image, contents: "bb".repeat(32) } },
      ["image install.wim changed: aaaaaaaaaaaa → bbbbbbbbbbbb"],
    ],
    ["how it is written", { output: "delta keep all" }, ["output changed: wim keep all → delta keep all"]],
    [
      "a file in a folder, named by itself",
      {
        files: {
          ...inputs.files,
          "drivers/net": {
            ...net,
            sha256: "99".repeat(32),
            inside: { "net.inf": "77".repeat(32), "x.txt": "88".repeat(32) },
          },
        },
      },
      [
        "drivers/net/net.inf changed: 212121212121 → 777777777777",
        "drivers/net/net.sys removed (222222222222)",
        "drivers/net/x.txt added (888888888888)",
      ],
    ],
    [
      "a file with an identity",
      { files: { ...inputs.files, "b.cab": { sha256: "55".repeat(32), bytes: 5, identity: "KB2" } } },
      ["b.cab changed: 333333333333 → KB2 555555555555"],
    ],
    ["a file that is gone", { files: { "drivers/net": net } }, ["b.cab removed (333333333333)"]],
    [
      "what an item does",
      { items: [{ ...item!, digest: "66".repeat(32) }] },
      ["Add-Driver net.inf changed: 444444444444 → 666666666666"],
    ],
    [
      "the road of an item",
      { items: [{ ...item!, road: "offline" }] },
      ["Add-Driver net.inf changed: setup → offline"],
    ],
    [
      "items that are new and gone",
      { items: [{ ...item!, operation: "Remove-File \\a" }] },
      ["Remove-File \\a added", "Add-Driver net.inf removed"],
    ],
  ];
  for (const [what, change, expected] of cases)
    it(`is ${what}`, () => assert.deepEqual(texts({ ...inputs, ...change }), expected));
});

const code = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    if (isServicingError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return "";
};

const refused = (error: unknown): boolean =>
  isServicingError(error) && error.code === "SERVICING_LOCK_INVALID" && error.message.includes(lockFileName);

describe("servicing.lock.json", () => {
  it("says what a line was made from, and nothing of the machine", async () => {
    const { folder, path } = rig();
    assert.equal(readLock(folder, "a"), undefined);
    await writeLock(folder, "a", inputs, signal);
    const text = readFileSync(path(lockFileName), "utf8");
    assert.deepEqual(lockDifferences(folder, "a", inputs), []);
    assert.ok(text.endsWith("}\n") && !text.includes(folder));
    for (const absent of ["net.sys", "drivers/1"]) assert.ok(!text.includes(absent), absent);
    for (const present of ["Contoso Net 01/01/2026 1.0", "1.13.6"])
      assert.ok(text.includes(present), present);
  });

  it("keeps what it says of other lines, and is the same whoever writes first", async () => {
    const [one, other] = [rig(), rig()];
    for (const name of ["a", "b"]) await writeLock(one.folder, name, inputs, signal);
    await Promise.all(["b", "a"].map((name) => writeLock(other.folder, name, inputs, signal)));
    const text = (from: typeof one): string => readFileSync(from.path(lockFileName), "utf8");
    assert.equal(text(one), text(other));
  });

  it("refuses what it says nothing of, what differs, and what nothing can be said of", async () => {
    const { folder } = rig();
    assert.match(
      code(() => refuseUnlocked(folder, "a", inputs)),
      /^SERVICING_LOCK_MISSING /,
    );
    await writeLock(folder, "a", inputs, signal);
    assert.equal(
      code(() => refuseUnlocked(folder, "a", inputs)),
      "",
    );
    const changed = { ...inputs, tools: { "wimlib-imagex": "2" } };
    assert.match(
      code(() => refuseUnlocked(folder, "a", changed)),
      /^SERVICING_LOCK_DIFFERS a is not what servicing\.lock\.json says:\n {2}wimlib-imagex changed: 1\.13\.6 → 2$/,
    );
    assert.match(
      code(() => refuseUnlocked(folder, "a", undefined)),
      /^SERVICING_LOCK_DIFFERS .*own code/s,
    );
  });

  for (const [what, text] of [
    ["no JSON", "<<<<<<< HEAD"],
    ["another version", '{ "version": 2, "lines": {} }'],
    ["a line without its image", '{ "version": 1, "lines": { "a": {} } }'],
  ] as const)
    it(`is refused, and stays, where it is ${what}`, async () => {
      const { folder, path } = rig();
      writeFileSync(path(lockFileName), text);
      assert.throws(() => readLock(folder, "a"), refused);
      await assert.rejects(writeLock(folder, "a", inputs, signal), refused);
      assert.equal(readFileSync(path(lockFileName), "utf8"), text);
    });
});
