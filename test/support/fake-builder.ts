import { resolve } from "node:path";
import { AsyncSeriesHook } from "tapable";
import type { Artefact } from "../../core/artefact.ts";
import type { Deployment } from "../../core/engine.ts";
import type { ImageInfo } from "../../core/image.ts";
import { type InboxDrivers, noInboxDrivers } from "../../core/driver-package.ts";
import { image as pro } from "./operations.ts";
import { inputFiles } from "../../core/input-files.ts";
import type { Operation } from "../../core/operation.ts";
import type { PhaseBuilder, Plugin, Servicing } from "../../core/plugin.ts";

export const image: ImageInfo = { ...pro, file: "/images/install.wim" };

/** What a plugin asks for in the modify phase. Artefacts are given by path, files are found on disk. */
export async function modify(
  plugin: Plugin,
  given: {
    readonly folder: string;
    readonly inspect: (path: string) => Promise<Artefact>;
    readonly driver?: PhaseBuilder["driver"];
    readonly image?: Partial<ImageInfo>;
    readonly inbox?: Partial<InboxDrivers>;
    readonly engine?: string;
    readonly deployment?: Deployment;
  },
): Promise<{
  readonly operations: readonly Operation[];
  readonly warnings: readonly string[];
}> {
  const hook = new AsyncSeriesHook<[PhaseBuilder]>(["builder"]);
  plugin.apply({
    line: "test",
    hooks: { modify: hook, plan: { tap: () => undefined } },
  } as unknown as Servicing);
  const operations: Operation[] = [];
  const warnings: string[] = [];
  await hook.promise({
    phase: "modify",
    image: { ...image, ...given.image },
    engine: given.engine ?? "wimlib",
    deployment: given.deployment ?? "applied",
    result: { kind: "wim", file: resolve(given.folder, "out/test.wim"), index: 1 },
    add: (...added) => void operations.push(...added),
    asked: operations,
    call: () => assertNever(),
    warn: (text) => void warnings.push(text),
    resolve: (path) => resolve(given.folder, path),
    find: (patterns, wanted, extensions) => inputFiles(given.folder, patterns, wanted, extensions),
    inspect: given.inspect,
    bootWim: () => Promise.reject(new Error("no media are read here")),
    media: () => Promise.reject(new Error("no media are read here")),
    driver: given.driver ?? (() => Promise.reject(new Error("no driver is read here"))),
    inbox: () => Promise.resolve({ ...noInboxDrivers, ...given.inbox }),
  });
  return { operations, warnings };
}

function assertNever(): never {
  throw new Error("no plugin of these calls code at run time");
}
