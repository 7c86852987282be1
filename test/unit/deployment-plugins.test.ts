import assert from "node:assert/strict";
import type { Line } from "../../core/line.ts";
import { planImages } from "../../core/line-plan.ts";
import type { Operation } from "../../core/operation.ts";
import { images, planFor, summary } from "../../core/testing.ts";
import type { Plugin } from "../../core/plugin.ts";
import { disk, type DiskOptions } from "../../plugins/disk.ts";
import { winpe, type WinpeOptions } from "../../plugins/winpe.ts";
import { image as pro } from "../support/operations.ts";
import { rig } from "../support/rig.ts";

const image = { ...pro, file: "/images/install.wim" };

/** A line of one image that is described, and nothing behind it. */
async function planned(plugin: Plugin, options: Partial<Line> = {}) {
  const here = rig();
  const line = here.line({ image: { file: image.file, index: 1 }, plugins: [plugin], ...options });
  const plan = await planImages(line, [image, { ...image, index: 2, name: "Other" }]);
  return { ...plan, operation: plan.items[0]?.operation };
}

describe("winpe", () => {
  const folder = "/out/deploy";

  it("asks for a folder with the result as it will be", async () => {
    const { operation } = await planned(
      winpe({ folder, split: 3800, disk: { id: 1, sizes: { recovery: 500 } } }),
    );
    const { image: file, deployment, ...rest } = operation as Operation<"New-DeploymentFolder">;
    assert.match(file, /out\/test\.wim$/);
    assert.deepEqual(rest, { type: "New-DeploymentFolder", index: 1, to: folder, megabytes: 3800 });
    // As large as the files of the image, and a tenth more.
    assert.deepEqual(deployment, {
      disk: { id: 1, windows: 20_480, sizes: { recovery: 500 } },
      unattended: false,
    });
  });

  it("names the image by its place in a result of some images of the source", async () => {
    const output = { file: "/out/test.wim", compress: "keep", images: "targets" } as const;
    const here = { output, image: { file: image.file, index: 2 } };
    assert.equal(((await planned(winpe({ folder }), here)).operation as { index: number }).index, 1);
    const all = { ...here, output: { ...output, images: "all" } } as const;
    assert.equal(((await planned(winpe({ folder }), all)).operation as { index: number }).index, 2);
  });

  it("sets up an image that is a Windows PE itself, with or without a folder", async () => {
    const pe = { ...images.pro11, file: image.file, name: "WinPE", installationType: "WindowsPE" };
    const settings = winpe({ scratchSpace: 512, targetPath: "X:\\" });
    const plan = await planFor(settings, { engine: "dism", image: pe });
    assert.deepEqual(summary(plan), ["Set-ScratchSpace 512 MB → offline", "Set-TargetPath X:\\ → offline"]);
    await assert.rejects(planFor(settings, { engine: "dism" }), /the image is no Windows PE/);
    await assert.rejects(planFor(settings, { image: pe }), /where Windows keeps it is not documented/);
  });

  it("refuses options that are none", () => {
    const wrong: readonly object[] = [
      { folder: "" },
      { folder, split: 4096 },
      { folder, split: 0 },
      { folder, disk: { layout: "efi" } },
      { folder, disk: { sizes: { esp: 100 } } },
      { folder, bootIndex: 0 },
      { folder, force: true },
      {},
      { scratchSpace: 100 },
      { targetPath: "X:\\with blanks" },
      { targetPath: "Windows" },
    ];
    for (const options of wrong)
      assert.throws(() => winpe(options as WinpeOptions), { code: "SERVICING_PLUGIN_OPTIONS" });
    for (const options of [
      { id: 128 },
      { sizes: { system: 10 } },
      { layout: "bios", sizes: { msr: 16 } },
    ] as const)
      assert.throws(() => winpe({ folder, disk: options }), { code: "SERVICING_DISK_LAYOUT" });
  });

  it("refuses a partition that the image does not fit on, a delta, and a folder that no script could find", async () => {
    const small = winpe({ folder, disk: { sizes: { windows: 10_000 } } });
    await assert.rejects(planned(small), {
      code: "SERVICING_DISK_TOO_SMALL",
      message: /^winpe: .*10000 MiB/,
    });
    const output = { kind: "delta", file: "/out/t.delta.wim", compress: "keep", images: "targets" } as const;
    await assert.rejects(planned(winpe({ folder }), { output }), {
      code: "SERVICING_NO_ROUTE",
      message: /delta/,
    });
    await assert.rejects(planned(winpe({ folder: "/out/to deploy" })), {
      code: "SERVICING_NO_ROUTE",
      message: /the name of the folder/,
    });
  });

  it("wants a WinPE to be a WIM that has the image", async () => {
    const here = rig();
    const plugin = winpe({ folder, bootWim: here.write({ "boot.wim": "no WIM" }) });
    await assert.rejects(planned(plugin), { code: "SERVICING_INPUT_UNREADABLE" });
  });
});

describe("disk", () => {
  it("takes its format from the name, or as it is told", async () => {
    for (const [options, format] of [
      [{ file: "/out/a.img" }, "raw"],
      [{ file: "/out/a.RAW" }, "raw"],
      [{ file: "/out/a.qcow2" }, "qcow2"],
      [{ file: "/out/a.vhdx" }, "vhdx"],
      [{ file: "/out/a", format: "qcow2" }, "qcow2"],
    ] as const) {
      const { operation, warnings } = await planned(disk({ ...options, size: 32_768 }));
      assert.equal((operation as Operation<"New-Disk">).format, format);
      assert.ok(warnings.some((text) => text.includes("bcdboot")));
    }
    assert.throws(() => disk({ file: "/out/a.vmdk", size: 32_768 }), { code: "SERVICING_PLUGIN_OPTIONS" });
  });

  it("is as large as its partitions where they say it all", async () => {
    const { operation } = await planned(
      disk({ file: "/out/a.img", sizes: { windows: 30_000, recovery: 0 } }),
    );
    assert.equal((operation as Operation<"New-Disk">).size, 1 + 260 + 16 + 30_000 + 1);
  });

  it("refuses what cannot be, by the fault", async () => {
    const layouts: readonly Partial<DiskOptions>[] = [
      {},
      { size: 100 },
      { size: 65_536, sizes: { windows: 20_480 } },
      { size: 65_536, sizes: { system: 1 } },
    ];
    for (const options of layouts)
      assert.throws(() => disk({ file: "/out/a.img", ...options }), { code: "SERVICING_DISK_LAYOUT" });
    assert.throws(() => disk({ file: "/out/a.img", size: 1.5 }), { code: "SERVICING_PLUGIN_OPTIONS" });
    await assert.rejects(planned(disk({ file: "/out/a.img", size: 8192 })), {
      code: "SERVICING_DISK_TOO_SMALL",
    });
  });

  it("is refused by the dism engine, which says why", async () => {
    await assert.rejects(planned(disk({ file: "/out/a.img", size: 65_536 }), { engine: "dism" }), {
      code: "SERVICING_NO_ROUTE",
      message: /not undone safely/,
    });
  });
});
