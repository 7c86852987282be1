import { element, elements, textOf, type Element, type Node } from "./answer-file-tree.ts";

/**
 * How the items of a list are told apart and put into order. `number`: an `Order` child or a `wcm:keyValue` attribute that
 * counts from 1; the values and not the position in the file are the order (microsoft-windows-deployment-runsynchronous-
 * runsynchronouscommand-order). `by`: the child, or the attribute, that a setting's `[key]` means.
 */
export interface ListKind {
  readonly number?: "Order" | "wcm:keyValue";
  readonly by?: string;
  /** The order in which Windows wants what is in an item; anything else follows as it came. */
  readonly order?: readonly string[];
}

const command: ListKind = { number: "Order", by: "Description" };
const keyed: ListKind = { by: "wcm:keyValue" };

const kinds: Readonly<Record<string, ListKind>> = {
  RunSynchronousCommand: command,
  RunAsynchronousCommand: command,
  SynchronousCommand: command,
  AsynchronousCommand: command,
  CreatePartition: { number: "Order" },
  ModifyPartition: { number: "Order" },
  DataImage: { number: "Order" },
  PathAndCredentials: { number: "wcm:keyValue", by: "Path" },
  IpAddress: keyed,
  DomainName: keyed,
  FirewallGroup: keyed,
  User: keyed,
  ValidCommunity: keyed,
  Portrule: keyed,
  AssociationElement: keyed,
  DeviceElement: keyed,
  LocalAccount: { by: "Name" },
  DomainAccount: { by: "Name" },
  DomainAccountList: { by: "Domain" },
  Disk: { by: "DiskID" },
  // "microsoft-windows-tcpip-interfaces-interface"; DNS-Client and NetBT, whose items have one name with it, begin as it does.
  Interface: {
    by: "Identifier",
    order: ["Ipv4Settings", "Ipv6Settings", "Identifier", "UnicastIpAddresses", "Routes"],
  },
  // "microsoft-windows-tcpip-interfaces-interface-routes-route-nexthopaddress"
  Route: { by: "Identifier", order: ["Identifier", "Metric", "NextHopAddress", "Prefix"] },
  MetaData: { by: "Key" },
  Scope: { by: "ScopeKey" },
  QuickLinkItem: { by: "QLID" },
};

/** Empty for what is no list that the reference has. */
export const listKind = (name: string): ListKind => (Object.hasOwn(kinds, name) ? kinds[name]! : {});

/** The item that a key means among those of a parent, from whichever file or plugin. */
export function findItem(parent: Element, name: string, key: string): Element | undefined {
  const { by } = listKind(name);
  if (by === undefined) return undefined;
  return elements(parent, name).find((item) => keyOf(item, by)?.toLowerCase() === key.toLowerCase());
}

/** Whether an element is the number of its item, which the last pass gives. */
export function isNumber(item: Element, child: Element): boolean {
  return listKind(item.name).number === child.name;
}

/** The key of an item of a list; undefined for what is none. */
export function keyOfItem(item: Element): string | undefined {
  const { by } = listKind(item.name);
  return by === undefined ? undefined : keyOf(item, by);
}

/** An element among those beside it: `LocalAccount[ann]`, or its name. */
export function placeOf(item: Element): string {
  const key = keyOfItem(item);
  return key === undefined ? item.name : `${item.name}[${key}]`;
}

/** A new item; what its key means is written unless a setting says otherwise. */
export function newItem(name: string, key: string): Element {
  const { by } = listKind(name);
  const item = element(name, { "wcm:action": "add" });
  if (by === undefined) return item;
  if (by.startsWith("wcm:")) item.attributes[by] = key;
  else item.children.push(element(by, {}, [{ kind: "text", text: key }]));
  return item;
}

/**
 * Numbers the items of the lists that were added to, as the last pass. Numbers that the files and settings already hold
 * are kept where no two are the same; new items follow the highest. Otherwise all are numbered anew in their order.
 */
export function numberItems(parent: Element, name: string): void {
  const { number } = listKind(name);
  if (number === undefined) return;
  const items = elements(parent, name);
  const numbers = items.map((item) => Number(keyOf(item, number) ?? Number.NaN));
  const given = numbers.filter((value) => Number.isInteger(value) && value > 0);
  const distinct = new Set(given);
  const keep = distinct.size === given.length;
  let next = keep ? given.reduce((highest, value) => Math.max(highest, value), 0) : 0;
  const rank = (index: number) => (Number.isNaN(numbers[index]!) ? Number.MAX_SAFE_INTEGER : numbers[index]!);
  const inOrder = items.map((_, index) => index).sort((a, b) => rank(a) - rank(b) || a - b);
  for (const index of inOrder) {
    if (!(keep && distinct.has(numbers[index]!))) setNumber(items[index]!, number, ++next);
  }
}

/** Puts what is in the items of a list into the order that Windows wants. */
export function orderItems(parent: Element, name: string): void {
  const { order } = listKind(name);
  if (order === undefined) return;
  const rank = (node: Node) => {
    const at = node.kind === "element" ? order.indexOf(node.name) : -1;
    return at === -1 ? order.length : at;
  };
  for (const item of elements(parent, name)) item.children.sort((a, b) => rank(a) - rank(b));
}

function setNumber(item: Element, number: string, value: number): void {
  if (number.startsWith("wcm:")) {
    item.attributes[number] = String(value);
    return;
  }
  const text = { kind: "text" as const, text: String(value) };
  const child = elements(item, number)[0];
  if (child === undefined) item.children.unshift(element(number, {}, [text]));
  else child.children = [text];
}

/** What an item is known by: the text of a child, or an attribute. */
export function keyOf(item: Element, by: string): string | undefined {
  if (by.startsWith("wcm:")) return item.attributes[by];
  const child = elements(item, by)[0];
  return child === undefined || textOf(child) === "" ? undefined : textOf(child);
}
