import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Operation } from "../../core/operation.ts";
import { refuseDeliveries } from "../../core/output-check.ts";
import { planFor } from "../../core/testing.ts";
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
