import { windowsQuoted } from "../command-line.ts";
import type { AuditJob, Detection, JobCommand, JobPath, JobStep } from "./job.ts";

/** What becomes of each item on the reference device, in sentences, by the id of the item. */
export function jobSentences(jobs: readonly AuditJob[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    jobs.flatMap(({ steps }) =>
      steps.flatMap((step, at) => step.items.map((item) => [item, stepSentences(step, at + 1)] as const)),
    ),
  );
}

function stepSentences({ commands, check, minutes, optional }: JobStep, number: number): readonly string[] {
  const limits = [
    `at most ${minutes === 1 ? "1 minute" : `${minutes} minutes`}`,
    ...(optional === true ? ["may fail"] : []),
  ];
  return [
    `step ${number} of the job, ${limits.join(", ")}: ${commands.map(commandText).join(", then ")}`,
    ...(check === undefined
      ? []
      : [`not where ${detectionText(check)} is there, which has to be there then`]),
  ];
}

function commandText(command: JobCommand): string {
  switch (command.do) {
    case "run":
      return [command.file, ...command.args].map(wordText).join(" ");
    case "copy":
      return `copy ${command.from} to ${command.to}`;
    case "delete":
      return `delete ${command.path}`;
  }
}

function wordText(word: string | JobPath): string {
  return windowsQuoted(typeof word === "string" ? word : `${word.option ?? ""}C:${word.path}`);
}

function detectionText({ file, registry, product }: Detection): string {
  return [
    ...(file === undefined ? [] : [file]),
    ...(registry === undefined ? [] : [registryText(registry)]),
    ...(product === undefined ? [] : [`product ${product}`]),
  ].join(" and ");
}

function registryText({ key, name, data }: NonNullable<Detection["registry"]>): string {
  return [key, name, ...(data === undefined ? [] : ["=", data])].join(" ");
}
