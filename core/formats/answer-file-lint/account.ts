import { elements } from "../answer-file-tree.ts";
import { settingsBelow } from "../unattend-passes.ts";
import { booleanOf, type LintDocument, type PlacedSetting, type Report, type Rule } from "./document.ts";

const shell = "Microsoft-Windows-Shell-Setup";

/** The passwords that can be hidden, and what is put behind each before it is encoded. */
const passwords: readonly (readonly [path: string, suffixes: readonly string[]])[] = [
  ["AutoLogon/Password", ["Password"]],
  ["UserAccounts/AdministratorPassword", ["AdministratorPassword"]],
  ["UserAccounts/LocalAccounts/LocalAccount/Password", ["Password"]],
  // Microsoft's sample of this one has the suffix of the other; which is right was not seen.
  [
    "OfflineUserAccounts/OfflineAdministratorPassword",
    ["OfflineAdministratorPassword", "AdministratorPassword"],
  ],
];

/** Passwords that anybody can read, and hidden ones that Windows cannot. */
export const passwordRule: Rule = (document, report) => {
  for (const [path, suffixes] of passwords) {
    for (const setting of document.at(shell, path)) checkPassword(document, setting, suffixes, report);
  }
};

/** Text where the reference has a Value and a PlainText. */
export const passwordTextRule: Rule = (document, report) => {
  for (const { component, path, element } of document.settings) {
    if (!element.name.endsWith("Password") || !document.valueOf(element)) continue;
    if (settingsBelow(component.name, path).includes("Value")) {
      report("password-text", element, `${path.join("/")} holds text itself`);
    }
  }
};

function checkPassword(
  document: LintDocument,
  { element, path }: PlacedSetting,
  suffixes: readonly string[],
  report: Report,
): void {
  const [holder] = elements(element, "Value");
  const value = holder && document.valueOf(holder);
  if (holder === undefined || value === undefined || value === "") return;
  const hidden = booleanOf(document.valueAt(element, "PlainText")) === false;
  if (!hidden) {
    report("password-plain", holder, `${path.join("/")} stands there as it is`);
    return;
  }
  const fault = encodingFault(value, suffixes);
  if (fault !== undefined) report("password-encoding", holder, `${path.join("/")} ${fault}`);
}

function encodingFault(text: string, suffixes: readonly string[]): string | undefined {
  const bare = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) return "is not Base64";
  if (bare.length % 4 !== 0) return "lacks the padding of Base64";
  const bytes = Buffer.from(bare, "base64");
  if (bytes.length % 2 !== 0) return "is not Base64 of UTF-16";
  const password = bytes.toString("utf16le");
  if (suffixes.some((suffix) => password.endsWith(suffix))) return undefined;
  return `does not end with ${suffixes[0]} when it is decoded`;
}

/** What automatic logon needs besides being enabled. */
export const autoLogonRule: Rule = (document, report) => {
  for (const { element, component } of document.at(shell, "AutoLogon")) {
    if (booleanOf(document.valueAt(element, "Enabled")) !== true) continue;
    const missing = ["Username", "LogonCount"].filter((name) => elements(element, name).length === 0);
    const hasPassword = document
      .at(shell, "UserAccounts/AdministratorPassword")
      .some((one) => one.component === component);
    if (component.pass === "auditSystem" && !hasPassword) {
      missing.push("UserAccounts/AdministratorPassword beside it");
    }
    if (missing.length > 0)
      report("autologon-incomplete", element, `AutoLogon has no ${missing.join(" and no ")}`);
  }
};
