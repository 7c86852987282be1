import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as asn1 from "asn1js";
import fc from "fast-check";
import { type Catalog, catalogLimit, readCatalog } from "../../core/formats/catalog.ts";
import {
  derElementAt,
  derElements,
  derOid,
  derTag,
  derText,
  isOid,
  oidBytes,
} from "../../core/formats/der.ts";
import { executable } from "../../templates/sample/pe.ts";
import { catalog, listedDigest, signer } from "../../templates/sample/catalog.ts";
import { osslsigncode } from "../support/osslsigncode.ts";

const sys = executable("amd64", "sys", Buffer.from("data"));
const inf = Buffer.from("[Version]\r\n");
const files = [
  { name: "a.sys", bytes: sys },
  { name: "A.inf", bytes: inf },
];

function read(bytes: Uint8Array): Catalog {
  const found = readCatalog(bytes);
  assert.ok(!("fault" in found), JSON.stringify(found));
  return found;
}

describe("catalogues", () => {
  it("tell their files and signer", () => {
    const { members, signature } = read(catalog(files, { attributes: { OS: "_v100_X64" } }));
    assert.deepEqual(
      members,
      [sys, inf].map((file) => ({
        digest: listedDigest(file, "sha256").toString("hex"),
        algorithm: "sha256",
      })),
    );
    assert.deepEqual(signature, { signer: "Contoso Driver Signing" });
  });

  it("of before Windows 8 name members by SHA-1 in UTF-16", () => {
    const { members, signature } = read(catalog(files, { algorithm: "sha1" }));
    assert.deepEqual(
      members.map(({ digest, algorithm }) => [digest, algorithm]),
      files.map(({ bytes }) => [listedDigest(bytes, "sha1").toString("hex"), "sha1"]),
    );
    assert.equal(signature.broken, undefined);
  });

  it("hold when they are signed with an elliptic curve, or without attributes, or list nothing", () => {
    const ec = signer("Contoso Curves", "ec");
    assert.equal(read(catalog(files, { signer: ec })).signature.signer, "Contoso Curves");
    for (const options of [{ signer: ec }, { plain: true }, { signer: ec, plain: true }])
      assert.equal(read(catalog(files, options)).signature.broken, undefined);
    const { members, signature } = read(catalog([], { attributes: {} }));
    assert.deepEqual([members.length, signature.broken], [0, undefined]);
  });

  it("do not hold when their list, their signature or their signer was changed", () => {
    for (const options of [{}, { plain: true }, { signer: signer("Contoso Curves", "ec") }]) {
      const whole = catalog(files, options);
      const name = whole.indexOf(Buffer.from("a\0.\0s\0y\0s", "latin1"));
      const list = Buffer.from(whole);
      list[name] = "b".charCodeAt(0);
      assert.match(read(list).signature.broken ?? "", /was changed after|not that of its signer/);
      const signature = Buffer.from(whole);
      signature[whole.length - 5]! ^= 1;
      assert.equal(read(signature).signature.broken, "its signature is not that of its signer");
    }
    const foreign = signer("Contoso Driver Signing", "ec");
    const other = { name: "Contoso Driver Signing", certificate: foreign.certificate, key: signer().key };
    assert.match(read(catalog(files, { signer: other })).signature.broken ?? "", /not that of its signer/);
  });

  it("are what osslsigncode verifies and signs", function () {
    const folder = mkdtempSync(join(tmpdir(), "servicing-test-catalog-"));
    try {
      const { certificate, key } = signer();
      const paths = ["a.sys", "a.cat", "other.cat", "signer.pem", "key.pem"].map((name) =>
        join(folder, name),
      );
      const [program = "", cat = "", signed = "", pem = "", keyFile = ""] = paths;
      writeFileSync(program, sys);
      writeFileSync(pem, new X509Certificate(certificate).toString());
      writeFileSync(keyFile, key.export({ type: "pkcs8", format: "pem" }));
      for (const options of [{}, { algorithm: "sha1" }] as const) {
        writeFileSync(cat, catalog(files, { ...options, signer: signer("Somebody else", "ec") }));
        const again = osslsigncode(this, [
          "sign",
          "-h",
          "sha256",
          "-certs",
          pem,
          "-key",
          keyFile,
          "-in",
          cat,
          "-out",
          signed,
        ]);
        assert.equal(again.code, 0, again.output);
        const { members, signature } = read(readFileSync(signed));
        assert.deepEqual(
          [members.length, signature.signer, signature.broken],
          [2, "Contoso Driver Signing", undefined],
        );
        rmSync(signed);

        writeFileSync(cat, catalog(files, options));
        assert.match(
          osslsigncode(this, ["verify", "-CAfile", pem, "-in", cat]).output,
          /Signature verification: ok/,
        );
        const { output } = osslsigncode(this, ["verify", "-CAfile", pem, "-catalog", cat, "-in", program]);
        const [, current, calculated] =
          /Current message digest *: (\w+)\s+Calculated message digest *: (\w+)/.exec(output) ?? [];
        assert.ok(current !== undefined && current === calculated, output);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("that are none have a reason", () => {
    const faults: readonly (readonly [Uint8Array, RegExp])[] = [
      [new Uint8Array(0), /ends in the middle/],
      [Buffer.from("MZ no catalogue"), /./],
      [signer().certificate, /./],
      [catalog(files).subarray(0, 1000), /longer than what holds it/],
      [new Uint8Array(catalogLimit + 1), /larger than/],
      [Buffer.from("3080", "hex"), /does not say how long/],
    ];
    for (const [bytes, fault] of faults) {
      const found = readCatalog(bytes);
      assert.ok("fault" in found);
      assert.match(found.fault, fault);
    }
  });

  it("survive arbitrary changes", () => {
    const whole = catalog(files);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          const found = readCatalog(bytes);
          if ("fault" in found || found.signature.broken !== undefined) return;
          // What still holds says what it said: what changed is what nobody signs.
          assert.deepEqual(found.members, read(whole).members);
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readCatalog(bytes)));
  });
});

describe("DER", () => {
  it("is read as asn1js writes it", () => {
    const arcs = fc.array(fc.nat(), { minLength: 1, maxLength: 10 });
    const identifiers = fc
      .tuple(fc.nat(1), fc.nat(39), arcs)
      .map(([first, second, rest]) => [first, second, ...rest].join("."));
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        identifiers,
        identifiers,
        (text, one, other) => {
          const whole = new asn1.Sequence({
            value: [new asn1.ObjectIdentifier({ value: one }), new asn1.Utf8String({ value: text })],
          }).toBER();
          const [oid, string] = [...derElements(derElementAt(new Uint8Array(whole), 0))];
          assert.ok(oid && string);
          assert.deepEqual([derOid(oid), derText(string)], [one, Buffer.from(text).toString()]);
          assert.deepEqual([isOid(oid, oidBytes(one)), isOid(oid, oidBytes(other))], [true, one === other]);
          assert.equal(string.tag, derTag.utf8String);
        },
      ),
    );
  });
});
