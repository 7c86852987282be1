export type Severity = "error" | "warning" | "note";

export interface FindingKind {
  readonly severity: Severity;
  /** Why it matters, one sentence or two. */
  readonly why: string;
  /** The page of Microsoft's documentation that says so. */
  readonly page: string;
  readonly fix: string;
}

export type FindingKinds = Readonly<Record<string, FindingKind>>;

/** Stand for the page of the setting that a finding is about, and for that of what holds it. */
export const settingPage = "the setting's page in the Unattended Windows Setup Reference";
export const holderPage = "the page of what holds it in the Unattended Windows Setup Reference";
