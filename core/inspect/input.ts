import { statSync } from "node:fs";

/** The path, where something is there. @throws SERVICING_INPUT_NOT_FOUND. */
export async function existingInput(path: string, wanted: string): Promise<string> {
  await statOf(path, wanted);
  return path;
}

/** Size and kind of an input. @throws SERVICING_INPUT_NOT_FOUND. */
export async function statOf(
  path: string,
  wanted: string,
): Promise<{ readonly bytes: number; readonly folder: boolean }> {
  try {
    const found = statSync(path);
    return { bytes: found.size, folder: found.isDirectory() };
  } catch (error) {
    // Loaded here, since it holds the words of every error, and an input is there as a rule.
    const { failure } = await import("../error.ts");
    throw failure("SERVICING_INPUT_NOT_FOUND", { path, wanted }, { cause: error });
  }
}
