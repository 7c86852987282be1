/** A table as data: in plans, in reports, in what commands print. */
export interface Table {
  readonly title: string;
  /** A column `bytes` holds numbers of bytes, made readable where they are shown. */
  readonly columns: readonly string[];
  /** A cell for each column; texts from outside as they are, made harmless where they are shown. */
  readonly rows: readonly (readonly string[])[];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}
