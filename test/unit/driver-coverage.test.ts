import assert from "node:assert/strict";
import * as fc from "fast-check";
import { copiesTables, coverageTables, economyTables } from "../../core/coverage-tables.ts";
import { chooseDrivers } from "../../core/driver-choice.ts";
import { coverage, type DriverPlacement } from "../../core/driver-coverage.ts";
import { newestOnly } from "../../core/driver-economy.ts";
import { publishedLimit } from "../../core/driver-limit.ts";
import { type DriverDevice, type DriverPackage, noInboxDrivers } from "../../core/driver-package.ts";
import { compareStandings, rankOf } from "../../core/driver-rank.ts";
import { tableText } from "../../core/table-text.ts";
import { device, driverPackage } from "../support/described-driver.ts";

const os: DriverPlacement = { os: "published", setup: false, winre: false };
const everywhere: DriverPlacement = { os: "staged", setup: true, winre: true };
const nowhere: DriverPlacement = { os: "left out", setup: false, winre: false };
const setupOnly: DriverPlacement = { os: "left out", setup: true, winre: false };

const net = device(["PCI\\NET&REV", "PCI\\NET"], ["PCI\\CC_0200"], { name: "Contoso network" });
const disk = device(["PCI\\DISK"], ["PCI\\CC_0108"], { name: "Contoso disk", count: 2 });
const sound = device(["HDAUDIO\\SOUND"], [], { derived: true });
const dock = device(["USB\\DOCK"], ["USB\\CLASS_09"], { name: "Contoso dock" });

const netNew = driverPackage("net/net.inf", ["PCI\\NET"], { version: "2.0", date: "01/01/2025" });
const netOld = driverPackage("old/net.inf", ["PCI\\NET", "PCI\\NET2"], { version: "1.0" });
const netClass = driverPackage("class.inf", ["PCI\\CC_0200"]);
const diskDriver = driverPackage("disk.inf", ["PCI\\DISK"], { bytes: 5000 });
const other = driverPackage("other.inf", ["PCI\\OTHER"], { bytes: 70 });
const dockOut = driverPackage("dock.inf", ["USB\\DOCK"], { refused: "it is for arm64 alone" });
const extension = driverPackage("tune.inf", ["PCI\\NET"], { kind: "extension", extensionId: "{1}" });
const extensionNew = driverPackage("tune2.inf", ["PCI\\CC_0200"], {
  kind: "extension",
  extensionId: "{1}",
  date: "01/01/2025",
});
const extensionElse = driverPackage("led.inf", ["PCI\\NET"], { kind: "extension", extensionId: "{2}" });
const component = driverPackage("panel.inf", ["SWC\\PANEL"], { kind: "software component" });
const filter = driverPackage("filter.inf", [], { kind: "primitive" });

const devices = [net, disk, sound, dock];
const placement = new Map<DriverPackage, DriverPlacement>([
  [netNew, os],
  [netOld, everywhere],
  [netClass, os],
  [diskDriver, everywhere],
  [other, setupOnly],
  [dockOut, nowhere],
  [extension, os],
  [extensionNew, os],
  [extensionElse, os],
  [component, os],
  [filter, os],
]);
const packages = [...placement.keys()];
const inbox = (id: string): string | undefined => (id === "USB\\CLASS_09" ? "usbhub3.inf" : undefined);

const numbered = (at: number): string => `PCI\\VEN_1234&DEV_${at}`;

