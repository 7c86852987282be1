import { exactOptional, lazy, pipe, regex, strictObject, string } from "valibot";
import type { Secret } from "../../core/index.ts";
import { optionalFlag, optionalText, secretText, text, whole } from "./entry.ts";
import { set, type Settings } from "./setting.ts";

const online = strictObject({
  name: text,
  username: optionalText,
  password: exactOptional(secretText),
  accountDomain: optionalText,
  ou: optionalText,
  timeout: exactOptional(whole(5, 60)),
  unsecure: optionalFlag,
  machinePassword: exactOptional(secretText),
});

const offline = strictObject({ blob: secretText });

const isOffline = (input: unknown) => typeof input === "object" && input !== null && "blob" in input;

export const domainEntries = {
  domain: exactOptional(lazy((input) => (isOffline(input) ? offline : online))),
  workgroup: exactOptional(
    pipe(string(), regex(/^[^\s"/\\[\]:|<>+=;,?*]{1,15}$/, "a workgroup has at most 15 letters and digits")),
  ),
};

export interface DomainOptions {
  /**
   * Joins a domain: with an account that may, whose password stands readable in the answer file; or with the `blob` that
   * `djoin /provision` made for the computer.
   */
  domain?:
    | {
        name: string;
        /** `joiner`, `CONTOSO\\joiner` or `joiner@contoso.com`. */
        username?: string;
        password?: string | Secret;
        /** Of the account; the domain itself unless given. */
        accountDomain?: string;
        /** Where the computer's account is put: `OU=Office,DC=contoso,DC=com`. */
        ou?: string;
        /** Minutes. */
        timeout?: number;
        /** Without an account, by the password of the computer's own. */
        unsecure?: boolean;
        machinePassword?: string | Secret;
      }
    | { blob: string | Secret; name?: never };
  workgroup?: string;
}

/** Source: microsoft-windows-unattendedjoin-identification. */
export function domainSettings({ domain, workgroup }: DomainOptions): Settings {
  return set("specialize", "Microsoft-Windows-UnattendedJoin", {
    "Identification/JoinWorkgroup": workgroup,
    ...(domain === undefined ? {} : joining(domain)),
  });
}

function joining(domain: NonNullable<DomainOptions["domain"]>) {
  if ("blob" in domain) return { "Identification/Provisioning/AccountData": domain.blob };
  const { username } = domain;
  // A name that holds its domain must not stand beside another.
  const bare = username !== undefined && !/[@\\]/.test(username);
  return {
    "Identification/Credentials/Domain": bare ? (domain.accountDomain ?? domain.name) : undefined,
    "Identification/Credentials/Username": username,
    "Identification/Credentials/Password": domain.password,
    "Identification/JoinDomain": domain.name,
    "Identification/MachineObjectOU": domain.ou,
    "Identification/TimeoutPeriodInMinutes": domain.timeout,
    "Identification/UnsecureJoin": domain.unsecure,
    "Identification/MachinePassword": domain.machinePassword,
  };
}
