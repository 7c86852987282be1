import { type XMLMetaData, XMLParser, XMLValidator } from "fast-xml-parser";
import { failure } from "../error.ts";
import { positionsIn } from "./answer-file-position.ts";

/** An element of an answer file. Texts and attribute values are decoded: entities appear only in the written file. */
export interface Element {
  readonly kind: "element";
  readonly name: string;
  attributes: Record<string, string>;
  children: Node[];
}

export type Node =
  | Element
  | { readonly kind: "text" | "cdata" | "comment"; readonly text: string }
  | { readonly kind: "instruction"; readonly name: string; readonly attributes: Record<string, string> };

/** An answer file as it was read: everything but insignificant white space and the XML declaration. */
export interface AnswerFile {
  readonly before: readonly Node[];
  readonly root: Element;
  readonly after: readonly Node[];
}

export const namespaces = {
  unattend: "urn:schemas-microsoft-com:unattend",
  /** One sample in Microsoft's own documentation has this one. */
  assembly: "urn:schemas-microsoft-com:asm.v3",
  wcm: "http://schemas.microsoft.com/WMIConfig/2002/State",
  xsi: "http://www.w3.org/2001/XMLSchema-instance",
};

const maxCharacters = 4 * 1024 * 1024;

/** Where elements begin, as indexes of the text without its byte order mark. */
export type Starts = Map<Element, number>;

/**
 * Reads an answer file of at most 4 Mi characters and 100 levels. DOCTYPE and entities of its own are refused. `starts`
 * is filled where it is given; it stands beside the tree, which may be changed and written as before.
 * @throws SERVICING_ANSWER_FILE_INVALID with line and column; `file` names it in the message.
 */
export function readAnswerFile(source: string, file: string, starts?: Starts): AnswerFile {
  const invalid = (reason: string) =>
    failure("SERVICING_ANSWER_FILE_INVALID", { file, reason: reason.slice(0, 300) });
  if (source.length > maxCharacters) throw invalid("it is larger than 4 MiB");
  const text = source.replace(/^\uFEFF/, "");
  const bare = text.replace(/<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)/g, (part) =>
    part.replace(/[^\n]/g, " "),
  );
  const declaration = bare.indexOf("<!");
  if (declaration !== -1) {
    const { line, column } = positionsIn(bare)(declaration);
    throw invalid(`line ${line}, column ${column}: a document type declaration is not allowed`);
  }
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const { line, col, msg } = valid.err;
    throw invalid(`line ${line}, column ${col}: ${msg}`);
  }

  let nodes: Node[];
  try {
    nodes = parser.parse(text).map((node: Ordered) => fromOrdered(node, starts));
  } catch (error) {
    if (!(error instanceof NodeFault)) throw invalid(error instanceof Error ? error.message : String(error));
    const { line, column } = positionsIn(text)(error.index);
    throw invalid(`line ${line}, column ${column}: ${error.message}`);
  }
  const top = nodes.filter((node) => node.kind !== "text");
  const at = top.findIndex((node) => node.kind === "element");
  const root = top[at];
  if (root?.kind !== "element") throw invalid("it has no element");
  const namespace = root.attributes["xmlns"] ?? "";
  if (root.name !== "unattend" || ![namespaces.unattend, namespaces.assembly].includes(namespace)) {
    throw invalid(
      `its root is <${root.name} xmlns="${namespace}">, not <unattend xmlns="${namespaces.unattend}">`,
    );
  }
  return { before: top.slice(0, at), root, after: top.slice(at + 1) };
}

/** An answer file without any setting. */
export function emptyAnswerFile(): AnswerFile {
  return { before: [], root: element("unattend", { xmlns: namespaces.unattend }), after: [] };
}

/** UTF-8, indented by four spaces, the order of everything kept. */
export function writeAnswerFile(answerFile: AnswerFile): string {
  const nodes = [...answerFile.before, answerFile.root, ...answerFile.after];
  return ['<?xml version="1.0" encoding="utf-8"?>', ...nodes.map((node) => write(node, ""))]
    .join("\n")
    .concat("\n");
}

export function element(
  name: string,
  attributes: Record<string, string> = {},
  children: Node[] = [],
): Element {
  return { kind: "element", name, attributes, children };
}

export function elements(parent: Element, name?: string): Element[] {
  return parent.children.filter(
    (node): node is Element => node.kind === "element" && (name === undefined || node.name === name),
  );
}

