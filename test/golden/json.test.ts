import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { answerFile, component } from "../support/answer-file.ts";
import { folderOf, servicing } from "../support/command.ts";
import { needs } from "../support/rig.ts";

const page = resolve(import.meta.dirname, "../../docs/json.md");

/** `servicing …`, then its block. */
const example = /^`servicing ([^`\n]+)`\n\n```(jsonl?)\n([\s\S]*?)\n```$/gm;

function project(): string {
  const config = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(page, "utf8"))?.[1] ?? "";
  const { path } = folderOf({
    "servicing.config.ts": config,
    "upload.config.ts": upload,
    "tree/Windows/win.ini": "; Windows\r\n",
    "unattend.xml": unattend,
  });
  mkdirSync(join(path, ".servicing/work/gone"), { recursive: true });
  writeFileSync(join(path, ".servicing/work/gone/run.json"), "{}");
  execFileSync("wimlib-imagex", ["capture", join(path, "tree"), join(path, "install.wim"), "Office"]);
  return path;
}

const even: Readonly<Record<string, unknown>> = {
  bytes: 4096,
  sourceBytes: 4096,
  totalBytes: 11,
  milliseconds: 12,
  percent: 50,
  guid: "00112233445566778899aabbccddeeff",
  fingerprint: "9c3e1a5f0b7d42866f1e0d9c8b7a695847362514f0e1d2c3b4a5968778695a4b",
  sha256: "147b13563e8500e665c6bfc6ed0775a13de22a06b398e46498828f0d625ad1db",
};

/** A task of the line of the page and a function. */
const upload = `
import { series } from "servicing";
import office from "./servicing.config.ts";
export default series(office, function upload() {
  throw new Error("no network");
});
`;

const unattend = answerFile({
  oobeSystem: component("Microsoft-Windows-Shell-Setup", "\n<ComputerName>*</ComputerName>"),
});

/** What differs from run to run and from machine to machine, made even. */
function settled(text: string, folder: string): unknown {
  const here = text
    .replaceAll(folder, "/lines/office")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d-]+Z-(office|lines)/g, "2026-01-31T09-30-00-000Z-$1");
  return JSON.parse(here, (key, value: unknown) =>
    key in even && typeof value === typeof even[key] ? even[key] : value,
  );
}

/** One event of each type, in their order; the plan is shown elsewhere on the page. */
function events(stdout: string, folder: string): readonly unknown[] {
  const all = stdout
    .trimEnd()
    .split("\n")
    .map((line) => settled(line, folder) as { type: string });
  if (all.at(-1)?.type === "ended") return all.slice(-1);
  const types = [...new Set(all.map(({ type }) => type))];
  return types.map((type) => {
    const event = all.find((one) => one.type === type);
    return type === "planned" ? { ...event, plan: {} } : event;
  });
}

/** Values that fit on a line stand on one. */
function compact(value: unknown, indent = ""): string {
  const line = JSON.stringify(value);
  if (typeof value !== "object" || value === null || line.length + indent.length < 100)
    return line.replaceAll(/^\{|\}$/g, (brace) => (line === "{}" ? brace : brace === "{" ? "{ " : " }"));
  const inner = `${indent}  `;
  const rows = Array.isArray(value)
    ? value.map((one) => compact(one, inner))
    : Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${compact(one, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${rows.map((row) => inner + row).join(",\n")}\n${indent}${close}`;
}

function keys(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(keys);
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keys(inner)]);
}

describe("docs/json.md", () => {
  before(function () {
    needs(this, "wimlib-imagex");
  });

  it("shows what the commands give, and names every field of it", () => {
    const folder = project();
    const text = readFileSync(page, "utf8");
    const given = new Map<string, unknown>();
    for (const [, args = "", language] of text.matchAll(example)) {
      const { stdout } = servicing(args.split(" "), folder);
      given.set(args, language === "jsonl" ? events(stdout, folder) : settled(stdout, folder));
    }
    if (process.env["UPDATE_GOLDEN"] === "1")
      writeFileSync(
        page,
        text.replaceAll(example, (_, args: string, language: string) => {
          const value = given.get(args);
          const body =
            language === "jsonl"
              ? (value as unknown[]).map((one) => JSON.stringify(one)).join("\n")
              : compact(value);
          return `\`servicing ${args}\`\n\n\`\`\`${language}\n${body}\n\`\`\``;
        }),
      );
    const shown = readFileSync(page, "utf8");
    const examples = [...shown.matchAll(example)];
    assert.ok(examples.length >= 6);
    for (const [, args = "", language, body = ""] of examples)
      assert.deepEqual(
        language === "jsonl" ? body.split("\n").map((line) => JSON.parse(line) as unknown) : JSON.parse(body),
        given.get(args),
        args,
      );
    const prose = shown.replaceAll(/^```[\s\S]*?^```$/gm, "");
    const [plan] = given.get("plan --json") as readonly Record<string, unknown>[];
    const run = given.get("run --json") as readonly Record<string, Record<string, unknown>>[];
    const { items, steps, ...rest } = plan as { items: object[]; steps: object[] };
    const fields = [
      ...[plan, ...items, ...steps].flatMap((one) => Object.keys(one ?? {})),
      ...keys(run.map(({ report, ...event }) => ({ ...event, ...report }))),
      ...keys(given.get("run --config upload.config.ts --json")),
    ].filter((field) => !["offline", "setup"].includes(field));
    assert.ok(Object.keys(rest).length >= 8 && fields.length > 40);
    for (const field of new Set(fields)) assert.ok(prose.includes(`\`${field}\``), field);
  });

  it("shows what doctor gives", () => {
    const value = JSON.parse(servicing(["doctor", "--json"]).stdout) as unknown;
    const last = readFileSync(page, "utf8").split("`servicing doctor --json`").at(-1) ?? "";
    for (const field of new Set(keys(value))) assert.ok(last.includes(`\`${field}\``), field);
  });
});
