import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../../core/line-run.ts";
import { writeDriverPackage } from "../support/driver-package.ts";
import { makeCabinet, updateManifest } from "../support/package-fixture.ts";
import { asking, needs, rig, type Rig, sampleFolder, sha256, wimlib } from "../support/rig.ts";
import { dismHere } from "../support/stand-in-dism/engines.ts";
import { mountsOf } from "../support/stand-in-dism/host.ts";
import { type StandIn, startStandIn } from "../support/stand-in-dism/stand-in.ts";

describe("WinRE of two images, serviced by the dism engine with the stand-in for DISM", function () {
  let standIn: StandIn;
  const path = "/Windows/System32/Recovery/Winre.wim";

  before(async function () {
    needs(this, "wimlib-imagex", "hivexregedit", "cabextract", "gcab");
    standIn = await startStandIn();
  });
  after(() => standIn?.close());
  beforeEach(() => void standIn.host.heard.splice(0));

  async function serviced(here: Rig, image: string) {
    const driver = await writeDriverPackage(here.path("driver"), { kind: "storage", name: "cstor" });
    const update = makeCabinet(here.folder, "safe os.cab", {
      "update.mum": updateManifest({ name: "Package_for_KB5000003", version: "10.0.1.4", kb: "KB5000003" }),
    });
    const line = here.line({
      image: { file: image, index: "all" },
      output: { file: here.path("out.wim"), compress: "keep", images: "all" },
      plugins: [
        asking({
          type: "Service-WinRE",
          drivers: [driver],
          forceUnsigned: true,
          packages: [{ package: update }],
          cleanup: true,
          export: true,
        }),
      ],
    });
    const signal = new AbortController().signal;
    const report = await runLine(line, { engines: dismHere, signal, emit: () => undefined });
    assert.ok(report.ok, `${report.error?.code}: ${report.error?.message}`);
    assert.deepEqual(mountsOf(standIn.host), []);
    assert.deepEqual(standIn.host.astray, []);
    const verbs = standIn.host.heard
      .filter(({ argv }) => argv.some((word) => word.includes("inner-")))
      .map(({ argv }) => argv.find((word) => /^\/(?:Mount|Add|Cleanup|Unmount|Export)-/.test(word)))
      .filter((verb) => verb !== undefined);
    const results = [1, 2].map((index) => {
      const to = here.path(`re-${index}`);
      wimlib("extract", here.path("out.wim"), String(index), path, `--dest-dir=${to}`);
      const found = join(to, "Winre.wim");
      assert.match(wimlib("dir", found, "1"), /FileRepository\/cstor\.inf_/i);
      return found;
    });
    return { report, verbs, results };
  }

  const once = [
    "/Mount-Image",
    "/Add-Package",
    "/Add-Driver",
    "/Cleanup-Image",
    "/Unmount-Image",
    "/Export-Image",
  ];

  it("is serviced once where both are the same, and copied", async () => {
    const { verbs, results } = await serviced(rig(), join(await sampleFolder(), "install.wim"));
    assert.deepEqual(verbs, once);
    assert.deepEqual(readFileSync(results[0] ?? ""), readFileSync(results[1] ?? ""));
  });

  it("is serviced each where they differ, and the report says so", async () => {
    const here = rig();
    const image = here.path("install.wim");
    wimlib("export", join(await sampleFolder(), "install.wim"), "all", image);
    const own = here.path("own");
    wimlib("extract", image, "2", path, `--dest-dir=${own}`);
    wimlib("info", join(own, "Winre.wim"), "1", "Another");
    wimlib("update", image, "2", `--command=add '${join(own, "Winre.wim")}' '${path}'`);
    const { report, verbs, results } = await serviced(here, image);
    assert.deepEqual(verbs, [...once, ...once]);
    assert.notEqual(sha256(results[0] ?? ""), sha256(results[1] ?? ""));
    assert.match(JSON.stringify(report.warnings), /was another than .* serviced by itself/);
  });
});
