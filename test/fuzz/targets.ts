import { answerFiles } from "./targets/answer-file.ts";
import { apps } from "./targets/app.ts";
import { deviceResults } from "./targets/device-result.ts";
import { deviceLists } from "./targets/device-list.ts";
import { signatures } from "./targets/catalog.ts";
import { drivers } from "./targets/driver.ts";
import { hives } from "./targets/hive.ts";
import { inspection } from "./targets/inspect.ts";
import { media } from "./targets/media.ts";
import { packages } from "./targets/package.ts";
import { texts } from "./targets/text.ts";
import { toolOutput } from "./targets/tool-output.ts";
import { wims } from "./targets/wim.ts";
import { wimTables } from "./targets/wim-tables.ts";
import type { Target } from "./target.ts";

/** Every reader of data from outside. A new reader is added here. */
export const targets: readonly Target[] = [
  ...wims,
  ...wimTables,
  ...hives,
  ...drivers,
  ...deviceLists,
  ...deviceResults,
  ...signatures,
  ...packages,
  ...apps,
  ...answerFiles,
  ...texts,
  ...toolOutput,
  ...inspection,
  ...media,
];
