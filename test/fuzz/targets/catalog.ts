import { readCatalog } from "../../../core/formats/catalog.ts";
import { bufferSource } from "../../../core/formats/bytes.ts";
import { readPe } from "../../../core/formats/pe.ts";
import { packageFileOf } from "../../../core/inspect/package-file.ts";
import { executable } from "../../../templates/sample/pe.ts";
import { catalog, signer } from "../../../templates/sample/catalog.ts";
import type { Target } from "../target.ts";
import { promised } from "../seeds.ts";

const files = [
  { name: "a.sys", bytes: executable("amd64", "sys", Buffer.from("data")) },
  { name: "a.inf", bytes: Buffer.from("[Version]\r\n") },
];

export const signatures: readonly Target[] = [
  {
    name: "catalog",
    seeds: () => [
      catalog(files),
      catalog(files, { algorithm: "sha1", attributes: { HWID1: "pci\\ven_c0de" } }),
      catalog(files, { signer: signer("Contoso Curves", "ec"), plain: true }),
      catalog([], { attributes: {} }),
    ],
    tokens: [
      ...["0600", "3000", "30800000", "3084ffffffff", "a000", "0400", "1e01", "170d", "180f", "3100"].map(
        (digits) => Buffer.from(digits, "hex"),
      ),
      // Content types, attributes and extensions of catalogues begin so.
      Buffer.from("060a2b060104018237", "hex"),
      Buffer.from("06092a864886f70d01", "hex"),
    ],
    declares: () => false,
    read(input) {
      const found = readCatalog(input);
      if ("fault" in found) return found.fault;
      for (const { digest, algorithm } of found.members)
        promised(
          algorithm === "other" || digest.length === (algorithm === "sha1" ? 40 : 64),
          "a digest is as long as its algorithm says",
        );
      promised(found.members.length <= input.length, "members are no more than bytes");
      return JSON.stringify(found);
    },
  },
  {
    name: "pe",
    seeds: () => [
      ...(["x86", "amd64", "arm64"] as const).map((machine) =>
        executable(machine, "sys", Buffer.from("data")),
      ),
      Buffer.from("MZ"),
    ],
    tokens: [
      "MZ",
      "PE\0\0",
      Buffer.from("0b01", "hex"),
      Buffer.from("0b02", "hex"),
      Buffer.from("ffffffff", "hex"),
    ],
    declares: () => false,
    read(input) {
      const pe = readPe(bufferSource(input));
      let at = 0;
      for (const { start, end } of pe?.hashed ?? []) {
        promised(at <= start && start < end && end <= input.length, "ranges lie in the file, in order");
        at = end;
      }
      return packageFileOf(input, "a.sys", ["sha256", "sha1"]);
    },
  },
];
