import { open } from "node:fs/promises";
import { existingInput, failure, type Operation, type PhaseBuilder } from "../../core/index.ts";

/** Bytes; a list of associations has a few hundred thousand. */
const mostToRead = 4 * 1024 * 1024;

/** @throws SERVICING_INPUT_NOT_FOUND, SERVICING_INPUT_UNREADABLE */
export async function importAssociations(
  given: string,
  builder: PhaseBuilder,
): Promise<Operation<"Import-DefaultAppAssociations">> {
  const file = await existingInput(builder.resolve(given), "default associations (.xml)");
  if (!/<DefaultAssociations[\s/>]/.test(await beginningOf(file)))
    throw failure("SERVICING_INPUT_UNREADABLE", {
      path: file,
      reason: "it has no <DefaultAssociations>, as what DISM exports has",
    });
  return { type: "Import-DefaultAppAssociations", file };
}

/** @throws SERVICING_INPUT_NOT_FOUND */
export async function addProvisioning(
  given: string | { readonly package: string; readonly catalog?: string },
  builder: PhaseBuilder,
): Promise<Operation<"Add-ProvisioningPackage">> {
  const { package: file, catalog } =
    typeof given === "string" ? { package: given, catalog: undefined } : given;
  return {
    type: "Add-ProvisioningPackage",
    package: await existingInput(builder.resolve(file), "a provisioning package (.ppkg)"),
    ...(catalog === undefined
      ? {}
      : {
          catalog: await existingInput(builder.resolve(catalog), "the catalogue of a provisioning package"),
        }),
  };
}

/** Its ASCII, whether it is UTF-8 or UTF-16. */
async function beginningOf(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(mostToRead), 0, mostToRead, 0);
    return buffer.toString("latin1", 0, bytesRead).replaceAll("\0", "");
  } catch (error) {
    throw failure(
      "SERVICING_INPUT_UNREADABLE",
      { path: file, reason: (error as Error).message },
      { cause: error },
    );
  } finally {
    await handle.close();
  }
}
