import { hash, type KeyObject, verify, X509Certificate } from "node:crypto";
import {
  type DerElement,
  DerSequence,
  derElements,
  derOid,
  derTag,
  derText,
  derWithin,
  isOid,
} from "./der.ts";

/** Who signed, and whether what was signed is still what it was. Nothing here says that the signer is to be trusted. */
export interface CatalogSignature {
  /** The common name of the certificate that the signature points to; empty where it is not among those that came along. */
  readonly signer: string;
  /** Why the signature does not hold, as a clause; absent where it does. */
  readonly broken?: string;
}

const oids = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
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
  contentType: Uint8Array,
): CatalogSignature {
  const [first] = derElements(signers);
  if (first === undefined) return { signer: "", broken: "nobody signed it" };
  const info = readSignerInfo(first);
  const found = certificateOf(info.identifier, certificates);
  if (found === undefined) return { signer: "", broken: "the certificate of its signer is not in it" };
  const { signer, key } = signerOf(found);
  const broken = fault(content, info, key, contentType);
  return { signer, ...(broken === undefined ? {} : { broken }) };
}

function readSignerInfo(element: DerElement): SignerInfo {
  const fields = new DerSequence(element);
  fields.next(derTag.integer);
  const identifier = fields.next(derTag.sequence, 0x80);
  const digest = derOid(new DerSequence(fields.next(derTag.sequence)).next());
  const signed = fields.optional(derTag.context(0));
  fields.next(derTag.sequence);
  const signature = fields.next(derTag.octetString).content;
  return {
    identifier,
    digest: digests[digest] ?? "",
    ...(signed === undefined ? {} : { signed: asSet(signed.whole) }),
    attributes: attributesOf(signed),
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
  for (const attribute of derElements(element)) {
    const fields = new DerSequence(attribute);
    const type = derOid(fields.next());
    const values = fields.next(derTag.set);
    if (values.start < values.end) attributes.set(type, derWithin(values));
  }
  return attributes;
}

interface Certificate {
  readonly whole: Uint8Array;
  readonly issuer: DerElement;
  readonly serial: DerElement;
  readonly subject: DerElement;
}

function certificateOf(
  identifier: DerElement,
  certificates: DerElement | undefined,
): Certificate | undefined {
  for (const element of derElements(certificates)) {
    if (element.tag !== derTag.sequence) continue;
    const certificate = readCertificate(element);
    if (isNamed(certificate, identifier)) return certificate;
  }
  return undefined;
}

/** By issuer and serial number, or by the identifier of its key. */
function isNamed({ whole, issuer, serial }: Certificate, identifier: DerElement): boolean {
  const name = identifier.content;
  if (identifier.tag === derTag.sequence)
    return Buffer.compare(name, Buffer.concat([issuer.whole, serial.whole])) === 0;
  const keyIdentifier = Buffer.concat([
    Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, name.length + 2, 0x04, name.length]),
    name,
  ]);
  return Buffer.from(whole).includes(keyIdentifier);
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

function fault(
  content: Uint8Array,
  info: SignerInfo,
  key: KeyObject | undefined,
  contentType: Uint8Array,
): string | undefined {
  if (info.digest === "") return "its signature is of a kind that is not known";
  if (info.signed !== undefined) {
    const type = info.attributes.get(oids.contentType);
    const digest = info.attributes.get(oids.messageDigest);
    if (type === undefined || !isOid(type, contentType)) return "its signature is over something else";
    const found = hash(info.digest, content, "buffer");
    if (digest === undefined || Buffer.compare(found, digest.content) !== 0)
      return "its list was changed after it was signed";
  }
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

interface Signer extends Pick<CatalogSignature, "signer"> {
  /** Undefined where the certificate holds none that can be read. */
  readonly key: KeyObject | undefined;
}

const knownSigners = new Map<string, Signer>();
const mostSigners = 64;

/** Whom a certificate is for; most catalogues of a vendor are signed by the same. */
function signerOf({ whole, subject }: Certificate): Signer {
  const name = hash("sha256", whole, "base64");
  const known = knownSigners.get(name);
  if (known !== undefined) return known;
  const signer = { signer: commonName(subject), key: keyOf(whole) };
  if (knownSigners.size >= mostSigners) knownSigners.clear();
  knownSigners.set(name, signer);
  return signer;
}

function keyOf(certificate: Uint8Array): KeyObject | undefined {
  try {
    return new X509Certificate(certificate).publicKey;
  } catch {
    return undefined;
  }
}

/** Of a distinguished name; the organisation where it gives none. */
function commonName(name: DerElement): string {
  const found = new Map<string, string>();
  for (const relative of derElements(name))
    for (const attribute of derElements(relative)) {
      const fields = new DerSequence(attribute);
      found.set(derOid(fields.next()), derText(fields.next()));
    }
  return found.get(oids.commonName) ?? found.get(oids.organization) ?? "";
}
