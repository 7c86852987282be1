import assert from "node:assert/strict";
import { faultTable } from "../../core/fault-table.ts";
import { faultOf } from "../../core/formats/dism-fault.ts";
import { installerFaults, updateFaults } from "../../core/formats/installer-fault.ts";

describe("exit codes of installers", () => {
  it("are each known once, with a cause that goes into a sentence and a remedy that is one", () => {
    const all = [...installerFaults, ...updateFaults];
    assert.equal(new Set(all.map(({ exitCode }) => exitCode)).size, all.length);
    for (const { name, cause, remedy } of all) {
      assert.match(name, /^(ERROR|WU)_[A-Z_]+$/);
      assert.match(cause, /^[a-z].*[^.]$/, name);
      assert.match(remedy, /^[A-Z].*\.$/, name);
    }
  });

  it("are those of the program that was started", () => {
    const { of } = faultTable();
    assert.equal(faultOf(1603, of("msiexec.exe"))?.name, "ERROR_INSTALL_FAILURE");
    assert.equal(
      faultOf(-2145124329 >>> 0, of("C:\\Windows\\System32\\wusa.exe"))?.name,
      "WU_E_NOT_APPLICABLE",
    );
    assert.equal(faultOf(0x240006, of("wusa"))?.name, "WU_S_ALREADY_INSTALLED");
    assert.equal(faultOf(1603, of("dism.exe")), undefined);
  });
});
