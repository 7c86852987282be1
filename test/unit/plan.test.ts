import assert from "node:assert/strict";
import { ServicingError } from "../../core/error.ts";
import type { Process } from "../../core/engine.ts";
import type { Line } from "../../core/line.ts";
import type { Operation } from "../../core/operation.ts";
import type { Plugin } from "../../core/plugin.ts";
import { planImages } from "../../core/line-plan.ts";
import type { Plan } from "../../core/step.ts";
import { image } from "../support/operations.ts";

const home = { ...image, index: 2, name: "Windows 11 Home", editionId: "Core" };
const copy: Operation = { type: "Copy-File", from: "/a.txt", to: "\\a.txt" };
const setting: Operation = {
  type: "Set-Registry",
  key: "HKLM\\SOFTWARE\\X",
  name: "y",
  value: { type: "REG_DWORD", data: 1 },
};
const feature: Operation = { type: "Enable-Feature", feature: "NetFx3" };

function asking(...operations: readonly Operation[]): Plugin {
  return {
    name: "asking",
    apply: ({ hooks }) => hooks.modify.tap("asking", (modify) => modify.add(...operations)),
  };
}

function plan(plugins: readonly Plugin[], options: Partial<Line> = {}, images = [image]): Promise<Plan> {
  const line: Line = {
    line: "test",
    folder: "/p",
    image: { file: image.file, index: "all" },
    output: { file: "/p/out/test.wim", compress: "keep", images: "all" },
    engine: "wimlib",
    prefer: ["offline", "online", "setup"],
    deployment: "applied",
    plugins,
    work: "/p/.servicing/work",
    runs: "/p/.servicing/runs",
    records: "/p/.servicing/lines",
    store: "/p/.servicing/store",
    ...options,
  };
  return planImages(line, images);
}

function shape(made: Plan): readonly string[] {
  return made.steps.map(
    ({ phase, image: index, items, commands }) =>
      `${phase} ${index ?? "-"} ${items.length} items ${commands.length} commands`,
  );
}

const commit = (made: Plan): string => JSON.stringify(made.steps.at(-1)?.commands);

