import assert from "node:assert/strict";
import { inputFiles } from "../../core/input-files.ts";
import { folderOf } from "../support/command.ts";

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
});
