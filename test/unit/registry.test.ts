import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ServicingError } from "../../core/error.ts";
import { decodeData, encodeValue } from "../../core/formats/registry-value.ts";
import type { RegistryValue } from "../../core/formats/registry-value.ts";
import { parseRegistryKey } from "../../core/formats/registry.ts";

const refused = { code: "SERVICING_REGISTRY_KEY" };

describe("registry keys", () => {
  const found: readonly [string, string, string][] = [
    ["HKLM\\SOFTWARE\\Contoso", "\\Windows\\System32\\config\\SOFTWARE", "Contoso"],
    ["hkey_local_machine\\Software\\A b\\C", "\\Windows\\System32\\config\\SOFTWARE", "A b\\C"],
    ["HKLM\\SYSTEM\\CurrentControlSet\\X", "\\Windows\\System32\\config\\SYSTEM", "CurrentControlSet\\X"],
    ["HKLM\\DRIVERS", "\\Windows\\System32\\config\\DRIVERS", ""],
    ["HKU\\.default\\Keyboard Layout", "\\Windows\\System32\\config\\DEFAULT", "Keyboard Layout"],
    ["HKEY_USERS\\.DEFAULT\\X\\", "\\Windows\\System32\\config\\DEFAULT", "X"],
    ["HKCU\\Control Panel\\Desktop", "\\Users\\Default\\NTUSER.DAT", "Control Panel\\Desktop"],
    ["HKEY_CURRENT_USER", "\\Users\\Default\\NTUSER.DAT", ""],
    ["HKLM\\SOFTWARE\\Classes\\a/b", "\\Windows\\System32\\config\\SOFTWARE", "Classes\\a/b"],
  ];
  for (const [text, path, key] of found) {
    it(`finds ${text}`, () => {
      const parsed = parseRegistryKey(text);
      assert.deepEqual([parsed.hive.path, parsed.key], [path, key]);
    });
  }

  for (const text of [
    "",
    "HKLM",
    "HKLM\\SAM\\SAM",
    "HKEY_LOCAL_MACHINE\\security",
    "HKLM\\COMPONENTS\\X",
    "HKLM\\HARDWARE",
    "HKLM\\SOFTWARES\\X",
    "HKU\\S-1-5-18\\X",
    "HKLM\\SOFTWARE\\\\X",
    "\\HKLM\\SOFTWARE",
    "HKLM\\SOFTWARE\\a\nb",
    "HKLM\\SOFTWARE\\a\0b",
    `HKLM\\SOFTWARE\\${"x".repeat(256)}`,
    `HKLM\\SOFTWARE${"\\x".repeat(512)}`,
    "constructor\\__proto__",
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseRegistryKey(text), refused);
    });
  }

  it("gives nothing but its own error for any text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", "HKLM\\SOFTWARE\\", "HKCU\\"),
        (text, root) => {
          try {
            parseRegistryKey(root + text);
          } catch (error) {
            assert.ok(error instanceof ServicingError && error.code === "SERVICING_REGISTRY_KEY");
          }
        },
      ),
    );
  });
});

describe("registry values", () => {
  const encoded: readonly [RegistryValue, number, string][] = [
    [{ type: "REG_SZ", data: "Aß" }, 1, "4100df000000"],
    [{ type: "REG_SZ", data: "" }, 1, "0000"],
    [{ type: "REG_EXPAND_SZ", data: "%x%" }, 2, "25007800250000 00".replace(" ", "")],
    [{ type: "REG_DWORD", data: 0xfffffffe }, 4, "feffffff"],
    [{ type: "REG_QWORD", data: 1 }, 11, "0100000000000000"],
    [{ type: "REG_QWORD", data: "18446744073709551615" }, 11, "ffffffffffffffff"],
    [{ type: "REG_QWORD", data: "0x8000000000000000" }, 11, "0000000000000080"],
    [{ type: "REG_MULTI_SZ", data: ["a", "b"] }, 7, "61000000620000000000"],
    [{ type: "REG_MULTI_SZ", data: [] }, 7, "0000"],
    [{ type: "REG_BINARY", data: "00fF" }, 3, "00ff"],
    [{ type: "REG_NONE", data: "" }, 0, ""],
  ];
  for (const [value, type, bytes] of encoded) {
    it(`stores ${value.type} ${JSON.stringify(value.data)}`, () => {
      const raw = encodeValue(value, "X");
      assert.deepEqual([raw.type, Buffer.from(raw.bytes).toString("hex")], [type, bytes]);
    });
  }

  const impossible: readonly RegistryValue[] = [
    { type: "REG_SZ", data: "a\0b" },
    { type: "REG_MULTI_SZ", data: ["a", ""] },
    { type: "REG_MULTI_SZ", data: ["a\0b"] },
    { type: "REG_DWORD", data: -1 },
    { type: "REG_DWORD", data: 0x1_0000_0000 },
    { type: "REG_DWORD", data: 1.5 },
    { type: "REG_DWORD", data: Number.NaN },
    { type: "REG_QWORD", data: 2 ** 53 },
    { type: "REG_QWORD", data: "18446744073709551616" },
    { type: "REG_QWORD", data: "-1" },
    { type: "REG_QWORD", data: "" },
    { type: "REG_BINARY", data: "0" },
    { type: "REG_BINARY", data: "0x00" },
    { type: "REG_NONE", data: "00,01" },
  ];
  for (const value of impossible) {
    it(`refuses ${value.type} ${JSON.stringify(value.data)}`, () => {
      assert.throws(() => encodeValue(value, "X"), refused);
    });
  }

  it("reads back what it stores", () => {
    const text = fc.string({ unit: "grapheme" }).filter((each) => !each.includes("\0"));
    const value: fc.Arbitrary<RegistryValue> = fc.oneof(
      fc.record({ type: fc.constantFrom("REG_SZ" as const, "REG_EXPAND_SZ" as const), data: text }),
      fc.record({
        type: fc.constant("REG_MULTI_SZ" as const),
        data: fc.array(text.filter((each) => each !== "")),
      }),
      fc.record({ type: fc.constant("REG_DWORD" as const), data: fc.nat(0xffffffff) }),
      fc.record({
        type: fc.constant("REG_QWORD" as const),
        data: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map(String),
      }),
      fc.record({
        type: fc.constantFrom("REG_BINARY" as const, "REG_NONE" as const),
        data: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("hex")),
      }),
    );
    fc.assert(
      fc.property(value, (wanted) => {
        const { type, bytes } = encodeValue(wanted, "X");
        assert.deepEqual(decodeData(type, bytes), { ...wanted });
      }),
    );
  });

  it("shows what is not of its type as bytes", () => {
    assert.deepEqual(decodeData(4, Buffer.from("0102", "hex")), { type: "hex(4)", data: "0102" });
    assert.deepEqual(decodeData(0xffff0012, Buffer.from("01", "hex")), { type: "hex(ffff0012)", data: "01" });
    assert.deepEqual(decodeData(1, Buffer.from("410042", "hex")), { type: "hex(1)", data: "410042" });
  });

  it("decodes any bytes of any type", () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.integer({ min: 0, max: 12 }),
        fc.uint8Array(),
        (large, small, bytes) => {
          decodeData(large, bytes);
          decodeData(small, bytes);
        },
      ),
    );
  });
});
