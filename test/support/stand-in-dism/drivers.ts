import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Driver } from "./image-state.ts";
import { inside } from "./inside.ts";
import type { Servicing } from "./packages.ts";
import { Refusal } from "./refusal.ts";

export const drivers: Readonly<Record<string, Servicing>> = {
  "add-driver"(command, { root, state }, host, out) {
    const asked = command.all("driver").map((path) => ({ path, place: host.place(path) }));
    const folders = asked.some(({ place }) => !existsSync(place) || statSync(place).isDirectory());
    const found = asked.flatMap(({ path, place }) => infsOf(path, place, command.has("recurse")));
    if (folders) out.print("Searching for driver packages to install...\n");
    if (found.length === 0) throw new Refusal(2, "The system cannot find the file specified.");
    out.print(`Found ${found.length} driver package(s) to install.\n`);
    for (const [at, { path, place }] of found.entries()) {
      const start = `Installing ${at + 1} of ${found.length} - ${path}: `;
      const text = textOf(place);
      // In a folder, an INF that is none is passed over; one that was named is a failure.
      if (!/signature\s*=\s*"?\$(?:windows nt|chicago)\$/i.test(text)) {
        if (folders) continue;
        throw new Refusal(0xe0000100, "The INF is not valid.");
      }
      const catalogue = value(text, "catalogfile(?:\\.nt\\w*)?");
      const signed = catalogue !== "" && existsSync(inside(dirname(place), catalogue));
      if (!signed && !command.has("forceunsigned")) {
        out.print(`${start}Error - An error occurred.\n`);
        throw new Refusal(
          50,
          `The driver package could not be installed: ${path} is not signed. Use /ForceUnsigned to override.`,
        );
      }
      const driver = driverOf(text, place, state.published, state.architecture);
      const known = state.drivers.find(
        (each) => each.original === driver.original && each.store === driver.store,
      );
      if (known === undefined) {
        stage(root, place, driver);
        state.drivers.push(driver);
        state.published += 1;
      }
      out.print(`${start}The driver package was successfully installed.\n`);
    }
  },
  "remove-driver"(command, { root, state }, _, out) {
    const wanted = command.all("driver");
    out.print(`Found ${wanted.length} driver package(s) to remove.\n`);
    for (const [at, name] of wanted.entries()) {
      const driver = state.drivers.find(({ published }) => published === name.toLowerCase());
      if (driver === undefined) throw new Refusal(2, "The system cannot find the file specified.");
      rmSync(inside(root, repository, driver.store), { recursive: true, force: true });
      rmSync(inside(root, "Windows/INF", driver.published), { force: true });
      state.drivers = state.drivers.filter((each) => each !== driver);
      out.print(
        `Removing ${at + 1} of ${wanted.length} - ${name}: The driver package was successfully removed.\n`,
      );
    }
  },
  "export-driver"(command, { root, state }, host, out) {
    const to = host.place(command.of("destination"));
    if (!existsSync(to)) throw new Refusal(3, "The system cannot find the path specified.");
    out.print(`Exporting ${state.drivers.length} driver package(s)\n`);
    for (const { store } of state.drivers)
      cpSync(inside(root, repository, store), join(to, store), { recursive: true });
  },
};

const repository = "Windows/System32/DriverStore/FileRepository";

function infsOf(
  path: string,
  place: string,
  recurse: boolean,
): readonly { readonly path: string; readonly place: string }[] {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [{ path, place }];
  return (readdirSync(place, { recursive: recurse }) as string[])
    .filter((name) => /\.inf$/i.test(name))
    .toSorted()
    .map((name) => ({ path: join(path, name), place: join(place, name) }));
}

function stage(root: string, inf: string, driver: Driver): void {
  const folder = inside(root, repository, driver.store);
  mkdirSync(folder, { recursive: true });
  cpSync(dirname(inf), folder, { recursive: true });
  const published = inside(root, "Windows/INF", driver.published);
  mkdirSync(dirname(published), { recursive: true });
  copyFileSync(inf, published);
}

function driverOf(text: string, inf: string, number: number, architecture: string): Driver {
  const original = basename(inf).toLowerCase();
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const [date = "", version = ""] = value(text, "driverver").split(",");
  const className = value(text, "class");
  return {
    published: `oem${number}.inf`,
    original,
    className,
    provider: named(text, value(text, "provider")),
    date: date.trim().replace(/^0?(\d+)\/0?(\d+)\//, "$1/$2/"),
    version: version.trim(),
    bootCritical: /^(?:scsiadapter|hdc|system|volume)$/i.test(className),
    store: `${original}_${architecture}_${digest}`,
  };
}

/** `%Contoso%` → what `[Strings]` says. */
function named(text: string, token: string): string {
  const name = /^%(.+)%$/.exec(token)?.[1];
  return name === undefined ? token : value(text, name);
}

function value(text: string, key: string): string {
  const found = new RegExp(`^\\s*${key}\\s*=\\s*([^;\\r\\n]*)`, "im").exec(text)?.[1] ?? "";
  return found.trim().replace(/^"(.*)"$/, "$1");
}

function textOf(file: string): string {
  const bytes = readFileSync(file);
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le") : bytes.toString("utf8");
}
