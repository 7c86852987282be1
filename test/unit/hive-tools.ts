import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import assert from "node:assert/strict";
import { ServicingError } from "../../core/error.ts";
import { bufferSource } from "../../core/formats/bytes.ts";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import type { HiveChange } from "../../core/formats/hive-change.ts";
import { compareHives, hiveRepairs } from "../../core/formats/hive-compare.ts";
import { indexRepairs } from "../../core/formats/hive-index.ts";
import { hiveScript } from "../../core/formats/hive-script.ts";
import { decodeValue, openHive } from "../../core/formats/hive.ts";
import type { Hive, HiveKey } from "../../core/formats/hive.ts";
import type { Patch } from "../../core/formats/hive-index.ts";

/** Skips the test, saying why, where a program is not installed. */
export function needs(test: Mocha.Context, program: string): void {
  if (spawnSync(program, ["-h"]).error === undefined) return;
  console.log(`      skipped: ${program} is not installed`);
  test.skip();
}

export function hiveOf(bytes: Uint8Array, path = "test.hive"): Hive {
  return openHive(bufferSource(bytes), path);
}

/** Runs a script of hivexsh over a copy of a hive, as bytes. Throws with its message where it fails. */
export function hivexsh(hive: Uint8Array, script: string, env: NodeJS.ProcessEnv = process.env): Buffer {
  return inFolder((folder) => {
    const file = join(folder, "hive");
    const commands = join(folder, "script");
    writeFileSync(file, hive);
    writeFileSync(commands, script);
    execFileSync("hivexsh", ["-w", "-f", commands, file], { stdio: "pipe", env });
    return readFileSync(file);
  });
}

export function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "servicing-test-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function patched(hive: Uint8Array, patches: readonly Patch[]): Buffer {
  const copy = Buffer.from(hive);
  for (const { offset, bytes } of patches) copy.set(bytes, offset);
  return copy;
}

/** The hives of others that tests may read; skips the test, saying why, where there are none. */
export function corpusHives(test: Mocha.Context): string[] {
  const folder = join(process.env["SERVICING_CORPUS"] ?? "", "hives");
  if (process.env["SERVICING_CORPUS"] === undefined || !existsSync(folder)) {
    console.log("      skipped: SERVICING_CORPUS names no folder with hives");
    return test.skip();
  }
  needs(test, "xz");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".reg"))
    .map((entry) => join(entry.parentPath, entry.name));
}

export function corpusHive(test: Mocha.Context, name: string): Buffer {
  const file = corpusHives(test).find((each) => [name, `${name}.xz`].includes(basename(each)));
  if (file === undefined) throw new Error(`the corpus has no ${name}`);
  return unpacked(file);
}

export function unpacked(file: string): Buffer {
  if (!file.endsWith(".xz")) return readFileSync(file);
  return execFileSync("xz", ["-dc", file], { maxBuffer: 2 ** 28 });
}

/** A key and all below it. */
export function* walk(key: HiveKey): Generator<HiveKey> {
  yield key;
  for (const subkey of key.subkeys()) yield* walk(subkey);
}

/** All that is below a key, read to the last byte. */
export function contents(root: HiveKey): unknown[] {
  return [...walk(root)].map((key) => [
    key.path,
    key.className,
    key.security()?.length,
    indexRepairs(key).length,
    key.values().map((value) => [value.name, decodeValue(value)]),
  ]);
}

/** Reads whatever can be read of bytes; only a damaged hive is a reason not to. */
export function readAll(bytes: Uint8Array): void {
  try {
    const hive = hiveOf(bytes);
    contents(hive.rootKey);
    compareHives(hive, hive, []);
  } catch (error) {
    if (!(error instanceof ServicingError && error.code === "SERVICING_HIVE_CORRUPT")) throw error;
  }
}

export const empty = emptyHive("test", new Date("2024-05-06T07:08:09Z"));
export const text = (data: string) => ({ type: "REG_SZ", data }) as const;

/** Changes a hive as an engine does, and proves that nothing else changed and that a second time there is nothing to do. */
export function change(hive: Uint8Array, changes: readonly HiveChange[], env?: NodeJS.ProcessEnv): Buffer {
  const before = hiveOf(hive);
  const { script, expected } = hiveScript(before, changes);
  if (script === undefined) return Buffer.from(hive);
  const written = hivexsh(hive, script, env);
  const after = patched(written, hiveRepairs(hiveOf(written), expected));
  assert.deepEqual(compareHives(before, hiveOf(after), expected), []);
  assert.equal(hiveOf(after).dirty, false);
  assert.equal(hiveScript(hiveOf(after), changes).script, undefined, "the second time changes nothing");
  return after;
}
