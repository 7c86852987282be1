import { basename } from "node:path";
import {
  array,
  check,
  exactOptional,
  minLength,
  picklist,
  pipe,
  regex,
  strictObject,
  string,
  union,
} from "valibot";
import {
  checkOptions,
  failure,
  type ImageInfo,
  type LayeredDriver,
  refuseOther,
  type PackageArtefact,
  type PhaseBuilder,
  type Plugin,
} from "../core/index.ts";

const tag = pipe(
  string(),
  regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})+$/, "a language is written like fr-FR"),
);

const schema = pipe(
  strictObject({
    add: pipe(array(tag), minLength(1, "at least one language is needed")),
    from: union([string(), array(string())]),
    default: exactOptional(tag),
    retailDefaults: exactOptional(tag),
    uiFallback: exactOptional(tag),
    systemLocale: exactOptional(tag),
    userLocale: exactOptional(tag),
    inputLocale: exactOptional(string()),
    timeZone: exactOptional(string()),
    layeredDriver: exactOptional(picklist([1, 2, 3, 4, 5, 6])),
    distribution: exactOptional(string()),
    setupLanguage: exactOptional(tag),
  }),
  check(
    (options) => options.default === undefined || options.retailDefaults === undefined,
    "default and retailDefaults both say what Windows speaks",
  ),
  check(
    ({ setupLanguage, distribution }) => setupLanguage === undefined || distribution !== undefined,
    "setupLanguage is set in a distribution, which is not given",
  ),
);

export interface LanguagesOptions {
  /** Languages to be added: `fr-FR`. */
  add: string[];
  /** A folder of .cab files, or globs of them. Language features for a language that is added, and fonts of its script, are taken along. */
  from: string | string[];
  /** The language of Windows itself, of its formats, its keyboard and of programs without Unicode. */
  default?: string;
  /** As `default`, and the time zone, as a retail Windows of that language has them. */
  retailDefaults?: string;
  /** The language of what a Windows translated in part has not in its own. */
  uiFallback?: string;
  systemLocale?: string;
  userLocale?: string;
  /** `fr-FR`, or `040c:0000040c`; several separated by semicolons, the first is the default. */
  inputLocale?: string;
  /** As `tzutil /l` lists it: `Romance Standard Time`. */
  timeZone?: string;
  /**
   * The keyboard of a Japanese or Korean Windows: 1 PC/AT, 2 to 4 Korean with 101 keys of type 1 to 3, 5 Korean with 103 or
   * 106 keys, 6 Japanese with 106 or 109 keys.
   */
  layeredDriver?: LayeredDriver;
  /** A folder of media of your own, whose `sources/lang.ini` is written anew. */
  distribution?: string;
  /** The language that Windows Setup of the distribution begins in. */
  setupLanguage?: string;
}

/**
 * Language packs with their features, then what Windows speaks by default ("add-language-packs-to-windows",
 * "dism-languages-and-international-servicing-command-line-options").
 */
export function languages(options: LanguagesOptions): Plugin {
  const wanted = checkOptions("languages", schema, options);
  return {
    name: "languages",
    order: "first",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("languages", async (builder) => {
        const found = await packagesIn([wanted.from].flat(), builder);
        const added = new Set<PackageArtefact>();
        for (const language of new Set(wanted.add)) {
          for (const one of choose(language, found, wanted.from, builder)) {
            // Languages of one script share their fonts.
            if (added.has(one)) continue;
            added.add(one);
            builder.add({
              type: "Add-Package",
              package: one.file,
              identity: one.identity,
              facts: { class: one.class },
              title: `${language} (${one.name})`,
            });
          }
        }
        setDefaults(wanted, builder);
        setDistribution(wanted, builder);
      });
    },
  };
}

async function packagesIn(
  from: readonly string[],
  builder: PhaseBuilder,
): Promise<readonly PackageArtefact[]> {
  const packages: PackageArtefact[] = [];
  for (const file of await builder.find(from, "language packs (.cab)", ["cab"])) {
    const one = await builder.inspect(file);
    if (one.kind === "package") packages.push(one);
  }
  return packages;
}

/** Later ones need earlier ones: Basic first, Speech after TextToSpeech ("features-on-demand-language-fod"). */
const languageFeatures = ["Basic", "Fonts", "OCR", "Handwriting", "TextToSpeech", "Speech"];

/** Which of {@link languageFeatures} a package of it is for a language; -1 where it is for another one, or none. */
function rankFor(language: string, { name }: PackageArtefact): number {
  const [, feature = "", of = ""] = /LanguageFeatures-(\w+)-([\w-]+)-Package$/i.exec(name) ?? [];
  // Fonts are for a script, `Jpan`, whichever languages are written in it.
  const whose = feature === "Fonts" ? scriptOf(language) : language;
  return of.toLowerCase() === whose?.toLowerCase() ? languageFeatures.indexOf(feature) : -1;
}

