import type { Contribution } from "./engine.ts";
import { home } from "./engines/setup-road.ts";

/**
 * Keeps two host files apart that would travel under one name: the later one moves to `…\Drivers\2\netkvm`, and with it
 * every command and setting of its contribution that names it.
 */
export function keepApart(contributions: readonly Contribution[]): readonly Contribution[] {
  const taken = new Map<string, string>();
  return contributions.map((contribution) => {
    let placed = contribution;
    for (const { from, to } of [...(contribution.payload ?? []), ...(contribution.media ?? [])]) {
      const unit = unitOf(to);
      let free = unit;
      for (let count = 2; (taken.get(free.toLowerCase()) ?? from) !== from; count += 1) {
        free = numbered(unit, count);
      }
      taken.set(free.toLowerCase(), from);
      if (free !== unit) placed = moved(placed, unit, free);
    }
    return placed;
  });
}

/** The file or folder directly below `\Windows\Setup\Servicing\Drivers`, or `$WinPEDriver$` on media. */
function unitOf(to: string): string {
  const above = to.startsWith(`${home}\\`) ? home.split("\\").length + 1 : 1;
  return to
    .split("\\")
    .slice(0, above + 1)
    .join("\\");
}

function numbered(unit: string, count: number): string {
  const cut = unit.lastIndexOf("\\");
  return `${unit.slice(0, cut)}\\${count}${unit.slice(cut)}`;
}

function moved<T>(value: T, from: string, to: string): T {
  if (typeof value === "string") return renamed(value, from, to) as T;
  if (Array.isArray(value)) return value.map((one) => moved(one, from, to)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [
    key,
    hostPaths.has(key) ? one : moved(one, from, to),
  ]);
  return Object.fromEntries(entries) as T;
}

/** Fields of a contribution that name files of the host. */
const hostPaths = new Set(["from", "answerFile"]);

function renamed(text: string, from: string, to: string): string {
  const at = text.indexOf(from);
  const end = text[at + from.length];
  const whole = at !== -1 && (end === undefined || end === "\\" || end === "]");
  return whole ? text.slice(0, at) + to + text.slice(at + from.length) : text;
}
