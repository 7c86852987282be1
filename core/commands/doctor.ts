import { painter, type Paint, showsColour } from "../colour.ts";
import type { Invocation } from "../cli-commands.ts";
import { versionIn } from "../formats/tool-listing.ts";
import { packageVersion } from "../own-package.ts";
import { machine, type Probe } from "../machine.ts";
import { installCommand, type System, type Tool, toolsOf } from "../tools.ts";

export async function run({ flags, stdout, env }: Invocation): Promise<number> {
  const diagnosis = await diagnose(machine(env));
  stdout.write(
    flags.json
      ? `${JSON.stringify(diagnosis, undefined, 2)}\n`
      : `${diagnosisText(diagnosis, painter(showsColour(stdout, env)))}\n`,
  );
  return diagnosis.ok ? 0 : 2;
}

export interface Diagnosis {
  /** Nothing is missing that every line needs. */
  readonly ok: boolean;
  readonly servicing: string;
  readonly node: string;
  readonly platform: NodeJS.Platform;
  readonly tools: readonly {
    readonly name: string;
    readonly why: string;
    readonly required: boolean;
    readonly path?: string;
    readonly version?: string;
  }[];
  readonly install: readonly string[];
  readonly notes: readonly string[];
}

export async function diagnose(probe: Probe): Promise<Diagnosis> {
  const wanted = toolsOf(probe.platform);
  const found = await Promise.all(wanted.map((tool) => examine(tool, probe)));
  const missing = wanted.filter((_, index) => found[index]?.path === undefined);
  const system = await probe.system();
  const systems: readonly System[] = system === undefined ? ["debian", "fedora", "macos"] : [system];
  return {
    ok: !missing.some((tool) => tool.required),
    servicing: packageVersion(),
    node: probe.node,
    platform: probe.platform,
    tools: found,
    install: systems.map((name) => installCommand(name, missing)).filter((command) => command !== ""),
    notes: await notes(found, probe),
  };
}

async function examine(tool: Tool, probe: Probe): Promise<Diagnosis["tools"][number]> {
  const { name, why, required } = tool;
  const path = probe.find(name);
  if (path === undefined) return { name, why, required };
  const said = tool.version === undefined ? "" : await probe.ask(path, tool.version).catch(() => "");
  const version = versionIn(said);
  return { name, why, required, path, ...(version === undefined ? {} : { version }) };
}

async function notes(found: Diagnosis["tools"], probe: Probe): Promise<readonly string[]> {
  const wimlib = found.find((tool) => tool.name === "wimlib-imagex")?.version;
  const told: string[] = [];
  // wimlib's NEWS for 1.14.2.
  if (wimlib !== undefined && before(wimlib, [1, 14, 2])) {
    told.push(
      `wimlib ${wimlib} writes directories that have named data streams in a form that DISM refuses. Images without such directories are not concerned; wimlib 1.14.2 or later writes them correctly.`,
    );
  }
  if (probe.platform === "win32" && !(await probe.elevated())) {
    told.push("This is not an elevated prompt: DISM services images only for an administrator.");
  }
  if (probe.platform !== "win32") {
    told.push("Neither FUSE nor KVM nor root is needed: images are changed without being mounted.");
  }
  return told;
}

function before(version: string, limit: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const index = limit.findIndex((part, position) => (parts[position] ?? 0) !== part);
  return index !== -1 && (parts[index] ?? 0) < (limit[index] ?? 0);
}

export function diagnosisText(diagnosis: Diagnosis, paint: Paint): string {
  const width = Math.max(...diagnosis.tools.map((tool) => tool.name.length), "servicing".length);
  const row = (mark: string, name: string, rest: string): string => `${mark} ${name.padEnd(width)}  ${rest}`;
  const versions = Math.max(...diagnosis.tools.map((tool) => tool.version?.length ?? 0));
  const good = paint("green", "✔");
  return [
    row(good, "servicing", diagnosis.servicing),
    row(good, "node", diagnosis.node),
    ...diagnosis.tools.map((tool) => {
      if (tool.path !== undefined) {
        const version = (tool.version ?? "").padEnd(versions);
        return row(good, tool.name, `${version}  ${paint("dim", tool.path)}`);
      }
      const mark = tool.required ? paint("red", "✖") : paint("yellow", "–");
      const need = tool.required ? "needed" : "needed for some inputs";
      return row(mark, tool.name, `missing; ${need}, to ${tool.why}`);
    }),
    ...(diagnosis.install.length === 0
      ? []
      : ["", "Install what is missing:", ...diagnosis.install.map((command) => `  ${command}`)]),
    ...diagnosis.notes.flatMap((note) => ["", note]),
  ].join("\n");
}
