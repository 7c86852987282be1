import type { Command, Engine, Target } from "../engine.ts";
import type { Operation } from "../operation.ts";
import { flag, given, service } from "./dism-command.ts";

const checks = { checkHealth: "CheckHealth", scanHealth: "ScanHealth", restoreHealth: "RestoreHealth" };

/**
 * The component store as such ("repair-a-windows-image", "dism-operating-system-package-servicing-command-line-options"),
 * and the image as a whole ("dism-optimize-image-command-line-options").
 */
export const health = {
  "Repair-Image": {
    offline: {
      because: "DISM reads what is known of damage to the component store, looks for it, or repairs it",
      refuse: unrepairing,
      commands: repair,
    },
    online: {
      because:
        "DISM does so with the running Windows, and repairs from Windows Update where no source has it",
      refuse: unrepairing,
      commands: repair,
    },
  },
  "Revert-PendingActions": {
    offline: {
      because: "DISM takes back what is pending, for an image that does not start any more and for no other",
      refuse: (_, { installationType }) =>
        installationType === "WindowsPE"
          ? "neither Windows PE nor WinRE has pending actions to revert"
          : undefined,
      commands: (_, target) => service(target, "/Cleanup-Image", "/RevertPendingActions"),
    },
    online: { refused: "DISM reverts what is pending in an image that is not running only" },
  },
  "Optimize-Image": {
    offline: {
      because:
        "DISM does before the first start what Windows would do in it; servicing after it makes it void",
      commands: (_, target) => service(target, "/Optimize-Image", "/Boot"),
    },
    online: { refused: "what it saves the first start of an image, the running Windows has done already" },
  },
} satisfies Partial<Engine["roads"]>;

function repair(
  { check, source, limitAccess }: Operation<"Repair-Image">,
  target: Target,
): readonly Command[] {
  return service(
    target,
    "/Cleanup-Image",
    `/${checks[check]}`,
    ...given("Source", source),
    ...flag("LimitAccess", limitAccess),
  );
}

function unrepairing({ check, source, limitAccess }: Operation<"Repair-Image">): string | undefined {
  if (!Object.hasOwn(checks, check)) return "what is done is checkHealth, scanHealth or restoreHealth";
  return check !== "restoreHealth" && (source !== undefined || limitAccess === true)
    ? `${check} repairs nothing, so it takes neither a source nor limitAccess`
    : undefined;
}
