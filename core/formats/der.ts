/** One element of DER: a place in the bytes that were read. Views are made of what is wanted alone: a catalogue has hundreds. */
export class DerElement {
  readonly bytes: Uint8Array;
  /** Identifier octet: class, whether constructed, and the number of the tag. */
  readonly tag: number;
  /** Where its tag, its content and what follows it begin. */
  readonly at: number;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Uint8Array, tag: number, at: number, start: number, end: number) {
    this.bytes = bytes;
    this.tag = tag;
    this.at = at;
    this.start = start;
    this.end = end;
  }

  get content(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** With its tag and length. */
  get whole(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }
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
 * The element that begins at `at` and is not longer than `limit` allows (X.690). Tags of more than one octet and lengths left
 * open, which DER does not have, are refused as what points beyond the end is. @throws DerError
 */
export function derElementAt(bytes: Uint8Array, at: number, limit: number = bytes.length): DerElement {
  if (at + 2 > limit) throw new DerError("it ends in the middle of an element");
  const tag = bytes[at]!;
  const first = bytes[at + 1]!;
  if ((tag & 0x1f) === 0x1f) throw new DerError("it ends in the middle of an element");
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
  if (end > limit) throw new DerError("an element is longer than what holds it");
  return new DerElement(bytes, tag, at, start, end);
}

/** The element that the content of another begins with. @throws DerError */
export function derWithin({ bytes, start, end }: DerElement): DerElement {
  return derElementAt(bytes, start, end);
}

/** Each element of a constructed one, in turn; none of what is not there. @throws DerError */
export function* derElements(holder: DerElement | undefined): Generator<DerElement, void> {
  if (holder === undefined) return;
  const { bytes, start, end } = holder;
  for (let at = start; at < end;) {
    const element = derElementAt(bytes, at, end);
    yield element;
    at = element.end;
  }
}

/** Elements in the order in which a sequence holds them, some of them optional. */
export class DerSequence {
  readonly #holder: DerElement;
  #at: number;

  /** @throws DerError where it is not of this tag */
  constructor(holder: DerElement, tag: number = derTag.sequence) {
    if (holder.tag !== tag) throw new DerError(`an element is of tag ${holder.tag} and not ${tag}`);
    this.#holder = holder;
    this.#at = holder.start;
  }

  /** The next element, where it is of one of these tags. @throws DerError */
  optional(...tags: readonly number[]): DerElement | undefined {
    const { bytes, end } = this.#holder;
    if (this.#at >= end) return undefined;
    const element = derElementAt(bytes, this.#at, end);
    if (tags.length > 0 && !tags.includes(element.tag)) return undefined;
    this.#at = element.end;
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
  checkOid(element);
  let text = "";
  let value = 0;
  for (let at = element.start; at < element.end; at += 1) {
    const octet = element.bytes[at]!;
    value = value * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    const first = Math.min(2, Math.floor(value / 40));
    text += text === "" ? `${first}.${value - first * 40}` : `.${value}`;
    value = 0;
  }
  return text;
}

/** Whether an element is this object identifier, as `oidBytes` writes it. @throws DerError where it is none */
export function isOid(element: DerElement, oid: Uint8Array): boolean {
  checkOid(element);
  const { bytes, start, end } = element;
  return end - start === oid.length && oid.every((octet, at) => bytes[start + at] === octet);
}

function checkOid({ tag, start, end }: DerElement): void {
  if (tag !== derTag.oid || start === end || end - start > 64)
    throw new DerError("an object identifier is missing");
}

/** The content of an object identifier. @param text `1.2.840.113549` */
export function oidBytes(text: string): Uint8Array {
  const [first = 0, second = 0, ...others] = text.split(".").map(Number);
  return Uint8Array.from([first * 40 + second, ...others].flatMap(octetsOf));
}

/** Seven bits each, the highest bit set in all but the last. */
function octetsOf(value: number): readonly number[] {
  const octets = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
    octets.unshift(0x80 + (left % 128));
  return octets;
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
