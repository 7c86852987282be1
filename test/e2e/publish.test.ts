import assert from "node:assert/strict";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { publish } from "../../core/acts/publish.ts";
import { needs, rig, sampleFolder, wimlib } from "../support/rig.ts";

describe("putting a result in place", function () {
  let source: string;

  before(async function () {
    needs(this, "wimlib-imagex", "mkntfs", "gcab", "wixl");
    source = join(await sampleFolder(), "install.wim");
  });

  /** Publishes a copy of the source after wimlib has changed its XML. */
  async function published(byWindows: boolean, ...change: readonly string[]): Promise<string> {
    const here = rig();
    const [file, to] = [here.path("r.unfinished.wim"), here.path("r.wim")];
    copyFileSync(source, file);
    if (change.length > 0) wimlib("info", file, "1", ...change);
    const images = [1, 2].map((index) => ({ file: source, index }));
    await publish({ act: "publish", file, images, to, byWindows }).catch((error: unknown) => {
      assert.ok(!existsSync(to), "it was put in place all the same");
      throw error;
    });
    assert.ok(existsSync(to) && !existsSync(file));
    return to;
  }

  it("renames a result whose XML is its source's", async () => {
    wimlib("verify", await published(false));
  });

  it("refuses one whose XML lost or changed anything", async () => {
    const code = "SERVICING_IMAGE_XML_CHANGED";
    await assert.rejects(published(false, "Another name"), {
      code,
      message: /IMAGE\/NAME was .*Another name/,
    });
    await assert.rejects(published(false, "--image-property", "WINDOWS/EDITIONID=Education"), { code });
    await assert.rejects(published(true, "Another name"), { code });
  });

  it("lets Windows' own servicing say what Windows the image holds", async () => {
    await published(true, "--image-property", "WINDOWS/EDITIONID=Education");
    await published(true, "--image-property", "WINDOWS/VERSION/SPBUILD=9999");
  });
});
