import assert from "node:assert/strict";
import { powerSchemeGuid } from "../../core/formats/power-scheme.ts";
import type { Plugin } from "../../core/plugin.ts";
import type { Plan } from "../../core/step.ts";
import { planFor, summary } from "../../core/testing.ts";
import { settings, unattend } from "../../plugins/index.ts";

const guid = "12345678-9abc-def0-1234-56789abcdef0";

function planned(...plugins: readonly Plugin[]): Promise<Plan> {
  return planFor({
    name: "all",
    apply: (servicing) => plugins.forEach((plugin) => plugin.apply(servicing)),
  });
}

const rows = (plan: Plan): readonly (readonly unknown[])[] =>
  (plan.tables ?? []).flatMap((table) => table.rows.map((row) => row.slice(0, 2)));

describe("a power scheme", () => {
  it("is known by its name or its GUID, in lower case", () => {
    assert.equal(powerSchemeGuid("balanced"), "381b4222-f694-41f0-9685-ff5bb260df2e");
    assert.equal(powerSchemeGuid(guid.toUpperCase()), guid);
    for (const none of ["", "fast", "toString", `{${guid}}`, `${guid} /x`, "high performance"])
      assert.equal(powerSchemeGuid(none), undefined, none);
  });

  it("is set by the answer file where no device runs, and the plan says so", async () => {
    const plan = await planned(settings({ powerScheme: "powerSaver" }));
    assert.deepEqual(summary(plan), ["Set-PowerScheme powerSaver → setup"]);
    assert.deepEqual(rows(plan), [["specialize", "Microsoft-Windows-powercpl/PreferredPlan"]]);
  });

  it("may be asked for by settings and unattend, as long as they agree", async () => {
    for (const [powerScheme, powerPlan] of [
      ["highPerformance", "high performance"],
      [guid, guid.toUpperCase()],
      ["balanced", "381B4222-F694-41F0-9685-FF5BB260DF2E"],
    ] as const) {
      const plan = await planned(settings({ powerScheme }), unattend({ powerPlan }));
      assert.deepEqual(rows(plan), [["specialize", "Microsoft-Windows-powercpl/PreferredPlan"]]);
    }
    await assert.rejects(
      planned(settings({ powerScheme: "powerSaver" }), unattend({ powerPlan: "balanced" })),
      { code: "SERVICING_SETTING_CONFLICT" },
    );
  });

  it("is refused by the option that does not know it", () => {
    assert.throws(() => settings({ powerScheme: "fast" }), {
      code: "SERVICING_PLUGIN_OPTIONS",
      message: /settings\.powerScheme: it is "balanced"/,
    });
    assert.throws(() => unattend({ powerPlan: "highPerformance" }), {
      code: "SERVICING_PLUGIN_OPTIONS",
      message: /powerPlan: it is "balanced", "high performance"/,
    });
  });
});
