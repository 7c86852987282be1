import { failure } from "../error.ts";
import { element, elements, type Element } from "./answer-file-tree.ts";

/** A package below `<servicing>`, which the offlineServicing pass installs, configures or removes. */
export interface ServicedPackage {
  readonly action: "install" | "remove" | "stage" | "configure";
  /** `name~token~architecture~language~version`. */
  readonly identity: string;
  readonly source?: string;
  readonly selections?: Readonly<Record<string, boolean>>;
}

export interface PackageIdentity {
  readonly name: string;
  readonly publicKeyToken: string;
  readonly processorArchitecture: string;
  readonly language: string;
  readonly version: string;
}

/** Splits `name~token~architecture~language~version`; undefined where it is not one. An empty language is "neutral". */
export function packageIdentity(text: string): PackageIdentity | undefined {
  const [name, publicKeyToken, processorArchitecture, language, version, ...rest] = text.split("~");
  if (!name || !/^[0-9a-f]{16}$/i.test(publicKeyToken ?? "") || rest.length > 0) return undefined;
  if (!/^\w+$/.test(processorArchitecture ?? "") || !/^\d+(\.\d+){3}$/.test(version ?? "")) return undefined;
  if (!/^[\w-]*$/.test(language ?? "")) return undefined;
  return {
    name,
    publicKeyToken: publicKeyToken!,
    processorArchitecture: processorArchitecture!,
    language: language === "" ? "neutral" : language!,
    version: version!,
  };
}

/** Adds packages to `<servicing>`; gives who asked for each. @throws SERVICING_SETTING_CONFLICT where two parties want opposite things of one. */
export function addPackages(
  root: Element,
  requests: readonly { readonly by: string; readonly packages?: readonly ServicedPackage[] }[],
): ReadonlyMap<Element, readonly string[]> {
  const askers = new Map<Element, string[]>();
  const asked = new Map<string, { readonly by: string; readonly item: Element }>();
  for (const { by, packages = [] } of requests) {
    for (const wanted of packages) {
      const id = wanted.identity.toLowerCase();
      const first = asked.get(id);
      if (first !== undefined && first.item.attributes["action"] !== wanted.action) {
        throw failure("SERVICING_SETTING_CONFLICT", {
          setting: `The package ${wanted.identity}`,
          first: `${first.by} (${first.item.attributes["action"]})`,
          second: `${by} (${wanted.action})`,
        });
      }
      const item = first?.item ?? packageElement(root, wanted);
      asked.set(id, first ?? { by, item });
      complete(item, wanted, by);
      askers.set(item, [...new Set([...(askers.get(item) ?? []), by])]);
    }
  }
  return askers;
}

function packageElement(root: Element, wanted: ServicedPackage): Element {
  const identity = packageIdentity(wanted.identity);
  if (identity === undefined) {
    const reason = "it is not of the form name~token~architecture~language~version";
    throw failure("SERVICING_SETTING_VALUE", { setting: `The package ${wanted.identity}`, reason });
  }
  let servicing = elements(root, "servicing")[0];
  if (servicing === undefined) {
    servicing = element("servicing");
    root.children.unshift(servicing);
  }
  const same = (item: Element) => {
    const own = elements(item, "assemblyIdentity")[0]?.attributes ?? {};
    return Object.entries(identity).every(([key, value]) => own[key]?.toLowerCase() === value.toLowerCase());
  };
  const present = elements(servicing, "package").find(same);
  if (present !== undefined) {
    present.attributes["action"] = wanted.action;
    return present;
  }
  const item = element("package", { action: wanted.action }, [
    element("assemblyIdentity", {
      name: identity.name,
      version: identity.version,
      processorArchitecture: identity.processorArchitecture,
      publicKeyToken: identity.publicKeyToken,
      language: identity.language,
      versionScope: "nonSxS",
    }),
  ]);
  servicing.children.push(item);
  return item;
}

function complete(item: Element, wanted: ServicedPackage, by: string): void {
  const { source } = wanted;
  if (
    source !== undefined &&
    !elements(item, "source").some((one) => one.attributes["location"] === source)
  ) {
    item.children.push(element("source", { location: source }));
  }
  for (const [name, state] of Object.entries(wanted.selections ?? {})) {
    const present = elements(item, "selection").find((one) => one.attributes["name"] === name);
    if (present === undefined) {
      item.children.push(element("selection", { name, state: String(state) }));
    } else if (present.attributes["state"] !== String(state)) {
      throw failure("SERVICING_SETTING_CONFLICT", {
        setting: `The selection ${name} of ${wanted.identity}`,
        first: "an earlier request",
        second: by,
      });
    }
  }
}
