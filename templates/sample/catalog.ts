import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import * as asn1 from "asn1js";
import { bufferSource } from "../../core/formats/bytes.ts";
import { readPe } from "../../core/formats/pe.ts";

/** Who signs catalogues: a key made for this process, with a certificate that it signed itself. */
export interface Signer {
  readonly name: string;
  readonly certificate: Buffer;
  readonly key: KeyObject;
}

export interface CatalogFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface CatalogOptions {
  readonly signer?: Signer;
  /** SHA-1 is written as catalogues before Windows 8 have it: members are named by the digest in UTF-16 hexadecimal. */
  readonly algorithm?: "sha1" | "sha256";
  readonly attributes?: Readonly<Record<string, string>>;
  /** Of the catalogue and of the signature. */
  readonly time?: Date;
  /** Without authenticated attributes the signature is over the content itself. */
  readonly plain?: boolean;
}

const oids = {
  signedData: "1.2.840.113549.1.7.2",
  ctl: "1.3.6.1.4.1.311.10.1",
  list: "1.3.6.1.4.1.311.12.1.1",
  member: { sha1: "1.3.6.1.4.1.311.12.1.2", sha256: "1.3.6.1.4.1.311.12.1.3" },
  nameValue: "1.3.6.1.4.1.311.12.2.1",
  memberInfo: "1.3.6.1.4.1.311.12.2.2",
  indirectData: "1.3.6.1.4.1.311.2.1.4",
  peImage: "1.3.6.1.4.1.311.2.1.15",
  cabData: "1.3.6.1.4.1.311.2.1.25",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  rsa: "1.2.840.113549.1.1.1",
  rsaSha256: "1.2.840.113549.1.1.11",
  ecdsaSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
} as const;

const made = new Map<string, Signer>();

/** The same signer for the same name and kind of key. */
export function signer(name = "Contoso Driver Signing", kind: "rsa" | "ec" = "rsa"): Signer {
  const known = made.get(`${kind} ${name}`);
  if (known !== undefined) return known;
  const { publicKey, privateKey } =
    kind === "rsa"
      ? generateKeyPairSync("rsa", encodings({ modulusLength: 2048 }))
      : generateKeyPairSync("ec", encodings({ namedCurve: "P-256" }));
  const key = createPrivateKey({ key: privateKey, format: "der", type: "pkcs8" });
  const algorithm = signatureAlgorithm(key);
  const body = sequence(
    tagged(0, integer(2)),
    integer(made.size + 1),
    algorithm,
    distinguishedName(name),
    sequence(utcTime(new Date("2024-01-01")), utcTime(new Date("2044-01-01"))),
    distinguishedName(name),
    encoded(publicKey),
  );
  const signature = sign("sha256", der(body), key);
  const certificate = der(sequence(body, algorithm, new asn1.BitString({ valueHex: bytes(signature) })));
  const fresh = { name, certificate, key };
  made.set(`${kind} ${name}`, fresh);
  return fresh;
}

/** A catalogue that lists files as Inf2Cat does, signed: PE files by their Authenticode digest, others by that of all of them. */
export function catalog(files: readonly CatalogFile[], options: CatalogOptions = {}): Buffer {
  const { signer: by = signer(), algorithm = "sha256", time = new Date("2025-06-01T12:00:00Z") } = options;
  const list = sequence(
    sequence(oid(oids.list)),
    octets(
      createHash("md5")
        .update(files.map(({ name }) => name).join())
        .digest(),
    ),
    utcTime(time),
    sequence(oid(oids.member[algorithm]), new asn1.Null()),
    sequence(...files.map((file) => member(file, algorithm))),
    ...extensions(options.attributes ?? { OS: "_v100_X64" }),
  );
  const content = sequence(oid(oids.ctl), tagged(0, list));
  return der(
    sequence(oid(oids.signedData), tagged(0, signedData(content, contentOf(der(list)), by, time, options))),
  );
}

/** Digest by which a catalogue lists a file. */
export function listedDigest(file: Uint8Array, algorithm: "sha1" | "sha256"): Buffer {
  const hash = createHash(algorithm);
  const pe = readPe(bufferSource(file));
  if (pe === undefined) return hash.update(file).digest();
  for (const { start, end } of pe.hashed) hash.update(file.subarray(start, end));
  return hash.update(Buffer.alloc(pe.padding)).digest();
}

