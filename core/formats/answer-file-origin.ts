import { elements, type Element } from "./answer-file-tree.ts";
import { isNumber, placeOf } from "./answer-file-list.ts";
import type { PackageOrigin } from "./answer-file-servicing.ts";

/** Who a setting or package of an answer file comes from. */
export interface Origin {
  readonly pass: string;
  /** `Microsoft-Windows-Shell-Setup/TimeZone`, or a package. */
  readonly setting: string;
  /** Parties; the base's name for what nobody else asked for. */
  readonly by: readonly string[];
  /** The base's name, where it had another value. */
  readonly overrules?: string;
}

/**
 * Every package and setting of a merged file, in its order. @param asked the leaves that parties set
 * @param ofBase all elements of the base, as far as they are left
 */
export function originsOf(
  root: Element,
  asked: ReadonlyMap<Element, Origin>,
  ofBase: ReadonlySet<Element>,
  packages: ReadonlyMap<Element, PackageOrigin>,
  baseName: string,
): readonly Origin[] {
  const ofPackages = elements(root, "servicing")
    .flatMap((servicing) => elements(servicing, "package"))
    .map((item) => ({
      pass: "offlineServicing",
      setting: `${item.attributes["action"]} ${elements(item, "assemblyIdentity")[0]?.attributes["name"]}`,
      by: packages.get(item)?.by ?? [baseName],
      ...(packages.get(item)?.overrules === true && { overrules: baseName }),
    }));
  const ofSettings = elements(root, "settings").flatMap((settings) =>
    elements(settings, "component").flatMap((component) =>
      leaves(component, component.attributes["name"] ?? "").flatMap(({ leaf, path }) => {
        const known = asked.get(leaf);
        if (known !== undefined) return [known];
        const own = { pass: settings.attributes["pass"] ?? "", setting: path, by: [baseName] };
        return ofBase.has(leaf) ? [own] : [];
      }),
    ),
  );
  return [...ofPackages, ...ofSettings];
}

function leaves(parent: Element, at: string): readonly { readonly leaf: Element; readonly path: string }[] {
  const children = elements(parent).filter((child) => !isNumber(parent, child));
  return children.flatMap((child) => {
    const path = `${at}/${placeOf(child)}`;
    return elements(child).length === 0 ? [{ leaf: child, path }] : leaves(child, path);
  });
}