describe("coverage", () => {
  const found = coverage(devices, packages, placement);

  it("says which driver each Windows would choose for each device", () => {
    assert.deepEqual(
      found.rows.map((row) => [
        row.device,
        row.driver?.package.inf,
        row.driver?.os,
        row.driver?.rank,
        row.driver?.id,
        row.setup?.package.inf,
        row.winre?.package.inf,
        row.extensions.map((each) => each.package.inf),
      ]),
      [
        [
          net,
          netNew.inf,
          "published",
          0xff0001,
          "PCI\\NET",
          netOld.inf,
          netOld.inf,
          [extensionNew.inf, extensionElse.inf],
        ],
        [disk, diskDriver.inf, "staged", 0xff0000, "PCI\\DISK", diskDriver.inf, diskDriver.inf, []],
        [sound, undefined, undefined, undefined, undefined, undefined, undefined, []],
        [dock, undefined, undefined, undefined, undefined, undefined, undefined, []],
      ],
    );
  });

  it("names the devices without a driver, and what was left out of it", () => {
    assert.deepEqual(
      found.gaps.map((gap) => [gap.device, gap.leftOut?.package]),
      [
        [sound, undefined],
        [dock, dockOut],
      ],
    );
    const known = coverage(devices, packages, placement, inbox);
    assert.deepEqual(known.rows[3]?.inbox, { inf: "usbhub3.inf", id: "USB\\CLASS_09" });
    assert.deepEqual(
      known.gaps.map((gap) => gap.device),
      [sound],
    );
  });

  it("says what these devices do not need, and what it costs", () => {
    assert.deepEqual(
      found.superseded.map(({ package: driver, by }) => [driver, by]),
      [
        [netClass, [netNew]],
        [extension, [extensionNew]],
      ],
    );
    assert.deepEqual(
      found.unused.map(({ package: driver }) => driver),
      [other],
    );
    assert.deepEqual(found.bytes, { superseded: 2000, unused: 70 });
  });

  it("is told in tables", () => {
    const texts = coverageTables(coverage(devices, packages, placement, inbox)).map((table) =>
      tableText(table, { width: 200 }),
    );
    assert.equal(
      texts.join("\n\n"),
      String.raw`Devices: 3 of 4 have a driver
  device            driver                         version  rank        matched by    Windows    Setup        WinRE
  Contoso network   net.inf + tune2.inf + led.inf  2.0      0x00FF0001  PCI\NET       published  net.inf 1.0  net.inf 1.0
  Contoso disk (2)  disk.inf                       1.0.0.0  0x00FF0000  PCI\DISK      staged     yes          yes
  HDAUDIO\SOUND *   none                                                              no         no           no
  Contoso dock      in-box usbhub3.inf                                  USB\CLASS_09  in-box     no           no
  * The list gives no ids of this device: those that its instance id tells of stand for them.

Devices without a driver: 1
  device           look for       left out
  HDAUDIO\SOUND *  HDAUDIO\SOUND

Packages that others win on every device here: 2 kB
  package    version  date        bytes  won by
  class.inf  1.0.0.0  01/02/2024  1 kB   net.inf 2.0
  tune.inf   1.0.0.0  01/02/2024  1 kB   tune2.inf 1.0.0.0

Packages for none of these devices: 70 B
  package    version  date        bytes  class
  other.inf  1.0.0.0  01/02/2024  70 B   Net`,
    );
  });

  it("takes no package for needless that Windows may take as well as the one it names", () => {
    const same = driverPackage("same.inf", ["PCI\\NET"], { version: "2.0", date: "01/01/2025" });
    const also = driverPackage("also.inf", ["PCI\\NET"], { version: "2.0", date: "01/01/2025" });
    const two = coverage([net], [netNew, same], new Map([netNew, same].map((driver) => [driver, os])));
    assert.deepEqual(two.superseded, []);
    assert.deepEqual(two.rows[0]?.ties, [same]);
    assert.equal(coverageTables(two)[0]?.rows[0]?.[1], "net.inf or same.inf");
    const all = [netNew, same, also];
    const three = coverage([net], all, new Map(all.map((driver) => [driver, os])));
    assert.equal(coverageTables(three)[0]?.rows[0]?.[1], "also.inf or 2 others");
  });

  it("is readable in a terminal of 80 and of 120 columns", () => {
    const [table = assert.fail()] = coverageTables(coverage(devices, packages, placement, inbox));
    for (const [width, lines] of [
      [120, 1 + 1 + 4 + 1],
      [80, 1 + 8 + 1 + 8 + 1 + 5 + 1 + 6 + 1],
    ] as const) {
      const text = tableText(table, { width });
      assert.equal(text.split("\n").length, lines, text);
      for (const whole of ["Contoso network", "PCI\\DISK", "0x00FF0001", "published", "HDAUDIO\\SOUND *"])
        assert.ok(text.includes(whole), `${whole} at ${width}:\n${text}`);
    }
  });

  it("is fast for many packages, ids and devices", function () {
    this.timeout(30_000);
    const many = Array.from({ length: 4000 }, (_, at) =>
      driverPackage(
        `${at}.inf`,
        Array.from({ length: 250 }, (__, each) => numbered((at * 7 + each) % 5000)),
        { version: `${at % 10}.0` },
      ),
    );
    const all = Array.from({ length: 300 }, (_, at) =>
      device(
        [numbered(at * 3), numbered(at * 3 + 1)],
        Array.from({ length: 10 }, (__, each) => numbered(at + each)),
      ),
    );
    const start = performance.now();
    const result = coverage(all, many, new Map(many.map((driver) => [driver, os])));
    assert.equal(result.gaps.length, 0);
    const economy = newestOnly(many);
    assert.equal(economy.kept.length + economy.leftOut.length, 4000);
    const took = performance.now() - start;
    assert.ok(took < 15_000, `${took} ms`);
  });
});

