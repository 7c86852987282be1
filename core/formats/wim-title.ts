import { WimFormatError } from "./wim.ts";
import { imageElements } from "./wim-xml.ts";

/** What names an image: Windows Setup lists images by the second, where there is one, and by the first else. */
const titles = ["NAME", "DISPLAYNAME"] as const;

/**
 * The XML metadata of a WIM with its images called by these names, in their order; nothing else of it changes.
 * @throws WimFormatError where it has not as many images, or cannot be read
 */
export function titledXml(xml: string, names: readonly string[]): string {
  const elements = imageElements(xml);
  if (elements.length !== names.length)
    throw new WimFormatError("corrupt", `its XML metadata has ${elements.length} images`);
  let text = "";
  let at = 0;
  for (const [index, element] of elements.entries()) {
    const start = xml.indexOf(element, at);
    text += xml.slice(at, start) + titledElement(element, names[index] as string);
    at = start + element.length;
  }
  return text + xml.slice(at);
}

/** The same for one `<IMAGE>` element. @throws WimFormatError */
export function titledElement(element: string, name: string): string {
  const children = childrenOf(element);
  const end = element.lastIndexOf("</");
  let text = "";
  let at = 0;
  for (const child of children.filter(({ tag }) => isTitle(tag))) {
    const first = children.find(({ tag }) => tag === child.tag) === child;
    text += element.slice(at, child.start) + (first ? titleOf(child.tag, name) : "");
    at = child.end;
  }
  const added = titles.filter((title) => children.every(({ tag }) => tag !== title));
  return [
    text,
    element.slice(at, end),
    ...added.map((title) => titleOf(title, name)),
    element.slice(end),
  ].join("");
}

/** What a capture counts, and finds of Windows, by itself. */
const found: ReadonlySet<string> = new Set([
  "DIRCOUNT",
  "FILECOUNT",
  "TOTALBYTES",
  "HARDLINKBYTES",
  "LASTMODIFICATIONTIME",
  "WINDOWS",
  "FLAGS",
  "SERVICINGDATA",
  "WIMBOOT",
]);

/**
 * What an image that was captured of another's volume says of itself: all that was said of the other, save what the
 * capture found. @throws WimFormatError
 */
export function inheritedElement(before: string, after: string): string {
  const own = childrenOf(after).filter(({ tag }) => found.has(tag));
  const kept = childrenOf(before).filter(({ tag }) => own.every((child) => child.tag !== tag));
  const inside = [
    ...kept.map(({ start, end }) => before.slice(start, end)),
    ...own.map(({ start, end }) => after.slice(start, end)),
  ].join("");
  return `${after.slice(0, after.indexOf(">") + 1)}${inside}</IMAGE>`;
}

function isTitle(tag: string): boolean {
  return (titles as readonly string[]).includes(tag);
}

function titleOf(tag: string, name: string): string {
  return `<${tag}>${name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</${tag}>`;
}

interface Child {
  readonly tag: string;
  readonly start: number;
  /** Behind its end tag. */
  readonly end: number;
}

/** What ends constructs whose content is no markup. */
const opaque = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
] as const;

/** The elements right below an element, without those inside them. */
function childrenOf(element: string): readonly Child[] {
  const children: Child[] = [];
  const open: { readonly tag: string; readonly start: number }[] = [];
  for (let at = element.indexOf("<"); at !== -1; at = element.indexOf("<", at)) {
    const start = at;
    const [begin, close] = opaque.find(([mark]) => element.startsWith(mark, at)) ?? ["<", ">"];
    const end = element.indexOf(close, at + begin.length);
    if (end === -1) throw malformed();
    at = end + close.length;
    if (begin !== "<") continue;
    const markup = element.slice(start + 1, end);
    const tag = /^\/?([^\s/]+)/.exec(markup)?.[1] ?? "";
    if (markup.startsWith("/")) {
      const opened = open.pop();
      if (opened?.tag !== tag) throw malformed();
      if (open.length === 1) children.push({ ...opened, end: at });
    } else if (!markup.endsWith("/")) open.push({ tag, start });
    else if (open.length === 1) children.push({ tag, start, end: at });
  }
  if (open.length > 0) throw malformed();
  return children;
}

function malformed(): WimFormatError {
  return new WimFormatError("corrupt", "the XML metadata of one of its images is malformed");
}
