import assert from "node:assert/strict";
import { copiesTables } from "../../core/coverage-tables.ts";
import { chooseDrivers } from "../../core/driver-choice.ts";
import { startingDrivers, withoutDrivers } from "../../core/driver-conflict.ts";
import {
  copiedFiles,
  type DriverPackage,
  type InboxDrivers,
  noInboxDrivers,
} from "../../core/driver-package.ts";
import { driverTables, refuseUnreplaced } from "../../core/planned-drivers.ts";
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

describe("a driver that the image has already", () => {
  const has: InboxDrivers = { ...inbox, files: [`${drivers}\\cstor.sys`.toUpperCase()] };
  const choose = (...found: readonly DriverPackage[]): readonly (readonly string[])[] =>
    chooseDrivers(found, { inbox: has, published: true, newestOnly: false }).kept.map(
      ({ underivable }) => underivable,
    );
  const same = { storeFolder: folder.toLowerCase() };

  it("is in nobody's way where it is the very same, and keeps others out as what the image has", () => {
    const service = "the image has the service cstor already";
    const file = `the image has ${drivers}\\cstor.sys already`;
    assert.deepEqual(choose(stor("cstor.inf", same)), [[]]);
    assert.deepEqual(choose(stor("cstor.inf"), stor("cstor.inf", { ...same, digest: "same" })), [
      [service, file],
      [],
    ]);
  });

  it("is said to be there, and to be tried as any that was published without Windows", () => {
    const kept = [stor("cstor.inf", same), driverPackage("net.inf", ["PCI\\NET"])];
    const told = { ...chooseDrivers(kept, { inbox: has, published: true, newestOnly: false }), inbox: has };
    const choice = { ...told, recovery: [], setUp: [], devices: [], removed: [] };
    const items = kept.map(({ inf: driver }) => ({
      by: "drivers",
      image: 1,
      operation: { type: "Add-Driver", driver },
      verdict: { engine: "wimlib", strategy: "offline" },
    }));
    const [table] = driverTables({ items } as unknown as Plan, new Map([[1, choice]]), {
      by: "drivers",
      bootTested: [],
    });
    assert.deepEqual(
      table?.rows.map((row) => row.slice(-2)),
      [
        ["already there", "not yet"],
        ["published", "not yet"],
      ],
    );
  });

  it("is published once, whatever else has the same INF", () => {
    const other = driverPackage("new/net.inf", ["PCI\\NET"], { storeFolder: "net.inf_amd64_1" });
    const net = driverPackage("net.inf", ["PCI\\NET"], { storeFolder: "net.inf_amd64_1" });
    assert.deepEqual(choose(net, other), [[], ["it has the same INF as /drivers/net.inf, and other files"]]);
  });
});

/** What keeps each from being published. */
const keptFrom = (
  found: readonly DriverPackage[],
  more: { readonly files?: readonly string[]; readonly earlier?: readonly DriverPackage[] } = {},
): readonly (readonly string[])[] =>
  chooseDrivers(found, {
    inbox: { ...noInboxDrivers, files: more.files ?? [] },
    published: true,
    newestOnly: false,
    earlier: more.earlier ?? [],
  }).kept.map(({ underivable }) => underivable);

describe("a driver that is installed where it is published", () => {
  it("replaces no file of the image, wherever it lies, and is kept out by none of that name elsewhere", () => {
    const files = ["\\WINDOWS\\SYSTEM32\\CSTOR.DLL", "\\WINDOWS\\SYSTEM32\\DRIVERS\\ETC\\CSTOR.SYS"];
    const dll = stor("cstor.inf", { reflected: [`${drivers}\\cstor.sys`, "\\Windows\\System32\\cstor.dll"] });
    assert.deepEqual(keptFrom([dll], { files }), [["the image has \\Windows\\System32\\cstor.dll already"]]);
    assert.deepEqual(keptFrom([stor("cstor.inf")], { files }), [[]]);
  });

  it("has the image looked at for the files that it would copy, and for no others", () => {
    const dll = { reflected: [`${drivers}\\cstor.sys`, "\\Windows\\cstor.dll"] };
    const found = [
      stor("cstor.inf", dll),
      stor("copy/cstor.inf", dll),
      stor("out.inf", { reflected: ["\\Windows\\a.dll"], refused: "it is not signed" }),
      stor("left.inf", { reflected: ["\\Windows\\b.dll"], underivable: ["it includes machine.inf"] }),
      driverPackage("net.inf", ["PCI\\NET"], { reflected: ["\\Windows\\c.dll"] }),
    ];
    assert.deepEqual(copiedFiles(found), ["\\WINDOWS\\CSTOR.DLL", `${drivers}\\cstor.sys`.toUpperCase()]);
  });

  it("leaves to another plugin of the line what that one has", () => {
    const newer = stor("new.inf", { date: "01/01/2030", storeFolder: "new.inf_amd64_1" });
    const older = stor("old.inf", { storeFolder: "old.inf_amd64_1" });
    const has = [`old.inf has the service cstor already`, `old.inf has ${drivers}\\cstor.sys already`];
    assert.deepEqual(keptFrom([newer], { earlier: [older] }), [has]);
    assert.deepEqual(keptFrom([newer, older]), [
      [],
      [`new.inf has the service cstor already`, `new.inf has ${drivers}\\cstor.sys already`],
    ]);
    const same = stor("again.inf", { storeFolder: "old.inf_amd64_1", services: [], reflected: [] });
    assert.match(keptFrom([same], { earlier: [older] })[0]?.[0] ?? "", /the same INF as \/drivers\/old\.inf/);
  });

  it("is a copy where another plugin of the line adds it", () => {
    const one = stor("one.inf", { digest: "same", bytes: 3 });
    const copies = [1, 2].map((at) => stor(`${at}.inf`, { digest: "same", bytes: 3 }));
    const choice = chooseDrivers(copies, {
      inbox: noInboxDrivers,
      published: true,
      newestOnly: false,
      earlier: [one],
    });
    assert.deepEqual([choice.kept, choice.copies], [[], copies]);
    assert.deepEqual(copiesTables(choice)[0]?.rows, [["one.inf", "2", "6", "/drivers/one.inf"]]);
  });
});

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
