import type { Context } from "mocha";

/** Folder of files made by others; without it the test is skipped, and says why. */
export function corpus(test: Context): string {
  const folder = process.env["SERVICING_CORPUS"];
  if (folder !== undefined && folder !== "") return folder;
  console.log("      skipped: SERVICING_CORPUS does not name a folder");
  return test.skip();
}
