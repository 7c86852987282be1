import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildSample } from "../../templates/sample/sample.ts";
import { filler } from "../../templates/sample/filler.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { generatedTree } from "../support/generated-tree.ts";

const mebibyte = 1024 * 1024;

/** A sort of run that is killed. */
export interface Kind {
  /** The source, in the folder of the material. */
  readonly image: "sample/install.wim" | "tree.wim" | "large.wim";
  /** Where the source lies in the project. */
  readonly source: string;
  readonly args: readonly string[];
  readonly outputs: readonly string[];
  /** Kills come no later than this event. */
  readonly until?: "planned";
  /** The result holds only what the source does not. */
  readonly delta?: boolean;
  /** It mounts something, by a process that goes on when all others are killed. */
  readonly mounts?: boolean;
  /** Files of the project, the config among them. */
  files(material: string): Readonly<Record<string, string>>;
}

export type KindName =
  | "plan"
  | "update"
  | "steps"
  | "hive"
  | "setup"
  | "mount"
  | "export"
  | "delta"
  | "lines";

/** What the projects of all kinds read: images and things to put into them. Nothing may write to it. */
export async function makeMaterial(folder: string, sample?: string): Promise<void> {
  if (sample === undefined) await buildSample(join(folder, "sample"), () => undefined);
  else await symlink(sample, join(folder, "sample"));
  const linked = { name: "linked.dll", link: "everywhere", data: filler("linked", 3000) };
  const tree = generatedTree(1000, 60, [linked]);
  const plain = join(folder, "plain.wim");
  const facts = { WINDOWS: { ARCH: 9 } };
  await writeWim(plain, { images: [{ name: "Tree", time: new Date(0), facts, tree }] });
  execFileSync("wimlib-imagex", ["export", plain, "1", join(folder, "tree.wim"), "--compress=XPRESS"], {
    stdio: "pipe",
  });
  await rm(plain);
  const entries = Array.from({ length: 24 }, (_, at) => ({
    name: `${at}.dll`,
    data: () => filler(`large ${at}`, mebibyte),
  }));
  const large = { name: "", entries: [{ name: "Windows", entries }] };
  await writeWim(join(folder, "large.wim"), {
    images: [{ name: "Large", time: new Date(0), facts, tree: large }],
  });
  for (const part of ["payload", "folder-1"]) await mkdir(join(folder, part));
  for (let at = 0; at < 120; at += 1) {
    await writeFile(join(folder, "payload", `${at}.bin`), filler(`payload ${at}`, 1000 + 700 * at));
    await writeFile(join(folder, "folder-1", newName(at)), filler(`new ${at}`, 5000));
  }
  await writeFile(join(folder, "new.txt"), "new\n");
}

export const kinds: Readonly<Record<KindName, Kind>> = {
  plan: { ...line("sample/install.wim", everything), until: "planned" },
  update: line("tree.wim", (material) => `plugins: [${payload(material)}]`),
  // More inputs than a step may have: it is cut, and what is cut off is kept.
  steps: line("tree.wim", (material) => `plugins: [${manyInputs(material)}]`),
  mount: {
    ...line(
      "tree.wim",
      () => String.raw`plugins: [
        files({ write: { "\\Windows\\before.txt": "before" } }),
        mounting,
        files({ write: { "\\Windows\\after.txt": "after" } }),
      ]`,
    ),
    mounts: true,
  },
  hive: line(
    "sample/install.wim",
    () => String.raw`
    image: { file: "install.wim", index: "all" },
    plugins: [settings({ registry: {
      "HKLM\\SOFTWARE\\Contoso": { Line: "kill", Größe: 14, Models: ["Laptop 14", "Laptop 14 G2"] },
      "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run": { Agent: "agent.exe" },
      "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Power": { HiberbootEnabled: 0 },
      "HKCU\\Software\\Contoso": { Seen: true },
    } })]`,
  ),
  setup: line("sample/install.wim", everything),
  export: line(
    "large.wim",
    () =>
      String.raw`output: { compress: "max" }, plugins: [files({ write: { "\\Windows\\note.txt": "note" } })]`,
  ),
  delta: {
    ...line("tree.wim", (material) => `output: { kind: "delta" }, plugins: [${payload(material)}]`),
    outputs: ["out/line.delta.wim"],
    delta: true,
  },
  lines: {
    image: "tree.wim",
    source: "install.wim",
    args: ["run", "--parallel=3"],
    outputs: ["a", "b", "c"].map((name) => `lines/${name}/out/${name}.wim`),
    files: (material) => ({
      "servicing.config.ts": `
        import { defineConfig } from "servicing";
        export default defineConfig({ lines: ["lines/*/servicing.config.ts"] });`,
      ...Object.fromEntries(
        ["a", "b", "c"].map((name) => [
          `lines/${name}/servicing.config.ts`,
          config(
            name,
            String.raw`image: { file: "../../install.wim" },
            plugins: [${payload(material)}, files({ write: { "\\Windows\\line.txt": "${name}" } })]`,
          ),
        ]),
      ),
    }),
  },
};

