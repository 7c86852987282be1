import { join, relative, resolve } from "node:path";
import { buildSample } from "./sample.ts";
import { MissingTools } from "./tool.ts";

/** `out/sample` of the project, or the folder that was named. */
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, "../../out/sample"));

try {
  console.log(`Sample in ${relative(process.cwd(), folder) || "."}:`);
  await buildSample(folder, (text) => console.log(`  ${text}`));
  console.log("The sample imitates a Windows image so that servicing has something to work on.");
  console.log("It is not Windows: it holds no file of Microsoft's and cannot boot.");
} catch (error) {
  if (!(error instanceof MissingTools)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
