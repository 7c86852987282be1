import assert from "node:assert/strict";
import { join } from "node:path";
import * as fc from "fast-check";
import { type AuditJob, jobFolder, type JobStep } from "../../core/audit/job.ts";
import { heartbeatText } from "../../core/audit/heartbeat.ts";
import { jobFiles } from "../../core/audit/script.ts";
import { ServicingError } from "../../core/error.ts";
import { golden } from "../support/golden.ts";

const folder = join(import.meta.dirname, "../golden/audit");

/** The texts of a job by their paths below its folder. */
function texts(job: AuditJob): ReadonlyMap<string, string> {
  return new Map(
    jobFiles(job).map((change) => {
      assert.ok(change.change === "write" && change.to.startsWith(`${jobFolder}\\`));
      return [change.to.slice(jobFolder.length + 1), change.text];
    }),
  );
}

/** With the line ends of the repository. */
function goldenScript(name: string, text = ""): void {
  golden(join(folder, name), text.replaceAll("\r\n", "\n"));
}

function withoutItsOwn(text = ""): readonly string[] {
  return text.split("\r\n").filter((line) => !/^set (?:ID|STEPS)=|servicing: begin/.test(line));
}

/** What echo gets of a line: nothing in it may be left that cmd.exe acts on. */
function unescaped(line: string): string {
  const outside = line.replace(/^>>"%LOG%" |^>COM1 | >> %LOG%$/g, "").replace(/\[%DATE% %TIME%\]|%~2/g, "");
  assert.ok(!/[&|<>()"!]|%(?!%)/.test(outside.replace(/\^.|%%/g, "")), line);
  return line.replace(/\^(.)|%%/g, (found, one: string | undefined) => one ?? (found === "%%" ? "%" : found));
}

/** As the line has it: the port's in ASCII alone. */
function shown(line: string, title: string): string {
  return line.startsWith(">COM1")
    ? heartbeatText({ says: "step", step: 1, minutes: 60, title }).replace(
        /^servicing: step 1 minutes 60 /,
        "",
      )
    : title;
}

const step = (parts: Partial<JobStep>): JobStep => ({
  title: "Run-Installer agent.msi",
  items: ["apps/1"],
  commands: [
    {
      do: "run",
      file: "msiexec.exe",
      args: ["/i", { path: "\\Servicing\\Payload\\1\\agent.msi" }, "/qn"],
      success: [0, 3010, 1641],
    },
  ],
  minutes: 60,
  ...parts,
});

const job = (...steps: readonly JobStep[]): AuditJob => ({ id: "0123456789abcdef", steps, restarts: 20 });

const samples: Readonly<Record<string, JobStep>> = {
  installer: step({
    minutes: 30,
    check: {
      file: "\\Program Files\\Contoso\\agent.exe",
      registry: { key: "HKLM\\SOFTWARE\\Contoso\\Agent 100%", name: "Display Version", data: "1.2 & (3)" },
      product: "{01234567-89AB-CDEF-0123-456789ABCDEF}",
    },
    commands: [
      {
        do: "run",
        file: "msiexec.exe",
        args: ["/i", { path: "\\Servicing\\Payload\\1\\agent.msi" }, "NOTE=a & b 100%"],
        success: [0, 3010, 1641],
        retry: { codes: [1618], times: 20, seconds: 30 },
        again: [1604, 0x8007_0bc9],
      },
    ],
  }),
  package: step({
    title: "Add-Package kb (1) & é.cab",
    optional: true,
    commands: [
      {
        do: "run",
        file: "dism.exe",
        args: [
          "/Online",
          "/Add-Package",
          { path: "\\Servicing\\Payload\\2\\kb.cab", option: "/PackagePath:" },
        ],
        success: [0, 3010],
        confirm: { of: "package", name: "KB", args: ["/Online", "/English", "/Get-Packages"] },
      },
      { do: "run", file: { path: "\\Servicing\\Payload\\2\\after.cmd" }, args: ["now"], success: [0] },
    ],
  }),
  dpinst: step({
    title: "Add-Driver audio.inf",
    commands: [
      {
        do: "run",
        file: { path: "\\Servicing\\Payload\\001\\audio\\DPInst64.exe" },
        args: ["/Q", "/SE", "/SW", "/PATH", "C:\\Servicing\\Payload\\001\\audio"],
        success: [0],
        codes: "dpinst",
      },
    ],
  }),
  files: step({
    title: "Copy-File 100% odd",
    commands: [
      {
        do: "copy",
        from: "\\Servicing\\Payload\\3\\a b.txt",
        to: "\\Odd\\100% (1)\\b & c.txt",
        folder: false,
      },
      { do: "copy", from: "\\Servicing\\Payload\\4", to: "\\Odd\\tools", folder: true },
      { do: "delete", path: "\\Odd\\old", optional: true },
      { do: "delete", path: "\\Odd\\must.txt" },
    ],
  }),
};

describe("the scripts of a job for audit mode", () => {
  it("are the same for every job, but for its id, its steps and its restarts", () => {
    const scripts = texts(job(...Object.values(samples)));
    assert.deepEqual(
      [...scripts.keys()],
      [
        "job.cmd",
        "awake.ps1",
        "check.ps1",
        ...["001", "002", "003", "004"].map((name) => `Steps\\${name}.cmd`),
      ],
    );
    for (const name of ["job.cmd", "awake.ps1", "check.ps1"]) goldenScript(name, scripts.get(name));
    const other = texts({ ...job(), id: "x" });
    assert.deepEqual(withoutItsOwn(other.get("job.cmd")), withoutItsOwn(scripts.get("job.cmd")));
  });

  for (const [name, sample] of Object.entries(samples))
    it(`have one for each step: ${name}`, () => {
      goldenScript(`${name}.cmd`, texts(job(sample)).get("Steps\\001.cmd"));
    });

  it("jump to labels that are there once", () => {
    for (const [name, text] of texts(job(...Object.values(samples)))) {
      const labels = [...text.matchAll(/^:([\w-]+)/gm)].map(([, label]) => label);
      assert.equal(new Set(labels).size, labels.length, name);
      for (const [, label = ""] of text.matchAll(/(?:goto |call :)([\w-]+)/g))
        assert.ok(labels.includes(label), `${name}: ${label}`);
    }
  });

  it("hold whole lines of Windows", () => {
    for (const text of texts(job(...Object.values(samples))).values())
      assert.ok(!/[^\r]\n|\r[^\n]/.test(text));
  });

  it("hold no line more, and no operator, whatever a step is called", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab %^&|<>()!\"\\=;,'`~@é:\u{1f600}"), maxLength: 40 });
    const plain = (texts(job(step({ title: "a" }))).get("Steps\\001.cmd") ?? "").split("\r\n");
    fc.assert(
      fc.property(text, (title) => {
        const lines = (texts(job(step({ title }))).get("Steps\\001.cmd") ?? "")
          .split("\r\n")
          .filter((line) => line !== "chcp 65001 > nul");
        assert.equal(lines.length, plain.length);
        for (const [at, line] of lines.entries())
          if (line !== plain[at])
            assert.equal(
              unescaped(line),
              (plain[at] ?? "").replace(/a(?= >> |$)/, () => shown(line, title)),
            );
      }),
    );
  });

  const refused: Readonly<Record<string, AuditJob>> = {
    "an id with a command in it": { ...job(), id: "a & b" },
    "more steps than three digits count": job(...Array.from({ length: 1000 }, () => step({}))),
    "a title of two lines": job(step({ title: "a\nb" })),
    "a line that cmd.exe does not take": job(step({ title: "é".repeat(3000) })),
    "a path that is none": job(step({ commands: [{ do: "delete", path: "\\a|b" }] })),
    "wildcards in what is deleted": job(step({ commands: [{ do: "delete", path: "\\Windows\\*" }] })),
    "all of the drive": job(step({ commands: [{ do: "delete", path: "\\" }] })),
    "a file with wildcards": job(step({ check: { file: "\\a\\*.txt" } })),
    "a product code that is none": job(step({ check: { product: "{1} & del" } })),
    "a key of nowhere": job(step({ check: { registry: { key: "SOFTWARE\\a" } } })),
    "data with a quotation mark": job(
      step({ check: { registry: { key: "HKLM\\a", name: "b", data: 'a"b' } } }),
    ),
    "data that a table does not show": job(
      step({ check: { registry: { key: "HKLM\\a", name: "b", data: " a" } } }),
    ),
  };
  for (const [what, wrong] of Object.entries(refused))
    it(`refuse ${what}`, () => {
      assert.throws(
        () => jobFiles(wrong),
        (error) => error instanceof ServicingError && error.code === "SERVICING_SETTING_VALUE",
      );
    });
});
