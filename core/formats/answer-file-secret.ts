import { failure } from "../error.ts";
import type { Asked } from "./answer-file-setting.ts";
import { escapeText, unwritable } from "./answer-file-tree.ts";

/** A text that stands for a secret until the file is written. */
export interface Placeholder {
  readonly placeholder: string;
  readonly secret: string;
  readonly hiddenAs?: string;
}

/**
 * The documented hiding of passwords in answer files ("Hide sensitive data in an answer file") is Base64 of UTF-16LE of
 * the password and the name of its element, with PlainText false. It is no encryption, and product keys and domain
 * passwords are not among the settings that can be hidden.
 */
export function hiddenAs(component: string, names: readonly string[]): string | undefined {
  if (component !== "Microsoft-Windows-Shell-Setup" || names.at(-1) !== "Value") return undefined;
  const [holder = "", password = ""] = names.slice(-3);
  if (password === "AdministratorPassword" && holder === "UserAccounts") return password;
  return password === "Password" && ["AutoLogon", "LocalAccount"].includes(holder) ? password : undefined;
}

function hide(password: string, suffix: string): string {
  return Buffer.from(password + suffix, "utf16le").toString("base64");
}

/** The texts that settings become, with placeholders that occur in none of the given texts. */
export function valueWriter(others: readonly string[]): {
  readonly placeholders: Placeholder[];
  write(setting: Asked, suffix: string | undefined): string;
} {
  let mark = "@secret";
  while (others.some((text) => text.includes(mark))) mark = `@${mark}`;
  const placeholders: Placeholder[] = [];
  const write = ({ value }: Asked, suffix: string | undefined) => {
    if (typeof value !== "object") return suffix === undefined ? String(value) : hide(String(value), suffix);
    const known = placeholders.find((one) => one.secret === value.secret && one.hiddenAs === suffix);
    if (known !== undefined) return known.placeholder;
    const placeholder = `${mark}:${placeholders.length + 1}@`;
    placeholders.push({
      placeholder,
      secret: value.secret,
      ...(suffix === undefined ? {} : { hiddenAs: suffix }),
    });
    return placeholder;
  };
  return { placeholders, write };
}

/**
 * Puts the secrets in place, for the moment of writing. Text that a secret brings along is not searched again.
 * @throws SERVICING_SECRET_MISSING, and SERVICING_SETTING_VALUE without the value for what XML cannot hold.
 */
export function fillSecrets(
  text: string,
  placeholders: readonly Placeholder[],
  valueOf: (name: string) => string | undefined,
): string {
  const values = new Map(
    placeholders.map(({ placeholder, secret, hiddenAs: suffix }) => {
      const value = valueOf(secret);
      if (value === undefined || value === "") throw failure("SERVICING_SECRET_MISSING", { name: secret });
      if (unwritable.test(value)) {
        const reason = "it has a character that XML cannot hold";
        throw failure("SERVICING_SETTING_VALUE", { setting: `The secret ${secret}`, reason });
      }
      return [placeholder, suffix === undefined ? escapeText(value) : hide(value, suffix)];
    }),
  );
  if (values.size === 0) return text;
  const any = new RegExp([...values.keys()].map((one) => one.replace(/\W/g, "\\$&")).join("|"), "g");
  return text.replace(any, (found) => values.get(found) ?? found);
}
