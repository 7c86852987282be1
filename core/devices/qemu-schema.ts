import {
  array,
  boolean,
  integer,
  minValue,
  nonEmpty,
  number,
  optional,
  picklist,
  pipe,
  strictObject,
  string,
} from "valibot";
import { deadlinesSchema } from "./deadlines.ts";
import { partitionSizes } from "../partition-sizes.ts";
import { memorySchema } from "./memory.ts";

const whole = pipe(number(), integer());
const positive = pipe(number(), integer(), minValue(1, "must be 1 or more"));
const path = pipe(string(), nonEmpty("must not be empty"));

export const qemuSchema = strictObject({
  memory: optional(memorySchema),
  cpus: optional(positive),
  size: optional(whole),
  sizes: optional(partitionSizes),
  firmware: optional(strictObject({ code: path, variables: path })),
  tpm: optional(boolean()),
  accelerator: optional(picklist(["auto", "kvm", "tcg"])),
  winpe: optional(path),
  deadlines: optional(deadlinesSchema),
  arguments: optional(array(string())),
});
