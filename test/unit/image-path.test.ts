import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ServicingError } from "../../core/error.ts";
import { imagePath } from "../../core/formats/image-path.ts";

const refused = { code: "SERVICING_IMAGE_PATH" };

describe("image path", () => {
  it("takes what Windows can name", () => {
    assert.equal(imagePath("\\Windows\\Web\\Contoso\\"), "\\Windows\\Web\\Contoso");
    assert.equal(
      imagePath("\\Programme (x86)\\Grüße, ähm & so.txt"),
      "\\Programme (x86)\\Grüße, ähm & so.txt",
    );
    assert.equal(imagePath("\\Console\\communication.txt"), "\\Console\\communication.txt");
  });

  for (const path of [
    "",
    "\\",
    "Windows",
    "C:\\Windows",
    "\\Windows/System32",
    "\\\\server\\share",
    "\\a\\..\\b",
    "\\.\\b",
    "\\a\\\\b",
    "\\a\\b:stream",
    "\\a\\*.txt",
    "\\a\\b?",
    '\\a\\"b',
    "\\a\\b\n",
    "\\a\\b.",
    "\\a \\b",
    "\\a\\NUL",
    "\\a\\com1.txt",
    `\\${"a".repeat(256)}`,
  ]) {
    it(`refuses ${JSON.stringify(path.slice(0, 30))}`, () => assert.throws(() => imagePath(path), refused));
  }

  it("gives an accepted path back as it is, or refuses with its code", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const path = imagePath(`\\${text}`);
          assert.equal(imagePath(path), path);
          assert.ok(!path.split("\\").includes(".."));
        } catch (error) {
          assert.ok(error instanceof ServicingError && error.code === "SERVICING_IMAGE_PATH");
        }
      }),
    );
  });
});
