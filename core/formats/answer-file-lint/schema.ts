import { elements, namespaces, type Element } from "../answer-file-tree.ts";
import { passes } from "../unattend-passes.ts";
import { isTemplate, type Report, type Rule } from "./document.ts";

/** Patterns of the schema of answer files, as Windows System Image Manager has it. */
const patterns: Readonly<Record<string, RegExp>> = {
  processorArchitecture: /^(?:x86|ia64|amd64|wow64|msil|shx|arm|arm64|data|neutral)$/i,
  publicKeyToken: /^[0-9a-f]{16}$/i,
  version: /^\d{1,5}(?:\.\d{1,5}){3}$/,
  versionScope: /^(?:neutral|nonSxS)$/i,
  language: /^(?:neutral|[a-z]{2,3}(?:-[a-z0-9]{2,8})*)$/i,
  action: /^(?:install|remove|stage|configure)$/i,
  permanence: /^(?:removable|permanent|temporary)$/i,
  state: /^(?:true|false|1|0)$/i,
};

/** What an element requires, and what else of it has a pattern. */
const attributes = {
  component: {
    required: ["name", "processorArchitecture", "publicKeyToken", "language"],
    other: ["version", "versionScope"],
  },
  package: { required: ["action"], other: ["permanence"] },
  assemblyIdentity: {
    required: ["name", "version", "processorArchitecture", "publicKeyToken", "language"],
    other: ["versionScope"],
  },
  source: { required: ["location"], other: [] },
  selection: { required: ["name", "state"], other: [] },
} as const;

/** What the root, `<servicing>`, `<settings>` and their attributes are made of. */
export const schemaRule: Rule = ({ root }, report) => {
  if (root.attributes["xmlns"] !== namespaces.unattend) {
    report("namespace-old", root, `The root's namespace is ${namespaces.assembly}`);
  }
  rootOrder(root, report);
  for (const child of elements(root)) {
    if (child.name === "settings") settingsShape(child, report);
    else if (child.name === "servicing") servicingShape(child, report);
    else if (!isForeign(child))
      report("element-unknown", child, `<${child.name}> is not an element of <unattend>`);
  }
};

function rank({ name }: Element): number {
  return name === "servicing" ? 0 : name === "settings" ? 1 : 2;
}

function rootOrder(root: Element, report: Report): void {
  let highest = 0;
  for (const child of elements(root)) {
    if (rank(child) < highest)
      report("schema-order", child, `<${child.name}> stands after what belongs behind it`);
    highest = Math.max(highest, rank(child));
  }
  for (const again of elements(root, "servicing").slice(1)) {
    report("schema-order", again, "<servicing> is there twice");
  }
}

function settingsShape(settings: Element, report: Report): void {
  const { pass } = settings.attributes;
  if (pass === undefined) report("attribute-missing", settings, "<settings> has no pass");
  else if (!(passes as readonly string[]).includes(pass)) {
    report("pass-unknown", settings, "The pass of <settings> is none of Windows'");
  }
  for (const child of elements(settings)) {
    if (child.name === "component") checkAttributes(child, "component", report);
    else if (!isForeign(child)) {
      report("element-unknown", child, `<${child.name}> is not an element of <settings>`);
    }
  }
}

function servicingShape(servicing: Element, report: Report): void {
  for (const item of elements(servicing)) {
    if (item.name !== "package") {
      if (!isForeign(item))
        report("element-unknown", item, `<${item.name}> is not an element of <servicing>`);
      continue;
    }
    checkAttributes(item, "package", report);
    const [first] = elements(item);
    if (first?.name !== "assemblyIdentity") {
      report("schema-order", item, "<package> does not begin with <assemblyIdentity>");
    }
    for (const child of elements(item)) {
      if (child.name === "assemblyIdentity" || child.name === "source" || child.name === "selection") {
        checkAttributes(child, child.name, report);
      } else if (!isForeign(child)) {
        report("element-unknown", child, `<${child.name}> is not an element of <package>`);
      }
    }
  }
}

