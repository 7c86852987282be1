import { resolve } from "node:path";
import type { ReferenceDevice } from "./device.ts";
import type { Deployment } from "./engine.ts";
import type { ImageInfo } from "./image.ts";
import type { EngineChoice, Line } from "./line.ts";
import { operationTitle } from "./operation-title.ts";
import type { Plugin } from "./plugin.ts";
import { planImages } from "./line-plan.ts";
import type { Plan } from "./step.ts";

const client: ImageInfo = {
  file: resolve("install.wim"),
  index: 1,
  name: "Windows 11 Pro",
  architecture: "amd64",
  version: "10.0.26100.1742",
  editionId: "Professional",
  installationType: "Client",
  languages: ["en-US"],
  defaultLanguage: "en-US",
  totalBytes: 17_000_000_000,
};

/** Images described by their facts, as the XML of a WIM states them; no file stands behind them. */
export const images = {
  pro11: client,
  home11: { ...client, name: "Windows 11 Home", editionId: "Core" },
  ltsc: { ...client, name: "Windows 11 IoT Enterprise LTSC", editionId: "IoTEnterpriseS" },
  server2025: {
    ...client,
    name: "Windows Server 2025 SERVERSTANDARD",
    editionId: "ServerStandard",
    installationType: "Server",
  },
} as const satisfies Readonly<Record<string, ImageInfo>>;

export interface PlanForOptions {
  /** Facts that differ from `images.pro11`. */
  readonly image?: Partial<ImageInfo>;
  /** "wimlib" unless said otherwise, so that a test plans the same on every system. */
  readonly engine?: EngineChoice;
  /** "applied" unless said otherwise. */
  readonly deployment?: Deployment;
  /** Absent: nothing goes online. */
  readonly device?: ReferenceDevice;
  /** What relative paths of the plugin's options mean; the current folder unless said otherwise. */
  readonly folder?: string;
}

/** Plans a plugin for an image that is described by its facts; reads no image and changes nothing. */
export function planFor(plugin: Plugin, options: PlanForOptions = {}): Promise<Plan> {
  const image = { ...images.pro11, ...options.image };
  const folder = resolve(options.folder ?? ".");
  const engine = options.engine ?? "wimlib";
  const line: Line = {
    line: "test",
    folder,
    image: { file: image.file, index: image.index },
    output: { file: resolve(folder, "out/test.wim"), compress: "keep", images: "all" },
    engine,
    prefer: ["offline", "online", "setup"],
    deployment: options.deployment ?? "applied",
    ...(options.device === undefined ? {} : { device: options.device }),
    plugins: [plugin],
    work: resolve(folder, ".servicing/work"),
    runs: resolve(folder, ".servicing/runs"),
    records: resolve(folder, ".servicing/lines"),
    store: resolve(folder, ".servicing/store"),
  };
  return planImages(line, [image], { engine });
}

/** Every item with its route, one per line: `Add-Driver netkvm.inf → setup`. */
export function summary(plan: Plan): readonly string[] {
  return plan.items.map(
    (item) => `${operationTitle(item.operation)} → ${item.verdict?.strategy ?? "left out"}`,
  );
}
