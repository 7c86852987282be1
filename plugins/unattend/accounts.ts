import { array, exactOptional, pipe, strictObject } from "valibot";
import type { Secret } from "../../core/index.ts";
import { accountName, distinct, optionalText, secretText, text, whole } from "./entry.ts";
import { below, set, type Settings, shell } from "./setting.ts";

export const accountEntries = {
  administratorPassword: exactOptional(secretText),
  accounts: exactOptional(
    pipe(
      array(
        strictObject({
          name: accountName,
          password: exactOptional(secretText),
          group: optionalText,
          displayName: optionalText,
          description: optionalText,
        }),
      ),
      distinct(({ name }) => name, "two accounts have one name"),
    ),
  ),
  domainAccounts: exactOptional(
    pipe(
      array(strictObject({ domain: text, name: text, group: text })),
      distinct(({ domain, name }) => `${domain}\\${name}`, "two accounts of a domain have one name"),
    ),
  ),
  autoLogon: exactOptional(
    strictObject({
      username: text,
      password: exactOptional(secretText),
      domain: optionalText,
      count: exactOptional(whole(1, 999)),
    }),
  ),
};

export interface AccountOptions {
  /** Of the built-in Administrator. */
  administratorPassword?: string | Secret;
  /** `group` is "Users" unless given; several are separated by semicolons. */
  accounts?: {
    name: string;
    password?: string | Secret;
    group?: string;
    displayName?: string;
    description?: string;
  }[];
  /** Accounts and groups of a domain that become members of local groups. */
  domainAccounts?: { domain: string; name: string; group: string }[];
  /** `count` logons, one unless given. */
  autoLogon?: { username: string; password?: string | Secret; domain?: string; count?: number };
}

/** Sources: microsoft-windows-shell-setup-useraccounts, …-autologon. */
export function accountSettings(options: AccountOptions): Settings {
  const { autoLogon, accounts = [], domainAccounts = [] } = options;
  return [
    ...set("oobeSystem", shell, {
      "UserAccounts/AdministratorPassword/Value": options.administratorPassword,
    }),
    ...accounts.flatMap((one) => {
      const at = below("oobeSystem", shell, ["UserAccounts", "LocalAccounts", `LocalAccount[${one.name}]`]);
      return [
        ...at("Name", one.name),
        ...at("Group", one.group ?? "Users"),
        ...at("DisplayName", one.displayName),
        ...at("Description", one.description),
        ...at("Password/Value", one.password),
      ];
    }),
    ...domainAccounts.flatMap(({ domain, name, group }) => {
      const list = `DomainAccountList[${domain}]`;
      const at = below("oobeSystem", shell, [
        "UserAccounts",
        "DomainAccounts",
        list,
        `DomainAccount[${name}]`,
      ]);
      return [...at("Name", name), ...at("Group", group)];
    }),
    ...(autoLogon === undefined
      ? []
      : set("oobeSystem", shell, {
          "AutoLogon/Enabled": true,
          "AutoLogon/LogonCount": autoLogon.count ?? 1,
          "AutoLogon/Username": autoLogon.username,
          "AutoLogon/Domain": autoLogon.domain,
          "AutoLogon/Password/Value": autoLogon.password,
        })),
  ];
}
