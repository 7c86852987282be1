import { failure } from "../error.ts";
import { attributeOf, childOf, childrenOf, readXml } from "./xml.ts";

/** What AppxManifest.xml or AppxBundleManifest.xml says. */
export interface AppxManifest {
  readonly bundle: boolean;
  readonly name: string;
  readonly publisher: string;
  readonly version: string;
  /** `x64`, `neutral`, …; of a bundle those of its applications: `arm64, x64`. */
  readonly architecture: string;
  readonly dependencies: readonly { readonly name: string; readonly minVersion: string }[];
  /** Application packages that a bundle holds; each has dependencies of its own. */
  readonly applications: readonly string[];
}

/** Reads either manifest ("appx-package-manifest", "bundle-manifest"). @throws SERVICING_INPUT_UNREADABLE. */
export function readAppxManifest(text: string, file: string): AppxManifest {
  const root = readXml(text, file);
  const identity = childOf(root, "Identity");
  const name = attributeOf(identity, "Name");
  if ((root.name !== "Package" && root.name !== "Bundle") || name === "") {
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason: "its manifest names no identity" });
  }
  const bundle = root.name === "Bundle";
  // Type is "resource" unless it is given.
  const applications = childrenOf(childOf(root, "Packages"), "Package").filter(
    (entry) => attributeOf(entry, "Type").toLowerCase() === "application",
  );
  const architectures = bundle
    ? applications.map((entry) => attributeOf(entry, "Architecture").toLowerCase() || "neutral")
    : [attributeOf(identity, "ProcessorArchitecture").toLowerCase() || "neutral"];
  return {
    bundle,
    name,
    publisher: attributeOf(identity, "Publisher"),
    version: attributeOf(identity, "Version"),
    architecture: [...new Set(architectures)].sort().join(", "),
    dependencies: childrenOf(childOf(root, "Dependencies"), "PackageDependency").map((dependency) => ({
      name: attributeOf(dependency, "Name"),
      minVersion: attributeOf(dependency, "MinVersion"),
    })),
    applications: applications.map((entry) => attributeOf(entry, "FileName")).filter((entry) => entry !== ""),
  };
}
