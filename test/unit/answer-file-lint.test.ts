import assert from "node:assert/strict";
import { type FindingCode, findingKinds } from "../../core/formats/answer-file-lint/finding.ts";
import type { FindingKind } from "../../core/formats/answer-file-lint/finding-kind.ts";
import { lintAnswerFile, type LintOptions } from "../../core/formats/answer-file-lint/lint.ts";
import { answerFile, codesOf, component } from "../support/answer-file.ts";

const shell = "Microsoft-Windows-Shell-Setup";
const setup = "Microsoft-Windows-Setup";
const deployment = "Microsoft-Windows-Deployment";

const specialize = (settings: string, name = shell): string =>
  answerFile({ specialize: component(name, settings) });
const oobe = (settings: string): string => answerFile({ oobeSystem: component(shell, settings) });
const pe = (settings: string): string => answerFile({ windowsPE: component(setup, settings) });
const command = (path: string, order = "1", rest = ""): string =>
  `<RunSynchronousCommand wcm:action="add"><Order>${order}</Order><Path>${path}</Path>${rest}</RunSynchronousCommand>`;
const commands = (...items: readonly string[]): string =>
  specialize(`<RunSynchronous>${items.join("")}</RunSynchronous>`, deployment);

interface Disk {
  readonly create: readonly (readonly [type: string, size: string])[];
  readonly change?: string;
  readonly target?: string;
  readonly wipe?: boolean;
}

/** A size of "" fills the disk. */
function disk({ create, change = "", target, wipe = true }: Disk): string {
  const partitions = create.map(
    ([type, size], at) =>
      `<CreatePartition wcm:action="add"><Order>${at + 1}</Order><Type>${type}</Type>${size === "" ? "<Extend>true</Extend>" : `<Size>${size}</Size>`}</CreatePartition>`,
  );
  const install =
    target === undefined
      ? ""
      : `<ImageInstall><OSImage><InstallTo><DiskID>0</DiskID><PartitionID>${target}</PartitionID></InstallTo></OSImage></ImageInstall>`;
  return pe(
    `<DiskConfiguration><Disk wcm:action="add"><DiskID>0</DiskID><WillWipeDisk>${wipe}</WillWipeDisk><CreatePartitions>${partitions.join("")}</CreatePartitions><ModifyPartitions>${change}</ModifyPartitions></Disk></DiskConfiguration>${install}`,
  ).replace("<ModifyPartitions></ModifyPartitions>", "");
}

const modify = (id: number, settings: string, order = id): string =>
  `<ModifyPartition wcm:action="add"><Order>${order}</Order><PartitionID>${id}</PartitionID>${settings}</ModifyPartition>`;
const recovery = modify(4, "<TypeID>de94bba4-06d1-4d40-a16a-bfd50179d6ac</TypeID>", 1);
const uefi: Disk["create"] = [
  ["EFI", "100"],
  ["MSR", "16"],
  ["Primary", "60000"],
  ["Primary", "1000"],
];
const password = (value: string, plain: string): string =>
  oobe(
    `<UserAccounts><AdministratorPassword><Value>${value}</Value><PlainText>${plain}</PlainText></AdministratorPassword></UserAccounts>`,
  );
const hidden = (text: string): string => Buffer.from(text, "utf16le").toString("base64");
const logon = (settings: string): string => oobe(`<AutoLogon><Enabled>true</Enabled>${settings}</AutoLogon>`);
const reseal = (pass: string, settings: string, other = ""): string =>
  answerFile({ [pass]: component(deployment, `<Reseal>${settings}</Reseal>`) + other });
const withPackage = (attributes: string, identity: string): string =>
  answerFile({}, `<servicing><package ${attributes}><assemblyIdentity ${identity}/></package></servicing>`);
const identity =
  'name="Microsoft-Windows-Client-Language-Pack_x64_fr-fr" version="10.0.26100.1" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="fr-FR"';
