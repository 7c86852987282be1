import assert from "node:assert/strict";
import type { Act } from "../../core/engine.ts";
import { shadowWarnings } from "../../core/device-work.ts";
import type { Line } from "../../core/line.ts";
import { planImages } from "../../core/line-plan.ts";
import type { Operation } from "../../core/operation.ts";
import type { Plugin } from "../../core/plugin.ts";
import type { Plan } from "../../core/step.ts";
import { describedDevice } from "../support/described-device.ts";
import { image } from "../support/operations.ts";

const copy: Operation = { type: "Copy-File", from: "/in/logo.bmp", to: "\\Windows\\logo.bmp" };
const installer: Operation = {
  type: "Run-Installer",
  file: "/in/agent.msi",
  arguments: ["MODE=quiet site"],
  check: { product: "{01234567-89AB-CDEF-0123-456789ABCDEF}" },
};
const feature: Operation = { type: "Enable-Feature", feature: "NetFx3" };
const locale: Operation = { type: "Set-UserLocale", language: "fr-FR" };

function plan(
  operations: readonly Operation[],
  options: Partial<Line> = {},
  others: readonly Plugin[] = [],
): Promise<Plan> {
  const asking: Plugin = {
    name: "asking",
    apply: ({ hooks }) => hooks.modify.tap("asking", (modify) => modify.add(...operations)),
  };
  const line: Line = {
    line: "test",
    folder: "/p",
    image: { file: image.file, index: 1 },
    output: { file: "/p/out/test.wim", compress: "keep", images: "all" },
    engine: "wimlib",
    prefer: ["offline", "online", "setup"],
    deployment: "applied",
    device: describedDevice,
    plugins: [asking, ...others],
    work: "/p/.servicing/work",
    runs: "/p/.servicing/runs",
    records: "/p/.servicing/lines",
    store: "/p/.servicing/store",
    ...options,
  };
  return planImages(line, [image]);
}

const routes = (made: Plan): readonly string[] =>
  made.items.map(
    ({ operation, verdict, phase }) => `${operation.type} ${verdict?.strategy} ${verdict?.engine} ${phase}`,
  );

const shape = (made: Plan): readonly string[] =>
  made.steps.map(({ phase, title, items }) => `${phase}: ${title} (${items.join(", ")})`);

function act<K extends Act["act"]>(made: Plan, name: K): Extract<Act, { readonly act: K }> {
  const found = made.steps
    .flatMap(({ commands }) => commands)
    .find((command) => "act" in command && command.act === name);
  assert.ok(found !== undefined, `no act ${name}`);
  return found as Extract<Act, { readonly act: K }>;
}

