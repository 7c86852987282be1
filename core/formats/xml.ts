import { XMLParser } from "fast-xml-parser";
import { failure } from "../error.ts";

/** An element of untrusted XML, its namespace prefix dropped. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, trimmed. */
  readonly text: string;
}

/** Largest XML that is read, in characters: the manifest of a cumulative update has some hundred thousand. */
const xmlLimit = 16 * 1024 * 1024;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // For character references by number; a DOCTYPE cannot add any.
  htmlEntities: true,
  // Otherwise the path of every element is put together as text, which takes long where a name is.
  jPath: false,
});

/**
 * Reads well-formed XML from outside. A DOCTYPE, and with it every entity of its own, is refused.
 * @throws SERVICING_INPUT_UNREADABLE, naming `file`.
 */
export function readXml(text: string, file: string): XmlElement {
  const refuse = (reason: string): Error => failure("SERVICING_INPUT_UNREADABLE", { path: file, reason });
  if (text.length > xmlLimit) throw refuse(`it holds more than ${xmlLimit} characters of XML`);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw refuse("it declares a DOCTYPE, which is not accepted");
  let nodes: unknown;
  try {
    nodes = parser.parse(text, true);
  } catch (error) {
    throw failure(
      "SERVICING_INPUT_UNREADABLE",
      {
        path: file,
        reason: `it is not well-formed XML (${error instanceof Error ? error.message : "unknown"})`,
      },
      { cause: error },
    );
  }
  const root = elementsOf(nodes)[0];
  if (root === undefined) throw refuse("it holds no XML element");
  return root;
}

function elementsOf(nodes: unknown): readonly XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  return (nodes as readonly Record<string, unknown>[]).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ":@");
    if (name === undefined || name.startsWith("#")) return [];
    const content = node[name];
    return [
      {
        name,
        attributes: (node[":@"] ?? {}) as Record<string, string>,
        children: elementsOf(content),
        text: textOf(content).trim(),
      },
    ];
  });
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return "";
  return (nodes as readonly Record<string, unknown>[])
    .map((node) => (typeof node["#text"] === "string" ? node["#text"] : ""))
    .join("");
}

/** Children with this name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** An attribute, empty where it is absent. */
export function attributeOf(element: XmlElement | undefined, name: string): string {
  return element !== undefined && Object.hasOwn(element.attributes, name)
    ? (element.attributes[name] ?? "")
    : "";
}
