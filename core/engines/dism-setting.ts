import type { Command, Engine, Target } from "../engine.ts";
import { failure } from "../error.ts";
import type { Operation } from "../operation.ts";
import { service } from "./dism-command.ts";

const offlineOnly =
  "DISM sets international settings in an offline image only; of the running Windows it just reports them";

/** International settings, edition, product key and answer file. */
export const settings = {
  /** "dism-languages-and-international-servicing-command-line-options": each on a command line of its own. */
  "Set-UILang": {
    offline: {
      because: "DISM sets the default language of the system, which has to be installed by then",
      commands: ({ language }, target) => service(target, `/Set-UILang:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-SysLocale": {
    offline: {
      because: "DISM sets the language for programs without Unicode and the fonts that go with it",
      commands: ({ language }, target) => service(target, `/Set-SysLocale:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-UserLocale": {
    offline: {
      because: "DISM sets the formats of dates, times, numbers and currency for new users",
      commands: ({ language }, target) => service(target, `/Set-UserLocale:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-InputLocale": {
    offline: {
      because: "DISM sets the input languages and keyboard layouts, the first one as the default",
      commands: ({ locale }, target) => service(target, `/Set-InputLocale:${locale}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-AllIntl": {
    offline: {
      because: "DISM sets language, system locale, formats and input together",
      commands: ({ language }, target) => service(target, `/Set-AllIntl:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-TimeZone": {
    offline: {
      because: "DISM sets the time zone and checks that the image knows its name",
      commands: ({ timeZone }, target) => service(target, `/Set-TimeZone:${timeZone}`),
    },
    online: { refused: "DISM sets the time zone of an offline image only" },
  },
  /** "change-the-windows-image-to-a-higher-edition-using-dism". */
  "Set-Edition": {
    offline: {
      because: "DISM changes the image to a higher edition, for which it needs no product key",
      refuse: ({ edition }, image) => {
        if (image.installationType === "WindowsPE") return "Windows PE has no editions";
        return image.editionId.toLowerCase() === edition.toLowerCase()
          ? `the image is the edition ${image.editionId} already`
          : undefined;
      },
      commands: ({ edition }, target) => service(target, `/Set-Edition:${edition}`),
    },
    online: {
      refused: "DISM changes the edition of a running Windows Server only, and wants a product key to do so",
    },
  },
  /**
   * DISM takes the key from its command line and from nowhere else. A key that stands in the config as it is
   * is therefore seen in the plan, in the log and in the list of processes; a secret is refused for that reason.
   */
  "Set-ProductKey": {
    offline: {
      because: "DISM enters the product key, which the config holds in plain text, after the edition is set",
      refuse: ({ productKey }) => {
        if (typeof productKey !== "string")
          return "DISM takes a product key on its command line, where a secret must not stand: Windows Setup takes it from an answer file";
        return /^(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}$/i.test(productKey)
          ? undefined
          : "a product key is five groups of five letters and digits, joined by hyphens";
      },
      commands: ({ productKey }, target) => {
        if (typeof productKey === "string") return service(target, `/Set-ProductKey:${productKey}`);
        throw failure("SERVICING_UNEXPECTED", { reason: "A secret product key was routed to DISM" });
      },
    },
    online: { refused: "DISM enters a product key into an offline image only" },
  },
  /** "dism-unattended-servicing-command-line-options": alone on its command line, one file. */
  "Apply-Unattend": {
    offline: {
      because:
        "DISM carries out the packages and the offlineServicing pass of the answer file; no other pass",
      commands: applyUnattend,
    },
    online: {
      because:
        "DISM carries out the packages and the offlineServicing pass of the answer file, without its drivers",
      commands: applyUnattend,
    },
  },
  "Set-Unattend": {
    offline: { refused: "settings of an answer file are carried out by Windows Setup alone" },
    online: { refused: "settings of an answer file are carried out by Windows Setup alone" },
  },
} satisfies Partial<Engine["roads"]>;

function applyUnattend({ answerFile }: Operation<"Apply-Unattend">, target: Target): readonly Command[] {
  return service(target, `/Apply-Unattend:${answerFile}`);
}
