import assert from "node:assert/strict";
import { commandLine } from "../../core/command-line.ts";
import type { Plugin } from "../../core/plugin.ts";
import { planFor } from "../../core/testing.ts";

/** A hive, a driver in WinRE, which is an image inside of the image, and another hive. */
const busy: Plugin = {
  name: "busy",
  apply({ hooks }) {
    hooks.modify.tap("busy", (modify) => {
      const value = { type: "REG_SZ", data: "1" } as const;
      modify.add({ type: "Set-Registry", key: "HKLM\\SOFTWARE\\Contoso", name: "A", value });
      modify.add({ type: "Service-WinRE", drivers: ["/drivers/a.inf"] });
      modify.add({ type: "Set-Registry", key: "HKLM\\SYSTEM\\Setup", name: "B", value });
    });
  },
};

describe("what takes a DISM line back", () => {
  it("lets go of hives first, then of images inside of the image, then of the image, then of its file", async () => {
    const { steps } = await planFor(busy, { engine: "dism" });
    const undo = steps.toReversed().flatMap((step) => step.undo.map(commandLine));
    const at = (pattern: RegExp): readonly number[] =>
      undo.flatMap((line, place) => (pattern.test(line) ? [place] : []));
    const hives = at(/^reg\.exe unload/);
    const [inner = -1] = at(/Unmount-Image.*inner-1.*\/Discard/);
    const [outer = -1] = at(/Unmount-Image .*mount-1"? \/Discard/);
    const [copy = -1] = at(/^delete .*working\.wim/);
    assert.equal(hives.length, 2, undo.join("\n"));
    assert.ok(
      hives.every((hive) => hive >= 0 && hive < outer),
      undo.join("\n"),
    );
    assert.ok(inner >= 0 && inner < outer && outer < copy, undo.join("\n"));
  });

  it("looks at the mount with every command that writes into it, and with the one that saves it", async () => {
    const { steps } = await planFor(busy, { engine: "dism" });
    const runs = steps.flatMap(({ commands }) =>
      commands.flatMap((command) => ("act" in command ? [] : [command])),
    );
    const watched = runs.map(({ run, args, mounted }) => [
      run,
      args.find((argument) => /^\/\w+-\w+/.test(argument)) ?? "",
      mounted?.when,
    ]);
    assert.deepEqual(
      watched.filter(([run]) => run === "dism.exe"),
      [
        ["dism.exe", "/Export-Image", undefined],
        ["dism.exe", "/Mount-Image", "after"],
        ["dism.exe", "/Mount-Image", "after"],
        ["dism.exe", "/Add-Driver", "around"],
        ["dism.exe", "/Unmount-Image", "before"],
        ["dism.exe", "/Unmount-Image", "before"],
        ["dism.exe", "/Export-Image", undefined],
      ],
    );
    const [saved] = runs.filter(({ args }) => args.includes("/Commit")).map(({ mounted }) => mounted);
    assert.match(saved?.file ?? "", /Winre\.wim$/);
  });
});