const names = (all: readonly DriverPackage[]): readonly string[] => all.map(({ inf }) => inf.slice(9));

const dated = ({ ownDate, ...entry }: Partial<DriverDevice> & { readonly ownDate: string | undefined }) =>
  ownDate === undefined ? entry : { ...entry, date: ownDate, version: "1.0" };

const extended = (
  inf: string,
  extensionId: string,
  date: string,
  kind: "hardware" | "compatible",
): DriverPackage => driverPackage(inf, [{ id: "A", kind }], { kind: "extension", extensionId, date });

describe("newestOnly", () => {
  it("leaves out what another wins for every one of its ids, and says who and by what", () => {
    const a1 = driverPackage("a1.inf", ["A", "B"], { date: "01/01/2020" });
    const a2 = driverPackage("a2.inf", ["A", "B", "C"], { date: "01/01/2021", version: "1.0" });
    const b3 = driverPackage("b3.inf", ["B"], { date: "01/01/2021", version: "2.0" });
    const c0 = driverPackage("c0.inf", ["C"], {
      signature: { state: "none", because: "" },
      date: "01/01/2025",
    });
    const d = driverPackage("d.inf", ["B", "D"], { date: "01/01/2019" });
    const { kept, leftOut } = newestOnly([a1, a2, b3, c0, d]);
    assert.deepEqual(names(kept), ["a2.inf", "b3.inf", "d.inf"]);
    assert.deepEqual(
      leftOut.map(({ package: driver, because }) => [
        driver.inf.slice(9),
        because.map(({ winner, by, ids }) => [winner.inf.slice(9), by, ids]),
      ]),
      [
        [
          "a1.inf",
          [
            ["a2.inf", "date", ["A"]],
            ["b3.inf", "date", ["B"]],
          ],
        ],
        ["c0.inf", [["a2.inf", "rank", ["C"]]]],
      ],
    );
    const [table] = economyTables({ kept, leftOut });
    assert.match(
      tableText(table ?? assert.fail(), { width: 200 }),
      /a1\.inf .* a2\.inf 1\.0 is newer for A, b3\.inf 2\.0 is newer for B\n.*c0\.inf .* a2\.inf 1\.0 ranks better for C/,
    );
    assert.deepEqual(economyTables({ kept, leftOut: [] }), []);
  });

  it("takes the date and version of a section before those of its package", () => {
    const own = driverPackage("own.inf", [{ id: "A", date: "06/01/2024", version: "9.0" }, "B"], {
      date: "01/01/2020",
      version: "1.0",
    });
    const plain = driverPackage("plain.inf", ["A"], { date: "01/01/2022", version: "5.0" });
    const { kept, leftOut } = newestOnly([own, plain]);
    assert.deepEqual(names(kept), ["own.inf"]);
    const [table = assert.fail()] = economyTables({ kept, leftOut });
    assert.match(tableText(table, { width: 200 }), /plain\.inf .* own\.inf 9\.0 is newer for A/);
    const late = driverPackage("late.inf", ["B"], { date: "01/01/2023" });
    assert.deepEqual(names(newestOnly([own, plain, late]).kept), ["own.inf", "late.inf"]);
    const rows = coverage([device(["A"])], [own, plain], new Map([own, plain].map((each) => [each, os])));
    assert.equal(coverageTables(rows)[0]?.rows[0]?.[2], "9.0");
  });

  it("keeps those between which Windows may choose either", () => {
    const one = driverPackage("x.inf", ["A"]);
    const also = driverPackage("y.inf", ["A"]);
    assert.deepEqual(newestOnly([one, also]), { kept: [one, also], leftOut: [] });
  });

  it("leaves out nothing for one that may never get there", () => {
    const old = driverPackage("old.inf", ["A"], { date: "01/01/2020" });
    const better = driverPackage("new.inf", ["A"], { date: "01/01/2025" });
    assert.deepEqual(names(newestOnly([old, better]).kept), ["new.inf"]);
    assert.deepEqual(names(newestOnly([old, better], (driver) => driver !== better).kept), [
      "old.inf",
      "new.inf",
    ]);
    assert.deepEqual(names(newestOnly([old, better], (driver) => driver !== old).kept), ["new.inf"]);
  });

  it("asks where an id is a compatible id of the INF, and where of the device", () => {
    const first = driverPackage("first.inf", [{ id: "A", kind: "compatible", position: 0 }]);
    const third = driverPackage("third.inf", [{ id: "A", kind: "compatible", position: 2 }], {
      date: "01/01/2025",
    });
    // As a hardware id of the device both rank 0x1000, so the newer wins; as a compatible id 0x3000 beats 0x3200.
    assert.deepEqual(names(newestOnly([first, third]).kept), ["first.inf", "third.inf"]);
    const hardware = driverPackage("hardware.inf", ["A"], { date: "01/01/2019" });
    assert.deepEqual(names(newestOnly([first, third, hardware]).kept), ["hardware.inf"]);
  });

  it("measures extensions with those of their ExtensionId, by date and version alone", () => {
    const base = driverPackage("base.inf", ["A"], { date: "01/01/2026" });
    const packed = [
      base,
      extended("e1.inf", "{1}", "01/01/2024", "hardware"),
      extended("e2.inf", "{1}", "01/01/2025", "compatible"),
      extended("e3.inf", "{2}", "01/01/2020", "hardware"),
      extended("e4.inf", "", "01/01/2019", "hardware"),
      extended("e5.inf", "", "01/01/2018", "hardware"),
    ];
    const { kept, leftOut } = newestOnly(packed);
    assert.deepEqual(names(kept), ["base.inf", "e2.inf", "e3.inf", "e4.inf", "e5.inf"]);
    assert.deepEqual(
      leftOut[0]?.because.map(({ by }) => by),
      ["date"],
    );
  });

  it("does not measure what has no devices", () => {
    const plain = driverPackage("plain.inf", ["A"]);
    assert.deepEqual(newestOnly([plain, filter]).kept, [plain, filter]);
    assert.deepEqual(newestOnly([]), { kept: [], leftOut: [] });
  });

  it("changes nothing for any device", () => {
    const ids = fc.constantFrom("A", "B", "C", "D");
    const made = fc.uniqueArray(
      fc.record({
        inf: fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom("a", "b", "c") }),
        date: fc.constantFrom("01/01/2020", "01/01/2021"),
        version: fc.constantFrom("1.0", "2.0"),
        kind: fc.constantFrom("device" as const, "extension" as const, "software component" as const),
        extensionId: fc.constantFrom("{1}", "{2}"),
        signed: fc.boolean(),
        entries: fc.array(
          fc.record({
            id: ids,
            kind: fc.constantFrom("hardware" as const, "compatible" as const),
            position: fc.nat(2),
            featureScore: fc.constantFrom(0xf0, 0xff),
            ownDate: fc.constantFrom(undefined, "01/01/2019", "01/01/2020", "01/01/2022"),
          }),
          { maxLength: 4 },
        ),
      }),
      { maxLength: 10, selector: ({ inf }) => inf },
    );
    const wanted = fc.record({
      hardwareIds: fc.uniqueArray(ids, { maxLength: 3 }),
      compatibleIds: fc.uniqueArray(ids, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(made, wanted, (all, { hardwareIds, compatibleIds }) => {
        const given = all.map(({ inf, entries, signed, ...more }) =>
          driverPackage(inf, entries.map(dated), {
            ...more,
            ...(signed ? {} : { signature: { state: "none" as const, because: "" } }),
          }),
        );
        const target = device(hardwareIds, compatibleIds);
        const { kept, leftOut } = newestOnly(given);
        assert.equal(kept.length + leftOut.length, given.length);
        assert.deepEqual(new Set(newestOnly(given.toReversed()).kept), new Set(kept));
        const contests: readonly ((driver: DriverPackage) => boolean)[] = [
          ({ kind }) => kind !== "extension",
          ({ kind, extensionId }) => kind === "extension" && extensionId === "{1}",
          ({ kind, extensionId }) => kind === "extension" && extensionId === "{2}",
        ];
        for (const [at, contest] of contests.entries()) {
          const standing = (packed: readonly DriverPackage[]): readonly unknown[] | undefined => {
            const [first] = packed
              .filter(contest)
              .flatMap((driver) => {
                const match = rankOf(target, driver);
                return match === undefined ? [] : [match];
              })
              .toSorted((a, b) => compareStandings(a, b, at === 0 ? "device" : "extension"));
            return first === undefined ? undefined : at === 0 ? [first.rank, first.newness] : [first.newness];
          };
          assert.deepEqual(standing(kept), standing(given));
        }
        for (const { because } of leftOut)
          for (const { winner } of because) assert.ok(kept.includes(winner), "a winner is kept");
      }),
      { numRuns: 300 },
    );
  });
});

