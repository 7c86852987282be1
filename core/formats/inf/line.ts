/** Where something stands in an INF; both count from 1. */
export interface InfPlace {
  readonly line: number;
  readonly column: number;
}

export interface InfDiagnostic extends InfPlace {
  readonly message: string;
}

/** One field, unquoted, its %tokens% not yet replaced. */
export interface InfField extends InfPlace {
  readonly text: string;
}

/** `key = value, value` or `value, value`: one logical line. */
export interface InfEntry extends InfPlace {
  readonly key?: InfField;
  readonly values: readonly InfField[];
}

export type InfLine =
  | ({ readonly kind: "section"; readonly name: string } & InfPlace)
  | ({ readonly kind: "entry" } & InfEntry);

/** Longest field and longest section name ("general-syntax-rules-for-inf-files"). */
export const fieldLimit = 4096;
const sectionNameLimit = 255;
/** More lines than any INF has, and more fields than any line: what comes after them is not read. */
const lineLimit = 250_000;
const fieldsPerLine = 10_000;
const fieldLimitInAll = 1_000_000;

const token = /%(?![\s;])[^%",=]{1,255}(?<!\s)%/y;
/** What means nothing but itself, and what parts it. */
const plain = /[^\s;"\\%=,]+/y;
const gap = /\s+/y;
const continuation = /\\[^\S\n]*(?:;.*)?$/y;

/**
 * The logical lines of an INF: comments gone, quotes and continuations resolved.
 * Slips are noted and read past, as Windows does ("general-syntax-rules-for-inf-files").
 */
export function infLines(text: string, note: (diagnostic: InfDiagnostic) => void): readonly InfLine[] {
  const lines: InfLine[] = [];
  let draft: Draft | undefined;
  let fields = 0;
  // Ctrl-Z ended text files once, and still ends an INF.
  const physical = (text.split("\u001a", 1)[0] ?? "").replaceAll("\0", " ").split(/\r\n|\r|\n/);
  for (const [index, content] of physical.entries()) {
    const line = index + 1;
    if (lines.length >= lineLimit) {
      note({ line, column: 1, message: `more than ${lineLimit} lines: the rest was not read` });
      return lines;
    }
    if (fields > fieldLimitInAll) {
      note({ line, column: 1, message: `more than ${fieldLimitInAll} fields: the rest was not read` });
      return lines;
    }
    if (draft === undefined && /^\s*\[/.test(content)) {
      lines.push(sectionLine(content, line, note));
      continue;
    }
    draft ??= new Draft(note);
    if (draft.read(content, line)) continue;
    draft.finish(lines);
    fields += draft.length;
    draft = undefined;
  }
  draft?.finish(lines);
  return lines;
}

function sectionLine(content: string, line: number, note: (diagnostic: InfDiagnostic) => void): InfLine {
  const open = content.indexOf("[");
  const close = content.indexOf("]", open);
  const column = open + 1;
  if (close === -1) note({ line, column, message: "this section name has no closing bracket" });
  const name = content.slice(open + 1, close === -1 ? undefined : close).trim();
  if (name.length > sectionNameLimit) {
    note({ line, column, message: `this section name is longer than ${sectionNameLimit} characters` });
  }
  return { kind: "section", name, line, column };
}

/** An entry while it is read; a continued one spans several physical lines. */
class Draft {
  readonly #note: (diagnostic: InfDiagnostic) => void;
  #key: InfField | undefined;
  readonly #values: InfField[] = [];
  #text = "";
  #gap = "";
  #quoted = false;
  #place: InfPlace | undefined;
  #start: InfPlace | undefined;

  constructor(note: (diagnostic: InfDiagnostic) => void) {
    this.#note = note;
  }

  /** Takes one physical line; true where the next one continues it. */
  read(content: string, line: number): boolean {
    for (let at = 0; at < content.length;) {
      const place = { line, column: at + 1 };
      if (this.#values.length >= fieldsPerLine) {
        this.#note({ ...place, message: `more than ${fieldsPerLine} fields: the rest was not read` });
        return false;
      }
      const character = content.charAt(at);
      const run =
        matchAt(plain, content, at) ?? (character === "%" ? matchAt(token, content, at) : undefined);
      const space = run === undefined ? matchAt(gap, content, at) : undefined;
      if (run !== undefined) {
        this.#append(run, place);
        at += run.length;
      } else if (space !== undefined) {
        if (this.#place !== undefined) this.#gap += space;
        at += space.length;
      } else if (character === ";") {
        return false;
      } else if (character === '"') {
        at = this.#readQuoted(content, at, place);
      } else if (character === "\\" && matchAt(continuation, content, at) !== undefined) {
        return true;
      } else {
        this.#readMark(character, place);
        at += 1;
      }
    }
    return false;
  }

  #readMark(character: string, place: InfPlace): void {
    if (character === ",") this.#values.push(this.#take(place));
    else if (character === "=" && this.#key === undefined && this.#values.length === 0) {
      this.#key = this.#take(place);
    } else this.#append(character, place);
  }

  #readQuoted(content: string, from: number, place: InfPlace): number {
    this.#append("", place);
    this.#quoted = true;
    let at = from + 1;
    while (at < content.length) {
      const quote = content.indexOf('"', at);
      this.#text += content.slice(at, quote === -1 ? undefined : quote);
      if (quote === -1) break;
      if (content.charAt(quote + 1) !== '"') return quote + 1;
      this.#text += '"';
      at = quote + 2;
    }
    this.#note({ ...place, message: "this quotation mark is not closed on its line" });
    return content.length;
  }

  #append(text: string, place: InfPlace): void {
    this.#start ??= place;
    this.#place ??= place;
    this.#text += this.#gap + text;
    this.#gap = "";
  }

  #take(at: InfPlace): InfField {
    this.#start ??= at;
    const field = { text: this.#text, ...(this.#place ?? at) };
    if (field.text.length > fieldLimit) {
      this.#note({ ...at, message: `this field is longer than ${fieldLimit} characters` });
    }
    this.#text = "";
    this.#gap = "";
    this.#quoted = false;
    this.#place = undefined;
    return field;
  }

  /** Fields after the key. */
  get length(): number {
    return this.#values.length;
  }

  finish(lines: InfLine[]): void {
    if (this.#place !== undefined && (this.#text !== "" || this.#quoted)) {
      this.#values.push(this.#take(this.#place));
    }
    // Trailing commas may be left out, so empty fields at the end mean nothing.
    while (this.#values.at(-1)?.text === "") this.#values.pop();
    if (this.#start === undefined || (this.#key === undefined && this.#values.length === 0)) return;
    lines.push({
      kind: "entry",
      ...this.#start,
      ...(this.#key === undefined ? {} : { key: this.#key }),
      values: this.#values,
    });
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
