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
export { chooseDependencies, runsApps } from "./formats/appx-dependency.ts";
export { imagePath } from "./formats/image-path.ts";
export { compareVersions } from "./formats/version.ts";
export type { Architecture, ImageInfo } from "./image.ts";
export { buildOf, imageTitle } from "./image.ts";
export { existing } from "./inspect/file.ts";
export type { LineConfig, WorkspaceConfig } from "./line.ts";
export type * from "./operation.ts";
export { checkOptions } from "./options.ts";
export type { PhaseBuilder, Plugin, Servicing } from "./plugin.ts";
export type { Item, Plan, Step } from "./step.ts";
export { packageStage } from "./servicing-order.ts";
export { secret } from "./secret.ts";
export type { Task, TaskFunction, TaskMember } from "./task.ts";
export { parallel, series } from "./task.ts";
