import { bannerIn } from "./banner.ts";
import { linesIn, type OutputLine } from "./lines.ts";

/** A field of a record: its English label, and what its value looks like where the label is of another language. */
export interface OutputField {
  readonly label: RegExp;
  readonly shape?: RegExp;
}

/** The fields of a kind of record, in the order in which DISM prints them; a record begins with the first. */
export type Schema<K extends string> = Readonly<Record<K, OutputField>>;

export type OutputRecord<K extends string> = Readonly<Partial<Record<K, string>>>;

/**
 * The records of an output, as texts: by the English labels, which /English asks for; where there are none, by the
 * place and shape of the fields, since their order is the same in every language; or else the rows of a table.
 * Labels that are not known are left out. A value that goes on in indented lines has line breaks.
 */
export function recordsIn<K extends string>(output: string, schema: Schema<K>): readonly OutputRecord<K>[] {
  const lines = linesIn(output);
  const labelled = byLabel(lines, schema);
  // Places and shapes say little of what may be any program's output.
  if (isWhole(labelled, schema) || bannerIn(output).tool === undefined) return labelled;
  const inPlace = byPlace(lines, schema);
  if (inPlace.length > 0) return inPlace;
  return labelled.length > 0 ? labelled : byColumn(lines, schema);
}

/** Some labels, such as Index and Name, are the same in other languages. */
function isWhole<K extends string>(records: readonly OutputRecord<K>[], schema: Schema<K>): boolean {
  const telling = entriesOf(schema).filter(([, { shape }]) => shape !== undefined);
  return records.length > 0 && telling.every(([name]) => records[0]?.[name] !== undefined);
}

/** The one record that a query for one thing gives; empty where there is none. */
export function recordIn<K extends string>(output: string, schema: Schema<K>): OutputRecord<K> {
  const [first = {} as OutputRecord<K>] = recordsIn(output, schema);
  return first;
}

type Filling<K extends string> = Partial<Record<K, string>>;

function entriesOf<K extends string>(schema: Schema<K>): readonly (readonly [K, OutputField])[] {
  return Object.entries(schema) as unknown as readonly (readonly [K, OutputField])[];
}

function byLabel<K extends string>(
  lines: readonly OutputLine[],
  schema: Schema<K>,
): readonly OutputRecord<K>[] {
  const entries = entriesOf(schema);
  const records: Filling<K>[] = [];
  let open: K | undefined;
  for (const line of lines.flatMap((each) => apart(each, entries))) {
    const record = records.at(-1);
    if (line.kind === "field") {
      open = entries.find(([, { label }]) => label.test(line.label))?.[0];
      if (open === undefined) continue;
      if (open === entries[0]?.[0]) records.push({ [open]: line.value } as Filling<K>);
      // What comes twice is of a part below the record.
      else if (record !== undefined && record[open] === undefined) record[open] = line.value;
      else open = undefined;
    } else if (line.kind === "text" && line.indented && open !== undefined && record !== undefined)
      record[open] = joined(record[open], line.text);
    else open = undefined;
  }
  return records;
}

/** The fields of a record that was copied into one line. */
function apart<K extends string>(
  line: OutputLine,
  entries: readonly (readonly [K, OutputField])[],
): readonly OutputLine[] {
  if (line.kind !== "field" || !line.value.includes(" : ") || !entries[0]?.[1].label.test(line.label))
    return [line];
  const parts = line.value.split(/\s(\w+(?: \w+)?) : /);
  const labels = parts.filter((_, at) => at % 2 === 1);
  if (!labels.every((each) => entries.some(([, { label }]) => label.test(each)))) return [line];
  return [
    { ...line, value: parts[0] ?? "" },
    ...labels.map((label, at) => ({ kind: "field" as const, label, value: parts[2 * at + 2] ?? "" })),
  ];
}

function byPlace<K extends string>(
  lines: readonly OutputLine[],
  schema: Schema<K>,
): readonly OutputRecord<K>[] {
  const most = entriesOf(schema).length;
  return blocksOf(lines).flatMap((values) => {
    const starts = values.flatMap((_, at) => (fits(values.slice(at, at + most), schema) ? [at] : []));
    const parts = starts.map((start, at) => values.slice(start, starts[at + 1]));
    // Before the first there may be a heading; a record that goes on is one of another kind.
    const ours = (starts[0] ?? 0) <= 1 && parts.every(({ length }) => length <= most);
    return ours ? parts.map((part) => placed(part, schema)) : [];
  });
}

/** Values of fields that follow each other without a line between them. */
function blocksOf(lines: readonly OutputLine[]): readonly (readonly string[])[] {
  const blocks: string[][] = [[]];
  for (const line of lines) {
    const block = blocks.at(-1) as string[];
    if (line.kind === "field") block.push(line.value);
    else if (line.kind === "text" && line.indented && block.length > 0)
      block.push(joined(block.pop(), line.text));
    else if (block.length > 0) blocks.push([]);
  }
  return blocks;
}

/** Every shape has to fit: only so much says that this is the record that is looked for. */
function fits<K extends string>(values: readonly string[], schema: Schema<K>): boolean {
  const shaped = entriesOf(schema).flatMap(([, { shape }], at) =>
    shape === undefined ? [] : [{ shape, at }],
  );
  return shaped.length > 0 && shaped.every(({ shape, at }) => shape.test(values[at] ?? ""));
}

function placed<K extends string>(values: readonly string[], schema: Schema<K>): OutputRecord<K> {
  const named = entriesOf(schema)
    .slice(0, values.length)
    .map(([name], at) => [name, values[at]]);
  return Object.fromEntries(named) as OutputRecord<K>;
}

/** `name | state` below a rule of dashes, as /Format:Table prints it. */
function byColumn<K extends string>(
  lines: readonly OutputLine[],
  schema: Schema<K>,
): readonly OutputRecord<K>[] {
  const rule = lines.findLastIndex((line) => line.kind === "text" && /^---[-|\s]*$/.test(line.text));
  if (rule < 0) return [];
  const rows: OutputRecord<K>[] = [];
  for (const line of lines.slice(rule + 1)) {
    if (line.kind === "blank") {
      if (rows.length > 0) break;
      continue;
    }
    // A value with a colon makes a row look like a field.
    const text = line.kind === "field" ? `${line.label} : ${line.value}` : line.text;
    const cells = text.split("|").map((cell) => cell.trim());
    if (cells.length < 2 || cells[0] === "") continue;
    rows.push(placed(cells, schema));
  }
  return rows;
}

const longestValue = 4096;

function joined(value: string | undefined, more: string): string {
  const whole = value === undefined || value === "" ? more : `${value}\n${more}`;
  return whole.slice(0, longestValue);
}
