import { readFileSync } from "node:fs";
import { runLine } from "../../../core/line-run.ts";
import type { Line } from "../../../core/line.ts";
import type { Operation } from "../../../core/operation.ts";
import { dismHere } from "./engines.ts";

const { line, operations } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as {
  readonly line: Line;
  readonly operations: readonly Operation[];
};
const asking = {
  name: "asking",
  apply: ({ hooks }: Parameters<Line["plugins"][number]["apply"]>[0]) =>
    hooks.modify.tap("asking", (modify) => modify.add(...operations)),
};
const report = await runLine(
  { ...line, plugins: [asking] },
  { engines: dismHere, signal: new AbortController().signal, emit: () => undefined },
);
process.exitCode = report.ok ? 0 : 1;
