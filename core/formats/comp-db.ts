import { attributeOf, childOf, childrenOf, readXml, type XmlElement } from "./xml.ts";

/** What the metadata of an .msu of Windows 11 says of one package in it. */
export interface CompDb {
  /** `CumulativeUpdate`, `ServicingStackUpdate`, … */
  readonly feature: string;
  /** `KB5043080`; empty where it names none. */
  readonly kb: string;
  /** `amd64`. */
  readonly architecture: string;
  /** What Windows has to be at for it, `10.0.26100.1742`; empty where it does not say. */
  readonly baseline: string;
  /** What Windows is at with it, `10.0.26100.2033`. */
  readonly target: string;
}

/**
 * Reads a CompDB; undefined for what describes no update: the metadata also hold one of Windows itself (`Type="Build"`) and
 * lists in JSON. @throws SERVICING_INPUT_UNREADABLE, naming `file`, for XML that is damaged
 */
export function readCompDb(text: string, file: string): CompDb | undefined {
  if (!/^\s*</.test(text)) return undefined;
  const root = readXml(text, file);
  if (root.name !== "CompDB" || attributeOf(root, "Type") !== "BuildUpdate") return undefined;
  const feature = firstFeature(root);
  return {
    feature: attributeOf(feature, "Type"),
    kb: /KB\d{1,9}/i.exec(attributeOf(feature, "FeatureID"))?.[0]?.toUpperCase() ?? "",
    architecture: attributeOf(root, "BuildArch").toLowerCase(),
    baseline: versionOf(attributeOf(root, "OSVersion")),
    target: versionOf(attributeOf(root, "TargetOSVersion")),
  };
}

function firstFeature(root: XmlElement): XmlElement | undefined {
  return childrenOf(childOf(root, "Features"), "Feature")[0] ?? childOf(root, "Feature");
}

function versionOf(text: string): string {
  return /^\d{1,3}\.\d{1,3}\.\d{1,6}\.\d{1,6}$/.test(text) ? text : "";
}