const key = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE";
const generic = "W269N-WFGWX-YVC9B-4J6C9-T83GX";
const pro = { index: 1, name: "Pro", architecture: "amd64", editionId: "Professional", languages: ["en-US"] };
const images = {
  images: [pro, { ...pro, index: 2, name: "Home", editionId: "Core", description: "Home of it" }],
};
const from = (name: string, value: string): string =>
  pe(
    `<ImageInstall><OSImage><InstallFrom><MetaData wcm:action="add"><Key>${name}</Key><Value>${value}</Value></MetaData></InstallFrom></OSImage></ImageInstall>`,
  );
const language = (tag: string, before = ""): string =>
  answerFile(
    { oobeSystem: component("Microsoft-Windows-International-Core", `<UILanguage>${tag}</UILanguage>`) },
    before,
  );

/** For each code: documents that have it, and such that look alike and have it not. */
const samples: Readonly<
  Record<FindingCode, { readonly bad: readonly Sample[]; readonly good: readonly Sample[] }>
> = {
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
  "pass-unknown": {
    bad: [
      answerFile({ Specialize: component(shell, "<TimeZone>UTC</TimeZone>") }),
      answerFile({ oobeUser: "" }),
    ],
    good: [specialize("<TimeZone>UTC</TimeZone>")],
  },
  "pass-invalid": {
    bad: [
      oobe("<ComputerName>*</ComputerName>"),
      specialize("<OOBE><HideEULAPage>true</HideEULAPage></OOBE>"),
    ],
    good: [
      specialize("<ComputerName>*</ComputerName>"),
      answerFile({
        auditSystem: component(deployment, "<AuditComputerName><Name>a</Name></AuditComputerName>"),
      }),
    ],
  },
  "component-unknown": {
    bad: [specialize("<A>1</A>", "Microsoft-Windows-Shel-Setup")],
    good: [specialize("<TimeZone>UTC</TimeZone>")],
  },
  "setting-unknown": {
    bad: [specialize("<TimeZon>UTC</TimeZon>"), oobe("<OOBE><HideEULAPages>true</HideEULAPages></OOBE>")],
    good: [specialize('<x:Own xmlns:x="urn:x">1</x:Own>')],
  },
  "name-case": {
    bad: [
      specialize("<copyprofile>true</copyprofile>"),
      specialize("<A>1</A>", "microsoft-windows-shell-setup"),
    ],
    good: [specialize("<CopyProfile>true</CopyProfile>")],
  },
  "setting-duplicate": {
    bad: [specialize("<TimeZone>UTC</TimeZone><TimeZone>UTC</TimeZone>")],
    good: [commands(command("a.exe"), command("b.exe", "2"))],
  },
  "empty-element": {
    bad: [specialize(""), oobe("<UserAccounts/>"), oobe("<OOBE></OOBE>")],
    good: [specialize("<ComputerName/>")],
  },
  "empty-value": {
    bad: [specialize("<ProductKey/>"), specialize("<CopyProfile></CopyProfile>")],
    good: [specialize("<RegisteredOwner/>")],
  },
  "value-invalid": {
    bad: [
      specialize("<CopyProfile>yes</CopyProfile>"),
      oobe("<OOBE><ProtectYourPC>4</ProtectYourPC></OOBE>"),
      language("english"),
      pe("<Restart>Never</Restart>"),
    ],
    good: [
      specialize("<CopyProfile>True</CopyProfile>"),
      oobe("<OOBE><ProtectYourPC>3</ProtectYourPC></OOBE>"),
      language("zh-Hant-TW"),
      answerFile({
        oobeSystem: component(
          "Microsoft-Windows-International-Core",
          "<InputLocale>0409:00000409;de-DE</InputLocale>",
        ),
      }),
    ],
  },
  "placeholder-left": {
    bad: [
      specialize("<TimeZone>${zone}</TimeZone>"),
      answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>", "${cpu}") }),
    ],
    good: [
      oobe(
        `<FirstLogonCommands><SynchronousCommand wcm:action="add"><Order>1</Order><CommandLine>powershell "\${env:TEMP} x"</CommandLine></SynchronousCommand></FirstLogonCommands>`,
      ),
    ],
  },
  "action-missing": {
    bad: [commands(command("a.exe").replace(' wcm:action="add"', ""))],
    good: [commands(command("a.exe"))],
  },
  "order-missing": {
    bad: [commands(command("a.exe").replace("<Order>1</Order>", ""))],
    good: [commands(command("a.exe"))],
  },
  "order-invalid": {
    bad: [
      commands(command("a.exe", "0")),
      commands(command("a.exe", "501")),
      commands(command("a.exe", "one")),
    ],
    good: [commands(command("a.exe", "500"))],
  },
  "order-duplicate": {
    bad: [commands(command("a.exe"), command("b.exe"))],
    good: [commands(command("a.exe", "2"), command("b.exe", "1"))],
  },
  "key-duplicate": {
    bad: [
      oobe(
        `<UserAccounts><LocalAccounts>${'<LocalAccount wcm:action="add"><Name>Ann</Name></LocalAccount>'.repeat(2)}</LocalAccounts></UserAccounts>`,
      ),
    ],
    good: [
      oobe(
        `<UserAccounts><LocalAccounts>${["Ann", "Ben"].map((name) => `<LocalAccount wcm:action="add"><Name>${name}</Name></LocalAccount>`).join("")}</LocalAccounts></UserAccounts>`,
      ),
    ],
  },
  "partition-order": {
    bad: [disk({ create: uefi }).replace("<Order>4</Order>", "<Order>6</Order>")],
    good: [disk({ create: uefi })],
  },
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
  "disk-style": {
    bad: [
      disk({ create: uefi, change: modify(3, "<Active>true</Active>", 1) }),
      disk({
        create: [
          ["EFI", "100"],
          ["MSR", "16"],
          ["Extended", ""],
        ],
      }),
    ],
    good: [
      disk({ create: uefi }),
      disk({
        create: [
          ["Primary", "100"],
          ["Primary", ""],
        ],
        change: modify(1, "<Active>true</Active>"),
      }),
    ],
  },
  "disk-gpt-incomplete": {
    bad: [
      disk({
        create: [
          ["EFI", "100"],
          ["Primary", ""],
        ],
      }),
      disk({
        create: [
          ["MSR", "16"],
          ["Primary", ""],
        ],
      }),
    ],
    good: [
      disk({ create: uefi }),
      disk({
        create: [
          ["EFI", "100"],
          ["Primary", ""],
        ],
        wipe: false,
      }),
    ],
  },
  "disk-partition-limit": {
    bad: [
      disk({
        create: [...["1", "2", "3", "4"].map((size) => ["Primary", size] as const), ["Primary", ""]],
        change: modify(1, "<Active>true</Active>"),
      }),
      disk({
        create: [
          ["Extended", "9"],
          ["Extended", "9"],
        ],
      }),
    ],
    good: [
      disk({
        create: [
          ["Primary", "1"],
          ["Primary", "2"],
          ["Primary", "3"],
          ["Extended", ""],
          ["Logical", "9"],
        ],
      }),
    ],
  },
  "disk-logical": {
    bad: [
      disk({
        create: [
          ["Primary", "100"],
          ["Logical", "100"],
        ],
      }),
    ],
    good: [
      disk({
        create: [
          ["Extended", ""],
          ["Logical", "100"],
        ],
      }),
    ],
  },
  "disk-size-extend": {
    bad: [disk({ create: uefi }).replace("<Size>1000</Size>", "<Size>1000</Size><Extend>true</Extend>")],
    good: [disk({ create: uefi })],
  },
  "disk-extend-not-last": {
    bad: [
      disk({
        create: [
          ["EFI", "100"],
          ["MSR", "16"],
          ["Primary", ""],
          ["Primary", "1000"],
        ],
      }),
    ],
    good: [
      disk({
        create: [
          ["Primary", "100"],
          ["Extended", ""],
          ["Logical", "100"],
        ],
      }),
    ],
  },
  "disk-modify-missing": {
    bad: [
      disk({ create: uefi, change: modify(5, "<Label>a</Label>", 1) }),
      disk({
        create: [
          ["Primary", "1"],
          ["Extended", ""],
        ],
        change: modify(2, "<Label>a</Label>", 1),
      }),
    ],
    good: [
      disk({ create: uefi, change: modify(4, "<Label>a</Label>", 1) }),
      disk({ create: [], change: modify(2, "<Label>a</Label>", 1), wipe: false }),
    ],
  },
  "disk-install-target": {
    bad: [disk({ create: uefi, target: "5" }), disk({ create: uefi, target: "1" })],
    good: [
      disk({ create: uefi, target: "3" }),
      disk({
        create: [
          ["Extended", ""],
          ["Logical", "30000"],
          ["Primary", "30000"],
        ],
        target: "2",
      }),
    ],
  },
  "disk-letter-duplicate": {
    bad: [
      disk({ create: uefi, change: modify(3, "<Letter>C</Letter>", 1) + modify(4, "<Letter>C</Letter>", 2) }),
    ],
    good: [
      disk({ create: uefi, change: modify(3, "<Letter>C</Letter>", 1) + modify(4, "<Letter>D</Letter>", 2) }),
    ],
  },
  "recovery-partition-small": {
    bad: [
      disk({ create: [...uefi.slice(0, 3), ["Primary", "250"]], change: recovery }),
      [disk({ create: uefi, change: recovery }), { winreBytes: 700 * 1024 ** 2 }],
    ],
    good: [
      disk({ create: uefi, change: recovery }),
      [disk({ create: uefi, change: recovery }), { winreBytes: 600 * 1024 ** 2 }],
      disk({
        create: [
          ["Primary", "100"],
          ["Primary", ""],
        ],
        change: modify(1, "<Active>true</Active><TypeID>0x27</TypeID>"),
      }),
    ],
  },
  "windows-partition-small": {
    bad: [disk({ create: [...uefi.slice(0, 2), ["Primary", "10000"]], target: "3" })],
    good: [
      disk({ create: uefi, target: "3" }),
      disk({
        create: [...uefi.slice(0, 2), ["Primary", "10000"]],
        target: "3",
        change: modify(3, "<Extend>true</Extend>", 1),
      }),
    ],
  },
  "image-missing": {
    bad: [
      [from("/IMAGE/INDEX", "3"), { image: images }],
      [from("/IMAGE/NAME", "pro"), { image: images }],
      [from("/IMAGE/DESCRIPTION", "x"), { image: { images: [{ ...pro, description: "y" }] } }],
    ],
    good: [
      [from("/IMAGE/INDEX", "2"), { image: images }],
      [from("/image/name", "Pro"), { image: images }],
      [from("/IMAGE/DESCRIPTION", "Home of it"), { image: images }],
      [from("/IMAGE/INDEX", "3"), { image: { ...images, partial: true } }],
      from("/IMAGE/INDEX", "3"),
    ],
  },
  "image-key": {
    bad: [from("/IMAGE/EditionID", "Core")],
    good: [from("/IMAGE/INDEX", "1")],
  },
  "image-edition": {
    bad: [
      [specialize(`<ProductKey>${generic}</ProductKey>`), { image: { ...images, chosen: 2 } }],
      [
        pe(`<UserData><ProductKey><Key>${generic}</Key></ProductKey></UserData>`),
        { image: { images: [images.images[1]!] } },
      ],
    ],
    good: [
      [specialize(`<ProductKey>${generic}</ProductKey>`), { image: { ...images, chosen: 1 } }],
      [specialize(`<ProductKey>${key}</ProductKey>`), { image: { ...images, chosen: 2 } }],
      [pe(`<UserData><ProductKey><Key>${generic}</Key></ProductKey></UserData>`), { image: images }],
    ],
  },
  "image-architecture": {
    bad: [
      [
        answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>", "x86") }),
        { image: { ...images, chosen: 1 } },
      ],
    ],
    good: [
      [specialize("<TimeZone>UTC</TimeZone>"), { image: { ...images, chosen: 1 } }],
      [
        answerFile({ windowsPE: component(setup, "<EnableFirewall>true</EnableFirewall>", "x86") }),
        { image: { ...images, chosen: 1 } },
      ],
      [
        answerFile({
          specialize:
            component(shell, "<TimeZone>UTC</TimeZone>") +
            component(shell, "<TimeZone>UTC</TimeZone>", "x86"),
        }),
        { image: { ...images, chosen: 1 } },
      ],
    ],
  },
  "image-language": {
    bad: [[language("fr-FR"), { image: { ...images, chosen: 1 } }]],
    good: [
      [language("EN-us"), { image: { ...images, chosen: 1 } }],
      [
        language(
          "fr-FR",
          `<servicing><package action="install"><assemblyIdentity ${identity}/></package></servicing>`,
        ),
        { image: { ...images, chosen: 1 } },
      ],
    ],
  },
};

