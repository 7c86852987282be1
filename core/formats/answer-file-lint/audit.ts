import { booleanOf, type Rule } from "./document.ts";

const deployment = "Microsoft-Windows-Deployment";

/** What Reseal does to its pass: two combinations loop, two make Windows ignore the rest. */
export const resealRule: Rule = (document, report) => {
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
    const others = document.settings.filter(
      (one) =>
        one.component.pass === pass &&
        one.component.architecture === architecture &&
        one.path.length === 1 &&
        one.element !== element,
    );
    if (leaves && others.length > 0) {
      report(
        "reseal-ignores",
        element,
        `Reseal leaves ${pass}, and ${others.length} other settings of it are ignored`,
      );
    }
  }
};
