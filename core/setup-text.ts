import type { Plan, SetupWork } from "./step.ts";

/** What Windows Setup will do on the device, a line for each image; none where nothing travels in it. */
export function setupText(plan: Plan): readonly string[] {
  return plan.setup.map((work) =>
    plan.targets.length > 1 ? `image ${work.image}: ${sentence(work)}` : sentence(work),
  );
}

function sentence(work: SetupWork): string {
  const parts = [
    counted(work.settings, "setting of the answer file", "settings of the answer file"),
    counted(work.packages, "package in offlineServicing", "packages in offlineServicing"),
    counted(work.specialize, "command in specialize", "commands in specialize"),
    counted(work.setupComplete, "command after Setup", "commands after Setup"),
    counted(work.firstLogon, "command at the first logon", "commands at the first logon"),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "the answer file as it was given" : parts.join(", ");
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}
