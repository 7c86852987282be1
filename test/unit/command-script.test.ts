import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ServicingError } from "../../core/error.ts";
import { writeCommandScript } from "../../core/formats/command-script.ts";
import { commandLine } from "../../core/formats/script-text.ts";

const line = (args: Parameters<typeof commandLine>[0]["args"], file: string | { path: string } = "x.exe") =>
  commandLine({ title: "t", file, args }).replace(/^"%SystemRoot%\\System32\\x\.exe" ?/, "");

const refused = (run: () => unknown) =>
  assert.throws(run, (error) => error instanceof ServicingError && error.code === "SERVICING_SETTING_VALUE");

const msi = (arg: string) =>
  commandLine({ title: "t", file: "msiexec.exe", args: [arg] })
    .split(" ")
    .slice(1)
    .join(" ");

describe("command script", () => {
  it("quotes what needs it, and expands nothing but the drive of a path", () => {
    assert.equal(line(["/a", "/b:c"]), "/a /b:c");
    assert.equal(line(["a b", ""]), '"a b" ""');
    assert.equal(line(["C:\\a b\\"]), '"C:\\a b\\\\"');
    assert.equal(line(["%PATH%"]), "%%PATH%%");
    assert.equal(line(["a & b | c > d ^ (e) !f!"]), '"a & b | c > d ^ (e) !f!"');
    assert.equal(line(['say "a & b"']), '^"say \\^"a ^& b\\^"^"');
    assert.equal(line([{ path: "\\%PATH% ^" }]), '"%SystemDrive%\\%%PATH%% ^"');
    assert.equal(line([{ path: "\\Windows\\a", option: "/P:" }]), '"/P:%SystemDrive%\\Windows\\a"');
    assert.equal(
      line([], { path: "\\a\\b.cmd" }),
      '"%SystemRoot%\\System32\\cmd.exe" /d /c ""%SystemDrive%\\a\\b.cmd""',
    );
  });

  it("starts no script whose path cmd.exe would take apart", () => {
    for (const name of ["a & b", "100%", "a^b", "(a)", "a,b", "!a"])
      refused(() => commandLine({ title: "t", file: { path: `\\x\\${name}.cmd` }, args: [] }));
  });

  it("gives msiexec its properties in its own way", () => {
    assert.equal(msi("SITE=a b"), 'SITE="a b"');
    assert.equal(msi('SITE=a "b" & 5%'), 'SITE="a ""b"" & 5%%"');
    assert.equal(msi("SITE=a"), "SITE=a");
    assert.equal(msi("C:\\a b\\x.msi"), '"C:\\a b\\x.msi"');
  });

  it("refuses line breaks and special characters for scripts", () => {
    refused(() => line(["a\nb"]));
    refused(() => line(["a\rb"]));
    refused(() => line(["\u001a"]));
    refused(() => line([{ path: "C:\\a" }]));
    refused(() => line([{ path: '\\a" & del' }]));
    refused(() => line([], "..\\evil.exe"));
    refused(() => line(["a & b"], { path: "\\a\\b.CMD" }));
    refused(() =>
      writeCommandScript({ name: "n", logs: "\\L", commands: [command({ args: ["x".repeat(9000)] })] }),
    );
  });

  it("gives every program the arguments that it was meant to get", () => {
    const argument = fc.string({ unit: fc.constantFrom(..."ab %^&|<>()!\"\\=;,'`~@é") });
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 4 }), (args) => {
        assert.deepEqual(argv(cmd(line(args))), args);
      }),
      { numRuns: 2000 },
    );
  });

  it("runs on after a failure, notes a restart, and ends with the first failure's code", () => {
    const text = writeCommandScript({
      name: "specialize",
      logs: "\\Windows\\Setup\\Servicing\\Logs",
      commands: [command({ success: [0, 3010] }), command({ title: "second & 100%" })],
    });
    assert.ok(text.startsWith("@echo off\r\nsetlocal EnableExtensions DisableDelayedExpansion\r\n"));
    assert.ok(!/[^\r]\n/.test(text) && !/shutdown/i.test(text));
    assert.match(text, /if %CODE% equ 3010 echo a restart is wanted by: first >> %LOG%\r\n/);
    assert.match(text, /echo \[%DATE% %TIME%\] second \^& 100%% >> %LOG%\r\n/);
    assert.match(text, /if %OK% equ 0 if %FAILED% equ 0 set FAILED=%CODE%\r\n/);
    assert.match(text, /specialize\.log"\r\n/);
    assert.ok(text.endsWith("exit /b %FAILED%\r\n"));
    assert.equal(text.match(/chcp/), null);
    assert.match(
      writeCommandScript({ name: "n", logs: "\\L", commands: [command({ args: ["é"] })] }),
      /\r\nchcp 65001 > nul\r\n/,
    );
  });
});

