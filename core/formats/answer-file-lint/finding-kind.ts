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