type Sample = string | readonly [text: string, options: LintOptions];

const found = (sample: Sample): readonly FindingCode[] =>
  typeof sample === "string" ? codesOf(sample) : codesOf(...sample);

const isSecret = (text: string): boolean => text.includes("@secret:1@");

describe("lint of answer files", () => {
  for (const [code, { bad, good }] of Object.entries(samples) as [
    FindingCode,
    (typeof samples)[FindingCode],
  ][])
    it(`finds ${code}, and only where it is`, () => {
      for (const [at, sample] of bad.entries())
        assert.ok(found(sample).includes(code), `bad ${at}: ${found(sample).join()}`);
      for (const [at, sample] of good.entries())
        assert.ok(!found(sample).includes(code), `good ${at}: ${found(sample).join()}`);
    });

  it("says where something stands, in lines and columns that an editor counts, whatever ends its lines", () => {
    const text = [
      '\uFEFF<?xml version="1.0"?>',
      '<!-- ä𝄞 --><unattend xmlns="urn:schemas-microsoft-com:unattend">',
      '  <settings pass="oobeSystem">',
      `    ${component(shell, "\n      <OOBE><ProtectYourPC>9</ProtectYourPC></OOBE>\n")}`,
      "  </settings></unattend>",
    ];
    for (const end of ["\n", "\r\n", "\r"]) {
      const [finding] = lintAnswerFile(text.join("\n").replaceAll("\n", end), "a.xml");
      assert.deepEqual([finding?.code, finding?.line, finding?.column], ["value-invalid", 5, 13]);
      assert.equal(finding?.where, `oobeSystem/${shell}/OOBE/ProtectYourPC`);
    }
  });

  it("suggests the name that was meant, and the passes that are valid", () => {
    const [unknown] = lintAnswerFile(specialize("<TimeZon>UTC</TimeZon>"), "a.xml");
    assert.match(unknown?.fix ?? "", /Write TimeZone/);
    const [pass] = lintAnswerFile(oobe("<ComputerName>*</ComputerName>"), "a.xml");
    assert.match(pass?.fix ?? "", /offlineServicing or specialize/);
  });

  it("shows no value: passwords, keys, names and whatever stands where none was expected", () => {
    const secret = "S3cr3t-Value!";
    for (const { bad, good } of Object.values(samples))
      for (const sample of [...bad, ...good]) {
        const [text, options] = typeof sample === "string" ? [sample, {}] : sample;
        // Every text between tags becomes the secret.
        const filled = text.replace(/>[^<>\n]+</g, `>${secret}<`);
        assert.ok(!JSON.stringify(lintAnswerFile(filled, "a.xml", options)).includes(secret));
      }
  });

  it("says nothing of a value that stands for a secret", () => {
    for (const text of [
      password("@secret:1@", "true"),
      password("@secret:1@", "false"),
      specialize("<ProductKey>@secret:1@</ProductKey>"),
      specialize("<ComputerName>a b @secret:1@</ComputerName>"),
    ])
      assert.deepEqual(codesOf(text, { isSecret }), []);
  });

  it("has a reason, a page and a fix for every code, in whole sentences", () => {
    for (const [code, { why, page, fix }] of Object.entries<FindingKind>(findingKinds)) {
      assert.match(code, /^[a-z]+(-[a-z]+)+$/);
      for (const text of [why, fix]) assert.match(text, /^[A-Z].*\.$/s, code);
      assert.ok(page !== "", code);
    }
  });
});
