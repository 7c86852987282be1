import type { Engine } from "../engine.ts";
import { service } from "./dism-command.ts";

const offlineOnly =
  "DISM sets international settings in an offline image only; of the running Windows it just reports them";

/** Each on a command line of its own ("dism-languages-and-international-servicing-command-line-options"). */
export const international = {
  "Set-UILang": {
    offline: {
      because: "DISM sets the default language of the system, which has to be installed by then",
      refuse: ({ language }) => notLanguage(language),
      commands: ({ language }, target) => service(target, `/Set-UILang:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-UILangFallback": {
    offline: {
      because: "DISM sets the language of texts that a Windows translated in part has not, installed by then",
      refuse: ({ language }) => notLanguage(language),
      commands: ({ language }, target) => service(target, `/Set-UILangFallback:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-SysLocale": {
    offline: {
      because: "DISM sets the language for programs without Unicode and the fonts that go with it",
      refuse: ({ language }) => notLanguage(language),
      commands: ({ language }, target) => service(target, `/Set-SysLocale:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-UserLocale": {
    offline: {
      because: "DISM sets the formats of dates, times, numbers and currency for new users",
      refuse: ({ language }) => notLanguage(language),
      commands: ({ language }, target) => service(target, `/Set-UserLocale:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-InputLocale": {
    offline: {
      because: "DISM sets the input languages and keyboard layouts, the first one as the default",
      refuse: ({ locale }) => notInput(locale),
      commands: ({ locale }, target) => service(target, `/Set-InputLocale:${locale}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-AllIntl": {
    offline: {
      because: "DISM sets language, system locale, formats and input together",
      refuse: ({ language }) => notLanguage(language),
      commands: ({ language }, target) => service(target, `/Set-AllIntl:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-SKUIntlDefaults": {
    offline: {
      because: "DISM sets language, system locale, formats, input and time zone as a retail Windows has them",
      refuse: ({ language }) => notLanguage(language),
      commands: ({ language }, target) => service(target, `/Set-SKUIntlDefaults:${language}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-LayeredDriver": {
    offline: {
      because: "DISM sets the kind of a Japanese or Korean keyboard",
      refuse: ({ layeredDriver }) =>
        Number.isInteger(layeredDriver) && layeredDriver >= 1 && layeredDriver <= 6
          ? undefined
          : "the keyboards of Japanese and Korean have the numbers 1 to 6",
      commands: ({ layeredDriver }, target) => service(target, `/Set-LayeredDriver:${layeredDriver}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-TimeZone": {
    offline: {
      because: "DISM sets the time zone and checks that the image knows its name",
      commands: ({ timeZone }, target) => service(target, `/Set-TimeZone:${timeZone}`),
    },
    // "tzutil"; its name is a subkey of Time Zones, for which DYNAMIC_TIME_ZONE_INFORMATION has 127 characters.
    online: {
      because: "DISM sets the time zone of an offline image only, so tzutil sets that of the running Windows",
      refuse: ({ timeZone }) =>
        /^[a-z][\w.+() -]{0,126}$/i.test(timeZone)
          ? undefined
          : "tzutil takes the names that it lists itself (tzutil /l), like Romance Standard Time",
      commands: ({ timeZone }) => [{ run: "tzutil.exe", args: ["/s", timeZone], writes: true }],
    },
  },
  "Gen-LangINI": {
    offline: {
      because:
        "DISM writes lang.ini of the distribution anew, for the languages that are there and in the image",
      commands: ({ distribution }, target) =>
        service(target, "/Gen-LangINI", `/Distribution:${distribution}`),
    },
    online: { refused: offlineOnly },
  },
  "Set-SetupUILang": {
    offline: {
      because: "DISM sets the language that Windows Setup of the distribution begins in",
      refuse: ({ language }) => notLanguage(language),
      commands: ({ language, distribution }, target) =>
        service(target, `/Set-SetupUILang:${language}`, `/Distribution:${distribution}`),
    },
    online: { refused: offlineOnly },
  },
} satisfies Partial<Engine["roads"]>;

const tag = "[a-z]{2,3}(?:-[a-z]{4})?-(?:[a-z]{2}|\\d{3})(?:-(?:[a-z\\d]{5,8}|\\d[a-z\\d]{3}))?";
const language = new RegExp(`^${tag}$`, "i");
const input = new RegExp(`^(?:${tag}|[\\da-f]{4}:[\\da-f]{8})$`, "i");

function notLanguage(text: string): string | undefined {
  return language.test(text) ? undefined : "a language is written with its country, like fr-FR";
}

function notInput(text: string): string | undefined {
  return text.split(";").every((one) => input.test(one))
    ? undefined
    : "input is a language like fr-FR, or language and keyboard like 040c:0000040c, several joined by semicolons";
}
