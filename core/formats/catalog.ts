import {
  type DerElement,
  DerError,
  DerSequence,
  derElementAt,
  derElements,
  derTag,
  derWithin,
  isOid,
  oidBytes,
} from "./der.ts";
import { readSignature, type CatalogSignature } from "./catalog-signature.ts";

/** Largest catalogue that is read, in bytes; those of whole Windows updates stay below four mebibytes. */
export const catalogLimit = 32 * 1024 * 1024;
const memberLimit = 200_000;

/** A security catalogue (.cat): which files belong together, and who says so. */
export interface Catalog {
  readonly members: readonly CatalogMember[];
  readonly signature: CatalogSignature;
}

export interface CatalogMember {
  /** In lower-case hexadecimal: Authenticode's of a PE file, that of the whole file of others. */
  readonly digest: string;
  /** By the length of the digest. */
  readonly algorithm: "sha1" | "sha256" | "other";
}

const oids = {
  signedData: oidBytes("1.2.840.113549.1.7.2"),
  ctl: oidBytes("1.3.6.1.4.1.311.10.1"),
  catalogList: oidBytes("1.3.6.1.4.1.311.12.1.1"),
  indirectData: oidBytes("1.3.6.1.4.1.311.2.1.4"),
} as const;

/**
 * Reads a catalogue: PKCS #7 signed data whose content is a certificate trust list ("[MS-CAESO]", CertificateTrustList)
 * with the usage of catalogues (mscat.h). Never throws: what is no catalogue has a `fault`, as a clause.
 * Whether the signature is intact is in `signature`; whether its signer is to be trusted, only Windows can say.
 */
export function readCatalog(bytes: Uint8Array): Catalog | { readonly fault: string } {
  if (bytes.length > catalogLimit) return { fault: `it is larger than ${catalogLimit} bytes` };
  try {
    // Views of a Buffer are Buffers, which take longer to make than all else does.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const outer = new DerSequence(derElementAt(plain, 0));
    if (!isOid(outer.next(), oids.signedData)) return { fault: "it is not signed data" };
    const signed = new DerSequence(derWithin(outer.next(derTag.context(0))));
    signed.next(derTag.integer);
    signed.next(derTag.set);
    const encapsulated = new DerSequence(signed.next(derTag.sequence));
    if (!isOid(encapsulated.next(), oids.ctl)) return { fault: "what it signs is not a list of files" };
    const content = derWithin(encapsulated.next(derTag.context(0)));
    const list = content.tag === derTag.octetString ? derWithin(content) : content;
    const members = readList(list);
    const certificates = signed.optional(derTag.context(0));
    signed.optional(derTag.context(1));
    const signers = signed.next(derTag.set);
    return {
      members,
      signature: readSignature(content.content, certificates, signers, oids.ctl),
    };
  } catch (error) {
    if (error instanceof DerError) return { fault: error.message };
    throw error;
  }
}

function readList(list: DerElement): readonly CatalogMember[] {
  const fields = new DerSequence(list);
  fields.optional(derTag.integer);
  const usages = [...derElements(fields.next(derTag.sequence))];
  if (!usages.some((usage) => isOid(usage, oids.catalogList)))
    throw new DerError("it is a trust list and not a catalogue");
  fields.optional(derTag.octetString);
  fields.optional(derTag.integer);
  fields.next(derTag.utcTime, derTag.generalizedTime);
  fields.optional(derTag.utcTime, derTag.generalizedTime);
  fields.next(derTag.sequence);
  const subjects = fields.optional(derTag.sequence);
  const members: CatalogMember[] = [];
  for (const subject of derElements(subjects)) {
    if (members.length >= memberLimit) throw new DerError(`it lists more than ${memberLimit} files`);
    members.push(readMember(subject));
  }
  return members;
}

/** The digest is an attribute of the member; where there is none, it is its name. */
function readMember(subject: DerElement): CatalogMember {
  const fields = new DerSequence(subject);
  const identifier = fields.next(derTag.octetString);
  let digest: string | undefined;
  for (const attribute of derElements(fields.optional(derTag.set))) {
    const parts = new DerSequence(attribute);
    const type = parts.next();
    const values = parts.next(derTag.set);
    if (isOid(type, oids.indirectData) && values.start < values.end)
      digest = indirectDigest(derWithin(values));
  }
  digest ??= identifiedDigest(identifier.content);
  return { digest, algorithm: digest.length === 40 ? "sha1" : digest.length === 64 ? "sha256" : "other" };
}

/** Older catalogues name a member by the digits of its SHA-1 in UTF-16, newer ones by the digest itself. */
function identifiedDigest(identifier: Uint8Array): string {
  const bytes = buffer(identifier);
  const text = bytes.length < 80 ? "" : bytes.toString("utf16le").replace(/\0+$/, "");
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text) ? text.toLowerCase() : bytes.toString("hex");
}

/** SpcIndirectDataContent: what kind of data it is, then its digest. */
function indirectDigest(value: DerElement): string {
  const fields = new DerSequence(value);
  fields.next(derTag.sequence);
  const digest = new DerSequence(fields.next(derTag.sequence));
  digest.next(derTag.sequence);
  return buffer(digest.next(derTag.octetString).content).toString("hex");
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
