import { failure } from "../error.ts";
import { booleanOf } from "./answer-file-lint/document.ts";
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

/** Who asked for a package of `<servicing>`, and whether the base had something else there. */
export interface PackageOrigin {
  readonly by: string[];
  overrules: boolean;
}

/** What is asked of a package, and who was the first to ask for each selection. */
interface Asked extends PackageOrigin {
  readonly action: ServicedPackage["action"];
  readonly selections: Map<string, { readonly by: string; readonly state: boolean }>;
}

/**
 * Adds packages to `<servicing>`; gives who asked for each. Over the base the requests win, with a note for each value
 * that changes. @throws SERVICING_SETTING_CONFLICT where two parties want opposite things of one.
 */
export function addPackages(
  root: Element,
  requests: readonly { readonly by: string; readonly packages?: readonly ServicedPackage[] }[],
): { readonly origins: ReadonlyMap<Element, PackageOrigin>; readonly notes: readonly string[] } {
  const asked = new Map<Element, Asked>();
  const notes: string[] = [];
  for (const { by, packages = [] } of requests) {
    for (const wanted of packages) {
      const { action, identity } = wanted;
      const item = packageElement(root, wanted);
      const first = asked.get(item);
      if (first !== undefined && first.action !== action) {
        throw failure("SERVICING_SETTING_CONFLICT", {
          setting: `The package ${identity}`,
          first: `${first.by[0]} (${first.action})`,
          second: `${by} (${action})`,
        });
      }
      const known: Asked = first ?? { by: [], overrules: false, action, selections: new Map() };
      asked.set(item, known);
      const overruled = [...act(item, wanted), ...select(item, known.selections, wanted, by)];
      addSource(item, wanted);
      if (!known.by.includes(by)) known.by.push(by);
      if (overruled.length > 0) known.overrules = true;
      notes.push(...overruled.map((one) => `${by} overrules the answer file's ${one} (offlineServicing)`));
    }
  }
  return { origins: asked, notes };
}

/** The package's element, as the base has it or new. */
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
  if (present !== undefined) return present;
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

/** Gives a package its action; names that of the base, where it was another. */
function act(item: Element, { action, identity }: ServicedPackage): readonly string[] {
  const before = item.attributes["action"]?.toLowerCase();
  // Windows configures what it installs: the package would not be there otherwise.
  if (before === "install" && action === "configure") return [];
  item.attributes["action"] = action;
  return before === undefined || before === action ? [] : [`action ${before} of ${identity}`];
}

/** Adds selections; names those that the base has otherwise. */
function select(
  item: Element,
  selections: Asked["selections"],
  wanted: ServicedPackage,
  by: string,
): readonly string[] {
  return Object.entries(wanted.selections ?? {}).flatMap(([name, state]) => {
    const first = selections.get(name);
    if (first !== undefined && first.state !== state) {
      throw failure("SERVICING_SETTING_CONFLICT", {
        setting: `The selection ${name} of ${wanted.identity}`,
        first: first.by,
        second: by,
      });
    }
    if (first !== undefined) return [];
    selections.set(name, { by, state });
    const present = elements(item, "selection").find((one) => one.attributes["name"] === name);
    if (present === undefined) {
      item.children.push(element("selection", { name, state: String(state) }));
      return [];
    }
    const before = booleanOf(present.attributes["state"]);
    present.attributes["state"] = String(state);
    return before === state ? [] : [`selection ${name} of ${wanted.identity}`];
  });
}

function addSource(item: Element, { source }: ServicedPackage): void {
  if (source === undefined) return;
  const present = elements(item, "source").some((one) => one.attributes["location"] === source);
  if (!present) item.children.push(element("source", { location: source }));
}
