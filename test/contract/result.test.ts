import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dism } from "../../core/engines/dism.ts";
import { wimlib } from "../../core/engines/wimlib.ts";
import { needs } from "../support/rig.ts";
import { dismHere } from "../support/stand-in-dism/engines.ts";
import { type StandIn, startStandIn } from "../support/stand-in-dism/stand-in.ts";
import { givenInputs, madeInputs } from "./inputs.ts";
import { resultContract } from "./result.ts";

const windows = process.platform === "win32";
let standIn: StandIn | undefined;
let folder: string | undefined;

async function inputsHere(context: Mocha.Context) {
  needs(context, "wimlib-imagex", "hivexsh", "hivexregedit", "cabextract", "gcab", "7z", "mkntfs", "bash");
  folder ??= mkdtempSync(join(tmpdir(), "servicing-contract-inputs-"));
  return madeInputs(folder);
}

after(async () => {
  await standIn?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

if (!windows)
  resultContract("the wimlib engine", [wimlib, dism], async (context) => {
    const inputs = await inputsHere(context);
    // What DISM says of the result is asked of the stand-in here as well.
    standIn ??= await startStandIn();
    return inputs;
  });

resultContract(
  windows
    ? "the dism engine, with the DISM of this Windows,"
    : "the dism engine, with the stand-in for DISM,",
  windows ? [dism, wimlib] : dismHere,
  async (context) => {
    if (!windows) {
      const inputs = await inputsHere(context);
      standIn ??= await startStandIn();
      return inputs;
    }
    const inputs = givenInputs();
    if (inputs !== undefined) return inputs;
    process.stderr.write("    skipped: SERVICING_CONTRACT names no file with images and packages\n");
    return context.skip();
  },
);