describe("a plan", () => {
  it("puts everything that wimlib can do in one update, what Windows Setup does included", async () => {
    const made = await plan([asking(copy, feature, setting)]);
    assert.deepEqual(shape(made), [
      "mount 1 0 items 1 commands",
      "modify 1 3 items 1 commands",
      "commit - 0 items 3 commands",
    ]);
    const [update] = made.steps[1]?.commands ?? [];
    assert.ok(update !== undefined && "act" in update && update.act === "update");
    assert.deepEqual(update.changes.map(({ change }) => change).slice(0, 2), ["add", "registry"]);
  });

  it("gives each image its own branch and the file one export", async () => {
    const made = await plan([asking(copy)], {}, [image, home]);
    assert.deepEqual(shape(made), [
      "mount 1 0 items 1 commands",
      "mount 2 0 items 1 commands",
      "modify 1 1 items 1 commands",
      "modify 2 1 items 1 commands",
      "commit - 0 items 3 commands",
    ]);
    assert.deepEqual(
      made.items.map(({ id, image: index }) => [id, index]),
      [
        ["asking/1", 1],
        ["asking/2", 2],
      ],
    );
  });

  it("for DISM works on a copy, with a step for every item, and can be undone", async () => {
    const made = await plan([asking(copy, feature, setting, setting)], { engine: "dism" });
    assert.deepEqual(shape(made), [
      "prepare - 0 items 1 commands",
      "mount 1 0 items 1 commands",
      "modify 1 1 items 1 commands",
      "modify 1 1 items 1 commands",
      "modify 1 2 items 4 commands",
      "commit 1 0 items 1 commands",
      "commit - 0 items 4 commands",
    ]);
    assert.match(JSON.stringify(made.steps[1]?.undo), /\/Unmount-Image.*\/Discard/);
    assert.ok(
      !JSON.stringify(made.steps.slice(1)).includes(`/ImageFile:${image.file}`),
      "the source is never mounted",
    );
  });

  it("verifies the result where it is asked to, and says where no tool can", async () => {
    const output = { file: "/p/out/test.wim", compress: "keep", images: "all", verify: true } as const;
    assert.match(
      commit(await plan([asking(copy)], { output })),
      /"verify","\/p\/out\/test\.unfinished\.wim".*"publish"/,
    );
    const byDism = await plan([asking(copy)], { output, engine: "dism" });
    assert.doesNotMatch(commit(byDism), /verify/);
    assert.match(byDism.warnings.join(), /the dism engine has no command that reads a whole WIM/);
  });

  it("makes a delta of the serviced images, and verifies it with its source", async () => {
    const output = {
      kind: "delta",
      file: "/p/out/x.delta.wim",
      compress: "keep",
      images: "targets",
    } as const;
    const line = {
      output: { ...output, verify: true },
      image: { file: "/s/[1].wim", index: "all" },
    } as const;
    const made = await plan([asking(copy)], line, [image, home]);
    assert.deepEqual(made.output, { kind: "delta", file: output.file, compress: "keep" });
    const [, delta, verify, publish] = made.steps.at(-1)?.commands ?? [];
    const unfinished = "/p/out/x.delta.unfinished.wim";
    assert.deepEqual(delta, {
      act: "delta",
      branches: [1, 2].map((index) => `/p/.servicing/work/test/image-${index}/branch.wim`),
      source: "/s/[1].wim",
      to: unfinished,
      compress: "keep",
    });
    assert.deepEqual((verify as Process).args, ["verify", unfinished, String.raw`--ref=/s/\[1\].wim`]);
    assert.deepEqual(
      (publish as { readonly images?: readonly { readonly index: number }[] }).images?.map(
        ({ index }) => index,
      ),
      [1, 2],
    );
    await assert.rejects(plan([asking(copy)], { output, engine: "dism" }), {
      code: "SERVICING_OUTPUT_FORMAT",
    });
  });

  it("lets phases without steps vanish, and says why", async () => {
    const { phases } = await plan([asking(copy)]);
    assert.deepEqual(
      phases.filter(({ steps }) => steps > 0).map(({ phase }) => phase),
      ["mount", "modify", "commit"],
    );
    assert.ok(phases.every(({ steps, because }) => steps > 0 === (because === undefined)));
  });

  it("shows a plugin's own code as opaque, and fuses nothing across it", async () => {
    const call: Plugin = {
      name: "call",
      apply: ({ hooks }) =>
        hooks.modify.tap("call", (modify) => {
          modify.add(copy);
          modify.call("look", async () => undefined);
          modify.add(copy);
        }),
    };
    const made = await plan([call]);
    assert.deepEqual(
      made.steps
        .filter(({ phase }) => phase === "modify")
        .map(({ title, opaque }) => [title, opaque ?? false]),
      [
        ["Copy-File \\a.txt", false],
        ["call: look", true],
        ["Copy-File \\a.txt", false],
      ],
    );
  });

  it("fails with every reason for everything that nothing can do", async () => {
    const edition: Operation = { type: "Set-Edition", edition: "Enterprise" };
    const demanded: Operation = { ...feature, strategy: "offline" };
    await assert.rejects(plan([asking(copy, edition, demanded)]), (error) => {
      assert.ok(error instanceof ServicingError);
      assert.equal(error.code, "SERVICING_NO_ROUTE");
      assert.match(error.message, /Set-Edition Enterprise, asked by asking\n/);
      assert.match(
        error.message,
        /Enable-Feature NetFx3, asked by asking\n\s+offline \(wimlib\): component servicing needs Windows/,
      );
      assert.match(error.message, /setup \(setup\): /);
      assert.ok(!error.message.includes("Copy-File"));
      return true;
    });
  });

  it("refuses a plugin's own code where only a device could run it", async () => {
    const call: Plugin = {
      name: "call",
      apply: ({ hooks }) => hooks.audit.tap("call", (audit) => audit.call("look", async () => undefined)),
    };
    await assert.rejects(plan([asking(copy), call]), (error) => {
      assert.ok(error instanceof ServicingError);
      assert.equal(error.code, "SERVICING_NO_ROUTE");
      assert.match(error.message, /look, asked by call\n\s+online: the config names no reference device/);
      return true;
    });
  });

  it("leaves an optional item out, and keeps it in sight", async () => {
    const made = await plan([asking({ type: "Set-Edition", edition: "Enterprise", optional: true }, copy)]);
    assert.equal(made.items[0]?.verdict, undefined);
    assert.ok((made.items[0]?.considered.length ?? 0) > 0);
    assert.equal(made.steps.find(({ phase }) => phase === "modify")?.items.length, 1);
  });

  it("can be overruled by a plugin, and vetoed", async () => {
    const overrule: Plugin = {
      name: "overrule",
      apply: ({ hooks }) =>
        hooks.route.tap("overrule", (operation, verdicts) =>
          operation.type === "Set-Registry"
            ? verdicts.find(({ strategy, accepted }) => accepted && strategy === "setup")
            : undefined,
        ),
    };
    const made = await plan([asking(setting), overrule]);
    assert.equal(made.items[0]?.verdict?.strategy, "setup");
    const stubborn: Plugin = {
      name: "stubborn",
      apply: ({ hooks }) =>
        hooks.route.tap("stubborn", (_, verdicts) => verdicts.find(({ accepted }) => !accepted)),
    };
    await assert.rejects(
      plan([asking(feature), stubborn]),
      /which is refused: component servicing needs Windows/,
    );
    const veto: Plugin = {
      name: "veto",
      apply: ({ hooks }) =>
        hooks.plan.tap("veto", () => {
          throw new Error("not on my watch");
        }),
    };
    await assert.rejects(plan([asking(copy), veto]), /"veto" failed in plan: not on my watch/);
  });

  it("is the same when it is made again", async () => {
    const plugins = [asking(copy, feature, setting)];
    assert.deepEqual(await plan(plugins), await plan(plugins));
    assert.deepEqual(await plan(plugins, { engine: "dism" }), await plan(plugins, { engine: "dism" }));
  });
});
