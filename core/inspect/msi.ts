import type { MsiArtefact } from "../artefact.ts";
import { failure } from "../error.ts";
import { propertiesIn } from "../formats/tool-listing.ts";
import { run, type Tools } from "./unpack.ts";

/** @throws SERVICING_INPUT_UNREADABLE, SERVICING_TOOL_MISSING */
export async function inspectMsi(file: string, bytes: number, tools: Tools): Promise<MsiArtefact> {
  const table = await run({ run: "msiinfo", args: ["export", file, "Property"] }, file, tools);
  const properties = propertiesIn(table);
  const productCode = properties.get("ProductCode");
  if (productCode === undefined) {
    const reason = "it is a compound file, but not an MSI package";
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason });
  }
  return {
    kind: "msi",
    file,
    bytes,
    productName: properties.get("ProductName") ?? "",
    productVersion: properties.get("ProductVersion") ?? "",
    productCode,
  };
}
