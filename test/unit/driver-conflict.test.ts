import assert from "node:assert/strict";
import { chooseDrivers } from "../../core/driver-choice.ts";
import { startingDrivers, withoutDrivers } from "../../core/driver-conflict.ts";
import { type DriverPackage, type InboxDrivers, noInboxDrivers } from "../../core/driver-package.ts";
import { refuseUnreplaced } from "../../core/planned-drivers.ts";
import type { Operation } from "../../core/operation.ts";
import type { Item, Plan } from "../../core/step.ts";
import { driverPackage } from "../support/described-driver.ts";

const drivers = "\\Windows\\System32\\drivers";
const folder = "CSTOR.INF_AMD64_0123456789ABCDEF";

/** An image that got cstor.inf before, and has a service of Windows beside it. */
const inbox: InboxDrivers = {
  ...noInboxDrivers,
  added: { "OEM0.INF": "CSTOR.INF" },
  stored: { [folder]: "OEM0.INF" },
  services: [
    { name: "CSTOR", owners: ["OEM0.INF"], boot: true },
    { name: "DISK", owners: [], boot: true },
  ],
};

const stor = (name: string, more: Partial<DriverPackage> = {}): DriverPackage =>
  driverPackage(name, ["PCI\\DISK"], {
    bootCritical: true,
    services: ["cstor"],
    reflected: [`${drivers}\\cstor.sys`],
    ...more,
  });

/** What becomes of the drivers of a line that removes some first. */
function planned(
  found: readonly DriverPackage[],
  remove: readonly string[],
  strategy: "offline" | "setup" = "offline",
): void {
  const left = withoutDrivers(inbox, remove);
  const choice = chooseDrivers(found, { inbox: left, published: true, newestOnly: false });
  const item = (operation: Operation, accepted: boolean, because: string): Item => {
    const verdict = { engine: "wimlib", strategy, accepted, because };
    return {
      id: "drivers/1",
      phase: "modify",
      by: "drivers",
      image: 1,
      operation,
      considered: [verdict],
      ...(accepted ? { verdict } : {}),
    } as unknown as Item;
  };
  const items = [
    ...remove.map((driver) => item({ type: "Remove-Driver", driver }, true, "taken out")),
    ...choice.kept.map(({ inf, bootCritical, underivable }) =>
      item(
        { type: "Add-Driver", driver: inf, facts: { bootCritical, underivable } },
        underivable.length === 0,
        "it cannot be published",
      ),
    ),
  ];
  const removed = startingDrivers(inbox, remove);
  const told = { ...choice, recovery: [], setUp: [], devices: [], inbox: left, removed };
  refuseUnreplaced({ engine: "wimlib", items } as unknown as Plan, new Map([[1, told]]), "drivers");
}

describe("a driver that Windows is started with, and that is removed", () => {
  const code = "SERVICING_DRIVER_UNREPLACED";

  it("is not left without the one of the line that takes its place", () => {
    const includes = { underivable: ["it includes machine.inf"] };
    for (const [name, more] of [
      ["cstor.inf", { ...includes, services: ["cstor2"] }],
      ["other.inf", includes],
      ["cstor.inf", { refused: "it is not signed", services: [] }],
    ] as const)
      for (const remove of ["oem0.inf", "CSTOR.inf"])
        assert.throws(() => planned([stor(name, more)], [remove]), {
          code,
          message:
            /^oem0\.inf \(cstor\.inf\) starts Windows and is removed, .*\n {2}\S*(?:cstor|other)\.inf: it /,
        });
  });

  it("may go for good, for one that is published, and where it goes from a Windows that is started", () => {
    const left = stor("cstor.inf", { underivable: ["it includes machine.inf"] });
    planned([], ["oem0.inf"]);
    planned([stor("cstor.inf")], ["oem0.inf"]);
    planned([left, stor("new/cstor.inf", { digest: "new" })], ["oem0.inf"]);
    planned([driverPackage("net.inf", ["PCI\\NET"], { underivable: ["it includes net.inf"] })], ["oem0.inf"]);
    planned([left], ["oem0.inf"], "setup");
    planned([left], []);
  });
});
