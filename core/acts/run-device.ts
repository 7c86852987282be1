import type { Act, Command } from "../engine.ts";
import { isServicingError, type ServicingError } from "../error.ts";
import { carriedOut } from "./carry-out.ts";
import type { ActContext } from "./perform.ts";

type RunDevice = Extract<Act, { act: "run device" }>;

/** A Windows that cannot generalize shows its error until somebody comes: what it is stands on the disk by then. */
export async function runDevice({ commands, inquiry }: RunDevice, context: ActContext): Promise<void> {
  try {
    await carriedOut(commands, context);
  } catch (error) {
    const late = isServicingError(error) && error.code === "SERVICING_DEVICE_TIMEOUT";
    if (!late || context.signal.aborted) throw error;
    throw (await reasonOf(inquiry, context)) ?? error;
  }
}

/** That the job is not done says no more than that it took too long; and a disk that nobody can read says nothing. */
async function reasonOf(
  inquiry: readonly Command[],
  context: ActContext,
): Promise<ServicingError | undefined> {
  try {
    await carriedOut(inquiry, context);
    return undefined;
  } catch (error) {
    if (!isServicingError(error)) throw error;
    return reasons.has(error.code) ? error : undefined;
  }
}

const reasons: ReadonlySet<string> = new Set([
  "SERVICING_AUDIT_APPS",
  "SERVICING_AUDIT_HUNG",
  "SERVICING_AUDIT_RESTARTS",
  "SERVICING_AUDIT_STEP",
  "SERVICING_DEVICE_FULL",
  "SERVICING_SYSPREP",
]);
