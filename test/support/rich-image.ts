import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { junction } from "../../templates/sample/junction.ts";
import { descriptorOf } from "../../templates/sample/security-descriptor.ts";
import { attribute, type WimFile, type WimFolder } from "../../templates/sample/wim-tree.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { wimlib } from "./rig.ts";

const time = new Date("2024-01-02T03:04:05Z");
const volume = descriptorOf("O:SYG:SYD:(A;OICI;FA;;;SY)(A;;0x100004;;;AU)");
const system = descriptorOf("O:SYG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FR;;;BU)");
const program = descriptorOf("O:BAG:SYD:P(A;;FA;;;BA)(A;;FR;;;BU)");
const own = descriptorOf("O:BAG:BAD:(A;;FA;;;BA)");
const stream = (name: string, text: string) => ({ name, data: Buffer.from(text) });

/** Contents that several files have, one of which new files can have as well. */
export const shared = "the content of several files\n";

function file(name: string, text: string, facts: Omit<WimFile, "name" | "data"> = {}): WimFile {
  return { name, security: program, data: Buffer.from(text), ...facts };
}

function folder(
  name: string,
  entries: readonly (WimFile | WimFolder)[],
  facts: Partial<WimFolder> = {},
): WimFolder {
  return { name, security: system, ...facts, entries };
}

function windows(hives: { readonly software: Buffer; readonly system: Buffer }): WimFolder {
  const linked = { link: "explorer", streams: [stream("mark", "m")], shortName: "EXPLOR~1.EXE" };
  return folder("Windows", [
    { ...file("Link.txt", ""), reparse: { tag: 0xa000000c, data: Buffer.alloc(12) } },
    file("explorer.exe", shared, linked),
    file("win.ini", "[fonts]\n", { attributes: attribute.readOnly | attribute.hidden, security: own }),
    folder("System32", [
      folder("config", [
        { name: "SOFTWARE", security: own, data: hives.software },
        { name: "system", security: own, data: hives.system, attributes: attribute.hidden },
      ]),
      folder("drivers", [folder("etc", [file("hosts", "# localhost\n", { link: "hosts" })])]),
      file("größe Ä.txt", shared),
      file("empty.txt", ""),
    ]),
    folder("WinSxS", [
      folder("amd64_x", [file("explorer.exe", shared, { ...linked, shortName: "" })]),
      folder("amd64_y", [
        file("Explorer copy.exe", shared, { ...linked, shortName: "" }),
        file("hosts", "# localhost\n", { link: "hosts" }),
      ]),
    ]),
  ]);
}

/** What makes images difficult: links, streams, reparse points, entries without descriptors, and names of all kinds. */
function tree(hives: { readonly software: Buffer; readonly system: Buffer }): WimFolder {
  const bare = { name: "Bare", entries: [{ name: "bare.txt", data: Buffer.from("b") }] };
  const users = folder("Users", [
    folder("All Users", [], { reparse: junction("C:\\ProgramData"), security: own }),
    folder("Public", [
      file("notes.txt", "notes\n", {
        shortName: "NOTES~1.TXT",
        streams: [stream("Zone", "3"), stream("b", "")],
      }),
      file("empty with a stream.txt", "", { streams: [stream("Zone", "3")] }),
      { name: "読んで.txt", data: Buffer.from("r") },
    ]),
  ]);
  const named = folder("it's [1] #2 %x%", [folder("Empty", [], { attributes: attribute.hidden })]);
  return folder(
    "",
    [
      folder("Documents and Settings", [], { reparse: junction("C:\\Users"), security: own }),
      windows(hives),
      folder("Program Files", [folder("Deep", [folder("Deeper", [])])], { shortName: "PROGRA~1" }),
      users,
      bare,
      named,
    ],
    { security: volume },
  );
}

/** A WIM of two images, compressed as Windows' own is. Its boot image is the second. */
export async function richImage(at: string): Promise<string> {
  const hive = (name: string, commands: readonly string[]): Buffer => {
    const path = join(at, name);
    writeFileSync(path, emptyHive(name, time));
    execFileSync("hivexsh", ["-w", path], { input: [...commands, "commit", ""].join("\n") });
    return readFileSync(path);
  };
  const held = ["setval 2", "Held", "dword:1", "@", "string:default"];
  const hives = {
    software: hive("SOFTWARE", ["add Contoso", "cd Contoso", "add Deep", "cd Deep", ...held]),
    system: hive(
      "SYSTEM",
      ["add Select", "add ControlSet001", "cd Select", "setval 1", "Current", "dword:1"].concat(
        ["cd \\ControlSet001", "add Control", "cd Control"],
        held,
      ),
    ),
  };
  const plain = join(at, "plain.wim");
  const other = folder("", [file("a.txt", shared), folder("Windows", [file("only here.txt", "second\n")])]);
  await writeWim(plain, {
    images: [
      { name: "First", time, facts: { DESCRIPTION: "Größe & <more>" }, tree: tree(hives) },
      { name: "Second", time, tree: other },
    ],
    boot: 2,
  });
  wimlib("export", plain, "all", join(at, "install.wim"), "--compress=LZX", "--boot");
  return join(at, "install.wim");
}
