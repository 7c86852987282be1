/** Characters that are read of a log, from its end. */
export const readOfLog = 512 * 1024;
const mostLines = 12;
const longest = 400;

/** `2024-10-09 08:21:11, Error  DISM  …`, in dism.log and in CBS.log alike. */
const entry = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d), (Error|Warning) +(\S.*)$/;

/**
 * The last errors and warnings that dism.log or CBS.log has since a time, as it is written there: `2024-10-09 08:21:11`
 * of the host. Lines that come twice are given once, errors before warnings where there are too many.
 */
export function troublesIn(log: string, since: string): readonly string[] {
  const found = log
    .slice(-readOfLog)
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, time = "", level = "", text = ""] = entry.exec(line.slice(0, 4 * longest)) ?? [];
      // Times are written so that their order as texts is that of time.
      return time === "" || time < since ? [] : [{ level, text: text.trim().slice(0, longest) }];
    });
  const unique = [...new Map(found.map((each) => [each.text, each])).values()];
  const errors = unique.filter(({ level }) => level === "Error");
  const kept = new Set(errors.length >= mostLines ? errors.slice(-mostLines) : unique);
  return unique
    .filter((each) => kept.has(each))
    .slice(-mostLines)
    .map(({ level, text }) => `${level}: ${text}`);
}

/** A time as the logs write it, in the time zone of the host. */
export function logTime(time: Date): string {
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
