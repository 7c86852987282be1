import assert from "node:assert/strict";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { inputFiles } from "../../core/input-files.ts";
import { folderOf } from "../support/command.ts";
import { unprivileged } from "../support/unprivileged.ts";

describe("input files", () => {
  const files = {
    "drivers/Intel(R) Net [x64] {1} & !a/n.INF": "",
    "drivers/Intel(R) Net [x64] {1} & !a/n.sys": "",
    "drivers/b/b.inf": "",
    "drivers/odd.inf/c.inf": "",
  };
  const found = async (pattern: string | string[], extensions?: string[]): Promise<readonly string[]> => {
    const { path } = folderOf(files);
    const list = await inputFiles(path, pattern, "a test", extensions);
    return list.map((file) => file.slice(path.length + 1).replaceAll("\\", "/"));
  };

  it("takes a path that exists as it is spelled, whatever globs would make of it", async () => {
    const [net = ""] = Object.keys(files);
    const folder = net.slice(0, -"/n.INF".length);
    assert.deepEqual(await found(net), [net]);
    assert.deepEqual(await found(`${folder}/*.inf`), [net]);
    assert.deepEqual(await found(folder.replaceAll("/", "\\"), ["inf"]), [net]);
  });

  it("takes a folder for what lies below it with one of the extensions, once", async () => {
    const all = ["drivers/Intel(R) Net [x64] {1} & !a/n.INF", "drivers/b/b.inf", "drivers/odd.inf/c.inf"];
    for (const pattern of [".", "./", "drivers", "drivers/", "drivers/*", ["drivers", "drivers/b"]])
      assert.deepEqual(await found(pattern, ["inf"]), all);
  });

  it("names what was wanted where nothing matches", async () => {
    for (const extensions of [["cab"], undefined])
      await assert.rejects(found("drivers/*/x*", extensions), {
        code: "SERVICING_INPUT_NOT_FOUND",
        message: /^Nothing matches "drivers\/\*\/x\*" in .+; wanted: a test$/,
      });
  });

  it("does not pass over a name that matches nothing because another one does", async () => {
    await assert.rejects(found(["drivers/b", "drivres/c"], ["inf"]), {
      code: "SERVICING_INPUT_NOT_FOUND",
      message: /^Nothing matches "drivres\/c"/,
    });
  });

  it("takes each folder once, whatever links lead to it", async function () {
    if (process.platform === "win32") this.skip();
    const { path } = folderOf({ "drivers/b/b.inf": "", "drivers/c/c.inf": "", "else/e.inf": "" });
    // Two links upwards: without an end the paths would double with each level.
    for (const [name, to] of [
      ["a", ".."],
      ["b/up", ".."],
      ["c/up", "../.."],
      ["here", "here"],
      ["lost", "nowhere"],
      ["other", "../else"],
      ["x.inf", "c/c.inf"],
    ] as const)
      symlinkSync(to, join(path, "drivers", name));
    const below = (pattern: string): Promise<readonly string[]> =>
      inputFiles(path, pattern, "a test", ["inf"]).then((all) =>
        all.map((file) => file.slice(path.length + 1)),
      );
    assert.deepEqual(await below("drivers"), [
      "drivers/a/else/e.inf",
      "drivers/b/b.inf",
      "drivers/c/c.inf",
      "drivers/x.inf",
    ]);
    assert.deepEqual(await below("drivers/**/*.inf"), [
      "drivers/b/b.inf",
      "drivers/c/c.inf",
      "drivers/x.inf",
    ]);
  });

  it("says which folder cannot be read", async function () {
    if (process.platform === "win32") this.skip();
    const { path } = folderOf({ "drivers/b/b.inf": "", "drivers/locked/c.inf": "" });
    chmodSync(join(path, "drivers/locked"), 0);
    try {
      for (const pattern of ["drivers", "drivers/**/*.inf"])
        await assert.rejects(
          unprivileged(path, () => inputFiles(path, pattern, "a test", ["inf"])),
          {
            code: "SERVICING_INPUT_UNREADABLE",
            message: /permission denied.*locked/,
          },
        );
    } finally {
      chmodSync(join(path, "drivers/locked"), 0o755);
    }
  });
});
