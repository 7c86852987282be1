/** Where something stands in an INF; both count from 1. */
export interface InfPlace {
  readonly line: number;
  readonly column: number;
}

export interface InfDiagnostic extends InfPlace {
  readonly message: string;
}

/** Each once, in the order of their places: readers of different parts of an INF may note the same. */
export function distinctDiagnostics(diagnostics: readonly InfDiagnostic[]): readonly InfDiagnostic[] {
  const known = new Map(diagnostics.map((each) => [`${each.line}:${each.column} ${each.message}`, each]));
  return [...known.values()].sort((a, b) => a.line - b.line || a.column - b.column);
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

/** Takes the logical lines of an INF, in their order. */
export interface InfLines {
  section(name: string, place: InfPlace): void;
  entry(entry: InfEntry): void;
  note(diagnostic: InfDiagnostic): void;
}

/** Longest field and longest section name ("general-syntax-rules-for-inf-files"). */
export const fieldLimit = 4096;
const sectionNameLimit = 255;
/** More lines than any INF has, and more fields than any line: what comes after them is not read. */
const lineLimit = 250_000;
const fieldsPerLine = 10_000;
const fieldLimitInAll = 1_000_000;

const token = /%(?![\s;])[^%",=\r\n]{1,255}(?<!\s)%/y;

/** What a character does to a line. */
const plain = 0;
const gap = 1;
const end = 2;
const mark = 3;
const kinds = new Uint8Array(128);
for (const character of " \t\v\f") kinds[character.charCodeAt(0)] = gap;
for (const character of "\r\n") kinds[character.charCodeAt(0)] = end;
for (const character of ';"\\%=,') kinds[character.charCodeAt(0)] = mark;

function kindOf(code: number): number {
  if (code < 128) return kinds[code]!;
  return code >= 0xa0 && /\s/.test(String.fromCharCode(code)) ? gap : plain;
}

/**
 * Gives out the logical lines of an INF: comments gone, quotes and continuations resolved.
 * Slips are noted and read past, as Windows does ("general-syntax-rules-for-inf-files").
 */
export function readLines(text: string, lines: InfLines): void {
  new Scanner(text, lines).read();
}

/**
 * A field is one slice of the text wherever it can be: `from` to `to`. What quotes and continuations have put
 * together before the slice is in `before`.
 */
class Scanner {
  readonly #text: string;
  readonly #length: number;
  readonly #lines: InfLines;
  #line = 1;
  #lineStart = 0;
  #knownEnd = -1;
  #entries = 0;
  #fields = 0;

  #key: InfField | undefined;
  /** Of this line, as many as `count`: one list for all lines, of which each takes a copy that is no larger than it needs. */
  readonly #values: InfField[] = [];
  #count = 0;
  #start: InfPlace | undefined;
  #place: InfPlace | undefined;
  #before = "";
  /** Blanks between `before` and what comes next: those of earlier lines, and those of this one from `blanksFrom`. */
  #blanks = "";
  #blanksFrom = 0;
  #from = -1;
  #to = 0;
  #quoted = false;

  constructor(text: string, lines: InfLines) {
    // Ctrl-Z ended text files once, and still ends an INF.
    const last = text.indexOf("\u001a");
    const whole = last === -1 ? text : text.slice(0, last);
    this.#text = whole.includes("\0") ? whole.replaceAll("\0", " ") : whole;
    this.#length = this.#text.length;
    this.#lines = lines;
  }

  read(): void {
    let at = 0;
    while (at < this.#length) {
      if (this.#entries >= lineLimit) return this.#stop(`more than ${lineLimit} lines`);
      if (this.#fields > fieldLimitInAll) return this.#stop(`more than ${fieldLimitInAll} fields`);
      at = this.#pastGap(at);
      at = this.#text.charAt(at) === "[" ? this.#readSection(at) : this.#readEntry(at);
    }
  }

  #stop(what: string): void {
    this.#lines.note({ line: this.#line, column: 1, message: `${what}: the rest was not read` });
  }

  #note({ line, column }: InfPlace, message: string): void {
    this.#lines.note({ line, column, message });
  }

  #placeAt(at: number): InfPlace {
    return { line: this.#line, column: at - this.#lineStart + 1 };
  }

  #pastGap(at: number): number {
    while (at < this.#length && kindOf(this.#text.charCodeAt(at)) === gap) at += 1;
    return at;
  }

  /** Where the line ends that `at` stands in; looked for once, however many quotation marks a line has. */
  #lineEnd(at: number): number {
    if (at <= this.#knownEnd) return this.#knownEnd;
    while (at < this.#length && this.#text.charCodeAt(at) !== 10 && this.#text.charCodeAt(at) !== 13) at += 1;
    this.#knownEnd = at;
    return at;
  }

  /** The beginning of the line after the one that ends at `at`. */
  #nextLine(at: number): number {
    if (at >= this.#length) return at;
    const next = at + (this.#text.charCodeAt(at) === 13 && this.#text.charCodeAt(at + 1) === 10 ? 2 : 1);
    this.#line += 1;
    this.#lineStart = next;
    return next;
  }

  #readSection(open: number): number {
    const place = this.#placeAt(open);
    const lineEnd = this.#lineEnd(open);
    const content = this.#text.slice(open + 1, lineEnd);
    const close = content.indexOf("]");
    if (close === -1) this.#note(place, "this section name has no closing bracket");
    const name = (close === -1 ? content : content.slice(0, close)).trim();
    if (name.length > sectionNameLimit) {
      this.#note(place, `this section name is longer than ${sectionNameLimit} characters`);
    }
    const behind = this.#pastGap(open + close + 2);
    if (close !== -1 && behind < lineEnd && this.#text[behind] !== ";") {
      this.#note(this.#placeAt(behind), "what stands behind the name of a section is not read");
    }
    this.#entries += 1;
    this.#lines.section(name, place);
    return this.#nextLine(lineEnd);
  }

  /** Reads one logical line, which may go on over several of the text. */
  #readEntry(from: number): number {
    const text = this.#text;
    let at = from;
    while (at < this.#length) {
      const code = text.charCodeAt(at);
      const kind = kindOf(code);
      if (kind === end) break;
      if (this.#count >= fieldsPerLine) {
        this.#note(this.#placeAt(at), `more than ${fieldsPerLine} fields: the rest was not read`);
        at = this.#lineEnd(at);
        break;
      }
      if (kind === plain) {
        const start = at;
        do at += 1;
        while (at < this.#length && kindOf(text.charCodeAt(at)) === plain);
        this.#append(start, at);
      } else if (kind === gap) at += 1;
      else if (code === 0x3b) {
        at = this.#lineEnd(at);
        break;
      } else at = this.#readMark(code, at);
    }
    this.#finish();
    return this.#nextLine(at);
  }

  #readMark(code: number, at: number): number {
    if (code === 0x22) return this.#readQuoted(at);
    if (code === 0x5c) {
      // Of two backslashes at the end of a line the first is passed over.
      const rest = this.#pastGap(at + (this.#text[at + 1] === "\\" ? 2 : 1));
      if (rest >= this.#length || kindOf(this.#text.charCodeAt(rest)) === end || this.#text[rest] === ";") {
        return this.#continue(at, this.#lineEnd(rest));
      }
    } else if (code === 0x25) {
      token.lastIndex = at;
      if (token.test(this.#text)) {
        this.#append(at, token.lastIndex);
        return token.lastIndex;
      }
    } else if (code === 0x2c) {
      this.#values[this.#count++] = this.#take(at);
      return at + 1;
    } else if (this.#key === undefined && this.#count === 0) {
      this.#key = this.#take(at);
      return at + 1;
    }
    this.#append(at, at + 1);
    return at + 1;
  }

  #continue(at: number, lineEnd: number): number {
    if (this.#place !== undefined) {
      this.#close();
      this.#blanks += this.#text.slice(this.#blanksFrom, at);
    }
    const next = this.#nextLine(lineEnd);
    this.#blanksFrom = next;
    return next;
  }

  #append(start: number, to: number): void {
    if (this.#place === undefined) {
      this.#place = this.#placeAt(start);
      this.#start ??= this.#place;
      this.#from = start;
    } else if (this.#from === -1) {
      this.#fill(start);
      this.#from = start;
    }
    this.#to = to;
  }

  /** Ends the slice: what comes next is put behind it. */
  #close(): void {
    if (this.#from === -1) return;
    this.#before += this.#text.slice(this.#from, this.#to);
    this.#from = -1;
    this.#blanksFrom = this.#to;
  }

  #fill(to: number): void {
    this.#before += this.#blanks + this.#text.slice(this.#blanksFrom, to);
    this.#blanks = "";
    this.#blanksFrom = to;
  }

  #readQuoted(open: number): number {
    const place = this.#placeAt(open);
    if (this.#place === undefined) {
      this.#place = place;
      this.#start ??= place;
    } else {
      this.#close();
      this.#fill(open);
    }
    this.#quoted = true;
    const lineEnd = this.#lineEnd(open);
    let at = open + 1;
    for (;;) {
      const quote = this.#text.indexOf('"', at);
      if (quote === -1 || quote >= lineEnd) break;
      this.#before += this.#text.slice(at, quote);
      if (this.#text.charCodeAt(quote + 1) !== 0x22) return (this.#blanksFrom = quote + 1);
      this.#before += '"';
      at = quote + 2;
    }
    this.#before += this.#text.slice(at, lineEnd);
    this.#note(place, "this quotation mark is not closed on its line");
    return (this.#blanksFrom = lineEnd);
  }

  #take(at: number): InfField {
    const { line, column } = this.#place ?? this.#placeAt(at);
    this.#start ??= { line, column };
    const text = this.#before + (this.#from === -1 ? "" : this.#text.slice(this.#from, this.#to));
    if (text.length > fieldLimit) {
      this.#note({ line, column }, `this field is longer than ${fieldLimit} characters`);
    }
    this.#place = undefined;
    this.#before = "";
    this.#blanks = "";
    this.#from = -1;
    this.#quoted = false;
    return { text, line, column };
  }

  #finish(): void {
    const held = this.#values;
    let count = this.#count;
    if (this.#place !== undefined && (this.#from !== -1 || this.#before !== "" || this.#quoted)) {
      held[count++] = this.#take(this.#to);
    }
    // Trailing commas may be left out, so empty fields at the end mean nothing.
    while (count > 0 && held[count - 1]!.text === "") count -= 1;
    const [start, key] = [this.#start, this.#key];
    this.#start = this.#key = this.#place = undefined;
    this.#count = 0;
    if (start === undefined || (key === undefined && count === 0)) return;
    const values = held.slice(0, count);
    this.#entries += 1;
    this.#fields += count;
    const { line, column } = start;
    this.#lines.entry(key === undefined ? { values, line, column } : { key, values, line, column });
  }
}
