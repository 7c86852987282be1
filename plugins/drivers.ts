import { array, boolean, optional, strictObject, string, union, type InferInput } from "valibot";
import {
  checkOptions,
  failure,
  imageTitle,
  ServicingError,
  type DriverArtefact,
  type Operation,
  type PhaseBuilder,
  type Plugin,
} from "../core/index.ts";

const schema = strictObject({
  from: union([string(), array(string())]),
  strict: optional(boolean(), false),
  forceUnsigned: optional(boolean()),
});

export interface DriversOptions extends InferInput<typeof schema> {
  /** Folders, globs or INF files. */
  readonly from: string | string[];
  /** A driver that cannot be added ends the plan; otherwise it is left out, and the plan says so. */
  readonly strict?: boolean | undefined;
  /** Adds drivers without a valid signature to 64-bit images as well. */
  readonly forceUnsigned?: boolean | undefined;
}

/** Adds every driver that it finds and that fits the image, one INF at a time. */
export function drivers(options: DriversOptions): Plugin {
  const { from, strict, forceUnsigned } = checkOptions("drivers", schema, options);
  return {
    name: "drivers",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("drivers", async (builder) => {
        const unsigned: string[] = [];
        for (const inf of await builder.find(from, "the INF of a driver", ["inf"])) {
          try {
            const driver = await readDriver(inf, builder);
            if (driver.catalog === "" && forceUnsigned !== true) unsigned.push(inf);
            const missing = driver.missingFiles ?? [];
            if (missing.length > 0) {
              builder.warn(
                `${inf} names ${missing.join(", ")}, which ${missing.length === 1 ? "is" : "are"} not beside it`,
              );
            }
            builder.add(addDriver(driver, forceUnsigned));
          } catch (error) {
            if (strict || !(error instanceof ServicingError) || !leftOut.has(error.code)) throw error;
            builder.warn(`not added: ${error.message}`);
          }
        }
        if (unsigned.length > 0) builder.warn(unsignedText(unsigned));
      });
    },
  };
}

/** Driver folders often hold dozens of these: one sentence for all. */
function unsignedText(infs: readonly string[]): string {
  const named = infs.slice(0, 5).join(", ") + (infs.length > 5 ? ` and ${infs.length - 5} more` : "");
  return infs.length === 1
    ? `${named} names no catalogue: Windows treats it as unsigned`
    : `${infs.length} drivers name no catalogue: Windows treats them as unsigned: ${named}`;
}

const leftOut: ReadonlySet<string> = new Set(["SERVICING_INPUT_UNREADABLE", "SERVICING_INPUT_ARCHITECTURE"]);

async function readDriver(inf: string, builder: PhaseBuilder): Promise<DriverArtefact> {
  const driver = await builder.inspect(inf);
  if (driver.kind !== "driver") {
    throw failure("SERVICING_INPUT_UNREADABLE", { path: inf, reason: `it is no driver but: ${driver.kind}` });
  }
  const wanted = builder.image.architecture;
  if (wanted !== "unknown" && !driver.architectures.includes(wanted)) {
    throw failure("SERVICING_INPUT_ARCHITECTURE", {
      path: inf,
      architectures: driver.architectures,
      image: imageTitle(builder.image),
      wanted,
    });
  }
  return driver;
}

function addDriver(driver: DriverArtefact, forceUnsigned: boolean | undefined): Operation<"Add-Driver"> {
  const name = driver.file.split(/[\\/]/).at(-1);
  const facts = [driver.provider, driver.className, driver.version].filter((fact) => fact !== "");
  return {
    type: "Add-Driver",
    driver: driver.file,
    title: `${name}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`,
    ...(forceUnsigned === undefined ? {} : { forceUnsigned }),
    ...(driver.coInstallers
      ? { refuse: { offline: "has co-installers, which run only inside Windows" } }
      : {}),
  };
}