function checkAttributes(element: Element, kind: keyof typeof attributes, report: Report): void {
  const { required, other } = attributes[kind];
  for (const name of required) {
    const value = element.attributes[name];
    // A language may be empty, which means neutral.
    if (value === undefined || (value.trim() === "" && name !== "language")) {
      report("attribute-missing", element, `<${element.name}> has no ${name}`);
    }
  }
  for (const name of [...required, ...other]) {
    const value = element.attributes[name];
    if (value === undefined || value.trim() === "") continue;
    if (isTemplate(value)) {
      report("placeholder-left", element, `${name} of <${element.name}> is a placeholder`);
      continue;
    }
    const parts = name === "version" ? value.split(".").map(Number) : [];
    if (patterns[name]?.test(value) === false || parts.some((part) => part > 65_535)) {
      report("attribute-invalid", element, `${name} of <${element.name}> is not what the schema allows`);
    }
  }
}

/** Of a namespace of its own, which the schema allows. */
function isForeign({ name, attributes: own }: Element): boolean {
  return name.includes(":") || ![undefined, namespaces.unattend, namespaces.assembly].includes(own["xmlns"]);
}

const reserved: ReadonlySet<string> = new Set(["xml", "xmlns"]);

/** Prefixes without a namespace, and `wcm` with another than Windows knows. */
export const namespaceRule: Rule = ({ root }, report) => {
  // Sets of the elements above, at most one for each level: to copy them would take long where there are many prefixes.
  const look = (element: Element, above: readonly ReadonlySet<string>[]): void => {
    const names = Object.keys(element.attributes);
    const own = names.filter((name) => name.startsWith("xmlns:")).map((name) => name.slice("xmlns:".length));
    const wcm = element.attributes["xmlns:wcm"];
    if (wcm !== undefined && wcm !== namespaces.wcm) {
      report("wcm-namespace", element, "xmlns:wcm is not Windows' namespace of list items");
    }
    const scope = own.length === 0 ? above : [...above, new Set(own)];
    const used = [element.name, ...names].flatMap((name) =>
      name.includes(":") ? [name.split(":")[0]!] : [],
    );
    const missing = new Set(
      used.filter((prefix) => !reserved.has(prefix) && !scope.some((declared) => declared.has(prefix))),
    );
    for (const prefix of missing) {
      report(
        "prefix-undeclared",
        element,
        `The prefix ${prefix}: of <${element.name}> is declared nowhere above`,
      );
    }
    const below = missing.size === 0 ? scope : [...scope, missing];
    for (const child of elements(element)) look(child, below);
  };
  look(root, []);
};

/** Blocks that are there twice, and more than one architecture. */
export const componentRule: Rule = ({ root, components }, report) => {
  const blocks = new Set<string>();
  for (const settings of elements(root, "settings")) {
    const pass = settings.attributes["pass"] ?? "";
    if (blocks.has(pass))
      report("settings-duplicate", settings, `There is more than one <settings> of ${pass}`);
    blocks.add(pass);
  }
  const seen = new Set<string>();
  for (const { pass, name, architecture, element } of components) {
    const id = JSON.stringify([
      pass,
      name.toLowerCase(),
      architecture,
      element.attributes["language"]?.toLowerCase(),
    ]);
    if (seen.has(id)) report("component-duplicate", element, `${name} is there more than once in ${pass}`);
    seen.add(id);
  }
  const real = components.filter(({ architecture }) => /^(?:x86|amd64|arm|arm64)$/.test(architecture));
  const main = (real.find(({ pass }) => pass !== "windowsPE") ?? real[0])?.architecture;
  const pe = new Set(real.filter(({ pass }) => pass === "windowsPE").map(({ architecture }) => architecture));
  const other = real.find(
    ({ pass, architecture }) =>
      architecture !== main && !(pass === "windowsPE" && architecture === "x86" && pe.size === 1),
  );
  if (other !== undefined) {
    const what = `Components are for ${main} and for ${other.architecture}`;
    report("architecture-mixed", other.element, what);
  }
};
