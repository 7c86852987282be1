import { existsSync } from "node:fs";
import type { Act } from "../engine.ts";
import { failure } from "../error.ts";
import { pathsOf } from "../host-path.ts";

/** @throws SERVICING_IMAGE_PENDING where Windows has written down what is to be done at its next start */
export function nothingPending({ root }: Extract<Act, { act: "nothing pending" }>): void {
  const file = pathsOf(root).join(root, "Windows", "WinSxS", "pending.xml");
  if (existsSync(file)) throw failure("SERVICING_IMAGE_PENDING", { file });
}
