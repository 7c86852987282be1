/** The public API: the only file of core that plugins import. */
export type * from "./artefact.ts";
export { defineConfig } from "./config.ts";
export type { CallContext, Deployment, Target, Verdict } from "./engine.ts";
export type { DriverPackage, InboxDrivers } from "./driver-package.ts";
export { chooseDrivers, type ChosenDrivers } from "./driver-choice.ts";
export { withoutDrivers } from "./driver-conflict.ts";
export { driverMark, driverTables, driverWarnings, type DriverChoice } from "./planned-drivers.ts";
export type { Device } from "./formats/device.ts";
export { readDevices } from "./formats/device-list.ts";
export { failure, ServicingError } from "./error.ts";
export type { Event, Report } from "./event.ts";
export { chooseDependencies, runsApps } from "./formats/appx-dependency.ts";
export { fat32Fault } from "./formats/fat32.ts";
export {
  architecturesOf,
  bootImages,
  isInstallImage,
  isoNameFault,
  labelFault,
  type MediaEntry,
} from "./formats/media.ts";
export type { Media } from "./media.ts";
export { imagePath } from "./formats/image-path.ts";
export { passes as unattendPasses } from "./formats/unattend-passes.ts";
export { compareVersions } from "./formats/version.ts";
export type { Architecture, ImageInfo } from "./image.ts";
export { buildOf, imageTitle, winre } from "./image.ts";
export { existingInput } from "./inspect/input.ts";
export type { EngineChoice, LineConfig, WorkspaceConfig } from "./line.ts";
export type * from "./operation.ts";
export { checkOptions } from "./options.ts";
export type { Table } from "./table.ts";
export type { DriverOptions, PhaseBuilder, Plugin, Servicing } from "./plugin.ts";
export type { Item, Plan, Step } from "./step.ts";
export { packageStage } from "./servicing-order.ts";
export { secret } from "./secret.ts";
export type { Task, TaskFunction, TaskMember } from "./task.ts";
export { parallel, series } from "./task.ts";
