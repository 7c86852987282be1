import {
  array,
  bigint,
  boolean,
  check,
  exactOptional,
  integer,
  literal,
  maxValue,
  minValue,
  nonEmpty,
  null_,
  nullable,
  number,
  optional,
  pipe,
  picklist,
  record,
  regex,
  strictObject,
  string,
  transform,
  union,
  variant,
} from "valibot";
import {
  checkOptions,
  type Operation,
  type Plugin,
  type PowerScheme,
  powerSchemeGuid,
  type RegistryValue,
} from "../core/index.ts";
import { addProvisioning, importAssociations } from "./settings/imported.ts";

const dword = pipe(
  number(),
  integer("a number must be whole"),
  minValue(0, "a DWORD is at least 0"),
  maxValue(0xff_ff_ff_ff, "a DWORD is at most 4294967295; write 5n for a QWORD"),
);

const qword = pipe(
  bigint(),
  minValue(0n, "a QWORD is at least 0"),
  maxValue(0xff_ff_ff_ff_ff_ff_ff_ffn, "a QWORD has 64 bits"),
);

const hex = pipe(string(), regex(/^(?:[0-9a-f]{2})*$/i, "bytes are written as pairs of hexadecimal digits"));

const typed = variant("type", [
  strictObject({ type: picklist(["REG_SZ", "REG_EXPAND_SZ"]), data: string() }),
  strictObject({ type: literal("REG_DWORD"), data: dword }),
  strictObject({
    type: literal("REG_QWORD"),
    data: union([
      pipe(qword, transform(String)),
      pipe(number(), integer(), minValue(0), maxValue(Number.MAX_SAFE_INTEGER)),
      pipe(string(), regex(/^\d{1,20}$/, "a QWORD is a whole number")),
    ]),
  }),
  strictObject({ type: literal("REG_MULTI_SZ"), data: array(string()) }),
  strictObject({ type: picklist(["REG_BINARY", "REG_NONE"]), data: hex }),
]);

const value = union(
  [string(), dword, boolean(), qword, array(string()), null_(), typed],
  "a value is a text, a number, a boolean, a bigint, a list of texts, null, or { type, data }",
);

const key = pipe(
  string(),
  regex(
    /^(?:HKLM|HKU|HKCU|HKEY_LOCAL_MACHINE|HKEY_USERS|HKEY_CURRENT_USER)\\[^\\]/i,
    "a key begins with HKLM\\, HKU\\ or HKCU\\",
  ),
);

const hostPath = pipe(string(), nonEmpty("must not be empty"));

const schema = strictObject({
  registry: optional(record(key, nullable(record(string(), value))), {}),
  associations: optional(nullable(hostPath)),
  provisioning: optional(
    array(
      union(
        [hostPath, strictObject({ package: hostPath, catalog: exactOptional(hostPath) })],
        "a .ppkg, or { package, catalog }",
      ),
    ),
    [],
  ),
  reservedStorage: optional(boolean()),
  powerScheme: optional(
    pipe(
      string(),
      check(
        (scheme) => powerSchemeGuid(scheme) !== undefined,
        'it is "balanced", "highPerformance", "powerSaver", or the GUID of a scheme',
      ),
    ),
  ),
});

export type RegistrySetting = string | number | boolean | bigint | string[] | null | RegistryValue;

export interface SettingsOptions {
  /**
   * Key → name → value: a text is a REG_SZ, a number or boolean a REG_DWORD, a bigint a REG_QWORD, a list of texts a
   * REG_MULTI_SZ; null deletes the value, or the whole key. The default value is named "". HKCU is the default user.
   */
  registry?: Record<string, Record<string, RegistrySetting> | null>;
  /** An .xml of what opens which files, for users who are new; null takes out what was imported before. */
  associations?: string | null;
  /** Provisioning packages (.ppkg), where they have one with their catalogue file. */
  provisioning?: (string | { package: string; catalog?: string })[];
  /** Whether Windows keeps space of the disk for its updates. */
  reservedStorage?: boolean;
  /** The active power scheme; another one than these by its GUID, as `powercfg /list` has it. */
  powerScheme?: PowerScheme | (string & {});
}

/**
 * Settings of the registry, and what has a verb of its own in DISM
 * ("dism-default-application-association-servicing-command-line-options", "dism-provisioning-package-command-line-options",
 * "dism-storage-reserve").
 */
export function settings(options: SettingsOptions): Plugin {
  const wanted = checkOptions("settings", schema, options);
  return {
    name: "settings",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("settings", async (builder) => {
        for (const [name, values] of Object.entries(wanted.registry)) {
          if (values === null) builder.add({ type: "Set-Registry", key: name });
          for (const [of, one] of Object.entries(values ?? {})) builder.add(operation(name, of, one));
        }
        const { associations, powerScheme, reservedStorage } = wanted;
        if (associations === null) builder.add({ type: "Remove-DefaultAppAssociations" });
        else if (associations !== undefined) builder.add(await importAssociations(associations, builder));
        for (const each of wanted.provisioning) builder.add(await addProvisioning(each, builder));
        if (reservedStorage !== undefined)
          builder.add({ type: "Set-ReservedStorageState", enabled: reservedStorage });
        if (powerScheme !== undefined) builder.add({ type: "Set-PowerScheme", scheme: powerScheme });
      });
    },
  };
}

function operation(path: string, name: string, one: RegistrySetting): Operation<"Set-Registry"> {
  const base = { type: "Set-Registry", key: path, name } as const;
  return one === null ? base : { ...base, value: registryValue(one) };
}

function registryValue(one: Exclude<RegistrySetting, null>): RegistryValue {
  if (Array.isArray(one)) return { type: "REG_MULTI_SZ", data: one };
  switch (typeof one) {
    case "string":
      return { type: "REG_SZ", data: one };
    case "number":
    case "boolean":
      return { type: "REG_DWORD", data: Number(one) };
    case "bigint":
      return { type: "REG_QWORD", data: String(one) };
    default:
      return one;
  }
}
