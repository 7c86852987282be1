import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { perform } from "../../core/acts/perform.ts";
import { dism } from "../../core/engines/dism.ts";
import type { Command, Process, Road } from "../../core/engine.ts";
import type { Operation } from "../../core/operation.ts";
import type { Runner } from "../../core/runner.ts";
import { image as pro } from "../support/operations.ts";

const text = (folder: string): string => join(folder, "wim.txt");

/**
 * Stands in for DISM as far as it changes a WIM: a mounted one is a folder with a text, to which each command adds a line,
 * and which is what is saved. Everything else is done to real files by servicing's own acts.
 */
function standInDism(log: string[]): Runner {
  const mounted = new Map<string, string>();
  return {
    run(command: Process) {
      const of = (name: string): string =>
        command.args.find((argument) => argument.startsWith(`/${name}:`))?.slice(name.length + 2) ?? "";
      for (const folder of command.folders ?? []) mkdirSync(folder, { recursive: true });
      const verb = command.args.find((argument) => /^\/[A-Z][a-z]+-[A-Z]/.test(argument)) ?? "";
      log.push(verb);
      if (verb === "/Mount-Image") {
        mounted.set(of("MountDir"), of("ImageFile"));
        copyFileSync(of("ImageFile"), text(of("MountDir")));
      } else if (verb === "/Unmount-Image") {
        copyFileSync(text(of("MountDir")), mounted.get(of("MountDir")) as string);
        rmSync(text(of("MountDir")));
      } else if (verb === "/Export-Image") {
        writeFileSync(of("DestinationImageFile"), `${readFileSync(of("SourceImageFile"), "utf8")}exported\n`);
      } else if (verb === "/Add-Package") {
        const beside = readdirSync(dirname(of("PackagePath"))).toSorted();
        const line = `${basename(of("PackagePath"))} of ${beside.join(" ")}\n`;
        writeFileSync(text(of("Image")), line, { flag: "a" });
      }
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
    },
  };
}

describe("WinRE of two images, carried out", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-winre-"));
    mkdirSync(join(folder, "u"));
    for (const name of ["a.msu", "b.msu", "unrelated.msu"]) writeFileSync(join(folder, "u", name), name);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const winreOf = (index: number): string =>
    join(folder, `work/mount-${index}/Windows/System32/Recovery/Winre.wim`);

  async function carriedOut(...contents: readonly string[]) {
    const log: string[] = [];
    const warnings: string[] = [];
    const road = dism.roads["Service-WinRE"].offline as Road<"Service-WinRE">;
    assert.ok("commands" in road && dism.fuse !== undefined);
    for (const [at, content] of contents.entries()) {
      const index = at + 1;
      mkdirSync(dirname(winreOf(index)), { recursive: true });
      writeFileSync(winreOf(index), content);
    }
    for (const index of contents.keys()) {
      const operation: Operation<"Service-WinRE"> = {
        type: "Service-WinRE",
        drivers: ["/d/a.inf"],
        packages: [{ package: join(folder, "u/b.msu"), checkpoints: [join(folder, "u/a.msu")] }],
        cleanup: true,
        export: true,
        ...(index === 0 ? {} : { sameAs: 1 }),
      };
      const target = dism.target({ ...pro, index: index + 1 }, join(folder, "work"));
      await run(dism.fuse(road.commands(operation, target)), target);
    }
    return { log, warnings, winre: contents.map((_, at) => readFileSync(winreOf(at + 1), "utf8")) };

    async function run(commands: readonly Command[], target: ReturnType<typeof dism.target>): Promise<void> {
      const context = {
        runner: standInDism(log),
        signal: new AbortController().signal,
        log: join(folder, "log"),
        target,
        warn: (warning: string) => void warnings.push(warning),
      };
      for (const command of commands)
        if ("act" in command) await perform(command, context);
        else await context.runner.run(command, context);
    }
  }

  const once = [
    "/Mount-Image",
    "/Add-Package",
    "/Add-Driver",
    "/Cleanup-Image",
    "/Unmount-Image",
    "/Export-Image",
  ];
  const done = "b.msu of a.msu b.msu\nexported\n";

  it("is serviced once where both are the same, with nothing beside the package but its checkpoint", async () => {
    const { log, warnings, winre } = await carriedOut("same\n", "same\n");
    assert.deepEqual(log, once);
    assert.deepEqual(winre, [`same\n${done}`, `same\n${done}`]);
    assert.deepEqual(warnings, []);
    const left = readdirSync(join(folder, "work/inner-1")).filter((name) => /^packages|wim$/.test(name));
    assert.deepEqual(left, []);
    assert.ok(existsSync(join(folder, "u/a.msu")));
  });

  it("is serviced each where they differ, and says so", async () => {
    const { log, warnings, winre } = await carriedOut("one\n", "two\n");
    assert.deepEqual(log, [...once, ...once]);
    assert.deepEqual(winre, [`one\n${done}`, `two\n${done}`]);
    assert.equal(warnings.length, 1);
  });
});
