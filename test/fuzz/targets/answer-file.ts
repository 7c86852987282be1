import { mergeAnswerFile, readAnswerFile } from "../../../core/formats/answer-file.ts";
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
