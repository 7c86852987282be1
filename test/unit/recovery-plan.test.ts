import assert from "node:assert/strict";
import { partitionCommands } from "../../core/formats/diskpart.ts";
import type { Operation } from "../../core/operation.ts";
import { planRecovery } from "../../core/recovery-plan.ts";
import type { Item } from "../../core/step.ts";
import { diskSettings } from "../../plugins/unattend/disk.ts";

const item = (operation: Operation, image = 1, engine = "dism"): Item => ({
  id: `p/${image}-${operation.type}`,
  phase: "modify",
  by: "p",
  image,
  operation,
  considered: [],
  verdict: { engine, strategy: "offline", accepted: true, because: "" },
});

const recovery = (drivers: readonly string[] = []): Operation => ({ type: "Service-WinRE", drivers });

const planned = (...items: readonly Item[]) =>
  planRecovery(items).flatMap(({ operation }) => (operation.type === "Service-WinRE" ? [operation] : []));

const diskWith = (size: number): Operation => ({
  type: "New-Disk",
  image: "",
  index: 1,
  to: "/d",
  format: "raw",
  size: 40_000,
  sizes: { recovery: size },
});

describe("the recovery environments of a line", () => {
  it("are the first one's where the same is done to them", () => {
    const [one, two, three] = planned(
      item(recovery(["/d/a.inf"]), 1),
      item(recovery(["/d/a.inf"]), 2),
      item(recovery(["/d/b.inf"]), 3),
    );
    assert.deepEqual([one?.sameAs, two?.sameAs, three?.sameAs], [undefined, 1, undefined]);
  });

  it("are left to an engine that patches them as a part of their image", () => {
    const [one, two] = planned(item(recovery(), 1, "wimlib"), item(recovery(), 2, "wimlib"));
    assert.deepEqual([one?.sameAs, two?.sameAs], [undefined, undefined]);
  });

  const disk = { layout: "uefi", wipe: true } as const;
  for (const [what, operation, size] of [
    ["nothing", { type: "Remove-File", path: "\\x" }, undefined],
    ["a disk", { type: "New-Disk", image: "", index: 1, to: "/d", format: "raw", size: 40_000 }, 990],
    [
      "a deployment folder",
      {
        type: "New-DeploymentFolder",
        image: "",
        index: 1,
        to: "/d",
        deployment: { disk: { id: 0, windows: 20_480, sizes: { recovery: 700 } }, unattended: true },
      },
      700,
    ],
    [
      "an answer file by partitions",
      {
        type: "Set-Unattend",
        settings: diskSettings({ disk: { ...disk, sizes: { windows: 40_000, recovery: 800 } } }),
      },
      800,
    ],
    [
      "an answer file by diskpart",
      { type: "Set-Unattend", settings: diskSettings({ disk: { ...disk, sizes: { recovery: 600 } } }) },
      600,
    ],
    [
      "none",
      { type: "Set-Unattend", settings: diskSettings({ disk: { ...disk, sizes: { recovery: 0 } } }) },
      undefined,
    ],
  ] as const satisfies readonly (readonly [string, Operation, number | undefined])[])
    it(`know the partition that they go to, of ${what}`, () => {
      const [found] = planned(item(recovery()), item(operation, 2));
      assert.equal(found?.partition, size);
    });

  it("are told the smallest of several partitions", () => {
    const commands = partitionCommands("uefi", { id: 0, sizes: { recovery: 500 }, windows: 20_480 });
    assert.ok(commands.some((line) => line === "shrink minimum=500"));
    assert.equal(
      planned(item(recovery()), item(diskWith(800), 2), item(diskWith(500), 3))[0]?.partition,
      500,
    );
  });
});
