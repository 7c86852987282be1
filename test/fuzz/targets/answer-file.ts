import { mergeAnswerFile, readAnswerFile } from "../../../core/formats/answer-file.ts";
import { lintAnswerFile } from "../../../core/formats/answer-file-lint/lint.ts";
import { decodeText } from "../../../core/formats/text.ts";
import type { ImageInfo } from "../../../core/image.ts";
import { answerFilePath, finishSetup, setupCompletePath } from "../../../core/setup-finish.ts";
import type { UnattendSetting } from "../../../core/operation.ts";
import type { Target } from "../target.ts";
import { corpusFiles, ownFiles, promised, xmlTokens } from "../seeds.ts";

const shell = "Microsoft-Windows-Shell-Setup";
const settings: readonly UnattendSetting[] = [
  { pass: "specialize", component: shell, path: ["ComputerName"], value: "office" },
  { pass: "specialize", component: shell, path: ["ProductKey"], value: { secret: "KEY" } },
  {
    pass: "oobeSystem",
    component: shell,
    path: ["UserAccounts", "LocalAccounts", "LocalAccount[a]", "Password", "Value"],
    value: "p",
  },
  {
    pass: "oobeSystem",
    component: shell,
    path: ["FirstLogonCommands", "SynchronousCommand[a]", "CommandLine"],
    value: "cmd.exe",
  },
];
const image: ImageInfo = {
  file: "/install.wim",
  index: 1,
  name: "Pro",
  architecture: "amd64",
  version: "10.0.26100.1",
  editionId: "Professional",
  installationType: "Client",
  languages: ["en-US"],
  defaultLanguage: "en-US",
  totalBytes: 1,
};
const own = (): readonly Buffer[] => ownFiles("templates/sample", /unattend\.xml$/);
const words = [
  "unattend",
  '<settings pass="specialize">',
  "</settings>",
  `<component name="${shell}" processorArchitecture="amd64">`,
  "</component>",
  "<servicing>",
  'wcm:action="add"',
  "<Order>1</Order>",
  "<SynchronousCommand>",
  "</SynchronousCommand>",
  "<SynchronousCommand><Order>1</Order></SynchronousCommand>",
  "<FirstLogonCommands>",
  'wasPassProcessed="true"',
  "@secret",
  ...xmlTokens,
];

const lintWords = [
  '<settings pass="windowsPE">',
  '<component name="Microsoft-Windows-Setup" processorArchitecture="x86">',
  '<component name="Microsoft-Windows-Deployment" processorArchitecture="amd64">',
  "<Order>501</Order>",
  "<PartitionID>0</PartitionID>",
  "<Type>Logical</Type>",
  "<Type>Extended</Type>",
  "<Type>MSR</Type>",
  "<Extend>true</Extend>",
  "<PlainText>false</PlainText>",
  "<Value>AAA=</Value>",
  "<Reseal><Mode>Audit</Mode></Reseal>",
  "<ProductKey>W269N-WFGWX-YVC9B-4J6C9-T83GX</ProductKey>",
  "<Key>/IMAGE/INDEX</Key>",
  "${x}",
  'xmlns:wcm=""',
  "\r",
  "\r\n",
];
const partition = (order: number, type: string, size: string): string =>
  `<CreatePartition><Order>${order}</Order><Type>${type}</Type><Size>${size}</Size></CreatePartition>`;
const disk = `<unattend xmlns="urn:schemas-microsoft-com:unattend"><settings pass="windowsPE"><component name="Microsoft-Windows-Setup" processorArchitecture="amd64"><DiskConfiguration><Disk><DiskID>0</DiskID><WillWipeDisk>true</WillWipeDisk><CreatePartitions>${partition(1, "EFI", "100")}${partition(2, "MSR", "16")}${partition(3, "Primary", "500")}</CreatePartitions><ModifyPartitions><ModifyPartition><Order>1</Order><PartitionID>3</PartitionID><TypeID>0x27</TypeID><Letter>C</Letter></ModifyPartition></ModifyPartitions></Disk></DiskConfiguration><ImageInstall><OSImage><InstallTo><DiskID>0</DiskID><PartitionID>3</PartitionID></InstallTo></OSImage></ImageInstall></component></settings></unattend>`;

export const answerFiles: readonly Target[] = [
  {
    name: "answer-file",
    seeds: (corpus) => [...own(), ...corpusFiles(corpus, "unattend", /\.xml$/i)],
    tokens: words,
    read(input) {
      const base = readAnswerFile(decodeText(input).text, "unattend.xml");
      const { text } = mergeAnswerFile(base, [{ by: "fuzz", settings }], "amd64");
      promised(isReadable(text), "what was written can be read");
      const again = mergeAnswerFile(readAnswerFile(text, "again"), [], "amd64").text;
      promised(bare(again) === bare(text), "what was read is written the same, besides white space");
    },
  },
  {
    name: "answer-file-lint",
    seeds: (corpus) => [...own(), Buffer.from(disk), ...corpusFiles(corpus, "unattend", /\.xml$/i)],
    tokens: [...words, ...lintWords],
    read(input) {
      const { text, encoding } = decodeText(input);
      const images = [{ ...image, description: "" }];
      const findings = lintAnswerFile(text, "unattend.xml", { encoding, image: { images }, winreBytes: 1e9 });
      promised(findings.length <= 1001, "findings are bounded");
      const lines = text.replace(/^\uFEFF/, "").split(/\r\n?|\n/);
      for (const { line, column } of findings) {
        promised(lines[line - 1]?.[column - 1] === "<", "a finding stands where an element begins");
      }
    },
  },
  {
    name: "setup-files",
    seeds: () => [
      ...own().flatMap((text) => [text, Buffer.concat([Buffer.from("@echo off\r\necho own\r\n\0"), text])]),
      Buffer.from('call "%SystemRoot%\\Setup\\Servicing\\setupcomplete-2.cmd"\r\n\0'),
    ],
    tokens: [
      "\\Setup\\Servicing\\specialize-9.cmd",
      "\\Setup\\Servicing\\setupcomplete.cmd",
      "@echo off",
      "\0",
      ...words,
    ],
    read(input) {
      const at = input.indexOf(0);
      const answerFile = input.subarray(at + 1);
      const command = { title: "a", file: "pnputil.exe", args: [], success: [0] };
      const { operations } = finishSetup(
        [
          {
            by: "fuzz",
            item: "1",
            contribution: { settings, specialize: [command], setupComplete: [command] },
          },
        ],
        image,
        {
          ...(at > 0 ? { setupComplete: input.subarray(0, at).toString("latin1") } : {}),
          ...(answerFile.length > 0 ? { answerFile: decodeText(answerFile).text } : {}),
        },
      );
      const written = new Set(
        operations.flatMap(({ operation }) => (operation.type === "Write-File" ? [operation.to] : [])),
      );
      promised(written.has(answerFilePath) && written.has(setupCompletePath), "both files are written");
    },
  },
];

function isReadable(text: string): boolean {
  try {
    readAnswerFile(text, "written");
    return true;
  } catch {
    return false;
  }
}

function bare(text: string): string {
  return text.replace(/\s+/g, "");
}
