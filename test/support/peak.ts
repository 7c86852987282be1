/**
 * A module for `node --import` that writes the most memory that its process held, in bytes, into a file as it ends.
 * From Linux's own count where there is one: what getrusage says begins with the memory of whoever started the process.
 */
export function peakHook(file: string): string {
  const code = `
    import { readFileSync, writeFileSync } from "node:fs";
    process.on("exit", () => {
      let kibibytes = process.resourceUsage().maxRSS;
      try {
        kibibytes = Number(/^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
      } catch {}
      writeFileSync(${JSON.stringify(file)}, String(kibibytes * 1024));
    });`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