describe("a command that is not run where something is there", () => {
  const check = {
    file: "\\Program Files\\A & B\\100%.exe",
    product: "{01234567-89AB-CDEF-0123-456789ABCDEF}",
    registry: { key: "HKLM\\SOFTWARE\\A B", name: "The Number", data: "16" },
  };
  const text = writeCommandScript({ name: "n", logs: "\\L", commands: [{ ...command({}), check }] });

  it("looks for all of it before, and goes on behind it", () => {
    const rows = text.split("\r\n");
    const part = rows.slice(
      rows.findIndex((row) => row.includes("first")) + 1,
      rows.indexOf(":command1-found") + 1,
    );
    assert.equal(
      part[0],
      'if not exist "%SystemDrive%\\Program Files\\A & B\\100%%.exe" goto command1-missing',
    );
    assert.equal(part.filter((row) => row.endsWith("goto command1-missing")).length, 3);
    const at = part.indexOf("goto command1-found");
    assert.deepEqual(part.slice(at - 1, at + 3), [
      "echo it is there already: first >> %LOG%",
      "goto command1-found",
      ":command1-missing",
      '"%SystemRoot%\\System32\\a.exe" >> %LOG% 2>&1',
    ]);
  });

  it("compares data as reg.exe prints it: behind a name of several words, a number as hexadecimal", () => {
    for (const [type, data] of Object.entries({
      REG_SZ: "16",
      REG_EXPAND_SZ: "16",
      REG_DWORD: "0x10",
      REG_QWORD: "0x10",
    }))
      assert.ok(
        text.includes(`"usebackq tokens=3*"`) && text.includes(`if "%%A"=="${type}" if "%%B"=="${data}" set`),
      );
    assert.ok(text.includes('/v "The Number"'));
  });

  it("finds the default value, whatever it is called in the language of Windows", () => {
    const registry = { key: "HKLM\\SOFTWARE\\A", data: "x" };
    const ofDefault = writeCommandScript({
      name: "n",
      logs: "\\L",
      commands: [{ ...command({}), check: { registry } }],
    });
    for (const tokens of [2, 3, 4, 5]) assert.ok(ofDefault.includes(`tokens=${tokens}*`));
    assert.ok(ofDefault.includes("/ve"));
  });
});

describe("a command that is run again", () => {
  const retry = { codes: [1618, 7], times: 3, seconds: 30 };
  const text = writeCommandScript({
    name: "n",
    logs: "\\L",
    commands: [command({}), { ...command({}), retry }],
  });

  it("is so for some exit codes, a few times, after a pause that needs no console", () => {
    assert.deepEqual(text.split("\r\n").slice(text.split("\r\n").indexOf("set RUNS=0"), -1).slice(0, 11), [
      "set RUNS=0",
      ":command2",
      '"%SystemRoot%\\System32\\a.exe" >> %LOG% 2>&1',
      "set CODE=%ERRORLEVEL%",
      "set /a RUNS+=1",
      "if %RUNS% geq 3 goto command2-done",
      "set AGAIN=0",
      "if %CODE% equ 1618 set AGAIN=1",
      "if %CODE% equ 7 set AGAIN=1",
      "if %AGAIN% equ 0 goto command2-done",
      "echo exit code %CODE%: again in 30 seconds: first >> %LOG%",
    ]);
    assert.equal(text.match(/ping/g)?.length, 1);
  });

  it("jumps to labels that are there once", () => {
    for (const [, label] of text.matchAll(/goto (\S+)/g))
      assert.equal(text.split(`\r\n:${label ?? ""}\r\n`).length, 2, label);
  });
});

function command(parts: { title?: string; args?: string[]; success?: number[] }) {
  return { title: "first", file: "a.exe", args: [], success: [0], ...parts };
}

/** What cmd.exe makes of a line of a script with delayed expansion off: percent signs, carets, quotation marks. */
function cmd(text: string): string {
  const expanded = text.replace(/%%|%[^%]*%|%/g, (found) => (found === "%%" ? "%" : ""));
  let result = "";
  let inside = false;
  for (let index = 0; index < expanded.length; index += 1) {
    const character = expanded[index]!;
    if (!inside && character === "^") result += expanded[(index += 1)] ?? "";
    else {
      if (character === '"') inside = !inside;
      assert.ok(inside || !"&|<>()".includes(character), `${character} would be an operator in ${text}`);
      result += character;
    }
  }
  assert.equal(inside, false, `${text} leaves a quotation mark open`);
  return result;
}

/** CommandLineToArgvW. */
function argv(text: string): string[] {
  const args: string[] = [];
  let current: string | undefined;
  let inside = false;
  for (const [, slashes = "", quote, other] of text.matchAll(/(\\+(?="))?(?:(")|([^]))/g)) {
    current = slashes === "" && !inside && other === " " ? current : (current ?? "");
    if (current !== undefined)
      current += "\\".repeat(quote === undefined ? slashes.length : slashes.length >> 1);
    if (quote !== undefined) {
      if (slashes.length % 2 === 1) current += '"';
      else inside = !inside;
    } else if (other === " " && !inside) {
      if (current !== undefined) args.push(current);
      current = undefined;
    } else current = `${current ?? ""}${other}`;
  }
  if (current !== undefined) args.push(current);
  return args;
}