/** A project of one line. */
function line(image: Kind["image"], fields: (material: string) => string): Kind {
  return {
    image,
    source: "install.wim",
    args: ["run"],
    outputs: ["out/line.wim"],
    files: (material) => ({
      "servicing.config.ts": config("line", `image: { file: "install.wim" }, ${fields(material)}`),
    }),
  };
}

function config(name: string, fields: string): string {
  return `
    import { apps, defineConfig, drivers, features, files, languages, settings, unattend, updates } from "servicing";
    ${fields.includes("mounting") ? mounting : ""}
    export default defineConfig({ line: "${name}", ${fields} });`;
}

/** A plugin whose own code mounts an image in the work folder, and says how that is undone when it is cut off. */
const mounting = `
  import { execFile } from "node:child_process";
  import { mkdirSync, readdirSync, readFileSync } from "node:fs";
  import { promisify } from "node:util";
  const run = promisify(execFile);
  let at;
  const mounting = {
    name: "mounting",
    apply({ hooks }) {
      hooks.modify.tap("mounting", (modify) => modify.call("reads a mounted image", async () => {
        mkdirSync(at);
        await run("wimlib-imagex", ["mount", "install.wim", "1", at]);
        const folder = at + "/Windows/folder-1/";
        for (const name of readdirSync(folder)) readFileSync(folder + name);
        await run("fusermount", ["-u", at]);
      }));
      hooks.plan.tap("mounting", (plan) => {
        at = plan.work + "/mounted";
        const undo = [{ run: "fusermount", args: ["-u", at], writes: true }];
        return { ...plan, steps: plan.steps.map((step) => step.opaque ? { ...step, undo } : step) };
      });
    },
  };`;

function manyInputs(material: string): string {
  const copies = Array.from({ length: 120 }, (_, at) => [
    { from: join(material, "payload", `${at}.bin`), to: `\\Windows\\Steps\\${at}.bin` },
    { from: join(material, "folder-1", newName(at)), to: `\\Windows\\folder-1\\${newName(at)}` },
  ]);
  return `files({ copy: ${JSON.stringify(copies.flat())} })`;
}

/** The half of these is there already. */
function newName(at: number): string {
  return `a file of the generated tree ${2 * at}.dll`;
}

/** Files that are new, that replace others, one of which has many names, and some that go. */
function payload(material: string): string {
  const from = (name: string): string => JSON.stringify(join(material, name));
  return String.raw`files({
    copy: [
      { from: ${from("payload")}, to: "\\Windows\\Payload" },
      { from: ${from("folder-1")}, to: "\\Windows\\folder-1" },
      { from: ${from("new.txt")}, to: "\\Windows\\folder-0\\linked.dll" },
    ],
    remove: ["\\Windows\\folder-3", "\\Windows\\folder-2\\a file of the generated tree 7.dll"],
    write: { "\\Windows\\note.txt": "note" },
  })`;
}

/** What most images get, over every road. */
function everything(material: string): string {
  const from = (name: string): string => JSON.stringify(join(material, "sample", name));
  return String.raw`
    image: { file: "install.wim", index: "Professional" },
    plugins: [
      languages({ add: ["fr-FR"], default: "fr-FR", from: ${from("packages/")} }),
      features({ enable: ["Contoso-Sample-Feature"] }),
      updates({ from: [${from("packages/Contoso-*.cab")}, ${from("packages/*.msu")}] }),
      drivers({ from: ${from("drivers/")} }),
      apps({ provision: [${from("apps/Contoso.Sample.appx")}], install: [${from("apps/agent.msi")}] }),
      files({ copy: [{ from: ${from("branding")}, to: "\\Windows\\Web\\Contoso" }] }),
      settings({ registry: { "HKLM\\SOFTWARE\\Contoso": { Line: "kill" } } }),
      unattend({ answerFile: ${from("autounattend.xml")}, timeZone: "Romance Standard Time" }),
    ]`;
}
