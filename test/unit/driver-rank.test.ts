import assert from "node:assert/strict";
import * as fc from "fast-check";
import { candidates } from "../../core/driver-contest.ts";
import type { DriverDevice, DriverPackage } from "../../core/driver-package.ts";
import {
  best,
  compareCandidates,
  newness,
  rankOf,
  rankText,
  type Candidate,
} from "../../core/driver-rank.ts";
import { device, driverPackage } from "../support/described-driver.ts";

const card = device(["PCI\\H1", "PCI\\H2"], ["PCI\\C1", "PCI\\C2"]);
const entry = (id: string, kind: DriverDevice["kind"], position = 0): Partial<DriverDevice> => ({
  id,
  kind,
  position,
  featureScore: 0xab,
});
const rank = (...entries: readonly Partial<DriverDevice>[]): string | undefined => {
  const match = rankOf(card, driverPackage("a.inf", entries));
  return match === undefined ? undefined : rankText(match.rank);
};

const driverOf = (
  inf: string,
  date: string,
  version: string,
  more: Partial<DriverPackage> = {},
): DriverPackage => driverPackage(inf, ["PCI\\H1"], { date, version, ...more });

const ranked = (driver: DriverPackage, at: number): Candidate => ({
  package: driver,
  rank: at,
  id: "PCI\\H1",
  kind: "hardware-hardware",
  version: driver.version,
  newness: newness(driver),
});

const candidate = (date: string, at: number): Candidate =>
  ranked(driverOf("e.inf", date, "1.0", { kind: "extension", extensionId: "{1}" }), at);

describe("the rank of a driver", () => {
  // The table of "driver-rank-example--windows-vista-and-later-".
  for (const [id, hardware, first, second] of [
    ["PCI\\H1", "0x00AB0000", "0x00AB1000", "0x00AB1000"],
    ["PCI\\H2", "0x00AB0001", "0x00AB1001", "0x00AB1001"],
    ["PCI\\C1", "0x00AB2000", "0x00AB3000", "0x00AB3100"],
    ["PCI\\C2", "0x00AB2001", "0x00AB3001", "0x00AB3101"],
  ] as const)
    it(`by ${id} is what Windows documents`, () => {
      assert.equal(rank(entry(id, "hardware")), hardware);
      assert.equal(rank(entry(id, "compatible", 0)), first);
      assert.equal(rank(entry(id, "compatible", 1)), second);
    });

  it("is that of the best match, and tells which it is", () => {
    const driver = driverPackage("a.inf", [
      "PCI\\C1",
      entry("PCI\\H1", "compatible", 3),
      "PCI\\H2",
      "PCI\\OTHER",
    ]);
    assert.deepEqual(rankOf(card, driver), {
      rank: 0x00ab1000,
      id: "PCI\\H1",
      kind: "hardware-compatible",
      version: driver.version,
      newness: newness(driver),
    });
    assert.equal(rankOf(card, driverPackage("b.inf", ["PCI\\OTHER"])), undefined);
    assert.equal(rankOf(card, driverPackage("c.inf", [])), undefined);
  });

  it("takes an id in both lists of a device for a hardware id, and ids of any case", () => {
    const both = device(["pci\\h1"], ["PCI\\H1"]);
    assert.equal(rankOf(both, driverPackage("a.inf", ["PCI\\H1"]))?.rank, 0x00ff0000);
  });

  it("keeps its fields apart, however long lists are", () => {
    const long = Array.from({ length: 5000 }, (_, at) => `A\\${at}`);
    const last = "A\\4999";
    for (const [kind, inf, wanted] of [
      ["hardware", "hardware", "0x00AB0FFF"],
      ["hardware", "compatible", "0x00AB1FFF"],
      ["compatible", "hardware", "0x00AB2FFF"],
      ["compatible", "compatible", "0x00AB3FFF"],
    ] as const) {
      const of = kind === "hardware" ? device(long) : device([], long);
      const match = rankOf(of, driverPackage("a.inf", [entry(last, inf, 99)]));
      assert.equal(rankText(match?.rank ?? 0), wanted);
    }
  });

  it("puts a valid signature before everything, and a feature score before ids", () => {
    const one = driverPackage("one.inf", [{ id: "PCI\\C2", featureScore: 0xfe }]);
    const specific = driverPackage("specific.inf", ["PCI\\H1"]);
    const unsigned = driverPackage("unsigned.inf", [{ id: "PCI\\H1", featureScore: 0 }], {
      signature: { state: "none", because: "no CatalogFile" },
    });
    assert.equal(rankText(rankOf(card, unsigned)?.rank ?? 0), "0x80000000");
    assert.equal(best(card, [unsigned, specific, one])?.package, one);
    assert.equal(best(card, [unsigned, specific])?.package, specific);
    assert.equal(best(card, [unsigned])?.package, unsigned);
  });
});

