import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { planFor, summary } from "../../core/testing.ts";
import type { Plan } from "../../core/step.ts";
import { drivers } from "../../plugins/drivers.ts";
import { apps } from "../../plugins/apps.ts";
import { features } from "../../plugins/features.ts";
import { health, type HealthOptions } from "../../plugins/health.ts";
import { settings, type SettingsOptions } from "../../plugins/settings.ts";
import type { Plugin } from "../../core/plugin.ts";
import { rig } from "../support/rig.ts";

/** Several plugins, applied in this order. */
function all(...plugins: readonly Plugin[]): Plugin {
  return { name: "all", apply: (servicing) => plugins.forEach((plugin) => plugin.apply(servicing)) };
}

const planned = (plugin: Plugin, folder = "/config", engine: "dism" | "wimlib" = "dism"): Promise<Plan> =>
  planFor(plugin, { engine, folder });

const refused = (make: () => unknown, message: RegExp): void => {
  assert.throws(make, { code: "SERVICING_PLUGIN_OPTIONS", message });
};

describe("plugins for what DISM has a verb of its own for", () => {
  it("look at the component store before and after all else, and optimize the boot last", async () => {
    const plan = await planned(
      all(
        health({
          before: "scanHealth",
          after: "restoreHealth",
          source: "sxs",
          limitAccess: true,
          optimizeBoot: true,
        }),
        drivers({ export: "out/drivers" }),
        apps({ optimize: true }),
        features({ enable: ["TelnetClient"] }),
      ),
    );
    assert.deepEqual(summary(plan), [
      "Repair-Image scanHealth → offline",
      "Enable-Feature TelnetClient → offline",
      "Export-Driver drivers → offline",
      "Optimize-ProvisionedAppxPackages → offline",
      "Repair-Image restoreHealth → offline",
      "Optimize-Image → offline",
    ]);
    const repairs = plan.items.flatMap(({ operation }) =>
      operation.type === "Repair-Image" ? [operation] : [],
    );
    assert.deepEqual(repairs, [
      { type: "Repair-Image", check: "scanHealth" },
      { type: "Repair-Image", check: "restoreHealth", source: "/config/sxs", limitAccess: true },
    ]);
  });

  it("leave out what only makes an image smaller or faster where the engine cannot, and nothing else", async () => {
    const plan = await planned(
      all(health({ optimizeBoot: true }), apps({ optimize: true })),
      "/config",
      "wimlib",
    );
    assert.deepEqual(summary(plan), [
      "Optimize-ProvisionedAppxPackages → left out",
      "Optimize-Image → left out",
    ]);
    await assert.rejects(planned(health({ before: "checkHealth" }), "/config", "wimlib"), {
      code: "SERVICING_NO_ROUTE",
    });
    await assert.rejects(planned(drivers({ export: "out" }), "/config", "wimlib"), {
      code: "SERVICING_NO_ROUTE",
    });
  });

  it("import associations, add provisioning packages and leave reserved storage to the device", async () => {
    const at = rig();
    at.write({ "opens.xml": "<DefaultAssociations>", "kiosk.ppkg": "p", "more.ppkg": "p", "more.cat": "c" });
    const wanted = settings({
      associations: "opens.xml",
      provisioning: ["kiosk.ppkg", { package: "more.ppkg", catalog: "more.cat" }],
      reservedStorage: false,
    });
    const plan = await planned(wanted, at.folder);
    assert.deepEqual(summary(plan), [
      "Import-DefaultAppAssociations opens.xml → offline",
      "Add-ProvisioningPackage kiosk.ppkg → offline",
      "Add-ProvisioningPackage more.ppkg → offline",
      "Set-ReservedStorageState disabled → setup",
    ]);
    const operations = plan.items.map(({ operation }) => operation);
    assert.deepEqual(operations[2], {
      type: "Add-ProvisioningPackage",
      package: at.path("more.ppkg"),
      catalog: at.path("more.cat"),
    });
    const elsewhere = await planned(wanted, at.folder, "wimlib");
    assert.ok(summary(elsewhere).every((item) => item.endsWith("→ setup")));
  });

  it("take associations out, and name what is not there", async () => {
    assert.deepEqual(summary(await planned(settings({ associations: null }))), [
      "Remove-DefaultAppAssociations → offline",
    ]);
    for (const options of [
      { associations: "none.xml" },
      { provisioning: ["none.ppkg"] },
    ] satisfies SettingsOptions[])
      await assert.rejects(planned(settings(options)), { code: "SERVICING_INPUT_NOT_FOUND" });
  });

  it("import no file that holds no associations, of whatever encoding", async () => {
    const at = rig();
    const text = '<?xml version="1.0"?><DefaultAssociations/>';
    at.write({ "no.xml": "<unattend/>", "folder/x": "" });
    writeFileSync(at.path("utf16.xml"), Buffer.from(`\ufeff${text}`, "utf16le"));
    assert.equal((await planned(settings({ associations: "utf16.xml" }), at.folder)).items.length, 1);
    for (const associations of ["no.xml", "folder"])
      await assert.rejects(planned(settings({ associations }), at.folder), {
        code: "SERVICING_INPUT_UNREADABLE",
      });
  });

  it("refuse options that are none", () => {
    refused(() => settings({ associations: "" }), /settings\.associations/);
    refused(() => settings({ provisioning: [{ file: "a" }] } as never), /settings\.provisioning/);
    refused(() => settings({ reservedStorage: "no" } as never), /settings\.reservedStorage/);
    refused(() => health({ before: "fix" } as never), /health\.before/);
    refused(() => health({ before: "scanHealth", source: "sxs" } as HealthOptions), /for restoreHealth/);
    refused(() => health({ after: "checkHealth", limitAccess: true }), /for restoreHealth/);
    refused(() => drivers({ export: 5 } as never), /drivers\.export/);
    refused(() => apps({ optimize: "yes" } as never), /apps\.optimize/);
  });
});
