import { basename } from "node:path";
import prettyBytes from "pretty-bytes";
import type { ArchitecturePackage, Artefact, FolderArtefact } from "./artefact.ts";
import { driverTable, signatures, sizeOf } from "./driver-table.ts";
import { clean } from "./plain-text.ts";

type Row = readonly [label: string, value: string];

/** What an artefact is, for a person: a heading and a table, a line each. */
export function artefactText(artefact: Artefact): string {
  const drivers = artefact.kind === "folder" ? driversIn(artefact) : [];
  return [heading(artefact), ...drivers, ...table(rowsOf(artefact)), ...notes(artefact)].join("\n");
}

function heading(artefact: Artefact): string {
  const size = artefact.kind === "folder" ? "" : `, ${prettyBytes(artefact.bytes, { binary: true })}`;
  return `${clean(basename(artefact.file))}: ${title(artefact)}${size}`;
}

function title(artefact: Artefact): string {
  switch (artefact.kind) {
    case "wim":
      return artefact.solid ? "Windows image (solid, ESD)" : "Windows image (WIM)";
    case "package":
      return `package (.${artefact.container})`;
    case "driver":
      return "driver";
    case "folder":
      return `folder with ${artefact.holds.length === 1 ? "1 input" : `${artefact.holds.length} inputs`}`;
    case "appx":
      return artefact.bundle ? "app bundle" : "app package";
    case "msi":
      return "Windows Installer package";
    case "hive":
      return "registry hive";
    case "answer file":
      return "answer file";
  }
}

function rowsOf(artefact: Artefact): readonly Row[] {
  switch (artefact.kind) {
    case "wim":
      return [
        ["compression", artefact.compression],
        ["part", artefact.parts > 1 ? `${artefact.part} of ${artefact.parts}` : ""],
        ["integrity table", artefact.integrity ? "yes" : "no"],
        ["boots", artefact.bootIndex === 0 ? "" : `image ${artefact.bootIndex}`],
        ...artefact.images.map((image): Row => [
          `image ${image.index}`,
          [
            image.name,
            image.architecture,
            image.version,
            image.editionId,
            image.languages.join(" "),
            prettyBytes(image.totalBytes, { binary: true }),
          ]
            .filter((part) => part !== "")
            .join(", "),
        ]),
      ];
    case "package":
      return [
        ["kind", artefact.class],
        ["identity", artefact.identity],
        ["KB", artefact.kb],
        ["Windows with it", artefact.level ?? ""],
        ["built on", artefact.baseline ?? ""],
        ["release type", artefact.releaseType],
        ["description", artefact.description],
        ["architecture", artefact.architecture],
        ["language", artefact.language || "neutral"],
        ["features", artefact.features.join(", ")],
      ];
    case "driver":
      return [
        ["provider", artefact.provider],
        ["class", artefact.className],
        ["class GUID", artefact.classGuid],
        ["version", `${artefact.version} ${artefact.date}`.trim()],
        ["kind", artefact.driverKind === "device" ? "" : (artefact.driverKind ?? "")],
        ["extends", artefact.extensionId ?? ""],
        ["catalogue", artefact.catalog || "none: Windows treats it as unsigned"],
        ["signed by", artefact.catalog === "" ? "" : signatures(artefact.packages ?? [])],
        ["architectures", artefact.architectures.join(", ") || "none named"],
        ["co-installers", artefact.coInstallers ? "yes, which run only inside Windows" : "no"],
        ["boot-critical", bootCritical(artefact.packages ?? [])],
        ["software", shortened([...new Set((artefact.packages ?? []).flatMap(({ software }) => software))])],
        [
          "components",
          shortened([...new Set((artefact.packages ?? []).flatMap(({ components }) => components))]),
        ],
        ["package", sizeOf(artefact.packages ?? [])],
        ["missing files", shortened(artefact.missingFiles ?? [])],
        ["hardware ids", shortened(artefact.hardwareIds)],
      ];
    case "folder":
      return artefact.holds.flatMap((held): Row[] =>
        held.kind === "driver" ? [] : [[relative(artefact.file, held.file), summary(held)]],
      );
    case "appx":
      return [
        ["name", artefact.name],
        ["publisher", artefact.publisher],
        ["version", artefact.version],
        ["architecture", artefact.architecture],
        ["signed", artefact.signed ? "yes (not verified)" : "no"],
        ...artefact.dependencies.map((needed): Row => [
          "needs",
          `${needed.name} ${needed.minVersion}`.trim(),
        ]),
      ];
    case "msi":
      return [
        ["product", artefact.productName],
        ["version", artefact.productVersion],
        ["product code", artefact.productCode],
      ];
    case "hive":
      return [
        ["name", artefact.name],
        ["state", artefact.dirty ? "dirty: its last changes lie in its .LOG files" : "clean"],
        ["root keys", artefact.rootKeys.join(", ")],
      ];
    case "answer file":
      return artefact.passes.map((pass) => [pass.pass, pass.components.join(", ")]);
  }
}

