import { answerFile, component } from "../answer-file.ts";
import { shell, deployment, specialize, oobe, pe, command, commands, type Samples } from "./document.ts";

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
const uefi: Disk["create"] = [
  ["EFI", "100"],
  ["MSR", "16"],
  ["Primary", "60000"],
  ["Primary", "1000"],
];
const language = (tag: string, before = ""): string =>
  answerFile(
    { oobeSystem: component("Microsoft-Windows-International-Core", `<UILanguage>${tag}</UILanguage>`) },
    before,
  );

export const settingSamples = {
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
  "value-wiped": {
    bad: [
      specialize("<ProductKey>*SENSITIVE*DATA*DELETED*</ProductKey>"),
      oobe(
        "<UserAccounts><AdministratorPassword> *SENSITIVE*DATA*DELETED* </AdministratorPassword></UserAccounts>",
      ),
      specialize(
        "<Identification><Credentials><Password>*SENSITIVE*DATA*DELETED*</Password></Credentials></Identification>",
        "Microsoft-Windows-UnattendedJoin",
      ),
    ],
    good: [specialize("<RegisteredOwner>SENSITIVE DATA</RegisteredOwner>")],
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
} as const satisfies Readonly<Record<string, Samples>>;
