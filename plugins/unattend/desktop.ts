import { exactOptional, picklist, pipe, regex, strictObject, string, union } from "valibot";
import { optionalFlag, optionalText, whole } from "./entry.ts";
import { set, type Settings, shell } from "./setting.ts";

const powerPlans = {
  balanced: "381b4222-f694-41f0-9685-ff5bb260df2e",
  "high performance": "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c",
  "power saver": "a1841308-3541-4fab-bc81-f71556f20b4a",
} as const;

type PowerPlan = keyof typeof powerPlans;

const planForm = 'it is "balanced", "high performance", "power saver", or the GUID of a plan';

const namedPlan = picklist(Object.keys(powerPlans) as PowerPlan[]);

export const desktopEntries = {
  powerPlan: exactOptional(
    union(
      [namedPlan, pipe(string(), regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, planForm))],
      planForm,
    ),
  ),
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
