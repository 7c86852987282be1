import type { Command } from "../../core/engine.ts";
import type { Item, Plan } from "../../core/step.ts";

/**
 * A plan as its golden file has it: every step with its reason and its commands. Paths below the project and what is called
 * by a digest of them are the same on every host.
 * @param printed by `servicing plan --json`
 */
export function planText(printed: string, project: string): string {
  const [plan] = JSON.parse(printed) as [Plan];
  return `${stepsOf(plan, project).join("\n\n")}\n`;
}

/** The same as a list, a text for each step. */
export function stepsOf(plan: Plan, project: string): readonly string[] {
  const plain = (text: string): string =>
    text
      .replaceAll(project, "<project>")
      .replaceAll("\\", "/")
      .replaceAll(/-[\da-f]{8}(?=[./ ]|$)/gm, "-#");
  return plan.steps.map((step) =>
    [
      `${step.phase}: ${step.title}`,
      ...reasonsOf(plan, step.items).map((reason) => `  because ${reason}`),
      ...step.commands.map((command) => `  ${lineOf(command, plain)}`),
      ...step.undo.map((command) => `  undo ${lineOf(command, plain)}`),
    ].join("\n"),
  );
}

/** Why this road, and why here. */
function reasonsOf(plan: Plan, items: readonly string[]): readonly string[] {
  const reasons = plan.items
    .filter(({ id }) => items.includes(id))
    .flatMap((item: Item & { readonly place?: string }) => [
      item.verdict?.because ?? [],
      item.place === undefined ? [] : `here: ${item.place}`,
    ])
    .flat();
  return [...new Set(reasons)];
}

/** Without what is each command's own: where it logs, and where it has its scratch folder. */
function lineOf(command: Command, plain: (text: string) => string): string {
  if ("act" in command) return `${command.act} ${plain("to" in command ? String(command.to) : "")}`.trimEnd();
  const own = /^\/(?:LogPath|ScratchDir):|^\/English$/;
  return plain([command.run, ...command.args.filter((word) => !own.test(word))].join(" | "));
}
