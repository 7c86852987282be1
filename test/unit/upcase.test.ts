import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { upcase } from "../../core/formats/upcase.ts";
import { needs } from "../support/rig.ts";

describe("the upper case of Windows", () => {
  it("is that of the table which NTFS volumes carry", function () {
    needs(this, "mkntfs", "ntfscat");
    const folder = mkdtempSync(join(tmpdir(), "servicing-upcase-"));
    try {
      const volume = join(folder, "volume");
      writeFileSync(volume, "");
      truncateSync(volume, 8 * 1024 * 1024);
      execFileSync("mkntfs", ["--force", "--fast", "--quiet", volume], { stdio: "ignore" });
      const table = execFileSync("ntfscat", ["--inode", "10", volume], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      assert.equal(table.length, 2 * 0x10000);
      for (let unit = 0; unit < 0x10000; unit++)
        assert.equal(upcase(unit), table.readUInt16LE(2 * unit), `U+${unit.toString(16)}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
