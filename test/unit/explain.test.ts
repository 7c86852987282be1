import assert from "node:assert/strict";
import { explain } from "../../core/explain.ts";
import { planValue } from "../../core/json.ts";
import { kioskPlan } from "../support/plan.ts";

describe("explain", () => {
  it("says where every item goes, why, what was refused, and what is run for it", () => {
    assert.equal(
      explain(kioskPlan),
      String.raw`kiosk  wimlib engine
  image   install.wim:1 (Windows 11 Pro)  10.0.26100.1742  amd64
  output  /out/kiosk.wim  compression of the source

prepare     1 step
  step Branch install.wim:1
      · branch /media/install.wim:1 as /w/1.wim
      on failure: delete /w/1.wim
mount       nothing: no item goes here
modify      1 step
  Copy-File \a.txt  → offline  by files
      added by one update
  Add-Driver netkvm.inf  → setup  by drivers
      staged for pnputil
      → copies 3 files to \Drivers\net kvm
      → runs pnputil in specialize
      refused: offline (wimlib): the driver store is Windows's own
      refused: online (wimlib): no reference device
  Enable-Feature NetFx3  → left out  by features
      optional, and nothing can do it
      refused: offline (wimlib): component servicing needs Windows
  step Update install.wim:1
      · update /w/1.wim: add \Drivers\net kvm
commit      1 step
  step Export to kiosk.wim
      $ wimlib-imagex export /w/1.wim 1 '/out/it'\''s kiosk.wim' --compress=LZX
apply       nothing: no item goes here
audit       nothing: no item goes here
generalize  nothing: no item goes here
capture     nothing: no item goes here
deploy      nothing: no plugin delivers anything

warning  wimlib 1.13.6 is older than 1.14.2

3 items (1 offline, 1 setup, 1 left out) in 3 steps
on the device: 1 command in specialize`,
    );
  });

  it("gives commands that can be pasted", () => {
    const text = explain(kioskPlan);
    assert.match(text, /\$ wimlib-imagex export \/w\/1\.wim 1 '\/out\/it'\\''s kiosk\.wim' --compress=LZX/);
    assert.match(text, /· update \/w\/1\.wim: add \\Drivers\\net kvm/);
    assert.match(text, /on failure: delete \/w\/1\.wim/);
  });

  it("lists what one update does, a line each, and shortens paths save in commands", () => {
    const changes = [
      { change: "add", from: "/out/a", to: "\\a" },
      { change: "delete", path: "\\b" },
    ] as const;
    const [first, ...others] = kioskPlan.steps;
    const update = { ...first!, commands: [{ act: "update", branch: "/out/1.wim", changes }] } as const;
    const text = explain({ ...kioskPlan, steps: [update, ...others] }, { cwd: "/out" });
    assert.match(text, /\n {6}· update 1\.wim\n {10}add \\a\n {10}delete \\b\n/);
    assert.match(text, /\n {2}output {2}kiosk\.wim /);
    assert.match(text, /\$ wimlib-imagex export \S+ 1 '\/out\/it/);
  });

  it("uses colours only when told to", () => {
    assert.ok(!explain(kioskPlan).includes("\u001B"));
    assert.ok(explain(kioskPlan, { colour: true }).includes("\u001B[32moffline"));
  });

  it("names the image of an item where several are serviced", () => {
    const [image] = kioskPlan.source.images;
    const two = {
      ...kioskPlan,
      targets: [1, 2],
      source: { ...kioskPlan.source, images: [image!, { ...image!, index: 2 }] },
    };
    assert.match(explain(two), /Copy-File \\a\.txt {2}→ offline {2}image 1 {2}by files/);
  });
});

describe("a plan as data", () => {
  it("holds commands and no code", () => {
    const opaque = { act: "call", title: "look", run: () => Promise.resolve() } as const;
    const [first] = kioskPlan.steps;
    const plan = { ...kioskPlan, steps: [{ ...first!, commands: [opaque] }, ...kioskPlan.steps.slice(1)] };
    const value = planValue(plan) as { steps: { commands: Record<string, unknown>[] }[] };
    assert.deepEqual(value.steps[0]?.commands, [
      { act: "call", title: "look", line: "call look (code of a plugin)" },
    ]);
    assert.equal(value.steps[2]?.commands[0]?.["progress"], String.raw`(\d+)%`);
    assert.deepEqual(JSON.parse(JSON.stringify(value)), value);
  });
});
