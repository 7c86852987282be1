import { powerSchemeGuid } from "../formats/power-scheme.ts";
import type { Operation } from "../operation.ts";

/** Which schemes there are, and which one is active, is in the registry in a form that is not documented. */
export const noPowerOffline =
  "DISM has no verb for it, and only the running Windows can say which schemes it has";

export function notPowerScheme({ scheme }: Operation<"Set-PowerScheme">): string | undefined {
  return powerSchemeGuid(scheme) === undefined
    ? "a power scheme is balanced, highPerformance or powerSaver, or the GUID of one that the image has (powercfg /list)"
    : undefined;
}

/** Of one that was not refused. */
export function guidOf({ scheme }: Operation<"Set-PowerScheme">): string {
  return powerSchemeGuid(scheme) ?? scheme;
}
