import { answerFile, component } from "../answer-file.ts";
import {
  shell,
  setup,
  deployment,
  specialize,
  oobe,
  pe,
  command,
  commands,
  key,
  generic,
  password,
  type Samples,
} from "./document.ts";

const hidden = (text: string): string => Buffer.from(text, "utf16le").toString("base64");
const logon = (settings: string): string => oobe(`<AutoLogon><Enabled>true</Enabled>${settings}</AutoLogon>`);
const reseal = (pass: string, settings: string, other = ""): string =>
  answerFile({ [pass]: component(deployment, `<Reseal>${settings}</Reseal>`) + other });
const join = (settings: string): string =>
  specialize(`<Identification>${settings}</Identification>`, "Microsoft-Windows-UnattendedJoin");

export const contentSamples = {
  "computer-name": {
    bad: ["sixteencharacter", "a b", "a.b", "12345", "größerer-name-ä"].map((name) =>
      specialize(`<ComputerName>${name}</ComputerName>`),
    ),
    good: ["fifteen-charact", "*", "", "PC-1", "größe"].map((name) =>
      specialize(`<ComputerName>${name}</ComputerName>`),
    ),
  },
  "product-key-form": {
    bad: [
      specialize("<ProductKey>AAAAA-BBBBB</ProductKey>"),
      pe(`<UserData><ProductKey><Key>${key}1</Key></ProductKey></UserData>`),
    ],
    good: [specialize(`<ProductKey>${key}</ProductKey>`)],
  },
  "product-key-purpose": {
    bad: [
      answerFile({
        windowsPE: component(setup, `<UserData><ProductKey><Key>${key}</Key></ProductKey></UserData>`),
        specialize: component(shell, `<ProductKey>${generic}</ProductKey>`),
      }),
      answerFile({
        windowsPE: component(setup, "<EnableFirewall>true</EnableFirewall>"),
        specialize: component(shell, `<ProductKey>${key}</ProductKey>`),
      }),
    ],
    good: [
      specialize(`<ProductKey>${key}</ProductKey>`),
      answerFile({
        windowsPE: component(setup, `<UserData><ProductKey><Key>${key}</Key></ProductKey></UserData>`),
        specialize: component(shell, `<ProductKey>${key}</ProductKey>`),
      }),
    ],
  },
  "workgroup-ignored": {
    bad: [join("<JoinDomain>c.example</JoinDomain><JoinWorkgroup>LAB</JoinWorkgroup>")],
    good: [
      join("<JoinDomain>c.example</JoinDomain>"),
      join("<JoinWorkgroup>LAB</JoinWorkgroup>"),
      join("<JoinDomain>${domain}</JoinDomain><JoinWorkgroup>LAB</JoinWorkgroup>"),
      join("<JoinDomain></JoinDomain><JoinWorkgroup>LAB</JoinWorkgroup>"),
      join("<JoinDomain>c.example</JoinDomain><JoinWorkgroup></JoinWorkgroup>"),
    ],
  },
  "command-too-long": {
    bad: [
      commands(command("x".repeat(260))),
      oobe(
        `<FirstLogonCommands><SynchronousCommand wcm:action="add"><Order>1</Order><CommandLine>${"x".repeat(1025)}</CommandLine></SynchronousCommand></FirstLogonCommands>`,
      ),
    ],
    good: [
      commands(command("x".repeat(259))),
      oobe(
        `<FirstLogonCommands><SynchronousCommand wcm:action="add"><Order>1</Order><CommandLine>${"x".repeat(1024)}</CommandLine></SynchronousCommand></FirstLogonCommands>`,
      ),
    ],
  },
  "sysprep-in-command": {
    bad: [
      commands(command(String.raw`C:\Windows\System32\Sysprep\sysprep.exe /generalize /oobe`)),
      commands(command('cmd /c "sysprep /audit"')),
    ],
    good: [commands(command(String.raw`cmd /c copy a C:\Windows\System32\Sysprep\a`))],
  },
  "unc-without-credentials": {
    bad: [
      commands(command(String.raw`\\server\share\a.exe`)),
      commands(command(String.raw`"\\server\share\a b.exe"`)),
    ],
    good: [
      commands(
        command(String.raw`\\server\share\a.exe`, "1", "<Credentials><Username>a</Username></Credentials>"),
      ),
      commands(command(String.raw`\\?\C:\a.exe`)),
    ],
  },
  "password-plain": {
    bad: [password("pw", "true"), password("pw", "true").replace("<PlainText>true</PlainText>", "")],
    good: [
      password(hidden("pwAdministratorPassword"), "false"),
      password("", "true"),
      password("${pw}", "true"),
    ],
  },
  "password-encoding": {
    bad: [
      password("pw!", "false"),
      password(hidden("pwAdministratorPassword").replace(/=+$/, ""), "false"),
      password(Buffer.from("odd").toString("base64"), "false"),
      password(hidden("pw"), "false"),
    ],
    good: [password(hidden("pwAdministratorPassword"), "false")],
  },
  "password-text": {
    bad: [
      oobe("<UserAccounts><AdministratorPassword>pw</AdministratorPassword></UserAccounts>"),
      password("pw", "true").replace("<Value>", "pw<Value>"),
      oobe("<AutoLogon><Password><![CDATA[pw]]></Password></AutoLogon>"),
      oobe(
        '<UserAccounts><LocalAccounts><LocalAccount wcm:action="add"><Name>a</Name><Password>pw</Password></LocalAccount></LocalAccounts></UserAccounts>',
      ),
    ],
    good: [
      password("pw", "true"),
      oobe("<UserAccounts><AdministratorPassword>${pw}</AdministratorPassword></UserAccounts>"),
      oobe("<UserAccounts><AdministratorPassword> </AdministratorPassword></UserAccounts>"),
      specialize(
        "<Identification><Credentials><Password>pw</Password></Credentials></Identification>",
        "Microsoft-Windows-UnattendedJoin",
      ),
    ],
  },
  "autologon-incomplete": {
    bad: [
      logon("<Username>a</Username>"),
      logon("<LogonCount>1</LogonCount>"),
      logon("<Username>a</Username><LogonCount>1</LogonCount>").replace("oobeSystem", "auditSystem"),
    ],
    good: [
      logon("<Username>a</Username><LogonCount>1</LogonCount>"),
      oobe("<AutoLogon><Enabled>false</Enabled></AutoLogon>"),
    ],
  },
  "copy-profile": {
    bad: [
      answerFile({
        specialize: component(shell, "<CopyProfile>true</CopyProfile>"),
        auditSystem: component(
          shell,
          `<UserAccounts><LocalAccounts><LocalAccount wcm:action="add"><Name>a</Name></LocalAccount></LocalAccounts></UserAccounts>`,
        ),
      }),
      answerFile({
        specialize: component(shell, "<CopyProfile>true</CopyProfile>"),
        auditSystem: component(shell, "<AutoLogon><Username>ann</Username></AutoLogon>"),
      }),
    ],
    good: [
      answerFile({
        specialize: component(shell, "<CopyProfile>true</CopyProfile>"),
        auditSystem: component(shell, "<AutoLogon><Username>Administrator</Username></AutoLogon>"),
      }),
    ],
  },
  "reseal-loop": {
    bad: [
      reseal("auditSystem", "<Mode>Audit</Mode><ForceShutdownNow>true</ForceShutdownNow>"),
      reseal("oobeSystem", "<ForceShutdownNow>true</ForceShutdownNow>"),
    ],
    good: [
      reseal("auditSystem", "<Mode>OOBE</Mode><ForceShutdownNow>true</ForceShutdownNow>"),
      reseal("oobeSystem", "<Mode>OOBE</Mode><ForceShutdownNow>false</ForceShutdownNow>"),
      reseal("auditUser", "<Mode>Audit</Mode><ForceShutdownNow>true</ForceShutdownNow>"),
    ],
  },
  "reseal-ignores": {
    bad: [
      reseal("oobeSystem", "<Mode>Audit</Mode>", component(shell, "<TimeZone>UTC</TimeZone>")),
      reseal("auditSystem", "<Mode>OOBE</Mode>", component(shell, "<TimeZone>UTC</TimeZone>")),
    ],
    good: [
      reseal("oobeSystem", "<Mode>Audit</Mode>"),
      reseal("oobeSystem", "<Mode>OOBE</Mode>", component(shell, "<TimeZone>UTC</TimeZone>")),
    ],
  },
} as const satisfies Readonly<Record<string, Samples>>;
