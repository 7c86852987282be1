import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";

const folder = join(resolve(import.meta.dirname, "../../.."), "node_modules/.cache");

/** Nothing that a job needs, and each takes seconds in an emulated machine. */
const idleServices = new Set(["eventlog", "ndis", "nsiproxy", "plugplay", "winebus", "winehid", "wineusb"]);

/** A prefix of this Wine, made on this machine, where it takes a tenth of the time; `undefined` where Wine does not start. */
export function winePrefix(): string | undefined {
  const { stdout } = spawnSync("wine", ["--version"], { encoding: "utf8" });
  if (!stdout) return undefined;
  const key = createHash("sha256")
    .update(stdout)
    .update(readFileSync(import.meta.filename))
    .digest("hex");
  const kept = join(folder, `stand-in-wine-${key.slice(0, 12)}`);
  if (existsSync(kept)) return realpathSync(kept);
  mkdirSync(folder, { recursive: true });
  const unfinished = mkdtempSync(join(folder, "unfinished-wine-"));
  const env = {
    ...process.env,
    WINEPREFIX: unfinished,
    WINEDEBUG: "-all",
    DISPLAY: "",
    WINEDLLOVERRIDES: "mscoree,mshtml=",
  };
  const options = { env, stdio: "ignore" as const, timeout: 120_000 };
  spawnSync("wine", ["wineboot.exe", "--init"], options);
  spawnSync("wineserver", ["--wait"], options);
  const hive = join(unfinished, "system.reg");
  if (!existsSync(hive)) {
    rmSync(unfinished, { recursive: true, force: true });
    return undefined;
  }
  writeFileSync(hive, lean(readFileSync(hive, "latin1")), "latin1");
  // Those of another Wine, or of this file as it was.
  for (const old of globSync(join(folder, "stand-in-wine-*")))
    if (old !== kept) rmSync(old, { recursive: true, force: true });
  try {
    renameSync(unfinished, kept);
  } catch {
    // Another process was first.
    rmSync(unfinished, { recursive: true, force: true });
  }
  return realpathSync(kept);
}

/** Every process of Wine looks through all time zones; devices and menus wait for nobody. */
function lean(hive: string): string {
  return hive
    .split(/\n(?=\[)/)
    .filter((section) => !/^\[.*\\\\(?:Time Zones\\\\(?!UTC)|Enum\\\\ROOT\\\\WINE)/.test(section))
    .map((section) => {
      const [, service = ""] =
        /^\[System\\\\CurrentControlSet\\\\Services\\\\([^\]\\]+)\]/i.exec(section) ?? [];
      return idleServices.has(service.toLowerCase())
        ? section.replace(/^"Start"=.*$/m, '"Start"=dword:00000004')
        : section;
    })
    .join("\n")
    .replace(/^"[^"]*"="[^"]*winemenubuilder\.exe.*\n/m, "");
}
