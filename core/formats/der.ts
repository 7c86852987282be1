/** One element of DER, views of the bytes that were read. */
export interface DerElement {
  /** Identifier octet: class, whether constructed, and the number of the tag. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** With its tag and length. */
  readonly whole: Uint8Array;
}

/** Bytes are not the DER that a reader expects. */
export class DerError extends Error {}

export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  bmpString: 0x1e,
  universalString: 0x1c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  /** Constructed and specific to the context. */
  context: (number: number) => 0xa0 + number,
} as const;

/**
 * The element that begins at `at` (X.690). Tags of more than one octet and lengths left open, which DER does not have, are
 * refused as what points beyond the end is. @throws DerError
 */
export function derElementAt(bytes: Uint8Array, at: number): DerElement {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f)
    throw new DerError("it ends in the middle of an element");
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) throw new DerError("an element does not say how long it is");
    length = 0;
    for (let index = 0; index < octets; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
    start += octets;
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError("an element is longer than what holds it");
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}

/** Each element of a constructed one, in turn. @throws DerError */
export function* derElements(content: Uint8Array): Generator<DerElement, void> {
  for (let at = 0; at < content.length;) {
    const element = derElementAt(content, at);
    yield element;
    at += element.whole.length;
  }
}

/** Elements in the order in which a sequence holds them, some of them optional. */
export class DerSequence {
  readonly #content: Uint8Array;
  #at = 0;

  /** @throws DerError where it is not of this tag */
  constructor(element: DerElement, tag: number = derTag.sequence) {
    if (element.tag !== tag) throw new DerError(`an element is of tag ${element.tag} and not ${tag}`);
    this.#content = element.content;
  }

  /** The next element, where it is of one of these tags. @throws DerError */
  optional(...tags: readonly number[]): DerElement | undefined {
    if (this.#at >= this.#content.length) return undefined;
    const element = derElementAt(this.#content, this.#at);
    if (tags.length > 0 && !tags.includes(element.tag)) return undefined;
    this.#at += element.whole.length;
    return element;
  }

  /** The next element, which has to be of one of these tags. @throws DerError */
  next(...tags: readonly number[]): DerElement {
    const element = this.optional(...tags);
    if (element === undefined) throw new DerError(`an element of tag ${tags.join(" or ")} is missing`);
    return element;
  }
}

/** `1.2.840.113549`. @throws DerError */
export function derOid(element: DerElement): string {
  if (element.tag !== derTag.oid || element.content.length === 0 || element.content.length > 64)
    throw new DerError("an object identifier is missing");
  let text = "";
  let value = 0;
  for (const octet of element.content) {
    value = value * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    const first = Math.min(2, Math.floor(value / 40));
    text += text === "" ? `${first}.${value - first * 40}` : `.${value}`;
    value = 0;
  }
  return text;
}

/** A string of any of the types that names are written in. */
export function derText({ tag, content }: DerElement): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (tag === derTag.utf8String) return bytes.toString("utf8");
  if (tag !== derTag.bmpString) return bytes.toString("latin1");
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)))
    .swap16()
    .toString("utf16le");
}

/** A UTCTime, whose years are 1950 to 2049 (RFC 5280), or a GeneralizedTime; undefined for what is no time. */
export function derTime({ tag, content }: DerElement): Date | undefined {
  if (tag !== derTag.utcTime && tag !== derTag.generalizedTime) return undefined;
  const text = Buffer.from(content.subarray(0, 32)).toString("latin1");
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.\d+)?Z$/.exec(text);
  if (match === null || (match[1]?.length === 4) !== (tag === derTag.generalizedTime)) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const century = tag === derTag.generalizedTime ? 0 : year < 50 ? 2000 : 1900;
  const time = new Date(Date.UTC(century + year, month - 1, day, hour, minute, second));
  return Number.isNaN(time.getTime()) ? undefined : time;
}