/** One artefact in a folder, on one line. */
function summary(artefact: Artefact): string {
  switch (artefact.kind) {
    case "wim":
      return `${title(artefact)}: ${artefact.images.map((image) => image.name || image.index).join(", ")}`;
    case "package":
      return artefact.identity;
    case "appx":
      return `${title(artefact)} ${artefact.name} ${artefact.version} (${artefact.architecture})`;
    case "msi":
      return `${artefact.productName} ${artefact.productVersion}`.trim();
    case "driver":
    case "folder":
    case "hive":
    case "answer file":
      return title(artefact);
  }
}

/** A table of its own, since there may be thousands. */
function driversIn({ file, holds }: FolderArtefact): readonly string[] {
  const drivers = holds.filter((held) => held.kind === "driver");
  if (drivers.length === 0) return [];
  const rows = driverTable(drivers, (driver) => relative(file, driver.file)).map((row) => row.map(clean));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}

function bootCritical(packages: readonly ArchitecturePackage[]): string {
  const critical = packages.filter((of) => of.bootCritical).map(({ architecture }) => architecture);
  if (critical.length === 0) return packages.length === 0 ? "" : "no";
  return critical.length === packages.length ? "yes" : `on ${critical.join(", ")}`;
}

function notes(artefact: Artefact): readonly string[] {
  if (artefact.kind === "folder") {
    const bad = artefact.unreadable ?? [];
    return bad.map(
      ({ file, reason }) => `  not a driver: ${clean(relative(artefact.file, file))}: ${clean(reason)}`,
    );
  }
  if (artefact.kind !== "driver") return [];
  return artefact.diagnostics.map(({ line, column, message }) => `  ${line}:${column}  ${clean(message)}`);
}

function table(rows: readonly Row[]): readonly string[] {
  const filled = rows.filter(([, value]) => value !== "");
  const width = Math.max(0, ...filled.map(([label]) => label.length));
  return filled.map(([label, value]) => `  ${clean(label).padEnd(width)}  ${clean(value)}`.trimEnd());
}

function shortened(values: readonly string[]): string {
  const shown = values.slice(0, 8).join(", ");
  return values.length > 8 ? `${shown}, and ${values.length - 8} more` : shown;
}

function relative(folder: string, file: string): string {
  return file.startsWith(folder) ? file.slice(folder.length).replace(/^[\\/]/, "") : file;
}

/** What an artefact says that it is, for a list of inputs: nothing where it says nothing. */
export function identityOf(artefact: Artefact): string {
  switch (artefact.kind) {
    case "package":
      return [artefact.identity, artefact.kb].filter((part) => part !== "").join(" ");
    case "driver":
      return [artefact.provider, artefact.className, artefact.date, artefact.version]
        .filter((part) => part !== "")
        .join(" ");
    case "appx":
      return [artefact.name, artefact.version, artefact.architecture].join(" ").trim();
    case "msi":
      return [artefact.productName, artefact.productVersion, artefact.productCode].join(" ").trim();
    default:
      return "";
  }
}
