import assert from "node:assert/strict";
import fc from "fast-check";
import { type DiskSizes, leastDisk, partitionsOf, placedOn } from "../../core/formats/disk-layout.ts";
import { type DeviceDisk, leastOf, partitionScript } from "../../core/formats/diskpart.ts";
import { partitionTable, sfdiskScript, tableDifferences } from "../../core/formats/partition-table.ts";
import { freeAdvised, freeOf } from "../../core/formats/recovery-volume.ts";

const sizes = fc.record(
  {
    system: fc.integer({ min: 100, max: 4096 }),
    msr: fc.integer({ min: 16, max: 128 }),
    recovery: fc.oneof(fc.constant(0), fc.integer({ min: 300, max: 65_536 })),
  },
  { requiredKeys: [] },
);
const windows = fc.integer({ min: 64, max: 1024 * 1024 });

const refused = { code: "SERVICING_DISK_LAYOUT" };

describe("the layout of a disk", () => {
  it("fills the disk from one MiB to one before its end, without a gap, recovery directly after Windows", () => {
    fc.assert(
      fc.property(sizes, windows, fc.boolean(), (given, size, fixed) => {
        const partitions = partitionsOf("uefi", { ...given, ...(fixed ? { windows: size } : {}) });
        const whole = leastDisk(partitions, size);
        const placed = placedOn(whole, partitions);
        assert.equal(placed[0]?.start, 1);
        for (const [at, each] of placed.entries())
          assert.equal(each.start + each.size, placed[at + 1]?.start ?? whole - 1);
        assert.equal(placed.find(({ role }) => role === "windows")?.size, size);
        const roles = placed.map(({ role }) => role);
        assert.deepEqual(roles, ["system", "msr", "windows", ...(given.recovery === 0 ? [] : ["recovery"])]);
        const letters = placed.flatMap(({ letter }) => letter ?? []);
        assert.ok(new Set(letters).size === letters.length && !letters.includes("X" as never));
      }),
    );
  });

  it("refuses what does not fit, or would leave something over", () => {
    assert.throws(() => placedOn(1000, partitionsOf("uefi")), refused);
    assert.throws(() => placedOn(32_768, partitionsOf("uefi", { windows: 20_480 })), refused);
    assert.throws(() => placedOn(32_768.5, partitionsOf("uefi")), refused);
  });

  it("refuses sizes out of bounds, by name", () => {
    const wrong: readonly (readonly [DiskSizes, RegExp])[] = [
      [{ system: 99 }, /system has 99 MiB, which is not between 100 and 4096/],
      [{ msr: 15 }, /msr/],
      [{ windows: 1 }, /windows/],
      [{ windows: Number.NaN }, /windows is no whole number/],
      [{ recovery: 299 }, /recovery/],
      [{ recovery: 500.5 }, /recovery/],
    ];
    for (const [given, message] of wrong)
      assert.throws(() => partitionsOf("uefi", given), { ...refused, message });
    assert.throws(() => partitionsOf("bios", { msr: 16 }), refused);
  });
});

function disk(given: Partial<DeviceDisk> = {}): DeviceDisk {
  return { id: 0, windows: 20_480, ...given };
}

