import type { Invocation } from "../cli-commands.ts";
import { nearPaths } from "../near-path.ts";
import { loadProject } from "../project.ts";
import { type TaskTree, treeText } from "../task.ts";

export async function run({ flags, stdout }: Invocation): Promise<number> {
  const project = await loadProject(flags);
  if (flags.json) {
    const { file, lines, tasks } = project;
    const value = {
      config: file,
      lines: lines.map(({ line, image, output }) => ({ line, image, output })),
      tasks: tasks.map(treeValue),
      default: project.default === undefined ? null : treeValue(project.default),
    };
    stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    return 0;
  }
  const width = Math.max(0, ...project.lines.map(({ line }) => line.length));
  const lines = project.lines.map(
    ({ line, image, output }) => `${line.padEnd(width)}  ${image.file} → ${output.file}`,
  );
  const parts = [
    project.file,
    ...(lines.length === 0 ? [] : [`Lines\n${lines.map((line) => `  ${line}`).join("\n")}`]),
    ...project.tasks.map(treeText),
    ...(project.default === undefined ? [] : [`Run when nothing is named\n${treeText(project.default)}`]),
  ];
  stdout.write(`${nearPaths(parts.join("\n\n"), process.cwd())}\n`);
  return 0;
}

function treeValue(tree: TaskTree): unknown {
  return "members" in tree
    ? { kind: tree.kind, name: tree.name, members: tree.members.map(treeValue) }
    : { kind: tree.kind, name: tree.name };
}
