import { isIP } from "node:net";
import {
  boolean,
  check,
  exactOptional,
  integer,
  maxValue,
  minLength,
  minValue,
  number,
  pipe,
  regex,
  strictObject,
  string,
  union,
} from "valibot";

/** What several topics check their options with. */
export const text = pipe(string(), minLength(1, "it is empty"));

export const optionalText = exactOptional(text);

export const optionalFlag = exactOptional(boolean());

export const hidden = strictObject({
  secret: pipe(string(), regex(/^[A-Za-z_]\w*$/, "a secret is named by an environment variable")),
});

export const secretText = union([text, hidden], 'it is a text, or secret("NAME")');

const productKeyForm = 'a product key has five groups of five characters, or is secret("NAME")';

export const productKey = union(
  [pipe(string(), regex(/^(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}$/i, productKeyForm)), hidden],
  productKeyForm,
);

/** Refuses a list in which two have one name, whatever its case. */
export const distinct = <T>(nameOf: (one: T) => string, message: string) =>
  check<T[], string>(
    (all) => new Set(all.map((one) => nameOf(one).toLowerCase())).size === all.length,
    message,
  );

export const whole = (least: number, most: number) =>
  pipe(
    number(),
    integer("it is a whole number"),
    minValue(least, `it is at least ${least}`),
    maxValue(most, `it is at most ${most}`),
  );

/** "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount-name". */
export const accountName = pipe(
  string(),
  regex(
    /^[^"/\\[\]:;|=,+*?<>@%]{1,20}$/,
    'an account name has at most 20 characters, none of / \\ [ ] : ; | = , + * ? < > @ " %',
  ),
);

export const ipAddress = pipe(
  string(),
  check((address) => isIP(address) !== 0, "it is an IPv4 or IPv6 address: 192.168.0.1"),
);

/** `192.168.0.10/24`. */
export const ipPrefix = pipe(
  string(),
  check((prefix) => {
    const [, address = "", length = ""] = /^([^/]+)\/(\d{1,3})$/.exec(prefix) ?? [];
    const version = isIP(address);
    return version !== 0 && Number(length) <= (version === 4 ? 32 : 128);
  }, "it is an address with the length of its prefix: 192.168.0.10/24"),
);