/** `Jpan` of `ja-JP`, by ISO 15924, as Microsoft names fonts as well; undefined for what is no language. */
function scriptOf(language: string): string | undefined {
  try {
    return new Intl.Locale(language).maximize().script;
  } catch {
    return undefined;
  }
}

function choose(
  language: string,
  packages: readonly PackageArtefact[],
  from: string | readonly string[],
  builder: PhaseBuilder,
): readonly PackageArtefact[] {
  const { image } = builder;
  const { architecture, languages: present } = image;
  const suited = packages.filter((one) =>
    [architecture, "neutral", ""].includes(one.architecture.toLowerCase()),
  );
  const same = (one: string) => one.toLowerCase() === language.toLowerCase();
  const packs = suited.filter((one) => one.class === "language pack" && same(one.language));
  const pack = packs.find((one) => isForProduct(one, image));
  const rank = (one: PackageArtefact) => rankFor(language, one);
  const extras = suited.filter((one) => rank(one) >= 0).sort((a, b) => rank(a) - rank(b));
  for (const one of pack === undefined ? extras : [pack, ...extras]) refuseOther(one, image);
  if (pack !== undefined) return [pack, ...extras];
  const others = packs.map((one) => `${basename(one.file)} is for ${productOf(one)}`);
  const but = others.length === 0 ? "" : ` (${others.join(", ")})`;
  if (present.some(same)) {
    builder.warn(`The image has ${language} already, and there is no language pack for it${but}`);
    return extras;
  }
  const product = productOfImage(image);
  throw failure("SERVICING_INPUT_NOT_FOUND", {
    path: [from].flat().join(", "),
    wanted: `a language pack for ${language}, ${architecture}${product === undefined ? "" : `, ${product}`}${but}`,
  });
}

/** Windows of each has language packs of its own ("language-packs-and-windows-deployment"). */
const products = ["Client", "Server", "WinPE"] as const;

/** Undefined for a package whose name does not say. */
function productOf({ name }: PackageArtefact): string | undefined {
  const [, said = ""] = /^Microsoft-Windows-(\w+)-LanguagePack-Package/i.exec(name) ?? [];
  return products.find((product) => product.toLowerCase() === said.toLowerCase());
}

/** Undefined for an image that does not say. */
function productOfImage({ installationType }: ImageInfo): string | undefined {
  if (installationType === "") return undefined;
  if (installationType === "WindowsPE") return "WinPE";
  return /server/i.test(installationType) ? "Server" : "Client";
}

function isForProduct(pack: PackageArtefact, image: ImageInfo): boolean {
  const [product, wanted] = [productOf(pack), productOfImage(image)];
  return product === undefined || (wanted === undefined ? product !== "WinPE" : product === wanted);
}

function setDefaults(wanted: LanguagesOptions, builder: PhaseBuilder): void {
  const { default: language, retailDefaults, uiFallback, systemLocale, userLocale, inputLocale } = wanted;
  if (language !== undefined) {
    refuseAbsent("default", language, wanted, builder);
    builder.add({ type: "Set-AllIntl", language });
  }
  if (retailDefaults !== undefined) {
    refuseAbsent("retailDefaults", retailDefaults, wanted, builder);
    builder.add({ type: "Set-SKUIntlDefaults", language: retailDefaults });
  }
  if (uiFallback !== undefined) {
    refuseAbsent("uiFallback", uiFallback, wanted, builder);
    builder.add({ type: "Set-UILangFallback", language: uiFallback });
  }
  if (systemLocale !== undefined) builder.add({ type: "Set-SysLocale", language: systemLocale });
  if (userLocale !== undefined) builder.add({ type: "Set-UserLocale", language: userLocale });
  if (inputLocale !== undefined) builder.add({ type: "Set-InputLocale", locale: inputLocale });
  if (wanted.timeZone !== undefined) builder.add({ type: "Set-TimeZone", timeZone: wanted.timeZone });
  if (wanted.layeredDriver !== undefined)
    builder.add({ type: "Set-LayeredDriver", layeredDriver: wanted.layeredDriver });
}

function setDistribution({ distribution, setupLanguage }: LanguagesOptions, builder: PhaseBuilder): void {
  if (distribution === undefined) return;
  const folder = builder.resolve(distribution);
  builder.add({ type: "Gen-LangINI", distribution: folder });
  if (setupLanguage !== undefined)
    builder.add({ type: "Set-SetupUILang", language: setupLanguage, distribution: folder });
}

/** @throws SERVICING_PLUGIN_OPTIONS for a language that Windows could not speak by then */
function refuseAbsent(
  option: string,
  language: string,
  { add }: LanguagesOptions,
  { image: { languages: present } }: PhaseBuilder,
): void {
  const known = [...add, ...present].map((one) => one.toLowerCase());
  if (present.length === 0 || known.includes(language.toLowerCase())) return;
  const problem = `languages.${option}: ${language} is neither added nor in the image (${present.join(", ")})`;
  throw failure("SERVICING_PLUGIN_OPTIONS", { plugin: "languages", problems: [problem] });
}
