import type { Element } from "../answer-file-tree.ts";
import { booleanOf, type LintDocument, type Report, type Rule } from "./document.ts";
import { diskLayouts, type DiskLayout, numberOf, type Partition, setup } from "./disk-layout.ts";

/** Partitions: what a disk of their kind cannot have, what it lacks, and what is not there. */
export const diskRule: Rule = (document, report) => {
  const disks = diskLayouts(document);
  const starts = disks.some(({ partitions }) => partitions.some(({ type }) => type === "efi"));
  for (const disk of disks) {
    checkStyle(document, disk, starts, report);
    checkSizes(disk, report);
    checkChanges(document, disk, report);
  }
  checkTarget(document, disks, report);
};

/** `starts`: whether any disk has the EFI system partition, of which one is enough. */
function checkStyle(document: LintDocument, disk: DiskLayout, starts: boolean, report: Report): void {
  const of = (type: string): readonly Partition[] => disk.partitions.filter((one) => one.type === type);
  const gpt = [...of("efi"), ...of("msr")];
  const [extended] = of("extended");
  const active = disk.changes.find(({ element }) => booleanOf(document.valueAt(element, "Active")) === true);
  if (gpt.length > 0) {
    const mbr = extended?.element ?? of("logical")[0]?.element ?? active?.element;
    if (mbr !== undefined) report("disk-style", mbr, "The disk has partitions of GPT and of MBR");
    const missing = [
      starts ? "" : "EFI system partition",
      of("msr").length > 0 ? "" : "Microsoft reserved partition",
    ].filter((name) => disk.wiped && name !== "");
    if (missing.length > 0)
      report("disk-gpt-incomplete", disk.element, `The disk has no ${missing.join(" and no ")}`);
    return;
  }
  const [logical] = of("logical");
  if (logical !== undefined && extended === undefined) {
    report("disk-logical", logical.element, "A logical partition is created, and no extended one");
  }
  const known = disk.partitions.every(({ type }) => type !== undefined);
  const outer = [...of("primary"), ...of("extended")];
  // Only a system that starts by BIOS says so here; a GPT disk without EFI and MSR partitions could have more.
  if (known && (active !== undefined || extended !== undefined) && outer.length > 4) {
    report(
      "disk-partition-limit",
      outer[4]!.element,
      `The disk has ${outer.length} primary and extended partitions`,
    );
  }
  const second = of("extended")[1];
  if (second !== undefined)
    report("disk-partition-limit", second.element, "The disk has two extended partitions");
}

function checkSizes({ partitions }: DiskLayout, report: Report): void {
  for (const { element, size, fills } of partitions) {
    if (fills && size !== undefined)
      report("disk-size-extend", element, "The partition has both Size and Extend");
  }
  const outer = partitions.filter(({ type }) => type !== "logical");
  const filling = outer.findIndex(({ fills }) => fills);
  if (filling !== -1 && filling < outer.length - 1) {
    report(
      "disk-extend-not-last",
      outer[filling]!.element,
      "The partition fills the disk, and others come after it",
    );
  }
}

function checkChanges(document: LintDocument, disk: DiskLayout, report: Report): void {
  const letters = new Set<string>();
  for (const { element, partition } of disk.changes) {
    const letter = document.valueAt(element, "Letter")?.toUpperCase();
    if (letter !== undefined && letter !== "" && letters.has(letter)) {
      report("disk-letter-duplicate", element, "Two partitions of the disk have the same letter");
    }
    if (letter !== undefined) letters.add(letter);
    if (!disk.wiped || partition === undefined) continue;
    if (partition < 1 || partition > disk.numbered.length) {
      const count = disk.numbered.length;
      report("disk-modify-missing", element, `Partition ${partition} is changed, and the disk has ${count}`);
    }
  }
}

/** Where Windows is installed to. */
function checkTarget(document: LintDocument, disks: readonly DiskLayout[], report: Report): void {
  for (const { element, component } of document.at(setup, "ImageInstall/OSImage/InstallTo")) {
    const wanted = { disk: document.valueAt(element, "DiskID"), partition: partitionOf(document, element) };
    const same = disks.filter((one) => one.component === component && one.id === wanted.disk);
    const [disk] = same;
    if (disk === undefined || same.length > 1 || wanted.partition === undefined) continue;
    const target = disk.numbered[wanted.partition - 1];
    if (target === undefined) {
      if (disk.wiped) {
        const what = `Windows goes to partition ${wanted.partition}, and the disk has ${disk.numbered.length}`;
        report("disk-install-target", element, what);
      }
      continue;
    }
    if (!disk.wiped) continue;
    if (target.type === "efi" || target.type === "msr") {
      report(
        "disk-install-target",
        element,
        "Windows goes to the EFI system or the Microsoft reserved partition",
      );
    } else if (
      target.size !== undefined &&
      target.size < 20_000 &&
      !target.fills &&
      !grows(document, disk, target)
    ) {
      report(
        "windows-partition-small",
        target.element,
        "The partition that Windows goes to has less than 20 GB",
      );
    }
  }
}

function partitionOf(document: LintDocument, element: Element): number | undefined {
  return numberOf(document.valueAt(element, "PartitionID"));
}

/** A change may let a partition fill the disk that was created with a size. */
function grows(document: LintDocument, disk: DiskLayout, target: Partition): boolean {
  return disk.changes.some(
    ({ element, partition }) =>
      partition !== undefined &&
      disk.numbered[partition - 1] === target &&
      booleanOf(document.valueAt(element, "Extend")) === true,
  );
}
