import type { Declared } from "./lifecycle.ts";
import type { Operation } from "./operation.ts";

/**
 * Puts component servicing into the order that Windows wants, whatever the order of the plugins: servicing stack, languages,
 * other packages, capabilities, features, the cumulative update, clean-up, .NET, apps ("media-dynamic-update",
 * "add-language-packs-to-windows"). Everything else keeps its place, and so do operations of one kind among themselves.
 */
export function inServicingOrder(declared: readonly Declared[]): readonly Declared[] {
  const places = declared.flatMap((one, at) => (rankOf(one) === undefined ? [] : [at]));
  const ordered = places
    .map((at) => declared[at] as Declared)
    .toSorted((a, b) => a.image - b.image || (rankOf(a) ?? 0) - (rankOf(b) ?? 0));
  return declared.map((one, at) => {
    const place = places.indexOf(at);
    return place === -1 ? one : (ordered[place] ?? one);
  });
}

const stages = [
  "servicing stack",
  "language",
  "package",
  "language setting",
  "capability",
  "feature",
  "cumulative update",
  "clean-up",
  ".NET",
  "app",
] as const;

type Stage = (typeof stages)[number];

function rankOf({ phase, wish }: Declared): number | undefined {
  const stage = phase === "modify" && "operation" in wish ? stageOf(wish.operation) : undefined;
  return stage === undefined ? undefined : stages.indexOf(stage);
}

function stageOf(operation: Operation): Stage | undefined {
  switch (operation.type) {
    case "Add-Package":
      return packageStage(operation.identity ?? "");
    case "Remove-Package":
      return "package";
    case "Set-UILang":
    case "Set-SysLocale":
    case "Set-UserLocale":
    case "Set-InputLocale":
    case "Set-AllIntl":
    case "Set-UILangFallback":
    case "Set-SKUIntlDefaults":
    case "Set-LayeredDriver":
    case "Gen-LangINI":
    case "Set-SetupUILang":
      return "language setting";
    case "Add-Capability":
    case "Remove-Capability":
      return "capability";
    case "Enable-Feature":
    case "Disable-Feature":
      return "feature";
    case "Cleanup-Image":
      return "clean-up";
    case "Add-ProvisionedAppxPackage":
    case "Remove-ProvisionedAppxPackage":
    case "Set-ProvisionedAppxDataFile":
    case "Optimize-ProvisionedAppxPackages":
      return "app";
    default:
      return undefined;
  }
}

/** By the identity `name~token~architecture~language~version`. */
export function packageStage(
  identity: string,
): "servicing stack" | "language" | "package" | "cumulative update" | ".NET" {
  const [name = "", , , language = ""] = identity.split("~");
  if (/servicing\s?stack/i.test(name)) return "servicing stack";
  if (/^Package_for_RollupFix/i.test(name)) return "cumulative update";
  if (/^Package_for_(?:DotNet|NDP)/i.test(name)) return ".NET";
  return /LanguagePack|LanguageFeatures/i.test(name) || !/^(?:neutral)?$/i.test(language)
    ? "language"
    : "package";
}
