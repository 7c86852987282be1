import { hash, type KeyObject, verify, X509Certificate } from "node:crypto";
import { DerError, DerSequence, derElementAt, derElements, derOid, derTag, derText, derTime } from "./der.ts";
import type { DerElement } from "./der.ts";

/** Who signed, and whether what was signed is still what it was. Nothing here says that the signer is to be trusted. */
export interface CatalogSignature {
  /** The common name of the certificate that the signature points to; empty where it is not among those that came along. */
  readonly signer: string;
  readonly issuer: string;
  /** As the signature or its time stamp says, which is not checked. */
  readonly time?: Date;
  /** Why the signature does not hold, as a clause; absent where it does. */
  readonly broken?: string;
}

const oids = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  counterSignature: "1.2.840.113549.1.9.6",
  timeStampToken: "1.3.6.1.4.1.311.3.3.1",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
} as const;

const digests: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

interface SignerInfo {
  readonly identifier: DerElement;
  readonly digest: string;
  /** With the tag of a set, which is what is signed. */
  readonly signed?: Buffer;
  readonly attributes: ReadonlyMap<string, DerElement>;
  readonly unsigned: ReadonlyMap<string, DerElement>;
  readonly signature: Uint8Array;
}

/**
 * The first signature of signed data (RFC 2315, RFC 5652): its attributes hold the digest of the content, and it is over
 * those attributes, or over the content where there are none.
 * @param content what is signed, without tag and length
 * @throws DerError
 */
export function readSignature(
  content: Uint8Array,
  certificates: DerElement | undefined,
  signers: DerElement,
  contentType: string,
): CatalogSignature {
  const [first] = derElements(signers.content);
  if (first === undefined) return { signer: "", issuer: "", broken: "nobody signed it" };
  const info = readSignerInfo(first);
  const time = timeOf(info);
  const found = certificateOf(info.identifier, certificates);
  if (found === undefined)
    return { signer: "", issuer: "", ...time, broken: "the certificate of its signer is not in it" };
  const broken = fault(content, info, found.whole, contentType);
  const who = { signer: commonName(found.subject), issuer: commonName(found.issuer) };
  return { ...who, ...time, ...(broken === undefined ? {} : { broken }) };
}

function readSignerInfo(element: DerElement): SignerInfo {
  const fields = new DerSequence(element);
  fields.next(derTag.integer);
  const identifier = fields.next(derTag.sequence, 0x80);
  const digest = derOid(new DerSequence(fields.next(derTag.sequence)).next());
  const signed = fields.optional(derTag.context(0));
  fields.next(derTag.sequence);
  const signature = fields.next(derTag.octetString).content;
  const unsigned = fields.optional(derTag.context(1));
  return {
    identifier,
    digest: digests[digest] ?? "",
    ...(signed === undefined ? {} : { signed: asSet(signed.whole) }),
    attributes: attributesOf(signed),
    unsigned: attributesOf(unsigned),
    signature,
  };
}

function asSet(whole: Uint8Array): Buffer {
  const copy = Buffer.from(whole);
  copy[0] = derTag.set;
  return copy;
}

/** The first value of each attribute. */
function attributesOf(element: DerElement | undefined): ReadonlyMap<string, DerElement> {
  const attributes = new Map<string, DerElement>();
  for (const attribute of derElements(element?.content ?? new Uint8Array(0))) {
    const fields = new DerSequence(attribute);
    const type = derOid(fields.next());
    const values = fields.next(derTag.set).content;
    if (values.length > 0) attributes.set(type, derElementAt(values, 0));
  }
  return attributes;
}

interface Certificate {
  readonly whole: Uint8Array;
  readonly issuer: DerElement;
  readonly serial: DerElement;
  readonly subject: DerElement;
}

/** By issuer and serial number, or by the identifier of its key. */
function certificateOf(
  identifier: DerElement,
  certificates: DerElement | undefined,
): Certificate | undefined {
  const keyIdentifier = Buffer.concat([
    Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, identifier.content.length + 2]),
    Buffer.from([0x04, identifier.content.length]),
    identifier.content,
  ]);
  for (const element of derElements(certificates?.content ?? new Uint8Array(0))) {
    if (element.tag !== derTag.sequence) continue;
    const certificate = readCertificate(element);
    const named =
      identifier.tag === derTag.sequence
        ? equal(identifier.content, certificate.issuer.whole, certificate.serial.whole)
        : Buffer.from(element.whole).includes(keyIdentifier);
    if (named) return certificate;
  }
  return undefined;
}

