import {
  array,
  boolean,
  check,
  exactOptional,
  type InferOutput,
  integer,
  maxValue,
  minValue,
  nonEmpty,
  number,
  optional,
  picklist,
  pipe,
  regex,
  strictObject,
  string,
} from "valibot";
import { existingInput, type Operation, type PhaseBuilder } from "../../core/index.ts";

const exitCodes = pipe(
  array(pipe(number(), integer("must be whole numbers"))),
  nonEmpty("must not be empty"),
);

/** How it is known that it is installed. */
const detection = pipe(
  strictObject({
    file: exactOptional(
      pipe(string(), regex(/^\\[^"<>|*?\r\n]+$/, "must be a path of the image, from a backslash")),
    ),
    registry: exactOptional(
      strictObject({
        key: pipe(
          string(),
          regex(
            /^HK(?:LM|CU|CR|U|CC)\\[^"\r\n]+$/i,
            "must be a key of the registry, as HKLM\\SOFTWARE\\Contoso",
          ),
        ),
        name: exactOptional(string()),
        data: exactOptional(
          pipe(
            string(),
            regex(
              /^(?![ \t])[^"^!\r\n]+(?<![ \t])$/,
              'must be a text without any of " ^ ! and without a blank at an end',
            ),
          ),
        ),
      }),
    ),
    product: exactOptional(
      pipe(
        string(),
        regex(
          /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i,
          "must be a product code, as {01234567-89AB-CDEF-0123-456789ABCDEF}",
        ),
      ),
    ),
  }),
  check(
    (all) => Object.values(all).some((one) => one !== undefined),
    "must name a file, a key of the registry or a product",
  ),
);

/** An installer that runs inside Windows. */
export const installed = strictObject({
  file: pipe(string(), nonEmpty("must not be empty")),
  arguments: optional(array(string()), []),
  success: optional(exitCodes),
  again: optional(exitCodes),
  check: optional(detection),
  minutes: optional(
    pipe(
      number(),
      integer("must be whole minutes"),
      minValue(1, "must be a minute at least"),
      maxValue(1440, "must be a day at most"),
    ),
  ),
  mayFail: optional(boolean("must be true or false")),
  when: optional(picklist(["specialize", "setupComplete", "firstLogon"])),
});

type Installed = Partial<InferOutput<typeof installed>> & { readonly file: string };

export async function runInstaller(
  app: Installed,
  builder: PhaseBuilder,
): Promise<Operation<"Run-Installer">> {
  const { success, again, check: found, minutes, mayFail, when } = app;
  return {
    type: "Run-Installer",
    file: await existingInput(builder.resolve(app.file), "an installer"),
    arguments: app.arguments ?? [],
    ...(success && { success }),
    ...(again && { again }),
    ...(found && { check: found }),
    ...(minutes !== undefined && { minutes }),
    ...(mayFail && { mayFail }),
    ...(when && { when }),
  };
}
