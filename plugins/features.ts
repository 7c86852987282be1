import {
  array,
  boolean,
  check,
  exactOptional,
  minLength,
  optional,
  pipe,
  strictObject,
  string,
  union,
} from "valibot";
import { checkOptions, type PhaseBuilder, type Plugin } from "../core/index.ts";

const name = pipe(string(), minLength(1, "a name is needed"));

const schema = pipe(
  strictObject({
    enable: optional(
      array(
        union([
          name,
          strictObject({
            name,
            package: exactOptional(name),
            all: optional(boolean()),
            limitAccess: optional(boolean()),
          }),
        ]),
      ),
      [],
    ),
    disable: optional(
      array(union([name, strictObject({ name, package: exactOptional(name), remove: optional(boolean()) })])),
      [],
    ),
    capabilities: optional(
      strictObject({ add: optional(array(name), []), remove: optional(array(name), []) }),
      {},
    ),
    source: optional(name),
  }),
  check(({ enable, disable }) => twice(enable, disable) === undefined, "a feature is enabled and disabled"),
  check(
    ({ capabilities: { add, remove } }) => twice(add, remove) === undefined,
    "a capability is added and removed",
  ),
);

type Named = string | { readonly name: string; readonly package?: string };

const nameOf = (one: Named): string => (typeof one === "string" ? one : one.name);

function holder(one: Named): { package?: string } {
  return typeof one === "string" || one.package === undefined ? {} : { package: one.package };
}

function twice(one: readonly Named[], other: readonly Named[]): Named | undefined {
  const names = new Set(one.map((each) => nameOf(each).toLowerCase()));
  return other.find((each) => names.has(nameOf(each).toLowerCase()));
}

export interface FeaturesOptions {
  /**
   * Feature names as DISM lists them. Their parents are enabled too, unless `all` is false. `package` is the identity of the
   * package that holds the feature, where it is not Windows' own or an answer file is to name it; `all` is false then.
   */
  enable?: (string | { name: string; package?: string; all?: boolean; limitAccess?: boolean })[];
  /** `remove` takes the files out as well. */
  disable?: (string | { name: string; package?: string; remove?: boolean })[];
  /** Full names: `OpenSSH.Server~~~~0.0.1.0`. */
  capabilities?: { add?: string[]; remove?: string[] };
  /** A folder such as `sources/sxs` of the media, or a Features on Demand repository; Windows Update is then left out. */
  source?: string;
}

/** Windows features and capabilities ("enable-or-disable-windows-features-using-dism", "features-on-demand-v2--capabilities"). */
export function features(options: FeaturesOptions): Plugin {
  const { enable, disable, capabilities, source } = checkOptions("features", schema, options);
  return {
    name: "features",
    apply(servicing) {
      servicing.hooks.modify.tap("features", (builder) => {
        const from = origin(source, builder);
        for (const one of disable) {
          const remove = typeof one === "object" && one.remove === true;
          const held = holder(one);
          builder.add({ type: "Disable-Feature", feature: nameOf(one), ...held, ...(remove && { remove }) });
        }
        for (const one of enable) {
          const held = holder(one);
          const { all = held.package === undefined, limitAccess = from.limitAccess ?? false } =
            typeof one === "string" ? {} : one;
          builder.add({ type: "Enable-Feature", feature: nameOf(one), ...held, all, ...from, limitAccess });
        }
        for (const capability of capabilities.remove) builder.add({ type: "Remove-Capability", capability });
        for (const capability of capabilities.add) {
          builder.add({ type: "Add-Capability", capability, ...from });
        }
      });
    },
  };
}

function origin(source: string | undefined, builder: PhaseBuilder): { source?: string; limitAccess?: true } {
  return source === undefined ? {} : { source: builder.resolve(source), limitAccess: true };
}
