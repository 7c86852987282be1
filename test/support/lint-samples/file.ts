import { answerFile, component } from "../answer-file.ts";
import {
  shell,
  setup,
  specialize,
  oobe,
  command,
  commands,
  withPackage,
  identity,
  type Samples,
} from "./document.ts";

export const fileSamples = {
  "encoding-mismatch": {
    bad: [
      [specialize("<TimeZone>UTC</TimeZone>"), { encoding: "utf-16le" }],
      [specialize("<TimeZone>UTC</TimeZone>"), { encoding: "windows-1252" }],
      [specialize("<TimeZone>UTC</TimeZone>").replace("utf-8", "UTF-16"), { encoding: "utf-8" }],
    ],
    good: [
      [specialize("<TimeZone>UTC</TimeZone>"), { encoding: "utf-8" }],
      [specialize("<TimeZone>UTC</TimeZone>").replace("utf-8", "utf-16"), { encoding: "utf-16le" }],
      [specialize("<TimeZone>UTC</TimeZone>").replace("utf-8", "windows-1252"), { encoding: "windows-1252" }],
    ],
  },
  "prefix-undeclared": {
    bad: [commands(command("a.exe")).replace(/ xmlns:wcm="[^"]*"/, "")],
    good: [commands(command("a.exe"))],
  },
  "wcm-namespace": {
    bad: [commands(command("a.exe")).replace("WMIConfig/2002", "WMIConfig/2003")],
    good: [commands(command("a.exe"))],
  },
  "namespace-old": {
    bad: [
      specialize("<TimeZone>UTC</TimeZone>").replace(
        "urn:schemas-microsoft-com:unattend",
        "urn:schemas-microsoft-com:asm.v3",
      ),
    ],
    good: [specialize("<TimeZone>UTC</TimeZone>")],
  },
  "element-unknown": {
    bad: [
      answerFile({}, "<setings/>"),
      answerFile({ specialize: "<TimeZone>UTC</TimeZone>" }),
      answerFile({}, "<servicing><packages/></servicing>"),
    ],
    good: [
      answerFile(
        {},
        '<Extensions xmlns="https://example.com/"/><cpi:a xmlns:cpi="urn:schemas-microsoft-com:cpi"/>',
      ),
    ],
  },
  "schema-order": {
    bad: [
      answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>") }).replace(
        "</unattend>",
        "<servicing/></unattend>",
      ),
      answerFile({}, '<servicing><package action="install"><source location="a"/></package></servicing>'),
    ],
    good: [withPackage('action="install"', identity)],
  },
  "attribute-missing": {
    bad: [
      specialize("<TimeZone>UTC</TimeZone>").replace(' publicKeyToken="31bf3856ad364e35"', ""),
      specialize("<TimeZone>UTC</TimeZone>").replace(' pass="specialize"', ""),
      withPackage("", identity),
      withPackage('action="install"', identity.replace(' version="10.0.26100.1"', "")),
    ],
    good: [specialize("<TimeZone>UTC</TimeZone>"), withPackage('action="install"', identity)],
  },
  "attribute-invalid": {
    bad: [
      answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>", "x64") }),
      withPackage('action="add"', identity),
      withPackage('action="install"', identity.replace("26100", "99999")),
      commands(command("a.exe").replace('"add"', '"new"')),
    ],
    good: [withPackage('action="Install"', identity)],
  },
  "settings-duplicate": {
    bad: [
      specialize("<TimeZone>UTC</TimeZone>").replace(
        "</unattend>",
        '<settings pass="specialize"/></unattend>',
      ),
    ],
    good: [answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>"), oobeSystem: "" })],
  },
  "component-duplicate": {
    bad: [answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>").repeat(2) })],
    good: [
      answerFile({
        specialize: component(shell, "<TimeZone>UTC</TimeZone>"),
        oobeSystem: component(shell, "<TimeZone>UTC</TimeZone>"),
      }),
    ],
  },
  "architecture-mixed": {
    bad: [
      answerFile({
        specialize: component(shell, "<TimeZone>UTC</TimeZone>"),
        oobeSystem: component(shell, "<TimeZone>UTC</TimeZone>", "x86"),
      }),
    ],
    good: [
      answerFile({
        windowsPE: component(setup, "<EnableFirewall>true</EnableFirewall>", "x86"),
        specialize: component(shell, "<TimeZone>UTC</TimeZone>"),
      }),
    ],
  },
  "limit-reached": {
    bad: [oobe("<OOBE><Odd/></OOBE>".repeat(1001)), specialize(`<TimeZone/>`.repeat(50_001))],
    good: [oobe("<OOBE><Odd/></OOBE>")],
  },
} as const satisfies Readonly<Record<string, Samples>>;
