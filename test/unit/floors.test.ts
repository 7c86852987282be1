import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** The floors of ARCHITECTURE.md: a file imports only from its own floor or a lower one. */
const floors: readonly (readonly [number, RegExp])[] = [
  [5, /^core\/(cli|cli-commands|index|testing|usage)\.ts$|^core\/commands\/|^core\/bin\.js$/],
  [
    4,
    /^core\/(view|tree-view|lint-view|error-view|report|config|project|line-draft|line-known|line-plan|line-run|line-report|line-verify|config-defaults|collection-run|run-report|task)\.ts$/,
  ],
  [
    3,
    /^core\/(execute|dism-process|dism-mount|dism-failure|confirmation|dism-host|stale-mounts|dism-space|write-speed|runner|inspect|preflight|existing-setup|setup-images|media-source|media-wim|media-check|output-check|input-files|file-source|file-stamp|make-folder|draft-folder|file-bytes|wim-file|config-file|own-package|machine|executable|scratch-folder|work-folder|output-file|plan-places|run-folder|run-place|process-lock|process-identity|durable-file|journal|undo|recovery|facts|input-digest|known-artefact|inbox-drivers|tool-version|store|store-folder|store-space|base-disks|checkpoints|line-record|lock-file|change-check)\.ts$|^core\/(acts|inspect)\//,
  ],
  [
    2,
    /^core\/(plan|phase-steps|device-work|device-steps|engine-commands|route|servicing-order|component-servicing|update-choice|planned-updates|recovery-plan|explain|json|config-schema|lifecycle|setup-finish|setup-payload|setup-media|deployment-fit|setup-text|support-matrix|driver-rank|driver-choice|driver-conflict|driver-limit|planned-drivers|driver-contest|driver-coverage|driver-economy|coverage-tables|table-text|unit|arrangement|commutation|fate|collection-plan|collection-fate|setup-sentences|answer-file-table|answer-file-check)\.ts$|^core\/(engines|driver-store|devices)\/|^core\/audit\/(?!job\.|heartbeat\.)/,
  ],
  [
    1,
    /^core\/(operation|device|virtual-machine|image-file-operation|windows-operation|operation-title|image|engine|host-path|step|event|artefact|plugin|line|tools|command-line|artefact-text|options|driver-package|table|unfinished-name|secret|colour|near-path|media|wim-image|operation-input|fingerprint|line-inputs|process-output|driver-classes|driver-refusal|inf-windows|plain-text|driver-table|unattend-raw|disk-size|partition-sizes|fault-table)\.ts$|^core\/audit\/(job|heartbeat)\.ts$/,
  ],
  [0, /^core\/(error|error-catalogue|suggestion|all-ended)\.ts$|^core\/formats\//],
];

function floorOf(file: string): number {
  const found = floors.find(([, pattern]) => pattern.test(file));
  assert.ok(found, `${file} stands on no floor: name it in test/unit/floors.test.ts and ARCHITECTURE.md`);
  return found[0];
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

function imports(file: string): { readonly from: string; readonly typeOnly: boolean }[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = [
    ...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/gms),
  ];
  return found.map((match) => ({ from: (match[2] ?? match[3]) as string, typeOnly: match[1] !== undefined }));
}

describe("floors", () => {
  for (const file of sources("core"))
    it(`${file} imports from its own floor or a lower one`, () => {
      for (const { from } of imports(file)) {
        if (!from.startsWith(".")) continue;
        const imported = relative(root, resolve(root, dirname(file), from)).replaceAll("\\", "/");
        assert.ok(!imported.startsWith("plugins/"), `${file} imports ${imported}: core knows no plugin`);
        assert.ok(
          floorOf(imported) <= floorOf(file),
          `${file} (floor ${floorOf(file)}) imports ${imported} (floor ${floorOf(imported)})`,
        );
      }
    });

  it("plugins import the public API only, as a third party's would, besides parts of their own", () => {
    for (const file of sources("plugins").filter((each) => each !== "plugins/index.ts")) {
      const [, plugin, part] = /^plugins\/([^/.]+)(\/.+)?/.exec(file) ?? [];
      const own =
        part === undefined
          ? /^\.\.\/core\/index\.ts$|^\.\/PLUGIN[-/]/
          : /^\.\.\/\.\.\/core\/index\.ts$|^\.\//;
      const allowed = new RegExp(own.source.replace("PLUGIN", plugin ?? ""));
      for (const { from } of imports(file))
        assert.ok(!from.startsWith(".") || allowed.test(from), `${file} imports ${from}`);
    }
  });

  it("only the runner starts processes", () => {
    for (const file of [...sources("core"), ...sources("plugins")])
      for (const { from } of imports(file))
        if (file !== "core/runner.ts")
          assert.ok(!/^(execa|node:child_process|child_process)$/.test(from), `${file} imports ${from}`);
  });

  it("pure floors do no input or output", () => {
    for (const file of sources("core").filter((each) => floorOf(each) <= 2))
      for (const { from } of imports(file))
        assert.ok(
          !/^(node:fs|node:fs\/promises|node:net|node:http|node:https|node:child_process)$/.test(from),
          `${file} imports ${from}`,
        );
  });
});
