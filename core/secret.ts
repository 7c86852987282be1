import type { Secret } from "./operation.ts";

/** A password or key that is read from this environment variable when, and only when, it is written. */
export function secret(name: string): Secret {
  return { secret: name };
}
