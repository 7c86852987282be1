import { elements, type Element } from "../answer-file-tree.ts";
import { editionOfKey } from "./client-key.ts";
import { diskLayouts, setup } from "./disk-layout.ts";
import { booleanOf, type LintDocument, type Report, type Rule } from "./document.ts";

/** What is known of an image; what is empty is not known. */
export interface LintImage {
  /** 1-based. */
  readonly index: number;
  readonly name: string;
  readonly description?: string;
  readonly architecture: string;
  readonly editionId: string;
  readonly languages: readonly string[];
}

/** The images of the file that the answer file is for. */
export interface LintImages {
  readonly images: readonly LintImage[];
  /** Index of the one that is meant, where the answer file does not choose. */
  readonly chosen?: number;
  /** Not all of the file's images are given, or they are numbered anew: which one is asked for is not looked at. */
  readonly partial?: boolean;
}

const shell = "Microsoft-Windows-Shell-Setup";
const international = ["Microsoft-Windows-International-Core", "Microsoft-Windows-International-Core-WinPE"];

/** What the image does not have, or is not. */
export function imageRule({ images, chosen, partial = false }: LintImages): Rule {
  return (document, report) => {
    const asked = partial ? [] : document.at(setup, "ImageInstall/OSImage/InstallFrom");
    const found = asked.flatMap(({ element }) => selected(document, element, images, report));
    const single =
      found.length > 0 ? found : images.filter(({ index }) => images.length === 1 || index === chosen);
    checkKeys(document, single, images, report);
    const [image] = single;
    if (image === undefined || single.length > 1) return;
    checkArchitecture(document, image, report);
    checkLanguages(document, image, report);
  };
}

/** The images that all MetaData together name. */
function selected(
  document: LintDocument,
  from: Element,
  images: readonly LintImage[],
  report: Report,
): readonly LintImage[] {
  let left = images;
  for (const item of elements(from, "MetaData")) {
    const key = document.valueAt(item, "Key")?.toUpperCase();
    const value = document.valueAt(item, "Value");
    if (key === undefined || value === undefined) return [];
    const of = (image: LintImage): string | undefined =>
      key === "/IMAGE/INDEX" ? String(image.index) : key === "/IMAGE/NAME" ? image.name : image.description;
    if (!/^\/IMAGE\/(?:INDEX|NAME|DESCRIPTION)$/.test(key)) return [];
    left = left.filter((image) => of(image) === undefined || of(image) === value);
    if (left.length > 0) continue;
    report(
      "image-missing",
      item,
      `The file has no image whose ${key.slice("/IMAGE/".length).toLowerCase()} is this`,
    );
    return [];
  }
  return elements(from, "MetaData").length === 0 ? [] : left;
}

/** Keys that are documented, whether there is an image to compare with or not. */
export const imageKeyRule: Rule = (document, report) => {
  for (const { element } of document.at(setup, "ImageInstall/OSImage/InstallFrom/MetaData/Key")) {
    const key = document.valueOf(element);
    if (key !== undefined && key !== "" && !/^\/IMAGE\/(?:INDEX|NAME|DESCRIPTION)$/i.test(key)) {
      report("image-key", element, "The image is chosen by a key that is not documented");
    }
  }
};

function checkKeys(
  document: LintDocument,
  single: readonly LintImage[],
  images: readonly LintImage[],
  report: Report,
): void {
  const wanted = [
    ...document.at(shell, "ProductKey").map(({ element }) => ({ element, among: single })),
    ...document
      .at(setup, "UserData/ProductKey/Key")
      .map(({ element }) => ({ element, among: single.length > 0 ? single : images })),
  ];
  for (const { element, among } of wanted) {
    const edition = editionOfKey(document.valueOf(element) ?? "");
    const have = [...new Set(among.map(({ editionId }) => editionId))];
    // What an evaluation takes is not in the table.
    if (edition === undefined || have.length === 0 || have.some((id) => id === "" || /Eval$/i.test(id)))
      continue;
    if (!have.includes(edition)) {
      report("image-edition", element, `The key belongs to ${edition}, the image is ${have.join(", ")}`);
    }
  }
}

function checkArchitecture(document: LintDocument, image: LintImage, report: Report): void {
  const real = /^(?:x86|amd64|arm|arm64)$/;
  if (!real.test(image.architecture)) return;
  const right = new Set(
    document.components
      .filter(({ architecture }) => architecture === image.architecture)
      .map(({ pass, name }) => `${pass}/${name}`),
  );
  for (const { pass, name, architecture, element } of document.components) {
    if (pass === "windowsPE" || !real.test(architecture) || architecture === image.architecture) continue;
    if (right.has(`${pass}/${name}`)) continue;
    report(
      "image-architecture",
      element,
      `${name} is for ${architecture}, the image is ${image.architecture}`,
    );
  }
}

function checkLanguages(document: LintDocument, image: LintImage, report: Report): void {
  if (image.languages.length === 0) return;
  const added = elements(document.root, "servicing")
    .flatMap((servicing) => elements(servicing, "package"))
    .flatMap((item) => elements(item, "assemblyIdentity"))
    .map(({ attributes }) => attributes["language"] ?? "");
  const there = new Set([...image.languages, ...added].map((language) => language.toLowerCase()));
  for (const component of international) {
    for (const { element } of document.at(component, "UILanguage")) {
      const language = document.valueOf(element);
      if (language === undefined || language === "" || there.has(language.toLowerCase())) continue;
      report("image-language", element, `The image has ${image.languages.join(", ")} only`);
    }
  }
}

const recoveryType = /^\{?de94bba4-06d1-4d40-a16a-bfd50179d6ac\}?$/i;

/** On MBR disks an active partition of the same type is the system partition, which needs less. */
function isRecovery(document: LintDocument, change: Element): boolean {
  const type = document.valueAt(change, "TypeID") ?? "";
  const active = booleanOf(document.valueAt(change, "Active")) === true;
  return recoveryType.test(type) || (type.toLowerCase() === "0x27" && !active);
}

/**
 * Whether partitions of the recovery type hold the tools: the least size and the room beside winre.wim, in MB, by
 * "configure-uefigpt-based-hard-drive-partitions". `winreBytes` is the size of the image's winre.wim, where it is known.
 */
export function recoveryRule(winreBytes: number | undefined): Rule {
  return (document, report) => {
    for (const { numbered, changes } of diskLayouts(document)) {
      for (const { element, partition } of changes) {
        const size = partition === undefined ? undefined : numbered[partition - 1]?.size;
        if (size === undefined || numbered[partition! - 1]!.fills || !isRecovery(document, element)) continue;
        const spare = size > 1000 ? 1024 : size >= 500 ? 320 : 50;
        const wim = Math.ceil((winreBytes ?? 0) / 1024 ** 2);
        const least = wim === 0 ? 300 : Math.max(300, wim + spare);
        if (size >= least) continue;
        const because = wim === 0 ? "" : ` for the image's winre.wim of ${wim} MB`;
        report(
          "recovery-partition-small",
          element,
          `The recovery partition has ${size} MB`,
          `Give it ${least} MB or more${because}.`,
        );
      }
    }
  };
}
