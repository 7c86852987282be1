import {
  array,
  boolean,
  check,
  exactOptional,
  integer,
  minLength,
  minValue,
  number,
  picklist,
  pipe,
  record,
  regex,
  strictObject,
  string,
  union,
} from "valibot";
import { type Secret, type UnattendPass, unattendPasses } from "../core/index.ts";

const text = pipe(string(), minLength(1, "it is empty"));

const hidden = strictObject({
  secret: pipe(string(), regex(/^[A-Za-z_]\w*$/, "a secret is named by an environment variable")),
});

const password = union([text, hidden], 'it is a text, or secret("NAME")');

/** "microsoft-windows-shell-setup-computername": at most 15 bytes, not digits alone; * makes Windows choose one. */
const computerName = pipe(
  string(),
  check(
    (name) =>
      name === "*" || (/^[^\s{|}~[\\\]^':;<=>?@!"#$%`()+/.,*&]{1,15}$/.test(name) && !/^\d+$/.test(name)),
    "a computer name has at most 15 letters, digits and dashes and is no number; * lets Windows choose",
  ),
  check((name) => Buffer.byteLength(name) <= 15, "a computer name has at most 15 bytes"),
);

const productKeyForm = 'a product key has five groups of five characters, or is secret("NAME")';

const productKey = union(
  [pipe(string(), regex(/^(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}$/i, productKeyForm)), hidden],
  productKeyForm,
);

/** "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount-name". */
const accountName = pipe(
  string(),
  regex(
    /^[^"/\\[\]:;|=,+*?<>@%]{1,20}$/,
    'an account name has at most 20 characters, none of / \\ [ ] : ; | = , + * ? < > @ " %',
  ),
);

const command = union([text, strictObject({ command: text, description: exactOptional(text) })]);

const pass = picklist(unattendPasses);

export const schema = strictObject({
  answerFile: exactOptional(text),
  language: exactOptional(text),
  systemLocale: exactOptional(text),
  userLocale: exactOptional(text),
  inputLocale: exactOptional(text),
  timeZone: exactOptional(text),
  computerName: exactOptional(computerName),
  productKey: exactOptional(productKey),
  registeredOwner: exactOptional(text),
  registeredOrganization: exactOptional(text),
  administratorPassword: exactOptional(password),
  accounts: exactOptional(
    array(
      strictObject({
        name: accountName,
        password: exactOptional(password),
        group: exactOptional(text),
        displayName: exactOptional(text),
        description: exactOptional(text),
      }),
    ),
  ),
  autoLogon: exactOptional(
    strictObject({
      username: text,
      password: exactOptional(password),
      domain: exactOptional(text),
      count: exactOptional(pipe(number(), integer(), minValue(1, "at least one logon"))),
    }),
  ),
  oobe: exactOptional(
    strictObject({
      hideEula: exactOptional(boolean()),
      hideLocalAccount: exactOptional(boolean()),
      hideOemRegistration: exactOptional(boolean()),
      hideOnlineAccount: exactOptional(boolean()),
      hideWireless: exactOptional(boolean()),
      networkLocation: exactOptional(picklist(["Home", "Work", "Other"])),
      protectYourPC: exactOptional(
        picklist([1, 2, 3], "1 and 2 turn the express settings on, 3 turns them off"),
      ),
    }),
  ),
  oem: exactOptional(
    strictObject({
      manufacturer: exactOptional(text),
      model: exactOptional(text),
      supportUrl: exactOptional(text),
      supportPhone: exactOptional(text),
      supportHours: exactOptional(text),
      logo: exactOptional(text),
    }),
  ),
  copyProfile: exactOptional(boolean()),
  commands: exactOptional(
    strictObject({
      specialize: exactOptional(array(command)),
      firstLogon: exactOptional(array(command)),
    }),
  ),
  raw: exactOptional(
    record(pass, record(text, record(text, union([string(), number(), boolean(), hidden])))),
  ),
});

export type UnattendCommand = string | { command: string; description?: string };

export interface UnattendOptions {
  /** An answer file of yours, to which everything else is added; what is set here wins over it. */
  answerFile?: string;
  /** What Windows speaks: `fr-FR`. Unless they are given, it stands for the three locales as well. */
  language?: string;
  /** For programs without Unicode. */
  systemLocale?: string;
  /** Formats of dates and numbers: the region. */
  userLocale?: string;
  /** The keyboard: `fr-FR`, or `040c:0000040c`. */
  inputLocale?: string;
  /** As `tzutil /l` lists it: `Romance Standard Time`. */
  timeZone?: string;
  /** `*` lets Windows choose one. */
  computerName?: string;
  /** The key that activates; it does not choose the edition. */
  productKey?: string | Secret;
  registeredOwner?: string;
  registeredOrganization?: string;
  administratorPassword?: string | Secret;
  /** `group` is "Users" unless given; several are separated by semicolons. */
  accounts?: {
    name: string;
    password?: string | Secret;
    group?: string;
    displayName?: string;
    description?: string;
  }[];
  /** `count` logons, one unless given. */
  autoLogon?: { username: string; password?: string | Secret; domain?: string; count?: number };
  oobe?: {
    hideEula?: boolean;
    hideLocalAccount?: boolean;
    hideOemRegistration?: boolean;
    hideOnlineAccount?: boolean;
    hideWireless?: boolean;
    networkLocation?: "Home" | "Work" | "Other";
    /** 3 turns the express settings off. */
    protectYourPC?: 1 | 2 | 3;
  };
  /** `logo` is a path on the device. */
  oem?: {
    manufacturer?: string;
    model?: string;
    supportUrl?: string;
    supportPhone?: string;
    supportHours?: string;
    logo?: string;
  };
  /** The profile of the built-in Administrator becomes that of the default user; needs audit mode and generalize. */
  copyProfile?: boolean;
  /** `specialize` runs as SYSTEM before anybody logs on, `firstLogon` as the first user. At most 259 characters each. */
  commands?: { specialize?: UnattendCommand[]; firstLogon?: UnattendCommand[] };
  /** Pass → component → path → value, for anything else: `{ specialize: { "Microsoft-Windows-…": { "A/B": true } } }`. */
  raw?: Partial<Record<UnattendPass, Record<string, Record<string, string | number | boolean | Secret>>>>;
}
