import { booleanOf, type Rule } from "./document.ts";

const deployment = "Microsoft-Windows-Deployment";

/** What Reseal does to its pass: two combinations loop, two make Windows ignore the rest. */
export const resealRule: Rule = (document, report) => {
  const counts = new Map<string, number>();
  for (const { component, path } of document.settings) {
    const key = `${component.pass} ${component.architecture}`;
    if (path.length === 1) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const { element, component } of document.at(deployment, "Reseal")) {
    const { pass, architecture } = component;
    const usual = pass === "oobeSystem" ? "OOBE" : "Audit";
    const mode = (document.valueAt(element, "Mode") ?? usual).toLowerCase();
    const shutdown = booleanOf(document.valueAt(element, "ForceShutdownNow")) === true;
    const again = (pass === "auditSystem" && mode === "audit") || (pass === "oobeSystem" && mode === "oobe");
    if (again && shutdown) {
      report("reseal-loop", element, `Reseal in ${pass} has Mode ${usual} and ForceShutdownNow true`);
    }
    const leaves = (pass === "auditSystem" && mode === "oobe") || (pass === "oobeSystem" && mode === "audit");
    const others = (counts.get(`${pass} ${architecture}`) ?? 0) - 1;
    if (leaves && others > 0) {
      report(
        "reseal-ignores",
        element,
        `Reseal leaves ${pass}, and ${others} other settings of it are ignored`,
      );
    }
  }
};
