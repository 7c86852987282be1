import { array, exactOptional, minLength, pipe, regex, strictObject, string, union } from "valibot";
import {
  checkOptions,
  failure,
  refuseOther,
  type PackageArtefact,
  type PhaseBuilder,
  type Plugin,
} from "../core/index.ts";

const tag = pipe(
  string(),
  regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})+$/, "a language is written like fr-FR"),
);

const schema = strictObject({
  add: pipe(array(tag), minLength(1, "at least one language is needed")),
  from: union([string(), array(string())]),
  default: exactOptional(tag),
  systemLocale: exactOptional(tag),
  userLocale: exactOptional(tag),
  inputLocale: exactOptional(string()),
  timeZone: exactOptional(string()),
});

export interface LanguagesOptions {
  /** Languages to be added: `fr-FR`. */
  add: string[];
  /** A folder of .cab files, or globs of them. Language features for a language that is added are taken along. */
  from: string | string[];
  /** The language of Windows itself, of its formats, its keyboard and of programs without Unicode. */
  default?: string;
  systemLocale?: string;
  userLocale?: string;
  /** `fr-FR`, or `040c:0000040c`; several separated by semicolons, the first is the default. */
  inputLocale?: string;
  /** As `tzutil /l` lists it: `Romance Standard Time`. */
  timeZone?: string;
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
        for (const language of new Set(wanted.add)) {
          for (const one of choose(language, found, wanted.from, builder)) {
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

function choose(
  language: string,
  packages: readonly PackageArtefact[],
  from: string | readonly string[],
  builder: PhaseBuilder,
): readonly PackageArtefact[] {
  const { architecture, languages: present } = builder.image;
  const suited = packages.filter((one) =>
    [architecture, "neutral", ""].includes(one.architecture.toLowerCase()),
  );
  const same = (one: string) => one.toLowerCase() === language.toLowerCase();
  const pack = suited.find((one) => one.class === "language pack" && same(one.language));
  const rank = (one: PackageArtefact) => {
    const [, feature, of] = /LanguageFeatures-(\w+)-([\w-]+)-Package$/i.exec(one.name) ?? [];
    return of !== undefined && same(of) ? languageFeatures.indexOf(feature ?? "") : -1;
  };
  const extras = suited.filter((one) => rank(one) >= 0).sort((a, b) => rank(a) - rank(b));
  for (const one of pack === undefined ? extras : [pack, ...extras]) refuseOther(one, builder.image);
  if (pack !== undefined) return [pack, ...extras];
  if (present.some(same)) {
    builder.warn(`The image has ${language} already, and there is no language pack for it`);
    return extras;
  }
  throw failure("SERVICING_INPUT_NOT_FOUND", {
    path: [from].flat().join(", "),
    wanted: `a language pack for ${language}, ${architecture}`,
  });
}

function setDefaults(wanted: LanguagesOptions, builder: PhaseBuilder): void {
  const { default: language, systemLocale, userLocale, inputLocale, timeZone } = wanted;
  const { languages: present } = builder.image;
  if (language !== undefined) {
    const known = [...wanted.add, ...present].map((one) => one.toLowerCase());
    if (present.length > 0 && !known.includes(language.toLowerCase())) {
      const problem = `languages.default: ${language} is neither added nor in the image (${present.join(", ")})`;
      throw failure("SERVICING_PLUGIN_OPTIONS", { plugin: "languages", problems: [problem] });
    }
    builder.add({ type: "Set-AllIntl", language });
  }
  if (systemLocale !== undefined) builder.add({ type: "Set-SysLocale", language: systemLocale });
  if (userLocale !== undefined) builder.add({ type: "Set-UserLocale", language: userLocale });
  if (inputLocale !== undefined) builder.add({ type: "Set-InputLocale", locale: inputLocale });
  if (timeZone !== undefined) builder.add({ type: "Set-TimeZone", timeZone });
}
