import assert from "node:assert/strict";
import { knownComponent, validPasses } from "../../core/formats/unattend-passes.ts";

describe("passes of settings", () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["Microsoft-Windows-Shell-Setup", "TimeZone", "specialize,auditSystem,oobeSystem"],
    [
      "Microsoft-Windows-Shell-Setup",
      "UserAccounts/LocalAccounts/LocalAccount[a/b]/Password",
      "auditSystem,oobeSystem",
    ],
    ["Microsoft-Windows-Shell-Setup", "OOBE/NotInTheReference", "oobeSystem"],
    ["Microsoft-Windows-Shell-Setup", "NotInTheReference", undefined],
    ["Microsoft-Windows-PnpCustomizationsWinPE", "DriverPaths/PathAndCredentials/Key", "windowsPE"],
    [
      "Microsoft-Windows-PnpCustomizationsNonWinPE",
      "DriverPaths/PathAndCredentials/Key",
      "offlineServicing,auditSystem",
    ],
    ["Microsoft-Windows-Deployment", "RunSynchronous", "specialize,auditUser"],
    ["Microsoft-Windows-Deployment", "Generalize/Mode", "auditUser"],
    ["Microsoft-Windows-WDF-Kernel Library", "DriverStartType", "offlineServicing"],
    ["__proto__", "constructor", undefined],
  ];
  for (const [component, path, expected] of cases) {
    it(`${component} ${path}`, () => {
      const segments = path.match(/(?:\[[^\]]*\]|[^/])+/g) ?? [];
      assert.equal(validPasses(component, segments)?.join(","), expected);
    });
  }

  it("knows the components of the reference", () => {
    assert.equal(knownComponent("Networking-MPSSVC-Svc"), true);
    assert.equal(knownComponent("Microsoft-Windows-Shell-Set"), false);
  });
});
