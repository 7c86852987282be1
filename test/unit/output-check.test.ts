import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Operation } from "../../core/operation.ts";
import { refuseDeliveries, refuseRemoval } from "../../core/output-check.ts";
import type { Plugin } from "../../core/plugin.ts";
import { planImages } from "../../core/line-plan.ts";
import { images, planFor } from "../../core/testing.ts";
import { asking, rig, type Rig } from "../support/rig.ts";

/** Plans operations of `modify` for DISM, and checks what they would write over. */
async function check(
  at: Rig,
  sources: readonly string[],
  ...operations: readonly Operation[]
): Promise<void> {
  const plan = await planFor(asking(...operations), { engine: "dism", folder: at.folder });
  refuseDeliveries(plan, sources);
}

function exported(file: string, to: string): Operation {
  return { type: "Export-Image", file, index: 1, to };
}

function gen(distribution: string): Operation {
  return { type: "Gen-LangINI", distribution };
}

describe("what operations change on the host", () => {
  let at: Rig;
  beforeEach(() => {
    at = rig();
    at.write({ "media/sources/lang.ini": "", "own/sources/lang.ini": "", "settings/a.xml": "<x/>" });
  });

  it("is no distribution that holds an input, or lies in one", async () => {
    const held = at.path("media/sources/install.wim");
    writeFileSync(held, "");
    await check(at, [], gen(at.path("own")));
    const refused = { code: "SERVICING_OUTPUT_IS_SOURCE" };
    await assert.rejects(
      check(at, [], gen(at.path("settings")), {
        type: "Import-DefaultAppAssociations",
        file: at.path("settings/a.xml"),
      }),
      refused,
    );
    await assert.rejects(
      check(at, [], gen(at.path("own/sources")), {
        type: "Copy-File",
        from: at.path("own"),
        to: "\\own",
      }),
      refused,
    );
    const language = { type: "Set-SetupUILang", language: "fr-FR", distribution: at.path("own") } as const;
    await check(at, [], language);
    await assert.rejects(check(at, [at.path("own/sources/lang.ini")], { ...language }), refused);
  });

  it("is a folder of drivers that an earlier export made, an empty one, or none", async () => {
    const to = at.path("out/drivers");
    const exporting: Operation = { type: "Export-Driver", to };
    await check(at, [], exporting);
    mkdirSync(to, { recursive: true });
    await check(at, [], exporting);
    at.write({ "out/drivers/net.inf_amd64_1/net.INF": "", "out/drivers/net.inf_amd64_1/net.sys": "" });
    await check(at, [], exporting);
    const refused = { code: "SERVICING_OUTPUT_UNWRITABLE" };
    at.write({ "out/drivers/letters/home.txt": "mine" });
    await assert.rejects(check(at, [], exporting), refused);
    await assert.rejects(check(at, [], { type: "Export-Driver", to: at.path("settings") }), refused);
    await assert.rejects(check(at, [], { type: "Export-Driver", to: at.path("settings/a.xml") }), refused);
  });

  it("is no folder of drivers in which an input or the result lies, or into which another item exports", async () => {
    const driver = at.write({ "drivers/net/net.inf": "" });
    const to = at.path("drivers");
    await assert.rejects(check(at, [], { type: "Export-Driver", to: at.path("out") }), {
      code: "SERVICING_OUTPUT_IS_SOURCE",
    });
    await assert.rejects(check(at, [], { type: "Export-Driver", to }, { type: "Add-Driver", driver }), {
      code: "SERVICING_OUTPUT_IS_SOURCE",
    });
    await assert.rejects(
      check(at, [], { type: "Export-Driver", to: dirname(to) }, { type: "Export-Driver", to: at.path("x") }),
      { code: "SERVICING_OUTPUT_SHARED" },
    );
  });
});

describe("what is removed to make an output", () => {
  const refused = { code: "SERVICING_OUTPUT_IS_SOURCE" };
  let at: Rig;
  beforeEach(() => {
    at = rig();
    at.write({ "a.txt": "", "d/net.inf": "", "d/net.sys": "", "setup/boot.wim": "" });
  });

  async function remove(
    file: string,
    operations: readonly Operation[],
    {
      deploy = [],
      own = [],
    }: { readonly deploy?: readonly Operation[]; readonly own?: readonly string[] } = {},
  ): Promise<void> {
    const plugin: Plugin = {
      name: "asking",
      apply({ hooks }) {
        hooks.modify.tap("asking", (modify) => modify.add(...operations));
        hooks.deploy.tap("asking", (late) => late.add(...deploy));
      },
    };
    const plan = await planImages(
      at.line({
        image: { file: images.pro11.file },
        output: { file: at.path(file), compress: "keep", images: "all" },
        plugins: [plugin],
      }),
      [images.pro11],
    );
    refuseRemoval(plan, [], own);
  }

  const copying = (name: string): Operation => ({
    type: "Copy-File",
    from: at.path(name),
    to: String.raw`\Windows\Web\a`,
  });

  it("is no input, by its own name, by that of a result which is not whole, or by a link", async () => {
    await remove("out/x.wim", [copying("a.txt")]);
    await assert.rejects(remove("a.txt", [copying("a.txt")]), refused);
    at.write({ "x.unfinished.wim": "" });
    await assert.rejects(remove("x.wim", [copying("x.unfinished.wim")]), {
      ...refused,
      message: /x\.wim is .*: .*x\.unfinished\.wim would be removed or changed/,
    });
    symlinkSync(at.path("a.txt"), at.path("link"));
    await assert.rejects(remove("a.txt", [copying("link")]), refused);
  });

  it("lies in no folder that is read, be it that of an INF, and is no file of the project", async () => {
    await assert.rejects(remove("d/x.wim", [copying("d")]), refused);
    await assert.rejects(remove("d/x.wim", [{ type: "Add-Driver", driver: at.path("d/net.inf") }]), refused);
    const own = [at.path("servicing.config.ts")];
    await assert.rejects(remove("servicing.config.ts", [], { own }), refused);
  });

  it("is no folder of the one that is replaced which holds an input, and no part of a split file", async () => {
    const media = { type: "New-DeploymentFolder", index: 1, to: at.path("setup") } as const;
    const made = (to: string): Operation => ({
      ...media,
      to: at.path(to),
      image: at.path("out/x.wim"),
      deployment: { disk: { id: 0, windows: {} }, unattended: false } as never,
    });
    await remove("out/x.wim", [copying("a.txt")], { deploy: [made("media")] });
    at.write({ "media.replaced/b.txt": "", "media.unfinished/c.txt": "" });
    for (const name of ["media.replaced/b.txt", "media.unfinished/c.txt"])
      await assert.rejects(remove("out/x.wim", [copying(name)], { deploy: [made("media")] }), refused);
    const split = {
      type: "Split-Image",
      file: at.path("out/x.wim"),
      to: at.path("x.swm"),
      megabytes: 9,
    } as const;
    at.write({ "x3.swm": "" });
    await assert.rejects(remove("out/x.wim", [copying("x3.swm")], { deploy: [split] }), refused);
  });

  it("may be what the plan itself has made by then", async () => {
    const [first, second] = [at.path("one.wim"), at.path("two.wim")];
    await remove("out/x.wim", [], {
      deploy: [exported(at.path("out/x.wim"), first), exported(first, second)],
    });
    await assert.rejects(
      remove("out/x.wim", [copying("one.wim")], { deploy: [exported(at.path("out/x.wim"), first)] }),
      refused,
    );
  });
});
