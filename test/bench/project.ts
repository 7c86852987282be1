import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Report } from "../../core/index.ts";
import { command, diskUse, type Measured } from "./measure.ts";

export const root = resolve(import.meta.dirname, "../..");
export const cli = join(root, "dist/core/bin.js");

export interface LineOf {
  readonly base: string;
  readonly kind: "wim" | "delta";
  /** TypeScript of the line's plugins. */
  readonly plugins: readonly string[];
  readonly prefer?: readonly ("offline" | "setup")[];
}

/** A user's project, which has the built package as a dependency: a workspace of lines, each in a folder of its own. */
export class Project {
  readonly folder: string;
  readonly out: string;
  readonly #store: string;

  constructor(folder: string) {
    this.folder = folder;
    this.out = join(folder, "out");
    this.#store = join(folder, "store");
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(root, join(folder, "node_modules/servicing"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    writeFileSync(
      join(folder, "servicing.config.ts"),
      config('import { defineConfig } from "servicing";', { lines: '["lines/*/servicing.config.ts"]' }),
    );
  }

  /** Writes the lines, in place of those that were there. */
  lines(lines: Readonly<Record<string, LineOf>>): void {
    rmSync(join(this.folder, "lines"), { recursive: true, force: true });
    for (const [name, line] of Object.entries(lines)) this.line(name, line);
  }

  line(name: string, { base, kind, plugins, prefer = ["offline", "setup"] }: LineOf): void {
    const folder = this.#home(name);
    mkdirSync(folder, { recursive: true });
    const output = {
      file: join(this.out, `${name}.wim`),
      compress: "keep",
      kind,
    };
    writeFileSync(
      join(folder, "servicing.config.ts"),
      config('import { defineConfig, drivers, files } from "servicing";', {
        line: JSON.stringify(name),
        image: JSON.stringify({ file: base }),
        output: JSON.stringify(output),
        prefer: JSON.stringify(prefer),
        plugins: `[${plugins.join(", ")}]`,
      }),
    );
  }

  /** Takes away results, checkpoints and every trace of runs. */
  async clean(): Promise<void> {
    const own = [this.folder, ...readdirSync(join(this.folder, "lines")).map((name) => this.#home(name))];
    for (const folder of [this.out, this.#store, ...own.map((each) => join(each, ".servicing"))])
      rmSync(folder, { recursive: true, force: true });
  }

  #home(line: string): string {
    return join(this.folder, "lines", line);
  }

  /** One `servicing run` of all lines, timed as a user waits for it. */
  async run(): Promise<Measured> {
    const { milliseconds, stdout } = await command(
      process.execPath,
      [cli, "run", "--parallel", "3", "--json"],
      { cwd: this.folder, env: { SERVICING_STORE: this.#store } },
    );
    const steps = outcomes(stdout);
    return {
      milliseconds,
      disk: await diskUse([this.folder]),
      ran: steps.filter((outcome) => outcome !== "reused").length,
      steps: steps.length,
    };
  }
}

function config(imports: string, fields: Readonly<Record<string, string>>): string {
  const body = Object.entries(fields).map(([name, value]) => `  ${name}: ${value},\n`);
  return `${imports}\n\nexport default defineConfig({\n${body.join("")}});\n`;
}

/** What became of every step of every line. */
function outcomes(events: string): readonly string[] {
  return events.split("\n").flatMap((line) => {
    if (!line.startsWith('{"type":"reported"')) return [];
    const { report } = JSON.parse(line) as { readonly report: Report };
    return report.results.map(({ outcome }): string => outcome);
  });
}
