import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "../../core/engine.ts";
import { loadProject } from "../../core/project.ts";
import { planLine } from "../../core/line-plan.ts";
import { done, needs, rig, sampleFolder, sha256, wimlib } from "../support/rig.ts";
import { listing } from "../support/wim-listing.ts";

const repository = "\\WINDOWS\\SYSTEM32\\DRIVERSTORE\\FILEREPOSITORY";

/** What publishing an INF of the sample may change: the hives, the driver store, and files of its name. */
function ofDriver(inf: string): readonly string[] {
  const name = inf.slice(inf.lastIndexOf("/") + 1, -".inf".length).toUpperCase();
  return [
    ...["SYSTEM", "SOFTWARE", "DRIVERS"].map((hive) => `\\WINDOWS\\SYSTEM32\\CONFIG\\${hive}`),
    ...[0, 1].flatMap((at) => [`\\WINDOWS\\INF\\OEM${at}.INF`, `${catalogs}\\OEM${at}.CAT`]),
    `\\WINDOWS\\SYSTEM32\\DRIVERS\\${name}.SYS`,
    `${repository}\\${name}.INF_AMD64_*`,
  ];
}

const catalogs = "\\WINDOWS\\SYSTEM32\\CATROOT\\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}";

/** Paths inside the image that a command names, in upper case: it may change these and what lies below them. */
function named(command: Command): readonly string[] {
  if (!("act" in command) || command.act !== "update") return [];
  return command.changes.flatMap((change) => {
    if (change.change === "delete") return [change.path.toUpperCase()];
    if ("to" in change) return [change.to.toUpperCase()];
    if (change.change === "add driver") return ofDriver(change.inf);
    if (change.change === "service") return [change.path.toUpperCase()];
    if (change.change !== "registry") return [];
    return [`\\WINDOWS\\SYSTEM32\\CONFIG\\${change.key.split("\\")[1]?.toUpperCase()}`];
  });
}

const seen = (entry: unknown): string => JSON.stringify(entry);

describe("the line of the repository's own config", function () {
  before(function () {
    needs(this, "wimlib-imagex", "hivexsh", "hivexget", "cabextract", "msiinfo", "mkntfs", "gcab", "wixl");
  });

  it("changes in the sample what its plan names, and nothing else", async () => {
    const here = rig();
    cpSync(await sampleFolder(), here.path("out/sample"), { recursive: true });
    copyFileSync(resolve(import.meta.dirname, "../../servicing.config.ts"), here.path("servicing.config.ts"));
    const { lines } = await loadProject({ cwd: here.folder });
    const [line] = lines;
    assert.ok(line !== undefined && lines.length === 1);
    const { image, output } = line;
    const digest = sha256(image.file);
    const plan = await planLine(line, { engine: "wimlib" });
    await done({ ...line, engine: "wimlib" });

    assert.equal(sha256(image.file), digest);
    wimlib("verify", output.file);
    const allowed = plan.steps.flatMap(({ commands }) => commands.flatMap(named));
    const [before, after] = [await listing(image.file, 1), await listing(output.file, 1)];
    const differing = [...new Set([...before.keys(), ...after.keys()])].filter((path) => {
      const [old, now] = [before.get(path), after.get(path)];
      return (
        old === undefined || now === undefined || seen({ ...old, group: 0 }) !== seen({ ...now, group: 0 })
      );
    });
    const foreign = differing.filter((path) => {
      const folded = path
        .replaceAll("/", "\\")
        .toUpperCase()
        .replace(/(_AMD64_)[0-9A-F]{16}(?=\\|$)/, "$1*");
      return !allowed.some(
        (one) => folded === one || folded.startsWith(`${one}\\`) || one.startsWith(`${folded}\\`),
      );
    });
    assert.deepEqual(foreign, [], "what no item of the plan names");
    assert.ok(differing.length > 20);
    assert.deepEqual(
      await listing(image.file, 2),
      await listing(output.file, 2),
      "the other image is as it was",
    );

    wimlib(
      "extract",
      output.file,
      "1",
      "/Windows/System32/config/SOFTWARE",
      "/Windows/System32/config/SYSTEM",
      `--dest-dir=${here.path("hives")}`,
      "--no-acls",
    );
    const value = (hive: string, key: string, name: string): string =>
      execFileSync("hivexget", [here.path("hives", hive), key, name], {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C.UTF-8" },
      }).trim();
    assert.equal(value("SOFTWARE", "\\Contoso", "Line"), "sample");
    assert.equal(value("SOFTWARE", "\\Contoso", "Größe"), "14");
    assert.equal(value("SOFTWARE", "\\Contoso", "Models"), "Laptop 14\nLaptop 14 G2");
    assert.equal(
      value("SYSTEM", "\\ControlSet001\\Control\\Session Manager\\Power", "HiberbootEnabled"),
      "0",
    );
  });
});
