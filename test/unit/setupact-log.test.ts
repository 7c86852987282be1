import assert from "node:assert/strict";
import fc from "fast-check";
import { sysprepReason } from "../../core/audit/sysprep-reason.ts";
import { readSetupLog, type SysprepFailure } from "../../core/formats/setupact-log.ts";

/** In the form of the lines in "sysprep-fails-remove-or-update-store-apps". */
const line = (text: string, level = "Error", code = ""): string =>
  `2024-10-09 08:21:11, ${level.padEnd(10)} ${code.padEnd(10)} SYSPRP ${text}\r\n`;
const begin = line("===          Beginning of a new sysprep run          ===", "Info");
const app = line(
  "Package Contoso.App_1.0.0.0_x64__8wekyb3d8bbwe was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image.",
);
const follows = [
  line("Failed to remove apps for the current user: 0x80073cf2."),
  line("Exit code of RemoveAllApps thread was 0x3cf2."),
  line(
    String.raw`ActionPlatform::LaunchModule: Failure occurred while executing 'SysprepGeneralizeValidate' from C:\Windows\System32\AppxSysprep.dll; dwRet = 0x3cf2`,
    "Error",
    "[0x0f0082]",
  ),
].join("");
const module = (name: string, entry: string, code: number): SysprepFailure => ({
  of: "module",
  name,
  entry,
  code,
});
const failuresOf = (text: string) => readSetupLog(Buffer.from(text)).failures;

describe("the log of Sysprep", () => {
  it("names the app package before what follows from it", () => {
    assert.deepEqual(failuresOf(begin + follows + app + app), [
      { of: "app", name: "Contoso.App_1.0.0.0_x64__8wekyb3d8bbwe" },
      module("AppxSysprep.dll", "SysprepGeneralizeValidate", 0x3cf2),
    ]);
    assert.deepEqual(failuresOf(app.replace("was installed", "is installed")), failuresOf(app));
  });

  it("names a module by either of its sentences, older and newer", () => {
    const old = String.raw`LaunchDll:Failure occurred while executing 'C:\Windows\System32\slc.dll,SLReArmWindows', returned error code -1073425657[gle=0x00000012]`;
    assert.deepEqual(failuresOf(line(old)), [module("slc.dll", "SLReArmWindows", 0xc004d307)]);
    const other = String.raw`ActionPlatform::LaunchModule: Failure occurred while executing 'Contoso_Generalize' from C:\Program Files\Contoso\spcontoso.dll; dwRet = 0x2`;
    const [found] = failuresOf(line(other, "Error", "[0x0f0082]"));
    assert.deepEqual(found, module("spcontoso.dll", "Contoso_Generalize", 2));
    assert.match(sysprepReason(found as SysprepFailure).remedy, /spcontoso\.dll/);
  });

  it("knows BitLocker, servicing that is not through, an upgrade, and what it does not know", () => {
    const cases: readonly (readonly [string, SysprepFailure["of"]])[] = [
      [
        "BitLocker-Sysprep: BitLocker is on for the OS volume. Turn BitLocker off to run Sysprep. (0x80310039)",
        "bitlocker",
      ],
      [
        "Sysprep_Clean_Validate_Opk: Audit mode cannot be turned on if reserved storage is in use.; hr = 0x800F0975",
        "servicing",
      ],
      [
        "Sysprep_Clean_Validate_Opk: Audit mode can't be turned on if there is an active scenario.",
        "servicing",
      ],
      ["WinMain: this installation was upgraded", "upgrade"],
      ["WinMain: A fatal error occurred while trying to sysprep the machine.", "unknown"],
    ];
    for (const [text, of] of cases) {
      const [found] = failuresOf(line(text));
      assert.equal(found?.of, of, text);
      const { reason, remedy } = sysprepReason(found as SysprepFailure);
      assert.ok(reason.length > 5 && remedy.endsWith("."), text);
    }
    for (const name of ["appxsysprep.dll", "sppnp.dll", "spopk.dll"])
      assert.match(sysprepReason(module(name, "X", 5)).reason, /: .*\(X\) ended with 5$/);
  });

  it("is of the last run alone, and takes nothing that is only told for a failure", () => {
    assert.deepEqual(failuresOf(begin + app + begin + line("all is well", "Info")), []);
    assert.deepEqual(failuresOf(line("BitLocker is on for the OS volume, so it is looked at", "Info")), []);
    assert.deepEqual(readSetupLog(Buffer.from(begin + line("the last", "Info"))).lastLines.length, 2);
  });

  it("is read in every encoding that Windows writes, from its end where it is long", () => {
    const text = begin + line("größe", "Info").repeat(50_000) + app;
    const utf16 = Buffer.from(text, "utf16le");
    const all = [
      Buffer.from(text),
      Buffer.from(`\uFEFF${text}`),
      utf16,
      Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]),
      Buffer.from(text, "latin1"),
    ];
    for (const bytes of all) {
      const { failures, lastLines } = readSetupLog(bytes);
      assert.deepEqual(failures, failuresOf(app));
      assert.equal(lastLines.length, 8);
    }
  });

  it("never throws, and takes a time as long as the log", () => {
    const parts = fc.constantFrom(
      app,
      follows,
      begin,
      "Failure occurred while executing '",
      "' from ",
      "; dwRet = ",
      "\r\n",
      "\0",
    );
    const text = fc.array(fc.oneof(parts, fc.string())).map((all) => all.join(""));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 4096 }),
          text.map((each) => Buffer.from(each)),
        ),
        (bytes) => {
          const { failures, lastLines } = readSetupLog(bytes);
          assert.ok(failures.length <= 20 && lastLines.length <= 8);
          for (const each of failures) sysprepReason(each);
        },
      ),
    );
    for (const hostile of [
      ", Error Failure occurred while executing '",
      ", Error Package ",
      "', returned ",
      "\n",
    ]) {
      const begun = performance.now();
      readSetupLog(Buffer.from(hostile.repeat((4 * 1024 * 1024) / hostile.length)));
      assert.ok(performance.now() - begun < 5000, hostile);
    }
  });
});
