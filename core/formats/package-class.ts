import type { PackageManifest } from "./package.ts";

/** What an update is, which decides when it is added, and to which image. */
export type PackageClass =
  | "servicing stack"
  | "language pack"
  | "language feature"
  | "feature on demand"
  | "enablement"
  | "Safe OS dynamic update"
  | "Setup dynamic update"
  | "cumulative update"
  | ".NET 3.5"
  | ".NET"
  | "other";

/**
 * By what a package says of itself, and by the components that lie in it; its file name has no say.
 * Identities are those of "media-dynamic-update" and "add-language-packs-to-windows".
 * @param files names in the root of its cabinet, where they are known
 */
export function packageClass(
  { identity, releaseType, contains }: Pick<PackageManifest, "identity" | "releaseType" | "contains">,
  files: readonly string[] = [],
): PackageClass {
  const named = classOfIdentity(identity);
  if (named !== "other") return named;
  const component = (name: RegExp): boolean => files.some((file) => name.test(file));
  if (/servicing\s?stack/i.test(releaseType) || component(/_microsoft-windows-servicingstack_/i))
    return "servicing stack";
  if (/language pack/i.test(releaseType)) return "language pack";
  if (/^(?:on\s?demand pack|feature pack)$/i.test(releaseType)) return "feature on demand";
  if ([identity, ...contains].some((one) => enablement.test(one.split("~")[0] ?? ""))) return "enablement";
  if (component(/_netfx4/i)) return ".NET";
  return component(/_microsoft-windows-(?:sysreset|winpe_tools|winre-tools)_/i)
    ? "Safe OS dynamic update"
    : "other";
}

const enablement = /Enablement-Package$/i;

/** The same where nothing but the identity `name~token~architecture~language~version` is known. */
export function classOfIdentity(identity: string): PackageClass {
  const [name = "", , , language = ""] = identity.split("~");
  if (/servicing\s?stack/i.test(name)) return "servicing stack";
  if (/^Package_for_(?:RollupFix|RevisedFix)/i.test(name)) return "cumulative update";
  if (/^Package_for_(?:DotNet|NDP)/i.test(name)) return ".NET";
  if (/^Package_for_SafeOSDU/i.test(name)) return "Safe OS dynamic update";
  // A feature on demand that waits for a restart, and so do its satellites.
  if (/^Microsoft-Windows-NetFx3-/i.test(name)) return ".NET 3.5";
  if (/LanguageFeatures/i.test(name)) return "language feature";
  if (/LanguagePack/i.test(name)) return "language pack";
  if (/-FOD-|-OnDemand-/i.test(name)) return "feature on demand";
  if (enablement.test(name)) return "enablement";
  // A satellite of a feature belongs to its language, which has to be there.
  return /^(?:neutral)?$/i.test(language) ? "other" : "language feature";
}

/** Programs and libraries that Windows Setup consists of, in the `sources` folder of media. */
const setupPrograms =
  /^(?:sources\\)?(?:setup(?:host|prep|platform|core|mgr)?\.exe|setup(?:core|platform|compat|ui)\.dll|winsetup\.dll|wdscore\.dll|appraiser\.dll)$/i;

/** The Setup programs among the files of a cabinet: where there are any, and no update.mum, it is a Setup dynamic update. */
export function setupFilesIn(files: readonly string[]): readonly string[] {
  return files.filter((file) => setupPrograms.test(file.replaceAll("/", "\\")));
}

/**
 * What Windows is at with a cumulative update, `10.0.26100.2033`, from the version of its package, `26100.2033.1.7`;
 * undefined where the version says nothing of the kind.
 */
export function levelOf(version: string): string | undefined {
  const [, build, revision] = /^(\d{5})\.(\d{1,6})\.\d+\.\d+$/.exec(version) ?? [];
  return build === undefined || revision === undefined ? undefined : `10.0.${build}.${revision}`;
}
