import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { painter } from "../../core/colour.ts";
import { diagnose, diagnosisText } from "../../core/commands/doctor.ts";
import type { Probe } from "../../core/machine.ts";
import { installHint, type System, tools } from "../../core/tools.ts";
import { MissingTools, type Tool } from "../../templates/sample/tool.ts";

function probe(
  platform: NodeJS.Platform,
  system: System | undefined,
  there: Readonly<Record<string, string>>,
  elevated = true,
): Probe {
  return {
    platform,
    node: "24.1.0",
    system: () => Promise.resolve(system),
    find: (tool) => (tool in there ? `/usr/bin/${tool}` : undefined),
    ask: (file) => Promise.resolve(there[file.slice("/usr/bin/".length)] ?? ""),
    elevated: () => Promise.resolve(elevated),
  };
}

const all = {
  hivexsh: "",
  cabextract: "cabextract version 1.9",
  msiinfo: "",
  "7z": "",
  genisoimage: "",
  mformat: "",
  mcopy: "",
  sfdisk: "",
};

describe("doctor", () => {
  it("names what is missing, why it is needed, and one command that installs it", async () => {
    const diagnosis = await diagnose(
      probe("linux", "debian", { "wimlib-imagex": "wimlib-imagex 1.14.4", hivexsh: "" }),
    );
    assert.equal(diagnosis.ok, true);
    assert.deepEqual(diagnosis.install, [
      "sudo apt-get install cabextract msitools p7zip-full genisoimage mtools fdisk ntfs-3g qemu-utils qemu-system-x86 ovmf",
    ]);
    const text = diagnosisText(diagnosis, painter(false));
    assert.match(text, /✔ wimlib-imagex +1\.14\.4 {2}\/usr\/bin\/wimlib-imagex/);
    assert.match(text, /– cabextract +missing; needed for some inputs, to read \.cab and \.msu packages/);
  });

  it("is not content without what every line needs", async () => {
    const fedora = await diagnose(probe("linux", "fedora", all));
    assert.equal(fedora.ok, false);
    assert.deepEqual(fedora.install, [
      "sudo dnf install wimlib-utils ntfsprogs qemu-img qemu-system-x86 edk2-ovmf",
    ]);
    assert.deepEqual((await diagnose(probe("darwin", "macos", all))).install, ["brew install wimlib qemu"]);
    const unknown = await diagnose(probe("linux", undefined, all));
    assert.equal(unknown.install.length, 3);
  });

  it("warns of wimlib before 1.14.2, and of no later one", async () => {
    for (const [version, old] of [
      ["1.13.6", true],
      ["1.14.1", true],
      ["1.14.2", false],
      ["1.14", true],
      ["2.0.0", false],
    ] as const) {
      const { notes } = await diagnose(
        probe("linux", "debian", {
          ...all,
          "wimlib-imagex": `wimlib-imagex ${version} (using wimlib ${version})`,
        }),
      );
      assert.equal(
        notes.some((note) => note.includes("named data streams")),
        old,
        version,
      );
    }
  });

  it("asks Windows for DISM and an elevated prompt", async () => {
    const { tools: found, notes } = await diagnose(probe("win32", "windows", { dism: "" }, false));
    assert.deepEqual(
      found.map(({ name }) => name),
      ["7z", "oscdimg.exe", "dism"],
    );
    assert.match(notes.join("\n"), /elevated/);
  });
});

describe("the table of tools", () => {
  it("knows for each a reason and a package on every system where it runs", () => {
    for (const tool of tools) {
      const systems = [
        ["debian", "linux"],
        ["fedora", "linux"],
        ["macos", "darwin"],
        ["windows", "win32"],
      ].flatMap(([system, platform]) =>
        (tool.platforms?.some((each) => each === platform) ?? true) ? [system] : [],
      );
      assert.deepEqual(Object.keys(tool.packages), systems, tool.name);
    }
  });

  it("gives the hint that a missing tool is reported with", () => {
    assert.deepEqual(installHint("cabextract"), {
      why: "read .cab and .msu packages",
      install:
        "`sudo apt-get install cabextract` or `sudo dnf install cabextract` or `brew install cabextract`",
    });
    assert.equal(installHint("frobnicate").install, "put frobnicate on the PATH");
  });

  it("agrees with what the preparation installs, which no TypeScript can be read by, and with what the sample asks for", () => {
    const root = resolve(import.meta.dirname, "../..");
    const script = readFileSync(resolve(root, ".ci/setup.js"), "utf8");
    const row = /^ {2}"?([\w-]+)"?: \{ apt: "([^"]+)", dnf: "([^"]+)", brew: "([^"]*)" \},$/gm;
    const prepared = new Map([...script.matchAll(row)].map(([, name = "", ...packages]) => [name, packages]));
    for (const { name, packages } of tools.filter((tool) => tool.packages.debian !== undefined))
      assert.deepEqual(prepared.get(name), [packages.debian, packages.fedora, packages.macos ?? ""], name);
    for (const name of ["gcab", "hivexregedit", "mkntfs", "wimlib-imagex", "wixl"] satisfies Tool[])
      assert.match(new MissingTools([name]).message, new RegExp(` ${prepared.get(name)?.[0]}\\.$`));
    const shown = new Set([...prepared.values()].flatMap(([debian = ""]) => debian.split(" ")));
    const [, first = "", second = ""] =
      /Debian packages\s+\(`([^`]+)`\)[^(]*\(`([^`]+)`\)/.exec(
        readFileSync(resolve(root, "README.md"), "utf8"),
      ) ?? [];
    assert.deepEqual(new Set(`${first} ${second}`.split(" ")), shown);
  });
});
