/** The public API: the only file of core that plugins import. */
export type * from "./artefact.ts";
export { defineConfig } from "./config.ts";
export type {
  CallContext,
  Contribution,
  Deployment,
  DeviceCommand,
  Engine,
  Target,
  Verdict,
} from "./engine.ts";
export { failure, ServicingError } from "./error.ts";
export type { Event, Report } from "./event.ts";
export type { Architecture, ImageInfo } from "./image.ts";
export { buildOf } from "./image.ts";
export type { LineConfig, WorkspaceConfig } from "./line.ts";
export type * from "./operation.ts";
export type { PhaseBuilder, Plugin, Servicing } from "./plugin.ts";
export type { Item, Plan, Step } from "./step.ts";
export type { Task, TaskFunction, TaskMember } from "./task.ts";
export { parallel, series } from "./task.ts";
