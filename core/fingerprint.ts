import { createHash, createHmac } from "node:crypto";
import { type Input, effectOf } from "./operation-input.ts";
import type { Operation } from "./operation.ts";

/** SHA-256, in hexadecimal, of values as JSON. Lists keep their order; the fields of an object are put into theirs. */
export function hashOf(...parts: readonly unknown[]): string {
  return createHash("sha256").update(canonical(parts)).digest("hex");
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner) && !Buffer.isBuffer(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** What an image is before anything is done to it, and by what it is worked on: where every chain of ids begins. */
export interface Root {
  /** Of servicing itself: what an operation comes to may change with it. */
  readonly version: string;
  readonly engine: string;
  /** Versions of the tools that tell one. */
  readonly tools: Readonly<Record<string, string>>;
  /** Digest of the WIM's header, table of files and XML, which name every file by its hash. */
  readonly contents: string;
  readonly index: number;
}

export function rootFingerprint(root: Root): string {
  return hashOf("image", root.version, root.engine, root.tools, root.contents, root.index);
}

/**
 * What one operation does, by what it reads rather than by where that lies: its verb, its fields, the road, and for each
 * input the digest of its content and its own name, which a driver's INF needs.
 */
export function operationDigest(
  operation: Operation,
  strategy: string,
  digestOf: (input: Input) => string,
): string {
  const named = (input: Input): unknown =>
    operation.type === "Copy-File"
      ? digestOf(input)
      : { digest: digestOf(input), name: input.path.split(/[\\/]/).at(-1) };
  return hashOf("operation", strategy, effectOf(operation, named));
}

/** What an image is after one more operation. */
export function nextFingerprint(before: string, operation: string, secrets: string): string {
  return hashOf("step", before, operation, secrets);
}

/**
 * Stands for the values of secrets: a key of this machine keeps them from being guessed. Nothing where there are none.
 * @param key random, of this machine
 */
export function secretsDigest(
  key: Uint8Array,
  secrets: readonly { readonly name: string; readonly value: string }[],
): string {
  if (secrets.length === 0) return "";
  return createHmac("sha256", key)
    .update(canonical(secrets.map(({ name, value }) => [name, value])))
    .digest("hex");
}
