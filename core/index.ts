/** The public API: the only file of core that plugins import. */
export type * from "./artefact.ts";
export { defineConfig } from "./config.ts";
export type { CallContext, Deployment, Target, Verdict } from "./engine.ts";
export type { DevicePlace, ReferenceDevice } from "./device.ts";
export { qemu, type QemuOptions } from "./devices/qemu.ts";
export { hyperV, type HyperVOptions } from "./devices/hyper-v.ts";
export { physical, type PhysicalOptions } from "./devices/physical.ts";
export { checkDeployment, diskSize, windowsNeeds } from "./disk-size.ts";
export { type DiskSizes, leastForWindows, partitionsOf } from "./formats/disk-layout.ts";
export { partitionCommands } from "./formats/diskpart.ts";
export type { DriverPackage, InboxDrivers } from "./driver-package.ts";
export { chooseDrivers, type ChosenDrivers } from "./driver-choice.ts";
export { startingDrivers, withoutDrivers } from "./driver-conflict.ts";
export {
  driverMark,
  driverTables,
  driverWarnings,
  refuseUnreplaced,
  type DriverChoice,
} from "./planned-drivers.ts";
export type { Device } from "./formats/device.ts";
export { readDevices } from "./formats/device-list.ts";
export { failure, ServicingError } from "./error.ts";
export type { FaultTable } from "./fault-table.ts";
export type { Fault } from "./formats/dism-fault.ts";
export { dismOutput } from "./formats/dism-output.ts";
export type { Event, Report } from "./event.ts";
export { chooseDependencies, runsApps } from "./formats/appx-dependency.ts";
export type { MediaEntry } from "./formats/media.ts";
export type { Media } from "./media.ts";
export { imagePath } from "./formats/image-path.ts";
export type { UnattendRaw } from "./unattend-raw.ts";
export { passes as unattendPasses } from "./formats/unattend-passes.ts";
export { compareVersions } from "./formats/version.ts";
export { compareLevels } from "./formats/windows-build.ts";
export type { Architecture, ImageInfo } from "./image.ts";
export { buildOf, imageTitle, winre } from "./image.ts";
export { wimImage } from "./wim-image.ts";
export { existingInput } from "./inspect/input.ts";
export type { EngineChoice, LineConfig, WorkspaceConfig } from "./line.ts";
export type * from "./operation.ts";
export type { LayeredDriver } from "./windows-operation.ts";
export { checkOptions } from "./options.ts";
export { deploymentDisk, partitionSizes } from "./partition-sizes.ts";
export { type PowerScheme, powerSchemeGuid, powerSchemes } from "./formats/power-scheme.ts";
export type { Table } from "./table.ts";
export type { DriverOptions, LineResult, PhaseBuilder, Plugin, Servicing } from "./plugin.ts";
export type { Item, Plan, Step } from "./step.ts";
export { readUpdates, updateTables } from "./planned-updates.ts";
export { addUpdate, chooseUpdates, refuseOther, type UpdateChoice } from "./update-choice.ts";
export { secret } from "./secret.ts";
export type { Task, TaskFunction, TaskMember } from "./task.ts";
export { parallel, series } from "./task.ts";
