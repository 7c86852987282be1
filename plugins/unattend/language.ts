import type { PhaseBuilder } from "../../core/index.ts";
import { optionalFlag, optionalText } from "./entry.ts";
import { both, set, type Settings, shell } from "./setting.ts";

const international = "Microsoft-Windows-International-Core";
const winpe = "Microsoft-Windows-International-Core-WinPE";

export const languageEntries = {
  language: optionalText,
  fallbackLanguage: optionalText,
  systemLocale: optionalText,
  userLocale: optionalText,
  inputLocale: optionalText,
  setupLanguage: optionalText,
  timeZone: optionalText,
  daylightSaving: optionalFlag,
};

export interface LanguageOptions {
  /** What Windows speaks: `fr-FR`. Unless they are given, it stands for the three locales as well. */
  language?: string;
  /** Of a language that is only partly translated. */
  fallbackLanguage?: string;
  /** For programs without Unicode. */
  systemLocale?: string;
  /** Formats of dates and numbers: the region. */
  userLocale?: string;
  /** The keyboard: `fr-FR`, or `040c:0000040c`. */
  inputLocale?: string;
  /** What Windows Setup itself speaks, one of the languages of boot.wim; it asks where this is absent. Media only. */
  setupLanguage?: string;
  /** As `tzutil /l` lists it: `Romance Standard Time`. */
  timeZone?: string;
  /** False: the clock is not put forward in summer. */
  daylightSaving?: boolean;
}

/**
 * In specialize and oobeSystem, as the roads of Set-AllIntl and Set-TimeZone do it, so that one and the other agree; from
 * media in windowsPE as well, which spares a restart ("windows-setup-configuration-passes").
 */
export function languageSettings(
  options: LanguageOptions,
  { deployment, image }: Pick<PhaseBuilder, "deployment" | "image">,
): Settings {
  const { language, daylightSaving } = options;
  // A language that comes with a package is there only when Windows has started.
  const present = image.languages.some((one) => one.toLowerCase() === language?.toLowerCase());
  const values = {
    UILanguage: language,
    UILanguageFallback: options.fallbackLanguage,
    SystemLocale: options.systemLocale ?? language,
    UserLocale: options.userLocale ?? language,
    InputLocale: options.inputLocale ?? language,
  };
  return [
    ...(deployment === "media"
      ? set("windowsPE", winpe, present ? values : { ...values, UILanguage: undefined })
      : []),
    ...set("windowsPE", winpe, { "SetupUILanguage/UILanguage": options.setupLanguage }),
    ...both(international, values),
    ...both(shell, {
      TimeZone: options.timeZone,
      DisableAutoDaylightTimeSet: daylightSaving === undefined ? undefined : !daylightSaving,
    }),
  ];
}
