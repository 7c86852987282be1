import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artefact } from "../../core/artefact.ts";
import { images } from "../../core/testing.ts";
import type { Process } from "../../core/engine.ts";
import { explain } from "../../core/explain.ts";
import type { ImageInfo } from "../../core/image.ts";
import type { Line } from "../../core/line.ts";
import { planImages } from "../../core/line-plan.ts";
import type { Operation } from "../../core/operation.ts";
import type { PhaseBuilder, Plugin } from "../../core/plugin.ts";
import type { Plan } from "../../core/step.ts";
import { features } from "../../plugins/features.ts";
import { languages } from "../../plugins/languages.ts";
import { updates } from "../../plugins/updates.ts";
import { hasTool, makeCabinet, makeUpdate, updateManifest } from "../support/package-fixture.ts";

const known = new Map<string, Promise<Artefact>>();

const remembered = (builder: PhaseBuilder): PhaseBuilder => ({
  ...builder,
  inspect(path) {
    const found = known.get(path) ?? builder.inspect(path);
    known.set(path, found);
    return found;
  },
});

/** The plugin as it is, with what was inspected for an earlier plan: to unpack it takes a second for each. */
function remembering(plugin: Plugin): Plugin {
  return {
    ...plugin,
    apply({ line, faults, hooks }) {
      const modify = {
        tap: hooks.modify.tap.bind(hooks.modify),
        tapPromise: (name: string, run: (builder: PhaseBuilder) => Promise<void>) =>
          hooks.modify.tapPromise(name, (builder) => run(remembered(builder))),
      };
      plugin.apply({ line, faults, hooks: { ...hooks, modify: modify as unknown as typeof hooks.modify } });
    },
  };
}

const all = () => [updates({ from: "*.{msu,cab}", cleanup: true }), features({ enable: [] })];
const french = () => languages({ add: ["fr-FR"], from: "languages", default: "fr-FR" });
const german = () => languages({ add: ["de-DE"], from: "languages" });

