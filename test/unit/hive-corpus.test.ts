import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareHives } from "../../core/formats/hive-compare.ts";
import { indexRepairs } from "../../core/formats/hive-index.ts";
import {
  contents,
  corpusHive,
  corpusHives,
  hiveOf,
  inFolder,
  needs,
  readAll,
  unpacked,
  walk,
} from "./hive-tools.ts";

const corrupt = { code: "SERVICING_HIVE_CORRUPT" };

describe("hives of others", () => {
  for (const name of ["SYSTEM_WIN_10_1709", "BCD", "SAM_RootValue", "UNICODE_TESTS", "win10-Amcache.hve"]) {
    it(`reads as much of ${name} as hivexml does`, function () {
      needs(this, "hivexml");
      const bytes = corpusHive(this, name);
      const xml = inFolder((folder) => {
        const file = join(folder, "hive");
        writeFileSync(file, bytes);
        const out = openSync(`${file}.xml`, "w");
        execFileSync("hivexml", [file], { stdio: ["ignore", out, "pipe"] });
        closeSync(out);
        return readFileSync(`${file}.xml`, "latin1");
      });
      const counts = { keys: 0, values: 0 };
      for (const key of walk(hiveOf(bytes).rootKey)) {
        counts.keys++;
        counts.values += key.values().length;
      }
      assert.deepEqual(counts, {
        keys: xml.split("<node ").length - 1,
        values: xml.split("<value ").length - 1,
      });
    });
  }

  it("finds every list of subkeys in the order and with the hashes that it would write", function () {
    for (const name of ["SYSTEM_WIN_10_1709", "SYSTEM_B", "Acronis_0x52_Usrclass.dat", "SAM_DUPENAME"]) {
      const wrong = [...walk(hiveOf(corpusHive(this, name)).rootKey)].filter(
        (key) => indexRepairs(key).length > 0,
      );
      assert.deepEqual(wrong, [], name);
    }
  });

  it("compares a whole SYSTEM hive with itself", function () {
    const bytes = corpusHive(this, "SYSTEM_WIN_10_1709");
    assert.deepEqual(compareHives(hiveOf(bytes), hiveOf(bytes), []), []);
  });

  it("says which are dirty", function () {
    for (const name of ["SYSTEM_WIN_10_1709", "SYSTEM_B", "amcache.hve"])
      assert.ok(hiveOf(corpusHive(this, name)).dirty);
    for (const name of ["SAM_RootValue", "win10-Amcache.hve"])
      assert.ok(!hiveOf(corpusHive(this, name)).dirty);
  });

  it("refuses the damaged ones, whatever is wrong with them", function () {
    for (const name of ["NotAHive", "corrupt_sub_key_list.hiv", "corrupted_system_hive", "SYSTEM_B.LOG1"]) {
      const bytes = corpusHive(this, name);
      assert.throws(() => contents(hiveOf(bytes).rootKey), corrupt, name);
    }
  });

  it("reads all of them or says why not", function () {
    for (const file of corpusHives(this)) readAll(unpacked(file));
  });
});
