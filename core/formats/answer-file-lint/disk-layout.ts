import { elements, type Element } from "../answer-file-tree.ts";
import { booleanOf, type LintDocument, type PlacedComponent } from "./document.ts";

export interface Partition {
  readonly element: Element;
  /** In lower case: primary, efi, extended, logical, msr; undefined where it is not known. */
  readonly type: string | undefined;
  /** In megabytes. */
  readonly size: number | undefined;
  readonly fills: boolean;
}

/** A `<Disk>` as Setup would lay it out. */
export interface DiskLayout {
  readonly element: Element;
  readonly component: PlacedComponent;
  readonly id: string | undefined;
  /** Nothing of what was on it remains, so that what is created is all there is. */
  readonly wiped: boolean;
  /** In the order in which they are created. */
  readonly partitions: readonly Partition[];
  /** By PartitionID, from 1: extended partitions have none, and logical ones stand where theirs is. */
  readonly numbered: readonly Partition[];
  readonly changes: readonly { readonly element: Element; readonly partition: number | undefined }[];
}

export const setup = "Microsoft-Windows-Setup";

/** The disks of all components; source of the numbering: the page "…-modifypartition-partitionid". */
export function diskLayouts(document: LintDocument): readonly DiskLayout[] {
  return document.at(setup, "DiskConfiguration/Disk").map(({ element, component }) => {
    const below = (list: string, item: string) =>
      elements(element, list)
        .flatMap((one) => elements(one, item))
        .map((one, at) => ({ one, at, order: numberOf(document.valueAt(one, "Order")) ?? Infinity }))
        .sort((a, b) => (a.order === b.order ? a.at - b.at : a.order - b.order))
        .map(({ one }) => one);
    const partitions = below("CreatePartitions", "CreatePartition").map((one) => ({
      element: one,
      type: document.valueAt(one, "Type")?.toLowerCase(),
      size: numberOf(document.valueAt(one, "Size")),
      fills: booleanOf(document.valueAt(one, "Extend")) === true,
    }));
    const logical = partitions.filter(({ type }) => type === "logical");
    return {
      element,
      component,
      id: document.valueAt(element, "DiskID"),
      wiped: booleanOf(document.valueAt(element, "WillWipeDisk")) === true,
      partitions,
      numbered: partitions
        .filter(({ type }) => type !== "logical")
        .flatMap((one) => (one.type === "extended" ? logical : [one])),
      changes: below("ModifyPartitions", "ModifyPartition").map((one) => ({
        element: one,
        partition: numberOf(document.valueAt(one, "PartitionID")),
      })),
    };
  });
}

export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