/** RFC 5280, section 4.1. */
function readCertificate(element: DerElement): Certificate {
  const body = new DerSequence(new DerSequence(element).next(derTag.sequence));
  body.optional(derTag.context(0));
  const serial = body.next(derTag.integer);
  body.next(derTag.sequence);
  const issuer = body.next(derTag.sequence);
  body.next(derTag.sequence);
  return { whole: element.whole, issuer, serial, subject: body.next(derTag.sequence) };
}

function equal(bytes: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
  return Buffer.compare(bytes, Buffer.concat(parts)) === 0;
}

function fault(
  content: Uint8Array,
  info: SignerInfo,
  certificate: Uint8Array,
  contentType: string,
): string | undefined {
  if (info.digest === "") return "its signature is of a kind that is not known";
  if (info.signed !== undefined) {
    const type = info.attributes.get(oids.contentType);
    const digest = info.attributes.get(oids.messageDigest);
    if (type === undefined || derOid(type) !== contentType) return "its signature is over something else";
    const found = hash(info.digest, content, "buffer");
    if (digest === undefined || Buffer.compare(found, digest.content) !== 0)
      return "its list was changed after it was signed";
  }
  const key = keyOf(certificate);
  if (key === undefined) return "the certificate of its signer cannot be read";
  if (key.asymmetricKeyType !== "rsa" && key.asymmetricKeyType !== "ec")
    return "its signature is of a kind that is not known";
  try {
    if (verify(info.digest, info.signed ?? content, key, info.signature)) return undefined;
  } catch {
    // A key that is too small, or of a curve that is not supported, verifies nothing.
  }
  return "its signature is not that of its signer";
}

const keys = new Map<string, KeyObject>();
const mostKeys = 64;

/** The key of a certificate; most catalogues of a vendor are signed by the same. */
function keyOf(certificate: Uint8Array): KeyObject | undefined {
  const name = hash("sha256", certificate, "base64");
  const known = keys.get(name);
  if (known !== undefined) return known;
  try {
    const key = new X509Certificate(certificate).publicKey;
    if (keys.size >= mostKeys) keys.clear();
    keys.set(name, key);
    return key;
  } catch {
    return undefined;
  }
}

/** The signature's own attribute, the counter signature's, or that of a time stamp token (RFC 3161). */
function timeOf(info: SignerInfo): { readonly time?: Date } {
  const own = info.attributes.get(oids.signingTime);
  const counter = info.unsigned.get(oids.counterSignature);
  const stamp = info.unsigned.get(oids.timeStampToken);
  const element =
    own ??
    (counter === undefined ? undefined : readSignerInfo(counter).attributes.get(oids.signingTime)) ??
    (stamp === undefined ? undefined : stampedTime(stamp));
  const time = element === undefined ? undefined : derTime(element);
  return time === undefined ? {} : { time };
}

function stampedTime(stamp: DerElement): DerElement | undefined {
  try {
    const token = new DerSequence(stamp);
    token.next(derTag.oid);
    const signed = new DerSequence(derElementAt(token.next(derTag.context(0)).content, 0));
    signed.next(derTag.integer);
    signed.next(derTag.set);
    const encapsulated = new DerSequence(signed.next(derTag.sequence));
    encapsulated.next(derTag.oid);
    const octets = derElementAt(encapsulated.next(derTag.context(0)).content, 0);
    const fields = new DerSequence(derElementAt(octets.content, 0));
    fields.next(derTag.integer);
    fields.next(derTag.oid);
    fields.next(derTag.sequence);
    fields.next(derTag.integer);
    return fields.next(derTag.generalizedTime);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** Of a distinguished name; the organisation where it gives none. */
function commonName(name: DerElement): string {
  const found = new Map<string, string>();
  for (const relative of derElements(name.content))
    for (const attribute of derElements(relative.content)) {
      const fields = new DerSequence(attribute);
      found.set(derOid(fields.next()), derText(fields.next()));
    }
  return found.get(oids.commonName) ?? found.get(oids.organization) ?? "";
}