const start = (inf: string, more: Partial<DriverPackage> = {}): DriverPackage =>
  driverPackage(inf, ["PCI\\DISK"], { bootCritical: true, ...more });

describe("the drivers of an image", () => {
  const inboxOf = { ...noInboxDrivers, services: [{ name: "TAKEN", owners: [], boot: true }] };
  const choose = (
    found: readonly DriverPackage[],
    more: { published?: boolean; newestOnly?: boolean } = {},
  ) => chooseDrivers(found, { inbox: inboxOf, published: true, newestOnly: false, ...more });

  it("are one of several copies, and none that it refuses", () => {
    const one = driverPackage("a/x.inf", ["A"], { bytes: 3 });
    const copies = [1, 2].map((at) => driverPackage(`b${at}/x.inf`, ["A"], { bytes: 3, digest: one.digest }));
    const refused = driverPackage("r.inf", ["A"], { refused: "for arm64" });
    const found = choose([one, ...copies, refused]);
    assert.deepEqual([found.kept, found.copies, found.refused], [[one], copies, [refused]]);
    const [table = assert.fail()] = copiesTables(found);
    assert.match(tableText(table), /x\.inf +2 +6 B /);
    assert.match(table.title, /^Copies that are not added again: 2, 6 B$/);
    assert.deepEqual(table.rows, [["x.inf", "2", "6", "/drivers/a/x.inf"]]);
    assert.deepEqual(copiesTables(choose([one])), []);
  });

  it("keep the older of two that start Windows where the newer cannot be published", () => {
    const old = start("old.inf", { date: "01/01/2020" });
    for (const better of [
      start("new.inf", { date: "01/01/2025", underivable: ["it includes machine.inf"] }),
      start("new.inf", { date: "01/01/2025", services: ["taken"] }),
    ]) {
      const found = choose([old, better], { newestOnly: true });
      assert.deepEqual(found.starting, [old]);
      assert.deepEqual(names(found.kept), ["old.inf", "new.inf"]);
      // DISM adds the newer, with Windows's own means.
      assert.deepEqual(choose([old, better], { newestOnly: true, published: false }).starting, [better]);
    }
  });

  it("are no more than are published at once, those that start Windows first", () => {
    const many = Array.from({ length: publishedLimit.packages }, (_, at) =>
      driverPackage(`${at}.inf`, ["A"]),
    );
    const last = start("last.inf");
    const found = choose([...many, last]);
    assert.deepEqual(found.starting, [last]);
    const left = found.kept.filter(({ underivable }) => underivable.length > 0);
    assert.deepEqual(names(left), [`${publishedLimit.packages - 1}.inf`]);
    assert.match(left[0]?.underivable[0] ?? "", /beyond the 500 drivers, with 15,000 ids/);
    const wide = driverPackage(
      "wide.inf",
      Array.from({ length: publishedLimit.ids + 1 }, (_, at) => `A${at}`),
    );
    assert.deepEqual(
      choose([wide, last]).kept.map(({ underivable }) => underivable.length),
      [1, 0],
    );
    assert.ok(
      choose([...many, last], { published: false }).kept.every(({ underivable }) => underivable.length === 0),
    );
  });
});
