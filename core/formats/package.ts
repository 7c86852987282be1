import { failure } from "../error.ts";
import { attributeOf, childOf, childrenOf, readXml, type XmlElement } from "./xml.ts";

/** What the update.mum of a component package says. */
export interface PackageManifest {
  /** `name~token~architecture~language~version`. */
  readonly identity: string;
  readonly name: string;
  readonly architecture: string;
  /** Empty for a neutral package. */
  readonly language: string;
  readonly version: string;
  /** `KB5049993`, where the manifest names one. */
  readonly kb: string;
  readonly releaseType: string;
  readonly description: string;
  /** The `<selectable>` updates, which Windows shows as features. */
  readonly features: readonly string[];
  /** Packages of which one has to be installed for this one to be applicable. */
  readonly parents: readonly ParentPackage[];
  /** Identities of the packages that it brings along. */
  readonly contains: readonly string[];
}

export interface ParentPackage {
  readonly identity: string;
  /** How the build of an image, the third part of its version, is compared with that of the parent. */
  readonly build: "EQ" | "GE" | "any";
}

/** No name of a package is longer, by far: those of files end at 255 characters. */
const nameLimit = 1024;

/**
 * Reads an update.mum. @throws SERVICING_INPUT_UNREADABLE, naming `file`.
 * The form of identities is that of "dism-operating-system-package-servicing-command-line-options".
 */
export function readPackageManifest(text: string, file: string): PackageManifest {
  const assembly = readXml(text, file);
  const identity = childOf(assembly, "assemblyIdentity");
  const name = attributeOf(identity, "name");
  if (assembly.name !== "assembly" || name === "" || name.length > nameLimit) {
    throw failure("SERVICING_INPUT_UNREADABLE", {
      path: file,
      reason: "its update.mum names no package identity",
    });
  }
  const described = childOf(assembly, "package");
  return {
    identity: identityOf(identity),
    name,
    architecture: attributeOf(identity, "processorArchitecture"),
    language: languageOf(identity),
    version: attributeOf(identity, "version"),
    kb: kbOf(assembly, described),
    releaseType: attributeOf(described, "releaseType"),
    description: attributeOf(assembly, "description"),
    features: childrenOf(described, "update")
      .filter((update) => childOf(update, "selectable") !== undefined)
      .map((update) => attributeOf(update, "name"))
      .filter((feature) => feature !== ""),
    parents: childrenOf(described, "parent").flatMap((parent) => {
      const build = comparison(attributeOf(parent, "buildCompare"));
      return childrenOf(parent, "assemblyIdentity").map((of) => ({ identity: identityOf(of), build }));
    }),
    contains: childrenOf(described, "update").flatMap((update) =>
      childrenOf(update, "package").map((one) => identityOf(childOf(one, "assemblyIdentity"))),
    ),
  };
}

function comparison(text: string): ParentPackage["build"] {
  const upper = text.toUpperCase();
  return upper === "EQ" || upper === "GE" ? upper : "any";
}

function identityOf(identity: XmlElement | undefined): string {
  return [
    attributeOf(identity, "name"),
    attributeOf(identity, "publicKeyToken"),
    attributeOf(identity, "processorArchitecture"),
    languageOf(identity),
    attributeOf(identity, "version"),
  ].join("~");
}

function languageOf(identity: XmlElement | undefined): string {
  const language = attributeOf(identity, "language");
  return language === "neutral" || language === "*" ? "" : language;
}

function kbOf(assembly: XmlElement, described: XmlElement | undefined): string {
  const named = /^KB\d+$/i.exec(attributeOf(described, "identifier"))?.[0];
  const linked = /[?&]kbid=(\d+)/i.exec(attributeOf(assembly, "supportInformation"))?.[1];
  return named?.toUpperCase() ?? (linked === undefined ? "" : `KB${linked}`);
}
