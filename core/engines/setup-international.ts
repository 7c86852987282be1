import type { Contribution, Deployment, SetupRoads } from "../engine.ts";
import type { ImageInfo } from "../image.ts";
import type { UnattendSetting } from "../operation.ts";
import { road } from "./setup-road.ts";

const core = "Microsoft-Windows-International-Core";
const shell = "Microsoft-Windows-Shell-Setup";

/**
 * In specialize for everything that runs before the first logon, and in oobeSystem because only there do the settings
 * suppress the regional page ("windows-setup-configuration-passes").
 */
function both(component: string, name: string, value: UnattendSetting["value"]): UnattendSetting[] {
  return (["specialize", "oobeSystem"] as const).map((pass) => ({ pass, component, path: [name], value }));
}

/** From media in windowsPE as well, so that what Windows first starts with is right ("windows-setup-configuration-passes"). */
function everywhere(name: string, value: string, deployment: Deployment): UnattendSetting[] {
  const early = { pass: "windowsPE", component: `${core}-WinPE`, path: [name], value } as const;
  return [...(deployment === "media" ? [early] : []), ...both(core, name, value)];
}

/**
 * A language that the image does not hold yet comes with a package that specialize installs, after Windows has read
 * that pass: its first place is oobeSystem.
 */
function uiLanguage(language: string, image: ImageInfo, deployment: Deployment): UnattendSetting[] {
  const present = image.languages.some((one) => one.toLowerCase() === language.toLowerCase());
  return everywhere("UILanguage", language, deployment).filter(
    ({ pass }) => present || pass === "oobeSystem",
  );
}

const settings = (...all: readonly UnattendSetting[][]): Contribution => ({ settings: all.flat() });

const international = "Windows Setup sets it from the answer file, in specialize and oobeSystem";

const distribution = {
  refused: "Windows Setup reads lang.ini of the media that it is started from, and writes none",
};

/** Sources: "configure-international-settings-in-windows", microsoft-windows-international-core, microsoft-windows-shell-setup-timezone, …-productkey. */
export const internationalRoads: Pick<
  SetupRoads,
  | "Set-UILang"
  | "Set-UILangFallback"
  | "Set-SysLocale"
  | "Set-UserLocale"
  | "Set-InputLocale"
  | "Set-AllIntl"
  | "Set-SKUIntlDefaults"
  | "Set-LayeredDriver"
  | "Set-TimeZone"
  | "Gen-LangINI"
  | "Set-SetupUILang"
  | "Set-ProductKey"
> = {
  "Set-UILang": road(international, ({ language }, image, deployment) =>
    settings(uiLanguage(language, image, deployment)),
  ),
  "Set-UILangFallback": road(international, ({ language }, _image, deployment) =>
    settings(everywhere("UILanguageFallback", language, deployment)),
  ),
  "Set-SysLocale": road(international, ({ language }, _image, deployment) =>
    settings(everywhere("SystemLocale", language, deployment)),
  ),
  "Set-UserLocale": road(international, ({ language }, _image, deployment) =>
    settings(everywhere("UserLocale", language, deployment)),
  ),
  "Set-InputLocale": road(international, ({ locale }, _image, deployment) =>
    settings(everywhere("InputLocale", locale, deployment)),
  ),
  // As with DISM, a setting of its own takes precedence over the one for all.
  "Set-AllIntl": road(international, ({ language }, image, deployment) => ({
    defaults: [
      ...uiLanguage(language, image, deployment),
      ...["SystemLocale", "UserLocale", "InputLocale"].flatMap((name) =>
        everywhere(name, language, deployment),
      ),
    ],
  })),
  "Set-SKUIntlDefaults": {
    refused:
      "the defaults of a retail Windows are known to DISM alone; set language, formats and time zone by themselves",
  },
  "Set-LayeredDriver": road(
    "Windows Setup sets the kind of keyboard from the answer file of its media, in windowsPE",
    ({ layeredDriver }) => ({
      settings: [
        { pass: "windowsPE", component: `${core}-WinPE`, path: ["LayeredDriver"], value: layeredDriver },
      ],
    }),
    (_operation, _image, deployment) =>
      deployment === "media"
        ? undefined
        : 'only the windowsPE pass has the setting, and it runs from installation media alone; set deployment to "media"',
  ),
  "Gen-LangINI": distribution,
  "Set-SetupUILang": distribution,
  "Set-TimeZone": road(international, ({ timeZone }) => settings(both(shell, "TimeZone", timeZone))),
  "Set-ProductKey": road(
    "Windows Setup installs the key from the answer file, in specialize",
    ({ productKey }) => ({
      settings: [{ pass: "specialize", component: shell, path: ["ProductKey"], value: productKey }],
    }),
  ),
};
