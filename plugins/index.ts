/** What `import … from "servicing"` gives: the public API and every plugin that comes with it. */
export * from "../core/index.ts";
export { apps } from "./apps.ts";
export { disk } from "./disk.ts";
export { drivers } from "./drivers.ts";
export { features } from "./features.ts";
export { files } from "./files.ts";
export { health } from "./health.ts";
export { languages } from "./languages.ts";
export { media } from "./media.ts";
export { settings } from "./settings.ts";
export { unattend } from "./unattend.ts";
export { updates } from "./updates.ts";
export { winpe } from "./winpe.ts";
