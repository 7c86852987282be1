import {
  boolean,
  check,
  exactOptional,
  forward,
  number,
  picklist,
  pipe,
  record,
  strictObject,
  string,
  union,
} from "valibot";
import {
  type PhaseBuilder,
  type Secret,
  type UnattendRaw,
  type UnattendPass,
  checkOptions,
  unattendPasses,
} from "../../core/index.ts";
import { accountEntries, accountSettings, type AccountOptions } from "./accounts.ts";
import { auditEntries, auditSettings, type AuditOptions } from "./audit.ts";
import { commandEntries, commandSettings, type CommandOptions } from "./commands.ts";
import { computerEntries, computerSettings, type ComputerOptions } from "./computer.ts";
import { desktopEntries, desktopSettings, type DesktopOptions } from "./desktop.ts";
import { diskEntries, diskSettings, type DiskOptions } from "./disk.ts";
import { domainEntries, domainSettings, type DomainOptions } from "./domain.ts";
import { hidden, optionalText, text } from "./entry.ts";
import { languageEntries, languageSettings, type LanguageOptions } from "./language.ts";
import { networkEntries, networkSettings, type NetworkOptions } from "./network.ts";
import { oobeEntries, oobeSettings, type OobeOptions } from "./oobe.ts";
import { securityEntries, securitySettings, type SecurityOptions } from "./security.ts";
import { set, type Settings } from "./setting.ts";

const raw = exactOptional(
  record(
    picklist(unattendPasses),
    record(text, record(text, union([string(), number(), boolean(), hidden]))),
  ),
);

const schema = pipe(
  strictObject({
    answerFile: optionalText,
    ...languageEntries,
    ...computerEntries,
    ...accountEntries,
    ...oobeEntries,
    ...diskEntries,
    ...networkEntries,
    ...domainEntries,
    ...commandEntries,
    ...auditEntries,
    ...securityEntries,
    ...desktopEntries,
    raw,
    unlisted: raw,
  }),
  // "microsoft-windows-unattendedjoin-identification-joinworkgroup"
  forward(
    check(
      ({ domain, workgroup }) => domain === undefined || workgroup === undefined,
      "Windows ignores a workgroup beside a domain: keep one of the two",
    ),
    ["workgroup"],
  ),
);

type Value = string | number | boolean | Secret;

export interface UnattendOptions
  extends
    LanguageOptions,
    ComputerOptions,
    AccountOptions,
    OobeOptions,
    DiskOptions,
    NetworkOptions,
    DomainOptions,
    CommandOptions,
    AuditOptions,
    SecurityOptions,
    DesktopOptions {
  /** An answer file of yours, to which everything else is added; what is set here wins over it. */
  answerFile?: string;
  /** Pass → component → path → value, for anything else: `{ specialize: { "Microsoft-Windows-…": { "A/B": true } } }`. */
  raw?: UnattendRaw;
  /** The same for components that the Unattended Windows Setup Reference does not list. */
  unlisted?: Partial<Record<UnattendPass, Record<string, Record<string, Value>>>>;
}

/** @throws SERVICING_PLUGIN_OPTIONS */
export function checked(options: unknown): UnattendOptions {
  const { raw: listed, ...rest } = checkOptions("unattend", schema, options);
  return listed === undefined ? rest : { ...rest, raw: listed as UnattendRaw };
}

/** The settings, topic by topic; a topic that nothing is asked of is empty. */
export function topics(
  options: UnattendOptions,
  builder: Pick<PhaseBuilder, "deployment" | "image">,
): readonly Settings[] {
  return [
    languageSettings(options, builder),
    computerSettings(options),
    accountSettings(options),
    oobeSettings(options),
    diskSettings(options),
    networkSettings(options),
    domainSettings(options),
    commandSettings(options),
    auditSettings(options),
    securitySettings(options),
    desktopSettings(options),
    rawSettings(options.raw),
    rawSettings(options.unlisted),
  ];
}

function rawSettings(given: UnattendRaw | UnattendOptions["unlisted"]): Settings {
  const all: NonNullable<UnattendOptions["unlisted"]> = given ?? {};
  return Object.entries(all).flatMap(([pass, components]) =>
    Object.entries(components).flatMap(([component, values]) => set(pass as UnattendPass, component, values)),
  );
}