describe("a plan with a reference device", () => {
  it("sends each item down its road, and puts the roads in their order", async () => {
    const made = await plan([copy, installer, feature, locale]);
    assert.deepEqual(routes(made), [
      "Copy-File offline wimlib modify",
      "Run-Installer online dism audit",
      "Set-UserLocale setup setup capture",
      "Enable-Feature online dism audit",
    ]);
    assert.deepEqual(
      made.steps.map(({ phase }) => phase),
      ["mount", "modify", "apply", "audit", "generalize", "capture", "capture", "capture"],
      shape(made).join("\n"),
    );
  });

  it("takes what the device did for the image from then on, and leaves nothing of the audit mode in it", async () => {
    const made = await plan([copy, installer, locale]);
    const captured = "/p/.servicing/work/test/device-1/captured.wim";
    const commands = made.steps.filter(({ phase }) => phase === "capture").flatMap((step) => step.commands);
    const [branch, update, , exported] = commands as readonly { readonly [key: string]: unknown }[];
    assert.deepEqual([branch?.["act"], branch?.["file"], branch?.["index"]], ["branch", captured, 1]);
    assert.equal(update?.["branch"], branch?.["branch"]);
    const asked = (update?.["changes"] ?? []) as { change: string; path?: string; to?: string }[];
    const changes = asked.map(({ change, path, to }) => `${change} ${path ?? to}`);
    assert.deepEqual(changes.slice(0, 2), [
      "delete \\Servicing",
      "delete \\Windows\\Panther\\Unattend\\Unattend.xml",
    ]);
    // What Windows Setup is told is told to the devices that come, and not to this one.
    assert.ok(changes.includes("write \\Windows\\Panther\\unattend.xml"), changes.join("\n"));
    assert.match(JSON.stringify(exported), /captured\.wim/);
    const before = made.steps.find(({ phase }) => phase === "modify")?.commands;
    assert.match(JSON.stringify(before), /Panther\\\\Unattend\\\\Unattend\.xml/);
    assert.doesNotMatch(JSON.stringify(before), /UserLocale/);
  });

  it("takes the answer file away that the device's Windows kept, where none of ours takes its place", async () => {
    const made = await plan([copy, installer]);
    assert.match(
      JSON.stringify(made.steps.filter(({ phase }) => phase === "capture")),
      /"change":"delete","path":"\\\\Windows\\\\Panther\\\\unattend\.xml","optional":true/,
    );
  });

  it("says what of the image gives way to the answer file of the audit mode", () => {
    const shadows = ["\\Windows\\Panther\\Unattend\\unattend.xml"];
    assert.match(
      shadowWarnings(new Map([[1, { shadows }]]))[0] ?? "",
      /unattend\.xml of the image gives way/,
    );
    assert.deepEqual(shadowWarnings(new Map([[1, {}]])), []);
  });

  it("starts none where nothing goes online", async () => {
    const made = await plan([copy, locale]);
    assert.ok(!JSON.stringify(made.steps).includes("device-"));
    assert.deepEqual(
      made.phases.filter(({ phase }) => phase === "apply" || phase === "audit").map(({ because }) => because),
      ["no item goes online", "no item goes online"],
    );
  });

  it("sets a time zone there, unless setup is preferred or nothing else needs a device", async () => {
    const zone: Operation = { type: "Set-TimeZone", timeZone: "UTC" };
    const made = await plan([installer, zone]);
    assert.deepEqual(
      made.items.map(({ verdict }) => verdict?.strategy),
      ["online", "online"],
    );
    const { job } = act(made, "check device");
    const step = job.steps.find(({ title }) => title.startsWith("Set-TimeZone"));
    assert.deepEqual(step?.commands, [{ do: "run", file: "tzutil.exe", args: ["/s", "UTC"], success: [0] }]);
    for (const prefer of [["offline", "online", "setup"] as const, ["offline", "setup", "online"] as const])
      assert.deepEqual(routes(await plan([zone], { prefer })), ["Set-TimeZone setup setup modify"]);
    assert.deepEqual(routes(await plan([{ ...zone, strategy: "online" }])), [
      "Set-TimeZone online dism audit",
    ]);
  });

  it("can be told to prefer setup, and then starts none", async () => {
    const made = await plan([copy, installer], { prefer: ["offline", "setup", "online"] });
    assert.deepEqual(routes(made).at(-1), "Run-Installer setup setup modify");
    assert.ok(made.phases.every(({ phase, steps }) => phase !== "audit" || steps === 0));
  });

  it("gives the device its steps as it will carry them out", async () => {
    const made = await plan([copy, installer, feature]);
    const { job } = act(made, "check device");
    assert.deepEqual(
      job.steps.map(({ title, minutes, items }) => [title, minutes, items]),
      [
        ["Run-Installer agent.msi", 60, ["asking/2"]],
        ["Enable-Feature NetFx3", 120, ["asking/3"]],
      ],
    );
    assert.deepEqual(job.steps[0]?.check, installer.check);
    const run = job.steps[0]?.commands.at(-1);
    assert.ok(run?.do === "run");
    assert.equal(run.file, "msiexec.exe");
    assert.deepEqual(run.args.slice(0, 3), [
      "/i",
      "C:\\Servicing\\Payload\\001\\agent.msi",
      "MODE=quiet site",
    ]);
    const dism = job.steps[1]?.commands.at(-1);
    assert.ok(dism?.do === "run" && dism.confirm?.of === "feature");
    assert.deepEqual(dism.confirm.args, ["/Online", "/English", "/Get-FeatureInfo", "/FeatureName:NetFx3"]);
  });

  it("undoes in the end what the device began", async () => {
    const made = await plan([installer]);
    const undo = made.steps.filter(({ phase }) => ["apply", "audit", "generalize"].includes(phase));
    for (const step of undo) assert.match(JSON.stringify(step.undo), /device-off/);
  });

  it("works on DISM's copy as well, and captures it by DISM", async () => {
    const made = await plan([copy, installer], { engine: "dism" });
    const opened = made.steps
      .filter(({ phase }) => phase === "capture")
      .flatMap(({ commands }) => commands)
      .flatMap((command) => ("args" in command ? [command.args.join(" ")] : []));
    assert.match(
      opened[0] ?? "",
      /\/Mount-Image \/ImageFile:\/p\/\.servicing\/work\/test\/device-1\/captured\.wim \/Index:1/,
    );
    assert.match(opened.join("\n"), /\/Unmount-Image .*\/Commit/);
    assert.match(
      opened.at(-1) ?? "",
      /\/Export-Image \/SourceImageFile:\/p\/\.servicing\/work\/test\/device-1\/captured\.wim/,
    );
  });

  it("makes no delta of what was captured, and says why", async () => {
    await assert.rejects(
      plan([installer], { output: { kind: "delta", file: "/p/x.wim", compress: "keep", images: "targets" } }),
      (error: { code?: string; message: string }) =>
        error.code === "SERVICING_OUTPUT_FORMAT" && /captured as a whole/.test(error.message),
    );
  });

  it("says why a device cannot take an image", async () => {
    const device = { ...describedDevice, refuse: () => "it starts no arm64 Windows" };
    const made = await plan([{ ...installer, optional: true }], { device, prefer: ["offline", "online"] });
    assert.match(JSON.stringify(made.items[0]?.considered), /it starts no arm64 Windows/);
  });
});
