import { check, exactOptional, picklist, pipe, strictObject, string, toLowerCase, union } from "valibot";
import { powerSchemeGuid, powerSchemes } from "../../core/index.ts";
import { optionalFlag, optionalText, whole } from "./entry.ts";
import { set, type Settings, shell } from "./setting.ts";

/** As `powercfg /list` names them. */
const powerPlans = {
  balanced: powerSchemes.balanced,
  "high performance": powerSchemes.highPerformance,
  "power saver": powerSchemes.powerSaver,
} as const;

type PowerPlan = keyof typeof powerPlans;

const planForm = 'it is "balanced", "high performance", "power saver", or the GUID of a plan';

const namedPlan = picklist(Object.keys(powerPlans) as PowerPlan[]);

const planGuid = pipe(
  string(),
  check((plan) => powerSchemeGuid(plan) !== undefined && !Object.hasOwn(powerSchemes, plan), planForm),
  toLowerCase(),
);

export const desktopEntries = {
  powerPlan: exactOptional(union([namedPlan, planGuid], planForm)),
  theme: exactOptional(
    strictObject({
      name: optionalText,
      file: optionalText,
      background: optionalText,
      windowColor: optionalText,
      lightApps: optionalFlag,
      brandIcon: optionalText,
    }),
  ),
  display: exactOptional(
    strictObject({
      width: exactOptional(whole(640, 16_384)),
      height: exactOptional(whole(480, 16_384)),
      refreshRate: exactOptional(whole(1, 1000)),
    }),
  ),
};

export interface DesktopOptions {
  /** As `powercfg /list` names them, or a GUID. */
  powerPlan?: PowerPlan | (string & {});
  /** What the default user's desktop looks like. Files are paths on the device. */
  theme?: {
    name?: string;
    /** A .theme file. */
    file?: string;
    background?: string;
    /** `Automatic`, or `0x` with alpha, red, green and blue. */
    windowColor?: string;
    lightApps?: boolean;
    brandIcon?: string;
  };
  /** Pixels, and hertz. */
  display?: { width?: number; height?: number; refreshRate?: number };
}

/** Sources: microsoft-windows-powercpl-preferredplan, microsoft-windows-shell-setup-themes, …-display. */
export function desktopSettings(options: DesktopOptions): Settings {
  const { powerPlan, theme = {}, display = {} } = options;
  const plan = powerPlan !== undefined && Object.hasOwn(powerPlans, powerPlan);
  return [
    ...set("specialize", "Microsoft-Windows-powercpl", {
      PreferredPlan: plan ? powerPlans[powerPlan as PowerPlan] : powerPlan,
    }),
    ...set("specialize", shell, {
      "Themes/ThemeName": theme.name,
      "Themes/CustomDefaultThemeFile": theme.file,
      "Themes/DesktopBackground": theme.background,
      "Themes/WindowColor": theme.windowColor,
      "Themes/UWPAppsUseLightTheme": theme.lightApps,
      "Themes/BrandIcon": theme.brandIcon,
      "Display/HorizontalResolution": display.width,
      "Display/VerticalResolution": display.height,
      "Display/RefreshRate": display.refreshRate,
    }),
  ];
}
