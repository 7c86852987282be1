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
  return (text) => {
    const lines = `${rest}${text}`.split(/[\r\n]/);
    rest = (lines.pop() ?? "").slice(-4096);
    for (const line of [...lines, rest]) {
      const match = pattern.exec(line);
      const percent = match?.[1] === undefined ? Number.NaN : Math.floor(Number(match[1]));
      if (Number.isNaN(percent) || percent === shown) continue;
      shown = percent;
      onProgress(percent, line.split(":")[0]?.trim() ?? "");
    }
  };
}

/** A log wants the lines that stayed, not each state of a progress bar. */
export function withoutRedraws(text: string): string {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  return lines.map((line) => line.slice(line.lastIndexOf("\r") + 1)).join("\n");
}

/** What a failed process said last. */
export function lastLines(text: string): string {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "")
    .slice(-8)
    .join("\n");
}
