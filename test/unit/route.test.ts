import assert from "node:assert/strict";
import { dism } from "../../core/engines/dism.ts";
import { setupRoads } from "../../core/engines/setup.ts";
import { wimlib } from "../../core/engines/wimlib.ts";
import type { Operation } from "../../core/operation.ts";
import { type Terrain, verdicts } from "../../core/route.ts";
import { describedDevice } from "../support/described-device.ts";
import { image } from "../support/operations.ts";

const linux: Terrain = {
  engines: [wimlib, dism],
  setup: setupRoads,
  prefer: ["offline", "online", "setup"],
  deployment: "applied",
};
const windows: Terrain = { ...linux, engines: [dism, wimlib] };
const installer: Operation = { type: "Run-Installer", file: "/apps/agent.msi", arguments: [] };

function chosen(operation: Operation, terrain: Terrain): string {
  const found = verdicts(operation, "modify", image, terrain).find(({ accepted }) => accepted);
  return found === undefined ? "nothing" : `${found.strategy} by ${found.engine}`;
}

describe("routing", () => {
  it("takes the first road that accepts, in the order that is preferred", () => {
    const copy: Operation = { type: "Copy-File", from: "/a", to: "\\a" };
    assert.equal(chosen(copy, linux), "offline by wimlib");
    assert.equal(chosen(copy, windows), "offline by dism");
    assert.equal(chosen({ type: "Add-Package", package: "/a.cab" }, windows), "offline by dism");
    assert.equal(chosen({ type: "Enable-Feature", feature: "NetFx3" }, linux), "setup by setup");
    assert.equal(chosen(installer, linux), "setup by setup");
    assert.equal(chosen(installer, { ...linux, prefer: ["offline"] }), "nothing");
  });

  it("opens the online road only where there is a device, and says what one would change", () => {
    const online = verdicts(installer, "modify", image, windows).find(
      ({ strategy }) => strategy === "online",
    );
    assert.equal(online?.accepted, false);
    assert.match(online?.because ?? "", /no reference device; with one: /);
    assert.equal(chosen(installer, { ...windows, device: describedDevice }), "online by dism");
  });

  it("says of every engine and strategy why not", () => {
    const all = verdicts(
      { type: "Add-Package", package: "/a.cab", identity: "a~b~amd64~~1.0.0.0" },
      "modify",
      image,
      linux,
    );
    assert.deepEqual(
      all.map(({ engine, strategy, accepted }) => `${strategy} ${engine} ${accepted}`),
      ["offline wimlib false", "offline dism false", "online dism false", "setup setup true"],
    );
    assert.match(all[0]?.because ?? "", /component servicing needs Windows/);
    assert.match(all[1]?.because ?? "", /not this line's engine; there: /);
  });

  it("takes a strategy on the operation as a demand", () => {
    const demanded: Operation = { type: "Copy-File", from: "/a", to: "\\a", strategy: "online" };
    assert.deepEqual(
      [...new Set(verdicts(demanded, "modify", image, linux).map(({ strategy }) => strategy))],
      ["online"],
    );
    assert.equal(chosen(demanded, linux), "nothing");
  });

  it("closes the roads that a plugin knows to be wrong, with its reason", () => {
    const driver: Operation = {
      type: "Add-Driver",
      driver: "/d/a.inf",
      refuse: { offline: "has co-installers" },
    };
    const [first] = verdicts(driver, "modify", image, windows);
    assert.deepEqual([first?.accepted, first?.because], [false, "has co-installers"]);
  });

  it("lets nothing change the image where none is open", () => {
    const copy: Operation = { type: "Copy-File", from: "/a", to: "\\a" };
    for (const phase of ["prepare", "deploy"] as const)
      assert.ok(verdicts(copy, phase, image, linux).every(({ accepted }) => !accepted));
    for (const phase of ["apply", "audit", "generalize", "capture"] as const) {
      assert.ok(verdicts(copy, phase, image, linux).every(({ accepted }) => !accepted));
      assert.ok(
        verdicts(copy, phase, image, { ...windows, device: describedDevice }).some(
          ({ accepted, strategy }) => accepted && strategy === "online",
        ),
      );
    }
    const split: Operation = { type: "Split-Image", file: "/a.wim", to: "/a.swm", megabytes: 3800 };
    assert.ok(verdicts(split, "deploy", image, linux).some(({ accepted }) => accepted));
    assert.ok(verdicts(split, "modify", image, linux).every(({ accepted }) => !accepted));
  });
});
