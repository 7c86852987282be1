import type { Position } from "../answer-file-position.ts";
import {
  accountFindings,
  auditFindings,
  commandFindings,
  diskFindings,
  imageFindings,
  nameFindings,
} from "./content-finding.ts";
import type { Severity } from "./finding-kind.ts";
import { fileFindings, listFindings, settingFindings } from "./structure-finding.ts";

/** The codes by what they are about, as docs/lint.md shows them. */
export const findingSections = {
  "The file": fileFindings,
  Settings: settingFindings,
  Lists: listFindings,
  "Names and keys": nameFindings,
  Commands: commandFindings,
  Accounts: accountFindings,
  "Audit mode": auditFindings,
  Disks: diskFindings,
  "The image": imageFindings,
};

/**
 * Every code of a finding. An error is what Windows refuses, ends Setup with, or silently does otherwise than the file
 * asks; a warning is what its documentation advises against; a note is worth knowing. Codes do not change.
 */
export const findingKinds = {
  ...fileFindings,
  ...settingFindings,
  ...listFindings,
  ...nameFindings,
  ...commandFindings,
  ...accountFindings,
  ...auditFindings,
  ...diskFindings,
  ...imageFindings,
};

export type FindingCode = keyof typeof findingKinds;

/** One thing that is wrong with an answer file. No value of a setting is in it, so that no password can be. */
export interface Finding extends Position {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** `specialize/Microsoft-Windows-Shell-Setup/ComputerName`, or the element. */
  readonly where: string;
  readonly what: string;
  readonly why: string;
  /** The page of Microsoft's documentation that says so. */
  readonly page: string;
  readonly fix: string;
}
