/** A record of a CSV file and the line on which it begins, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Reads comma-separated values, or those with another separator of one character (RFC 4180): fields in quotes may hold
 * separators, line breaks and doubled quotes. Never throws: a quote that is not closed reaches to the end.
 */
export function readCsv(text: string, separator: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  const plain = new RegExp(`[^${separator}\r\n]*`, "y");
  let fields: string[] = [];
  let [at, line, begun] = [0, 1, 1];
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      field = text.slice(at + 1, end).replaceAll('""', '"');
      line += text.slice(at, end).split("\n").length - 1;
      at = end + 1;
    }
    plain.lastIndex = at;
    // What stands behind a closing quote belongs to the field, as every reader takes it.
    const rest = plain.exec(text)?.[0] ?? "";
    fields.push(field + rest);
    at += rest.length;
    if (text[at] === separator) {
      at += 1;
      if (at < text.length) continue;
      fields.push("");
    }
    at += text.startsWith("\r\n", at) ? 2 : 1;
    line += 1;
    records.push({ line: begun, fields });
    [fields, begun] = [[], line];
  }
  return records;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at === -1 ? text.length : at;
}