/** Plans for DISM on a Linux machine, of packages that the tests make. */
describe("a line with updates", function () {
  let folder: string;

  before(function () {
    const tools = ["gcab", "cabextract", "wimlib-imagex"];
    const missing = tools.filter((tool) => !hasTool(tool));
    if (missing.length > 0) {
      process.stderr.write(`    skipped: ${missing.join(", ")} not installed\n`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "servicing-test-updates-"));
    makeUpdate(folder, "checkpoint-1.msu", {
      kb: "KB1",
      version: "26100.1742.1.1",
      baseline: "10.0.26100.1",
    });
    makeUpdate(folder, "checkpoint-2.msu", {
      kb: "KB2",
      version: "26100.3000.1.1",
      baseline: "10.0.26100.1742",
    });
    makeUpdate(folder, "target.msu", { kb: "KB3", version: "26100.4000.1.1", baseline: "10.0.26100.3000" });
    const cabinet = (name: string, of: Parameters<typeof updateManifest>[0]): void =>
      void makeCabinet(folder, name, { "update.mum": updateManifest(of) });
    cabinet("net.cab", { name: "Package_for_DotNetRollup_481" });
    cabinet("safe.cab", { name: "Package_for_SafeOSDU", version: "26100.4000.1.2" });
    mkdirSync(join(folder, "languages"));
    for (const language of ["de-DE", "fr-FR"])
      cabinet(`languages/${language}.cab`, {
        name: "Microsoft-Windows-Client-LanguagePack-Package",
        releaseType: "Language Pack",
        language,
      });
  });
  after(() => folder !== undefined && rmSync(folder, { recursive: true }));

  async function planned(
    plugins: readonly Plugin[],
    { version = "10.0.26100.1", count = 1, engine = "dism" as "dism" | "wimlib" } = {},
  ): Promise<Plan> {
    const found = Array.from({ length: count }, (_, at): ImageInfo => ({
      ...images.pro11,
      version,
      index: at + 1,
    }));
    const line: Line = {
      line: "test",
      folder,
      image: { file: images.pro11.file, index: "all" },
      output: { file: join(folder, "out/test.wim"), compress: "keep", images: "all" },
      engine,
      prefer: ["offline", "online", "setup"],
      deployment: "applied",
      plugins: plugins.map(remembering),
      work: join(folder, "work"),
      runs: join(folder, "runs"),
      records: join(folder, "records"),
      store: join(folder, "store"),
    };
    return planImages(line, found, { engine });
  }

  /** What DISM is told, and what servicing does itself, without what is the same for all. */
  function shown(plan: Plan): readonly string[] {
    return plan.steps
      .filter(({ phase }) => phase === "modify")
      .flatMap(({ commands }) => commands)
      .map((command) => ("act" in command ? command.act : short(command)));
  }

  function short({ args }: Process): string {
    return args
      .filter((text) => !/^\/(?:English|LogPath|ScratchDir|MountDir|ImageFile|Index)/.test(text))
      .map((text) => text.replaceAll(join(folder, "work/test"), "").replaceAll(folder, ""))
      .map((text) => text.replace(/-[0-9a-f]{8}\//, "/"))
      .join(" ");
  }

  const image = "/Image:/mount-1";
  const recovery = "/Image:/inner-1/mount";
  const inWinre = [
    "keep digest",
    "/Mount-Image",
    "unpack package",
    `${recovery} /Add-Package /PackagePath:/inner-1/packages/SSU-26100.4000-x64.cab`,
    "delete",
    "delete",
    `${recovery} /Add-Package /PackagePath:/safe.cab`,
    `${recovery} /Cleanup-Image /StartComponentCleanup /ResetBase /Defer`,
    "/Unmount-Image /Commit",
    "delete",
    "/Export-Image /SourceImageFile:/mount-1/Windows/System32/Recovery/Winre.wim /SourceIndex:1 /DestinationImageFile:/inner-1/winre.wim /Bootable",
    "overwrite",
    "delete",
  ];
  const cumulative = ["gather packages", `${image} /Add-Package /PackagePath:/packages/target.msu`, "delete"];
  const cleanup = `${image} /Cleanup-Image /StartComponentCleanup`;
  const net = `${image} /Add-Package /PackagePath:/net.cab`;
  const telnet = `${image} /Enable-Feature /FeatureName:TelnetClient`;

  const feature: Plugin = {
    name: "feature",
    apply: ({ hooks }) =>
      hooks.modify.tap("feature", (modify) =>
        modify.add({ type: "Enable-Feature", feature: "TelnetClient" } satisfies Operation),
      ),
  };

  it("is planned in the order of Windows, each step with its reason", async () => {
    const plan = await planned([...all(), feature]);
    assert.deepEqual(shown(plan), [...inWinre, telnet, ...cumulative, cleanup, net]);
    const gathered = plan.steps
      .flatMap(({ commands }) => commands)
      .find((each) => "act" in each && each.act === "gather packages");
    assert.deepEqual(
      gathered !== undefined && "files" in gathered && gathered.files,
      ["checkpoint-1.msu", "checkpoint-2.msu", "target.msu"].map((name) => join(folder, name)),
    );
    for (const item of plan.items) assert.match(item.place ?? "", /^[\w. -]+: /, item.id);
    const text = explain(plan, { why: true });
    assert.match(text, /place: cumulative update: it updates all that was added before it/);
    assert.doesNotMatch(explain(plan), /place:/);
    const [table] = plan.tables ?? [];
    assert.deepEqual(
      table?.rows.map(([name, kind, , , goes]) => [name, kind, goes]),
      [
        ["checkpoint-1.msu", "checkpoint", "beside target.msu"],
        ["checkpoint-2.msu", "checkpoint", "beside target.msu"],
        ["target.msu", "cumulative update", "offline"],
        ["net.cab", ".NET", "offline"],
        ["target.msu", "servicing stack", "WinRE"],
        ["safe.cab", "", "WinRE"],
      ],
    );
  });

  it("with one language more differs by what adds it, and by nothing else", async () => {
    const before = await planned(all());
    const after = await planned([...all(), french()]);
    const [added, set] = [
      `${image} /Add-Package /PackagePath:/languages/fr-FR.cab`,
      `${image} /Set-AllIntl:fr-FR`,
    ];
    assert.deepEqual(shown(before), [...inWinre, ...cumulative, cleanup, net]);
    assert.deepEqual(shown(after), [...inWinre, added, set, ...cumulative, cleanup, net]);
    assert.deepEqual(after.warnings, before.warnings);
  });

  it("adds an update again that the image has, where a language comes, and leaves it out otherwise", async () => {
    const current = { version: "10.0.26100.4000" };
    const before = await planned(all(), current);
    const after = await planned([...all(), german()], current);
    assert.deepEqual(shown(before), [...inWinre, cleanup, net]);
    const left = before.items.find(({ operation }) => operation.type === "Add-Package");
    assert.match(left?.considered[0]?.because ?? "", /has 10\.0\.26100\.4000 already/);
    assert.deepEqual(shown(after), [
      ...inWinre,
      `${image} /Add-Package /PackagePath:/languages/de-DE.cab`,
      ...cumulative,
      cleanup,
      net,
    ]);
    assert.match(explain(after, { why: true }), /added again, since languages\/1/);
    const without = await planned([german()], current);
    assert.match(without.warnings.join(), /languages\/1 .* may be older: add the cumulative update/);
  });

  it("mounts WinRE once for all that is done to it, and copies it to the other images", async () => {
    const drivers: Plugin = {
      name: "stand-in-drivers",
      apply: ({ hooks }) =>
        hooks.modify.tap("stand-in-drivers", (modify) =>
          modify.add({ type: "Service-WinRE", drivers: ["/d/a.inf"] }),
        ),
    };
    const plan = await planned([updates({ from: "safe.cab" }), drivers], { count: 2 });
    const recovered = (index: number): readonly string[] =>
      plan.steps
        .filter(({ phase, image: of }) => phase === "modify" && of === index)
        .flatMap(({ commands }) => commands)
        .map((command) => ("act" in command ? command.act : short(command)));
    assert.deepEqual(recovered(1), [
      "keep digest",
      "/Mount-Image",
      `${recovery} /Add-Driver /Driver:/d/a.inf`,
      `${recovery} /Add-Package /PackagePath:/safe.cab`,
      ...inWinre.slice(7),
    ]);
    assert.deepEqual(recovered(2), ["take over"]);
    const taken = plan.steps
      .flatMap(({ commands }) => commands)
      .find((each) => "act" in each && each.act === "take over");
    assert.ok(taken !== undefined && "act" in taken && taken.act === "take over");
    assert.equal(taken.from.file, join(folder, "work/test/mount-1/Windows/System32/Recovery/Winre.wim"));
    // Where the two are not the same after all, its own is mounted once as well.
    const mounts = taken.otherwise.filter((each) => "args" in each && each.args.includes("/Mount-Image"));
    assert.equal(mounts.length, 1);
  });

  it("leaves WinRE as it is where the engine cannot update it, and says so", async () => {
    const plan = await planned([updates({ from: "safe.cab" })], { engine: "wimlib" });
    assert.deepEqual(
      plan.items.map(({ verdict }) => verdict),
      [undefined],
    );
    assert.match(explain(plan), /component servicing needs Windows/);
  });

  it("ends before it begins where a checkpoint is missing, or a package is for another Windows", async () => {
    await assert.rejects(planned([updates({ from: ["target.msu"] })]), {
      code: "SERVICING_INPUT_CHECKPOINT",
      message: /target\.msu is built on 10\.0\.26100\.3000/,
    });
    await assert.rejects(planned(all(), { version: "10.0.22631.1" }), { code: "SERVICING_INPUT_BUILD" });
  });
});