function member({ name, bytes: content }: CatalogFile, algorithm: "sha1" | "sha256"): asn1.Sequence {
  const digest = listedDigest(content, algorithm);
  const executable = readPe(bufferSource(content)) !== undefined;
  const hex = digest.toString("hex").toUpperCase();
  return sequence(
    octets(algorithm === "sha1" ? Buffer.from(`${hex}\0`, "utf16le") : digest),
    set(
      attribute(oids.nameValue, nameValue("File", name.toLowerCase())),
      attribute(oids.nameValue, nameValue("OSAttr", "2:10.0")),
      attribute(
        oids.memberInfo,
        sequence(
          new asn1.BmpString({
            value: executable
              ? "{C689AAB8-8E78-11D0-8C47-00C04FC295EE}"
              : "{DE351A42-8E59-11D0-8C47-00C04FC295EE}",
          }),
          integer(512),
        ),
      ),
      attribute(
        oids.indirectData,
        sequence(
          sequence(oid(executable ? oids.peImage : oids.cabData)),
          sequence(sequence(oid(oids[algorithm]), new asn1.Null()), octets(digest)),
        ),
      ),
    ),
  );
}

function extensions(attributes: Readonly<Record<string, string>>): readonly asn1.Constructed[] {
  const entries = Object.entries(attributes).map(([name, value]) =>
    sequence(oid(oids.nameValue), octets(der(nameValue(name, value)))),
  );
  return entries.length === 0 ? [] : [tagged(0, sequence(...entries))];
}

function nameValue(name: string, value: string): asn1.Sequence {
  return sequence(
    new asn1.BmpString({ value: name }),
    integer(0x10010001),
    octets(Buffer.from(`${value}\0`, "utf16le")),
  );
}

function signedData(
  content: asn1.Sequence,
  signed: Buffer,
  by: Signer,
  time: Date,
  { plain = false }: CatalogOptions,
): asn1.Sequence {
  const attributes = [
    attribute(oids.contentType, oid(oids.ctl)),
    attribute(oids.signingTime, utcTime(time)),
    attribute(oids.messageDigest, octets(createHash("sha256").update(signed).digest())),
  ];
  const signature = sign("sha256", plain ? signed : der(set(...attributes)), by.key);
  const sha256 = sequence(oid(oids.sha256), new asn1.Null());
  const rsa = by.key.asymmetricKeyType === "rsa";
  const info = sequence(
    integer(1),
    sequence(distinguishedName(by.name), serialOf(by)),
    sha256,
    ...(plain ? [] : [new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: attributes })]),
    rsa ? sequence(oid(oids.rsa), new asn1.Null()) : sequence(oid(oids.ecdsaSha256)),
    octets(signature),
  );
  return sequence(integer(1), set(sha256), content, tagged(0, encoded(by.certificate)), set(info));
}

function serialOf({ certificate }: Signer): asn1.BaseBlock {
  const [body] = (encoded(certificate) as asn1.Sequence).valueBlock.value as asn1.Sequence[];
  return body?.valueBlock.value[1] as asn1.BaseBlock;
}

function signatureAlgorithm(key: KeyObject): asn1.Sequence {
  return key.asymmetricKeyType === "rsa"
    ? sequence(oid(oids.rsaSha256), new asn1.Null())
    : sequence(oid(oids.ecdsaSha256));
}

function encodings<T extends object>(of: T) {
  return {
    ...of,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  } as const;
}

function distinguishedName(name: string): asn1.Sequence {
  return sequence(set(sequence(oid(oids.commonName), new asn1.Utf8String({ value: name }))));
}

function attribute(type: string, value: asn1.BaseBlock): asn1.Sequence {
  return sequence(oid(type), set(value));
}

function sequence(...value: asn1.BaseBlock[]): asn1.Sequence {
  return new asn1.Sequence({ value });
}

/** DER orders what is in a set by its encoding. */
function set(...value: asn1.BaseBlock[]): asn1.Set {
  return new asn1.Set({ value: value.toSorted((a, b) => Buffer.compare(der(a), der(b))) });
}

function tagged(tagNumber: number, value: asn1.BaseBlock): asn1.Constructed {
  return new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });
}

function oid(value: string): asn1.ObjectIdentifier {
  return new asn1.ObjectIdentifier({ value });
}

function integer(value: number): asn1.Integer {
  return new asn1.Integer({ value });
}

function octets(value: Uint8Array): asn1.OctetString {
  return new asn1.OctetString({ valueHex: bytes(value) });
}

function utcTime(valueDate: Date): asn1.UTCTime {
  return new asn1.UTCTime({ valueDate });
}

function encoded(value: Uint8Array): asn1.BaseBlock {
  return asn1.fromBER(bytes(value)).result;
}

function der(block: asn1.BaseBlock): Buffer {
  return Buffer.from(block.toBER());
}

/** Without tag and length: what PKCS #7 signs. */
function contentOf(whole: Buffer): Buffer {
  const length = whole.readUInt8(1);
  return whole.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
}

function bytes(value: Uint8Array): ArrayBuffer {
  return Uint8Array.from(value).buffer;
}