/** The text of a leaf, CDATA included, without white space at its ends. */
export function textOf(leaf: Element): string {
  return leaf.children
    .map((node) => (node.kind === "text" || node.kind === "cdata" ? node.text : ""))
    .join("")
    .trim();
}

type Ordered = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  commentPropName: "#comment",
  cdataPropName: "#cdata",
  captureMetaData: true,
  // Otherwise the path of every element is put together as text, which takes long where a name is.
  jPath: false,
});

const metaData = XMLParser.getMetaDataSymbol().valueOf();

/** What is wrong inside a node, and where that begins. */
class NodeFault extends Error {
  readonly index: number;

  constructor(error: unknown, index: number) {
    super(error instanceof Error ? error.message : String(error), { cause: error });
    this.index = index;
  }
}

function fromOrdered(node: Ordered, starts: Starts | undefined, parent = 0): Node {
  const index = (Reflect.get(node, metaData) as XMLMetaData | undefined)?.startIndex ?? parent;
  try {
    const read = nodeOf(node, starts, index);
    if (read.kind === "element") starts?.set(read, index);
    return read;
  } catch (error) {
    throw error instanceof NodeFault ? error : new NodeFault(error, index);
  }
}

function nodeOf(node: Ordered, starts: Starts | undefined, index: number): Node {
  const name = Object.keys(node).find((key) => key !== ":@") ?? "";
  const attributes = Object.fromEntries(
    Object.entries((node[":@"] ?? {}) as Record<string, string>).map(([key, value]) => [key, decode(value)]),
  );
  const content = node[name];
  if (name === "#text") return { kind: "text", text: decode(String(content)) };
  const children = content as readonly Ordered[];
  if (name === "#comment" || name === "#cdata") {
    const text = children.map((child) => String(child["#text"] ?? "")).join("");
    return { kind: name === "#cdata" ? "cdata" : "comment", text };
  }
  const instruction = name.startsWith("?");
  checkNames(instruction ? name.slice(1) : name, attributes);
  if (instruction) return { kind: "instruction", name: name.slice(1), attributes };
  const nodes = children.map((child) => fromOrdered(child, starts, index));
  const nested = nodes.some((child) => child.kind === "element");
  const blank = (child: Node) => child.kind === "text" && child.text.trim() === "";
  return element(name, attributes, nested ? nodes.filter((child) => !blank(child)) : nodes);
}

/** The parser takes for a name what could not be read again. @throws Error with the name */
function checkNames(name: string, attributes: Record<string, string>): void {
  const odd = [name, ...Object.keys(attributes)].find((one) => !/^[\p{L}_:][\p{L}\p{N}_:.-]*$/u.test(one));
  if (odd !== undefined) throw new Error(`${JSON.stringify(odd)} is not a name of XML`);
}

const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decode(raw: string): string {
  return raw.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) {
      const character = Object.hasOwn(named, name) ? named[name] : undefined;
      if (character === undefined) throw new Error(`the entity ${whole} is not one of XML's own`);
      return character;
    }
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code > 0x10_ff_ff || unwritable.test(String.fromCodePoint(code))) {
      throw new Error(`${whole} is not a character of XML`);
    }
    return String.fromCodePoint(code);
  });
}

/** Characters that XML 1.0 cannot hold, not even as references. */
// oxlint-disable-next-line no-control-regex
export const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

const references: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => references[character]!);
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\r\n\t]/g, (character) => references[character]!);
}

function write(node: Node, indent: string): string {
  switch (node.kind) {
    case "text":
      return escapeText(node.text);
    case "cdata":
      return `<![CDATA[${node.text}]]>`;
    case "comment":
      return `${indent}<!--${node.text}-->`;
    case "instruction":
      return `${indent}<?${node.name}${attributesOf(node)}?>`;
    case "element": {
      const open = `${indent}<${node.name}${attributesOf(node)}`;
      if (node.children.length === 0) return `${open} />`;
      // Only a list of elements and comments may be laid out anew; white space around a value would belong to it.
      const inline = node.children.some((child) => child.kind === "text" || child.kind === "cdata");
      const body = inline
        ? node.children.map((child) => write(child, "")).join("")
        : `\n${node.children.map((child) => write(child, `${indent}    `)).join("\n")}\n${indent}`;
      return `${open}>${body}</${node.name}>`;
    }
  }
}

function attributesOf(node: { readonly attributes: Record<string, string> }): string {
  return Object.entries(node.attributes)
    .map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`)
    .join("");
}
