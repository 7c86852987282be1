import assert from "node:assert/strict";
import { nearPaths } from "../../core/near-path.ts";

describe("paths as they are typed in a folder", () => {
  it("lose the folder where they begin with it, wherever they stand in a text", () => {
    assert.equal(nearPaths('/home/a b/out/x.wim and "/home/a b/y"', "/home/a b"), 'out/x.wim and "y"');
    assert.equal(
      nearPaths(String.raw`C:\p+q\out\x.wim (C:\p+q\y)`, String.raw`C:\p+q`),
      String.raw`out\x.wim (y)`,
    );
  });

  it("stay whole where the folder is only a part of another, is named itself, or is the root", () => {
    for (const text of ["/mnt/p/x", "/pp/x", "../p/x", "/p", "/p/", "/p/ x", "//p/x"])
      assert.equal(nearPaths(text, "/p"), text);
    for (const root of ["/", "C:\\", "", undefined])
      assert.equal(nearPaths("/p/x C:\\x", root), "/p/x C:\\x");
  });
});