describe("a script for diskpart", () => {
  it("asks for partitions that fit on the smallest disk it is for, in either firmware", () => {
    fc.assert(
      fc.property(
        sizes,
        windows,
        fc.constantFrom("uefi", "bios"),
        fc.boolean(),
        (all, size, firmware, fixed) => {
          const { msr, ...rest } = all;
          const given = {
            ...rest,
            ...(firmware === "uefi" && msr !== undefined ? { msr } : {}),
            ...(fixed ? { windows: size } : {}),
          };
          const script = partitionScript(firmware, disk({ sizes: given, windows: size }));
          const asked = [...script.matchAll(/(?:size|shrink minimum)=(\d+)/g)].map(([, number]) =>
            Number(number),
          );
          const sum = asked.reduce((all_, each) => all_ + each, 0);
          const least = leastOf(firmware, disk({ sizes: given, windows: size }));
          // Without a size of its own, Windows has what is left.
          assert.equal(sum + 2 + (fixed ? 0 : size), least);
          assert.equal(script.match(/^create partition/gm)?.length, script.match(/^assign|msr/gm)?.length);
          assert.match(script, /^select disk 0\r\nclean\r\nconvert (?:gpt|mbr)\r\n/);
        },
      ),
    );
  });

  it("refuses disks that are none, and those that an MBR cannot describe", () => {
    for (const id of [-1, 1.5, 128, Number.NaN])
      assert.throws(() => partitionScript("uefi", disk({ id })), refused);
    assert.throws(() => partitionScript("bios", disk({ windows: 2 * 1024 * 1024 })), refused);
    assert.doesNotThrow(() => partitionScript("uefi", disk({ windows: 2 * 1024 * 1024 })));
  });
});

describe("a partition table", () => {
  const placed = placedOn(32_768, partitionsOf("uefi"));
  const table = partitionTable(placed, "content");
  const said = {
    partitiontable: {
      label: "gpt",
      id: table.id,
      partitions: table.entries.map((entry) => ({ node: "x", ...entry, uuid: entry.uuid.toLowerCase() })),
    },
  };

  it("gives the same content in the same places the same GUIDs, and nothing else", () => {
    assert.deepEqual(partitionTable(placed, "content"), table);
    const others = [
      partitionTable(placed, "other content"),
      partitionTable(placedOn(32_769, partitionsOf("uefi")), "content"),
    ];
    const ids = [table, ...others].flatMap(({ id, entries }) => [id, ...entries.map(({ uuid }) => uuid)]);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids)
      assert.match(id, /^[\dA-F]{8}-[\dA-F]{4}-8[\dA-F]{3}-[89AB][\dA-F]{3}-[\dA-F]{12}$/);
    assert.match(
      sfdiskScript(table),
      /^label: gpt\nlabel-id: .*\nunit: sectors\nfirst-lba: 2048\n\nstart=2048, size=532480, /,
    );
  });

  it("is found to be as it was asked, or in which field it is not", () => {
    assert.deepEqual(tableDifferences(JSON.stringify(said), table), []);
    const { partitiontable: whole } = said;
    const changed = (of: object) => JSON.stringify({ partitiontable: { ...whole, ...of } });
    assert.match(tableDifferences(changed({ label: "dos" }), table)[0] ?? "", /is dos, not gpt/);
    assert.match(tableDifferences(changed({ id: "x" }), table)[0] ?? "", /GUID is x/);
    const three = whole.partitions.slice(0, 3);
    assert.match(tableDifferences(changed({ partitions: three }), table)[0] ?? "", /3 partitions, not 4/);
    const moved = whole.partitions.map((each, at) =>
      at === 3 ? { ...each, attrs: undefined, size: 1 } : each,
    );
    assert.deepEqual(tableDifferences(changed({ partitions: moved }), table), [
      "size of partition 4 is 1, not 2027520",
      "attrs of partition 4 is undefined, not RequiredPartition GUID:63",
    ]);
    for (const json of [
      "",
      "{}",
      "null",
      '{"partitiontable":{}}',
      '{"partitiontable":{"partitions":[null]}}',
    ])
      assert.notDeepEqual(tableDifferences(json, table), []);
  });
});

describe("what is free in a recovery partition", () => {
  it("is read from what ntfsinfo says, in MiB", () => {
    const listing =
      "\tCluster Size: 4096\n\tVolume Size in Clusters: 253439\nx\n\tFree Clusters: 245000 (96.7%)\n";
    assert.deepEqual(freeOf(listing), { size: 989, free: 957 });
    assert.equal(freeOf(""), undefined);
  });

  it("is compared with what Windows wants", () => {
    assert.deepEqual([300, 499, 500, 990, 1024, 1025].map(freeAdvised), [50, 50, 320, 320, 320, 1024]);
  });
});
