import type { LintOptions } from "../../../core/formats/answer-file-lint/lint.ts";
import { answerFile, component } from "../answer-file.ts";

/** A document, with what is known besides. */
export type Sample = string | readonly [text: string, options: LintOptions];

/** For a code: documents that have it, and such that look alike and have it not. */
export interface Samples {
  readonly bad: readonly Sample[];
  readonly good: readonly Sample[];
}

export const shell = "Microsoft-Windows-Shell-Setup";
export const setup = "Microsoft-Windows-Setup";
export const deployment = "Microsoft-Windows-Deployment";
export const specialize = (settings: string, name = shell): string =>
  answerFile({ specialize: component(name, settings) });
export const oobe = (settings: string): string => answerFile({ oobeSystem: component(shell, settings) });
export const pe = (settings: string): string => answerFile({ windowsPE: component(setup, settings) });
export const command = (path: string, order = "1", rest = ""): string =>
  `<RunSynchronousCommand wcm:action="add"><Order>${order}</Order><Path>${path}</Path>${rest}</RunSynchronousCommand>`;
export const commands = (...items: readonly string[]): string =>
  specialize(`<RunSynchronous>${items.join("")}</RunSynchronous>`, deployment);
export const withPackage = (attributes: string, identity: string): string =>
  answerFile({}, `<servicing><package ${attributes}><assemblyIdentity ${identity}/></package></servicing>`);
export const identity =
  'name="Microsoft-Windows-Client-Language-Pack_x64_fr-fr" version="10.0.26100.1" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="fr-FR"';
export const key = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE";
export const generic = "W269N-WFGWX-YVC9B-4J6C9-T83GX";
export const password = (value: string, plain: string): string =>
  oobe(
    `<UserAccounts><AdministratorPassword><Value>${value}</Value><PlainText>${plain}</PlainText></AdministratorPassword></UserAccounts>`,
  );
