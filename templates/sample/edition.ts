/** The two images of the sample, in the order of their indexes. */
export interface Edition {
  readonly id: "Professional" | "Core";
  readonly name: string;
  readonly description: string;
  /** Registry text in hives/ that is merged over software.reg. */
  readonly hive: string;
}

export const editions: readonly Edition[] = [
  {
    id: "Professional",
    name: "Sample Windows Pro",
    description: "Sample of a Windows Pro image: not Windows, cannot boot",
    hive: "software-professional.reg",
  },
  {
    id: "Core",
    name: "Sample Windows Home",
    description: "Sample of a Windows Home image: not Windows, cannot boot",
    hive: "software-core.reg",
  },
];

/** Every timestamp in the sample. */
export const built = new Date("2024-10-01T12:00:00Z");
