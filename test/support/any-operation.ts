import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import type { RegistryValue } from "../../core/formats/registry-value.ts";
import type { Operation } from "../../core/operation.ts";
import type { Action, Source } from "./image-model.ts";
import { shared } from "./rich-image.ts";

/** Where the image has its hives. */
export const hives = {
  SOFTWARE: "/Windows/System32/config/SOFTWARE",
  SYSTEM: "/Windows/System32/config/system",
};
const user = "/Users/Default/NTUSER.DAT";

const sources: Readonly<Record<string, Source>> = {
  "one.txt": "one\n",
  "two.txt": "two\n",
  "it's #1 [x] %y% ä.txt": "quoted\n",
  "empty.txt": "",
  "shared.txt": shared,
  folder: { "a.txt": "a", "it's.txt": "", sub: { "größe.txt": "g", "b.txt": shared }, empty: {} },
  "of windows": {
    "WIN.INI": "[new]\n",
    system32: { "empty.txt": "filled", "GRÖßE ä.txt": "g", DRIVERS: { etc: { hosts: "" } } },
    winsxs: { AMD64_X: { "explorer.exe": "newer\n" } },
  },
  "with a hive": { CONFIG: { software: "no hive" } },
  "file over folder": { System32: "a file" },
  "folder over file": { "win.ini": { x: "" } },
  nothing: {},
};

/** Where most can go wrong: names of one file, streams, links, hives, and what may be new. */
const difficult = `
  /Windows/explorer.exe, /Windows/WinSxS/amd64_x/explorer.exe, /Windows/WinSxS/amd64_y, /Windows/WinSxS/amd64_y/hosts
  /Windows/System32/drivers/etc/hosts, /Users/Public/notes.txt, /Users/Public/empty with a stream.txt
  /Users/All Users/a.txt, /Windows/Link.txt, /Windows, /Windows/System32, ${hives.SOFTWARE}
  /New, /New/sub, /New/sub/a.txt`
  .split(/[,\n]/)
  .map((path) => path.trim())
  .filter((path) => path !== "");

const cases = fc.constantFrom(
  (path: string) => path,
  (path: string) => path.toUpperCase().replaceAll("SS", "ß"),
  (path: string) => path.toLowerCase(),
);

function anyPath(held: readonly string[]): fc.Arbitrary<string> {
  const known = fc.constantFrom(...held.filter((path) => path !== "/"));
  const added = fc.constantFrom("New", "new file.txt", "sub", "a.txt", "größe.txt", "win.ini", "it's");
  const below = fc.tuple(fc.oneof(known, fc.constant("")), fc.array(added, { minLength: 1, maxLength: 3 }));
  const path = fc.oneof(
    { weight: 3, arbitrary: known },
    { weight: 2, arbitrary: below.map(([base, parts]) => [base, ...parts].join("/")) },
    { weight: 5, arbitrary: fc.constantFrom(...difficult) },
  );
  return fc.tuple(path, cases).map(([each, inCase]) => inCase(each));
}

/** One thing to ask for, and what the model is to make of it. */
export interface Step {
  /** Absent where one update ends and the next begins. */
  readonly operation?: Operation;
  readonly action: Action;
}

function windows(path: string): string {
  return path.replaceAll("/", "\\");
}

export function anyStep(held: readonly string[], host: string): fc.Arbitrary<Step> {
  const path = anyPath(held);
  const copy = fc
    .tuple(fc.constantFrom(...Object.entries(sources)), path)
    .map(([[name, source], to]): Step => ({
      operation: { type: "Copy-File", from: join(host, name), to: windows(to) },
      action: { do: "put", to, source },
    }));
  const write = fc.tuple(fc.constantFrom("", "written ä\n", shared), path).map(([text, to]): Step => ({
    operation: { type: "Write-File", to: windows(to), text },
    action: { do: "put", to, source: text },
  }));
  // Without \Windows an image takes no more files for it, which is another test's matter.
  const gone = path.filter((each) => each.toUpperCase() !== "/WINDOWS");
  const remove = fc.tuple(gone, fc.boolean()).map(([each, optional]): Step => ({
    operation: { type: "Remove-File", path: windows(each), ...(optional ? { optional } : {}) },
    action: { do: "remove", path: each, optional },
  }));
  const setting = fc.constantFrom(
    { root: "HKLM\\SOFTWARE\\Contoso", hive: hives.SOFTWARE, key: "Contoso" },
    { root: "HKLM\\SYSTEM\\CurrentControlSet\\Control", hive: hives.SYSTEM, key: "ControlSet001\\Control" },
    { root: "HKCU\\Software", hive: user, key: "Software" },
  );
  const set = fc
    .record({
      setting,
      key: fc.constantFrom("", "\\Deep", "\\NEW\\ünder"),
      what: fc.constantFrom<{ readonly name?: string; readonly value?: RegistryValue }>(
        { name: "Held", value: { type: "REG_SZ", data: "changed" } },
        { name: "", value: { type: "REG_MULTI_SZ", data: ["ä", "b"] } },
        { name: "held" },
        { name: "new", value: { type: "REG_DWORD", data: 7 } },
        {},
      ),
    })
    .map(({ setting: { root, hive, key: base }, key, what }): Step => ({
      operation: { type: "Set-Registry", key: `${root}${key}`, ...what },
      action: { do: "set", hive, change: { key: `${base}${key}`, ...what } },
    }));
  return fc.oneof(
    { weight: 5, arbitrary: copy },
    { weight: 2, arbitrary: write },
    { weight: 3, arbitrary: remove },
    { weight: 2, arbitrary: set },
    { weight: 1, arbitrary: fc.constant<Step>({ action: { do: "pause" } }) },
  );
}

/** Puts the files and folders that operations copy into a folder of the host. */
export function placeSources(folder: string, source: Readonly<Record<string, Source>> = sources): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, each] of Object.entries(source))
    if (typeof each === "string") writeFileSync(join(folder, name), each);
    else placeSources(join(folder, name), each);
}
