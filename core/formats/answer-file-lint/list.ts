import { keyOf, listKind } from "../answer-file-list.ts";
import { elements, type Element } from "../answer-file-tree.ts";
import type { Report, Rule } from "./document.ts";

/** Numbers, keys and `wcm:action` of list items. */
export const listRule: Rule = (document, report) => {
  const lists = new Map<Element, Set<string>>();
  for (const { parent, element } of document.settings) {
    const { number, by } = listKind(element.name);
    if (number === undefined && by === undefined) continue;
    const action = element.attributes["wcm:action"];
    if (action === undefined) report("action-missing", element, `<${element.name}> has no wcm:action`);
    else if (!/^(?:add|remove|modify)$/i.test(action)) {
      report("attribute-invalid", element, `wcm:action of <${element.name}> is not add, remove or modify`);
    }
    const names = lists.get(parent) ?? new Set<string>();
    lists.set(parent, names.add(element.name));
  }
  for (const [parent, names] of lists) {
    for (const name of names) {
      const items = elements(parent, name);
      const { number, by } = listKind(name);
      if (number !== undefined) checkNumbers(items, number, report);
      // A description or a path is how a command or a folder is found, and no key to Windows.
      if (by !== undefined && by !== "Description" && by !== "Path") checkKeys(items, by, report);
    }
  }
};

function checkNumbers(items: readonly Element[], by: string, report: Report): void {
  const seen = new Set<number>();
  for (const item of items) {
    const text = keyOf(item, by);
    const at = elements(item, by)[0] ?? item;
    const most = item.name.endsWith("Command") ? 500 : Number.MAX_SAFE_INTEGER;
    if (text === undefined) {
      report("order-missing", item, `<${item.name}> has no ${by}`);
      continue;
    }
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 1 && value <= most)) {
      report(
        "order-invalid",
        at,
        `${by} of <${item.name}> is not a number from 1${most === 500 ? " to 500" : ""}`,
      );
    } else if (seen.has(value)) {
      report("order-duplicate", at, `Two <${item.name}> have the ${by} ${value}`);
    }
    seen.add(value);
  }
  if (
    items[0]?.name.endsWith("Partition") === true &&
    !seen.has(Number.NaN) &&
    Math.max(...seen) !== seen.size
  ) {
    report("partition-order", items[0]!, `${by} of <${items[0]!.name}> does not count 1, 2, 3`);
  }
}

function checkKeys(items: readonly Element[], by: string, report: Report): void {
  const seen = new Set<string>();
  for (const item of items) {
    const key = keyOf(item, by)?.toLowerCase();
    if (key !== undefined && seen.has(key)) {
      report("key-duplicate", elements(item, by)[0] ?? item, `Two <${item.name}> have the same ${by}`);
    }
    if (key !== undefined) seen.add(key);
  }
}
