import { type Measured, seconds } from "./measure.ts";
import prettyBytes from "pretty-bytes";

export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  readonly result: string;
  readonly limit: string;
  readonly verdict: "holds" | "missed" | "not measured" | "";
}

/** `value` is `measured` over `against`, or what a limit without a peer is about. Without a limit it is only told. */
export function row(
  what: string,
  measured: string,
  against: string,
  value: number,
  unit: string,
  limit?: number,
): Row {
  const result = `${value.toFixed(value >= 50 ? 0 : value < 0.1 ? 3 : 2)} ${unit}`;
  if (limit === undefined) return { what, measured, against, result, limit: "", verdict: "" };
  const verdict = value <= limit ? "holds" : "missed";
  return { what, measured, against, result, limit: `at most ${limit} ${unit}`, verdict };
}

export function timeRow(
  what: string,
  measured: Measured,
  [name, peer]: readonly [string, Measured],
  limit?: number,
): Row {
  const ratio = measured.milliseconds / peer.milliseconds;
  return row(
    what,
    seconds(measured.milliseconds),
    `${name}: ${seconds(peer.milliseconds)}`,
    ratio,
    "×",
    limit,
  );
}

export function diskRow(
  what: string,
  measured: Measured,
  [name, peer]: readonly [string, Measured],
  limit?: number,
): Row {
  const against = `${name}: ${prettyBytes(peer.disk)}`;
  return row(what, prettyBytes(measured.disk), against, measured.disk / peer.disk, "×", limit);
}

/** A limit that could not be measured, and why. */
export function unmeasured(what: string, because: string, limit: string): Row {
  return { what, measured: "", against: because, result: "", limit, verdict: "not measured" };
}
