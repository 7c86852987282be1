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
  regex,
  strictObject,
  string,
  union,
} from "valibot";
import { deadlinesSchema } from "./deadlines.ts";

const whole = pipe(number(), integer());
const positive = pipe(number(), integer(), minValue(1, "must be 1 or more"));
const path = pipe(string(), nonEmpty("must not be empty"));

const memory = 'must be a number of MiB, or a text as "8 GiB"';

export const qemuSchema = strictObject({
  memory: optional(union([positive, pipe(string(), regex(/^[1-9]\d{0,6} ?(?:GiB|MiB)$/, memory))], memory)),
  cpus: optional(positive),
  size: optional(whole),
  sizes: optional(
    strictObject({
      system: optional(whole),
      msr: optional(whole),
      windows: optional(whole),
      recovery: optional(whole),
    }),
  ),
  firmware: optional(strictObject({ code: path, variables: path })),
  tpm: optional(boolean()),
  accelerator: optional(picklist(["auto", "kvm", "tcg"])),
  winpe: optional(path),
  deadlines: optional(deadlinesSchema),
  arguments: optional(array(string())),
});
