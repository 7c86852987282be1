import type { Report } from "../../core/event.ts";
import type { ImageInfo } from "../../core/image.ts";
import { image as pro } from "./operations.ts";
import { phases } from "../../core/operation.ts";
import type { Plan, Step } from "../../core/step.ts";

const image: ImageInfo = { ...pro, file: "/media/install.wim" };

const steps: readonly Step[] = [
  {
    id: "prepare",
    phase: "prepare",
    title: "Branch install.wim:1",
    image: 1,
    items: [],
    commands: [{ act: "branch", file: "/media/install.wim", index: 1, branch: "/w/1.wim" }],
    undo: [{ act: "delete", path: "/w/1.wim" }],
  },
  {
    id: "modify",
    phase: "modify",
    title: "Update install.wim:1",
    image: 1,
    items: ["files/1", "drivers/1"],
    commands: [
      {
        act: "update",
        branch: "/w/1.wim",
        changes: [{ change: "add", from: "/in/net kvm", to: "\\Drivers\\net kvm" }],
      },
    ],
    undo: [],
  },
  {
    id: "commit",
    phase: "commit",
    title: "Export to kiosk.wim",
    items: [],
    commands: [
      {
        run: "wimlib-imagex",
        args: ["export", "/w/1.wim", "1", "/out/it's kiosk.wim", "--compress=LZX"],
        progress: /(\d+)%/,
        writes: true,
      },
    ],
    undo: [],
  },
];

/** A small plan with one item per route, one that was left out, and empty phases. */
export const kioskPlan: Plan = {
  line: "kiosk",
  engine: "wimlib",
  source: { file: "/media/install.wim", images: [image] },
  output: { kind: "wim", file: "/out/kiosk.wim", compress: "keep" },
  targets: [1],
  items: [
    {
      id: "files/1",
      phase: "modify",
      by: "files",
      image: 1,
      operation: { type: "Copy-File", from: "/in/a.txt", to: "\\a.txt" },
      verdict: { engine: "wimlib", strategy: "offline", accepted: true, because: "added by one update" },
      considered: [{ engine: "wimlib", strategy: "offline", accepted: true, because: "added by one update" }],
    },
    {
      id: "drivers/1",
      phase: "modify",
      by: "drivers",
      image: 1,
      operation: { type: "Add-Driver", driver: "/in/net kvm/netkvm.inf" },
      verdict: { engine: "wimlib", strategy: "setup", accepted: true, because: "staged for pnputil" },
      considered: [
        {
          engine: "wimlib",
          strategy: "offline",
          accepted: false,
          because: "the driver store is Windows's own",
        },
        { engine: "wimlib", strategy: "online", accepted: false, because: "no reference device" },
        { engine: "wimlib", strategy: "setup", accepted: true, because: "staged for pnputil" },
      ],
      lowered: ["copies 3 files to \\Drivers\\net kvm", "runs pnputil in specialize"],
    },
    {
      id: "features/1",
      phase: "modify",
      by: "features",
      image: 1,
      operation: { type: "Enable-Feature", feature: "NetFx3", optional: true },
      considered: [
        {
          engine: "wimlib",
          strategy: "offline",
          accepted: false,
          because: "component servicing needs Windows",
        },
      ],
    },
  ],
  steps,
  phases: phases.map((phase) => {
    const count = steps.filter((step) => step.phase === phase).length;
    if (count > 0) return { phase, steps: count };
    return {
      phase,
      steps: 0,
      because: phase === "deploy" ? "no plugin delivers anything" : "no item goes here",
    };
  }),
  setup: [{ image: 1, settings: 0, packages: 0, specialize: 1, setupComplete: 0, firstLogon: 0 }],
  warnings: ["wimlib 1.13.6 is older than 1.14.2"],
  work: "/w",
};

export const kioskReport: Report = {
  line: "kiosk",
  ok: true,
  outcome: "done",
  milliseconds: 65_000,
  results: steps.map((step) => ({ step: step.id, outcome: "done", milliseconds: 1500 })),
  artifacts: [{ file: "/out/kiosk.wim", bytes: 4_100_000_000, sha256: "ab12" }],
  sourceBytes: 4_000_000_000,
  routes: { offline: 1, online: 0, setup: 1 },
  phases: [
    { phase: "prepare", milliseconds: 1500 },
    { phase: "commit", milliseconds: 60_000 },
  ],
  warnings: ["wimlib 1.13.6 is older than 1.14.2"],
  folder: "/p/.servicing/runs/1",
};
