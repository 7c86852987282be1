import type { Origin } from "./formats/answer-file.ts";
import type { Table } from "./table.ts";

/** Who set what in an answer file: a row for each setting, with the passes in which the same parties set it. */
export function answerFileTable(origins: readonly Origin[], title: string): Table {
  const rows = new Map<string, { readonly passes: string[]; readonly rest: readonly string[] }>();
  for (const { pass, setting, by, overrules } of origins) {
    const rest = [setting, by.join(", ") + (overrules === undefined ? "" : `, overruling ${overrules}`)];
    const key = JSON.stringify(rest);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { passes: [pass], rest });
    else known.passes.push(pass);
  }
  return {
    title,
    columns: ["pass", "setting", "by"],
    rows: [...rows.values()].map(({ passes, rest }) => [passes.join(", "), ...rest]),
  };
}
