import type { Confirmation } from "./engine.ts";
import { shown, wantedText } from "./engines/dism-shown.ts";
import { failure } from "./error.ts";

/** What was done, and by which command, ready to paste. */
export interface Confirmed {
  readonly title: string;
  readonly command: string;
}

/**
 * Judges what a query answered after a command whose exit code said that all was well.
 * @throws SERVICING_NOT_CONFIRMED
 */
export function judgeAnswer(
  wanted: Omit<Confirmation, "query">,
  answer: string,
  { title, command }: Confirmed,
  warn: (text: string) => void,
): void {
  const { verdict, found } = shown(wanted, answer);
  // Nothing says otherwise.
  if (verdict === "unclear") warn(`whether ${title} was done could not be confirmed: ${found}`);
  if (verdict === "otherwise")
    throw failure("SERVICING_NOT_CONFIRMED", { title, wanted: wantedText(wanted), found, command });
}
