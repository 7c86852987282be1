import assert from "node:assert/strict";
import { answerFileTable } from "../../core/answer-file-table.ts";
import { planFor } from "../../core/testing.ts";
import { settings, unattend } from "../../plugins/index.ts";

describe("who set what in an answer file", () => {
  it("is told once where the same parties set it in several passes", () => {
    const { rows } = answerFileTable(
      [
        { pass: "specialize", setting: "A/B", by: ["p (p/1)"] },
        { pass: "oobeSystem", setting: "A/B", by: ["p (p/1)"] },
        { pass: "auditSystem", setting: "A/B", by: ["p (p/1)", "q (q/1)"], overrules: "base.xml" },
      ],
      "Answer file",
    );
    assert.deepEqual(rows, [
      ["specialize, oobeSystem", "A/B", "p (p/1)"],
      ["auditSystem", "A/B", "p (p/1), q (q/1), overruling base.xml"],
    ]);
  });

  it("is part of a plan, where there is an answer file", async () => {
    const plan = await planFor(unattend({ computerName: "PC-1", oobe: { hideEula: true } }));
    assert.deepEqual(plan.tables, [
      {
        title: "Answer file",
        columns: ["pass", "setting", "by"],
        rows: [
          ["specialize", "Microsoft-Windows-Shell-Setup/ComputerName", "unattend (unattend/1)"],
          ["oobeSystem", "Microsoft-Windows-Shell-Setup/OOBE/HideEULAPage", "unattend (unattend/2)"],
        ],
      },
    ]);
    const none = await planFor(settings({ registry: { "HKLM\\SOFTWARE\\Contoso": { Name: "a" } } }));
    assert.equal(none.tables, undefined);
  });

  it("is refused where the pass never runs", async () => {
    await assert.rejects(
      planFor(unattend({ disk: { layout: "uefi", wipe: true } })),
      /the windowsPE pass runs only from installation media/,
    );
    await assert.rejects(
      planFor(unattend({ userAccountControl: false }), { deployment: "applied" }),
      /the offlineServicing pass does not run on an image that is applied directly/,
    );
    const plan = await planFor(unattend({ userAccountControl: false }), { deployment: "winpe" });
    assert.equal(plan.setup[0]?.settings, 1);
  });
});
