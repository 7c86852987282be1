import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plan } from "../../core/step.ts";
import { servicing } from "../support/command.ts";
import { configOf, dismProject } from "../support/dism-project.ts";
import { planText, stepsOf } from "../support/dism-plan-text.ts";
import { golden } from "../support/golden.ts";
import { needs } from "../support/rig.ts";

describe("a line for DISM with languages, checkpoints, features, drivers, apps and an answer file", function () {
  let folder: string;
  let printed: string;

  before(async function () {
    needs(this, "wimlib-imagex", "cabextract", "gcab");
    mkdirSync(resolve("out"), { recursive: true });
    folder = await dismProject(mkdtempSync(resolve("out", "dism-line-")));
    printed = planned();
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function planned(): string {
    const { code, stdout, stderr } = servicing(["plan", "--json"], folder);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  it("is the golden sequence of commands, each step with its reason", () => {
    golden(join(import.meta.dirname, "dism-line", "kiosk.txt"), planText(printed, folder));
  });

  it("is in the documented order", () => {
    const text = planText(printed, folder);
    const order = [
      /LanguagePack/,
      /Add-Capability/,
      /Enable-Feature TelnetClient/,
      /kb5063878/,
      /^commit: Unmount-Image/m,
      /^commit: Export-Image kiosk/m,
    ];
    const places = order.map((word) => text.search(word));
    assert.ok(!places.includes(-1), `${places.join()}\n${text}`);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      text,
    );
  });

  it("changes by the packages of a language alone when the language is added", () => {
    const [before] = JSON.parse(printed) as [Plan];
    writeFileSync(join(folder, "servicing.config.mjs"), configOf(["fr-FR", "de-DE"], "dism"));
    const [after] = JSON.parse(planned()) as [Plan];
    const [old, now] = [before, after].map((plan) => stepsOf(plan, folder));
    const added = (now ?? []).filter((step) => !(old ?? []).includes(step));
    assert.deepEqual(
      added.map((step) => step.split("\n")[0]),
      [
        "modify: Add-Package de-DE (Microsoft-Windows-Client-LanguagePack-Package)",
        "modify: Add-Package de-DE (Microsoft-Windows-LanguageFeatures-Basic-de-de-Package)",
      ],
    );
    assert.deepEqual(
      (now ?? []).filter((step) => !added.includes(step)),
      old,
      "other steps changed, or their order",
    );
  });
});