describe("the driver that Windows would choose", () => {
  it("is the newer by date, then by version, each by its numbers; then the name decides", () => {
    const old = driverOf("old.inf", "12/31/2019", "99.0.0.0");
    const newer = driverOf("newer.inf", "02/01/2020", "1.9.0.0");
    const higher = driverOf("higher.inf", "2/1/2020", "1.10");
    const same = driverOf("b/also.inf", "02-01-2020", "1.10.0.0");
    const none = driverOf("none.inf", "", "x.y");
    const sorted = [old, none, same, newer, higher]
      .map((driver) => ranked(driver, 1))
      .toSorted(compareCandidates)
      .map(({ package: driver }) => driver.inf);
    assert.deepEqual(sorted, [same.inf, higher.inf, newer.inf, old.inf, none.inf]);
    assert.equal(best(card, [old, newer, none])?.package, newer);
    assert.equal(best(card, []), undefined);
  });

  it("is the newer by what matches, whose section may have a date and a version of its own", () => {
    const own = { id: "PCI\\H1", date: "06/01/2024", version: "9.0.0.0" };
    const plain = driverOf("plain.inf", "01/01/2022", "5.0.0.0");
    const newer = driverPackage("newer.inf", [own], { date: "01/01/2020", version: "1.0.0.0" });
    const older = driverPackage("older.inf", [{ ...own, date: "01/01/2019" }], { date: "01/01/2025" });
    assert.equal(best(card, [plain, newer, older])?.package, newer);
    assert.equal(best(card, [plain, older])?.package, plain);
    assert.equal(rankOf(card, newer)?.version, "9.0.0.0");
    // Of two sections that rank alike the newer is installed, wherever it stands.
    const ids = [{ ...own, date: "01/01/2021" }, own, { ...own, date: "01/01/2023" }];
    const both = driverPackage("both.inf", ids, { date: "01/01/2026" });
    assert.equal(rankOf(card, both)?.newness, newness(both, own));
    assert.equal(candidates([card], [both])[0]?.[0]?.newness, newness(both, own));
  });

  it("is no extension, and none that the image refuses", () => {
    const extension = driverOf("extension.inf", "01/01/2025", "9.0", { kind: "extension" });
    const refused = driverOf("refused.inf", "01/01/2025", "9.0", { refused: "for arm64" });
    const plain = driverOf("plain.inf", "01/01/2020", "1.0");
    assert.equal(best(card, [extension, refused, plain])?.package, plain);
    assert.equal(best(card, [extension, refused]), undefined);
  });

  it("of extensions with one ExtensionId is the newer, whatever their ranks are", () => {
    assert.ok(compareCandidates(candidate("01/01/2025", 9), candidate("01/01/2024", 1)) < 0);
    assert.ok(compareCandidates(candidate("01/01/2025", 1), candidate("01/01/2025", 9)) < 0);
  });

  it("does not depend on the order in which packages are looked at", () => {
    const packages = fc.uniqueArray(
      fc.record({
        inf: fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom("a", "b", "/") }),
        date: fc.constantFrom("", "01/02/2024", "1/2/2024", "02/01/2024", "99/99/9999", "x"),
        version: fc.constantFrom(
          "",
          "1",
          "1.0",
          "1.10",
          "1.9",
          "2.x",
          "65534.65534.65534.65534",
          "1.0.0.0.9",
        ),
        ids: fc.array(fc.constantFrom("PCI\\H1", "PCI\\H2", "PCI\\C1"), { minLength: 1, maxLength: 3 }),
        kind: fc.constantFrom("hardware" as const, "compatible" as const),
      }),
      { minLength: 1, maxLength: 8, selector: ({ inf }) => inf },
    );
    fc.assert(
      fc.property(packages, fc.infiniteStream(fc.nat()), (all, numbers) => {
        const made = all.map(({ inf, ids, kind, ...more }) =>
          driverPackage(
            inf,
            ids.map((id) => ({ id, kind })),
            more,
          ),
        );
        const shuffled = made
          .map((driver) => ({ driver, at: numbers.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ driver }) => driver);
        assert.equal(best(card, made)?.package, best(card, shuffled)?.package);
        const matched = made.flatMap((driver): Candidate[] => {
          const match = rankOf(card, driver);
          return match === undefined ? [] : [{ package: driver, ...match }];
        });
        for (const a of matched)
          for (const b of matched) {
            assert.equal(Math.sign(compareCandidates(a, b)) + Math.sign(compareCandidates(b, a)), 0);
            assert.equal(compareCandidates(a, b) === 0, a === b);
            for (const c of matched)
              if (compareCandidates(a, b) < 0 && compareCandidates(b, c) < 0)
                assert.ok(compareCandidates(a, c) < 0);
          }
      }),
    );
  });

  it("orders what INFs write as dates and versions", () => {
    const texts = ["", "1", "1.2", "1.10", "2.0.0.0"].map((version) =>
      newness({ date: "1/2/2024", version }),
    );
    assert.deepEqual(texts, texts.toSorted());
    assert.equal(new Set(texts).size, 5);
    assert.equal(
      newness({ date: "1/2/2024", version: "01.0" }),
      newness({ date: "01-02-2024", version: "1" }),
    );
  });
});
