const keptBytes = 1024 * 1024;

/** Keeps the last mebibyte of what a process prints. */
export function outputTail(): { add(text: string): void; text(): string } {
  let kept = "";
  return {
    add(text) {
      kept += text;
      if (kept.length > 2 * keptBytes) kept = kept.slice(-keptBytes);
    },
    text: () => kept.slice(-keptBytes),
  };
}

/** Calls `onProgress` on every change of the whole percentage. wimlib and DISM redraw one line with carriage returns, so whole lines would show nothing until the end. */
export function progressReader(
  pattern: RegExp | undefined,
  onProgress: ((percent: number, what: string) => void) | undefined,
): (text: string) => void {
  if (pattern === undefined || onProgress === undefined) return () => undefined;
  let rest = "";
  let shown = -1;
  /** DISM says what it does in a line of its own, above the bar. */
  let title = "";
  return (text) => {
    const lines = `${rest}${text}`.split(/[\r\n]/);
    rest = (lines.pop() ?? "").slice(-4096);
    for (const line of [...lines, rest]) {
      const match = pattern.exec(line);
      if (match === null && line.trim() !== "" && line !== rest) title = line.trim().slice(0, 200);
      const percent = match?.[1] === undefined ? Number.NaN : Math.floor(Number(match[1]));
      if (Number.isNaN(percent) || percent === shown) continue;
      shown = percent;
      onProgress(percent, line.trimStart().startsWith("[") ? title : (line.split(":")[0]?.trim() ?? ""));
    }
  };
}

/**
 * What a log wants: the lines that stayed, not each state of a progress bar. Output comes in parts, which may end anywhere;
 * what has no end of line yet comes with the next part, a line without end in parts of 64 Ki characters.
 */
export function withoutRedraws(): (text: string) => string {
  let rest = "";
  return (text) => {
    const all = `${rest}${text}`.replaceAll("\r\n", "\n");
    const end = all.lastIndexOf("\n") + 1;
    const last = all.slice(end);
    // A carriage return at the very end may be half of an end of line.
    rest = last.slice(last.lastIndexOf("\r", last.length - 2) + 1);
    const lines = all.slice(0, end).split("\n");
    const settled = lines.map((line) => line.slice(line.lastIndexOf("\r") + 1)).join("\n");
    if (rest.length <= 65_536) return settled;
    const long = rest;
    rest = "";
    return settled + long;
  };
}

/** What a failed process said last. */
export function lastLines(text: string): string {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "")
    .slice(-8)
    .join("\n");
}
