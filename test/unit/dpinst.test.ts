import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judgement } from "../../core/audit/judgement.ts";
import { jobOutcome } from "../../core/audit/outcome.ts";
import { lowerJob } from "../../core/audit/lowering.ts";
import type { DriverPackage } from "../../core/driver-package.ts";
import { dpinstFault, readDpinstCode } from "../../core/formats/dpinst-code.ts";
import { faultTable } from "../../core/fault-table.ts";
import { dpinstIn } from "../../core/inspect/dpinst.ts";
import { readDriverPackage } from "../../core/inspect/driver-package.ts";
import { inputsOf } from "../../core/operation-input.ts";
import type { Operation } from "../../core/operation.ts";
import type { Item } from "../../core/step.ts";
import { drivers, type DriversOptions } from "../../plugins/drivers.ts";
import { executable } from "../../templates/sample/pe.ts";
import { driverPackage } from "../support/described-driver.ts";
import { writeDriverPackage } from "../support/driver-package.ts";
import { modify } from "../support/fake-builder.ts";
import { image } from "../support/operations.ts";

/** No DPInst, but a program of that name for that machine. */
const program = (machine: "x86" | "amd64" | "arm64", kind: "exe" | "dll" = "exe"): Uint8Array =>
  executable(machine, kind, Buffer.from("named like DPInst"));

function item(operation: Omit<Operation<"Add-Driver">, "type">): Item {
  const verdict = { engine: "dism", strategy: "online", accepted: true, because: "" } as const;
  return {
    id: "drivers/1",
    phase: "audit",
    by: "drivers",
    image: 1,
    operation: { type: "Add-Driver", ...operation },
    verdict,
    considered: [verdict],
  };
}

describe("DPInst beside a driver", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-dpinst-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (files: Readonly<Record<string, Uint8Array | string>>): void => {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  };
  const found = (architecture: string) => dpinstIn(folder, architecture, new Map());

  it("is found by its name and by the machine of its header", () => {
    assert.equal(found("amd64"), undefined);
    put({
      "dpinst.exe": program("x86"),
      "DPInst-amd64.EXE": program("amd64"),
      "dpinst.xml": "<dpinst/>",
      "audio.inf": "",
      "Net.INF": "",
      "autorun.inf": "",
    });
    assert.deepEqual(found("amd64"), { program: "DPInst-amd64.EXE", infs: ["Net.INF", "audio.inf"] });
    assert.equal(found("x86")?.program, "dpinst.exe");
    const listings = new Map();
    for (const machine of ["x86", "amd64"])
      assert.deepEqual(dpinstIn(folder, machine, listings), found(machine), "from one listing");
    assert.equal(found("arm64"), undefined);
  });

  it("is none where it is no program, is called otherwise, or lies elsewhere", () => {
    mkdirSync(join(folder, "dpinst-folder.exe"));
    const outside = mkdtempSync(join(tmpdir(), "servicing-test-dpinst-"));
    try {
      writeFileSync(join(outside, "dpinst.exe"), program("amd64"));
      symlinkSync(join(outside, "dpinst.exe"), join(folder, "dpinst.exe"));
      put({
        "dpinst1.exe": "MZ and nothing more",
        "dpinst2.exe": program("amd64", "dll"),
        "dpinst 3.exe": program("amd64"),
        "setup.exe": program("amd64"),
      });
      assert.equal(found("amd64"), undefined);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("is none in a folder of very many INFs", () => {
    put({ "dpinst.exe": program("amd64") });
    put(Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`${at}.inf`, ""])));
    assert.equal(found("amd64")?.infs.length, 100);
    put({ "100.inf": "" });
    assert.equal(found("amd64"), undefined);
  });

  it("is part of what a package is for an image", async () => {
    const inf = await writeDriverPackage(folder, { kind: "net", name: "net" });
    assert.equal((await readDriverPackage(inf, image)).dpinst, undefined);
    put({ "dpinst64.exe": program("amd64") });
    assert.deepEqual((await readDriverPackage(inf, image)).dpinst, {
      program: "dpinst64.exe",
      infs: ["net.inf"],
    });
  });

  describe("is handed on by the plugin", () => {
    const dpinst = { program: "dpinst64.exe", infs: ["a.inf", "b.inf"] };
    const ask = async (
      options: Partial<DriversOptions> = {},
      more: Partial<DriverPackage> = {},
    ): Promise<readonly (string | undefined)[]> => {
      put({ "a.inf": "", "b.inf": "" });
      const { operations } = await modify(drivers({ from: ".", ...options }), {
        folder,
        inspect: () => Promise.reject(new Error("nothing is inspected here")),
        driver: (inf) =>
          Promise.resolve({
            ...driverPackage(inf, []),
            dpinst,
            ...(inf.endsWith("b.inf") ? more : {}),
            inf,
          }),
      });
      return operations.map((operation) => (operation.type === "Add-Driver" ? operation.dpinst : ""));
    };

    it("where all that it would install is wanted", async () => {
      const path = join(folder, "dpinst64.exe");
      assert.deepEqual(await ask(), [path, path]);
    });

    it("and not where a driver of its folder is left out, or the config does without", async () => {
      assert.deepEqual(await ask({}, { refused: "it is for arm64" }), [undefined]);
      assert.deepEqual(await ask({ from: "a.inf" }), [undefined]);
      assert.deepEqual(await ask({ dpinst: false }), [undefined, undefined]);
    });
  });

  it("travels with the folder of the driver, and is run from there", () => {
    const operation: Operation<"Add-Driver"> = {
      type: "Add-Driver",
      driver: "/in/audio 14/audio.inf",
      dpinst: "/in/audio 14/DPInst64.exe",
    };
    assert.deepEqual(inputsOf(operation), [
      { path: "/in/audio 14/audio.inf", whole: true },
      { path: "/in/audio 14/DPInst64.exe", whole: true },
    ]);
    const { job, payload } = lowerJob([item(operation)], image);
    const there = "\\Servicing\\Payload\\001\\audio_14";
    assert.deepEqual(payload, [{ change: "add", from: "/in/audio 14", to: there }]);
    assert.deepEqual(job.steps[0]?.commands, [
      {
        do: "run",
        file: { path: `${there}\\DPInst64.exe` },
        args: ["/Q", "/SE", "/SW", "/PATH", `C:${there}`],
        success: [0],
        codes: "dpinst",
      },
    ]);
  });

  it("says by its exit code what became of how many packages", () => {
    const packages = { failed: 0, copied: 0, installed: 0 };
    const cases: readonly (readonly [number, ReturnType<typeof readDpinstCode>])[] = [
      [0, { failed: false, restart: false, packages }],
      [0x1, { failed: false, restart: false, packages: { ...packages, installed: 1 } }],
      [0x100, { failed: false, restart: false, packages: { ...packages, copied: 1 } }],
      [0x4000_0002, { failed: false, restart: true, packages: { ...packages, installed: 2 } }],
      [0x8001_0000, { failed: true, restart: false, packages: { ...packages, failed: 1 } }],
      [0xc001_0001, { failed: true, restart: true, packages: { failed: 1, copied: 0, installed: 1 } }],
    ];
    for (const [code, read] of cases) {
      assert.deepEqual(readDpinstCode(code), read);
      // As cmd.exe writes it.
      assert.deepEqual(readDpinstCode(code | 0), read);
      assert.equal(dpinstFault(code) === undefined, !read.failed);
    }
    const { job } = lowerJob([item({ driver: "/in/a/a.inf", dpinst: "/in/a/dpinst.exe" })], image);
    const files = { id: job.id, "001.failed": `${0x8002_0001 | 0}` };
    const error = judgement(
      {
        captured: "/w/captured.wim",
        job,
        outcome: jobOutcome(job, new Map(Object.entries(files))),
        states: [],
        lastLines: () => "",
        log: () => "/w/001.log",
        sysprepLog: "/w/setupact.log",
        setupLog: "/w/setupact.log",
      },
      faultTable(),
    );
    assert.equal(error?.code, "SERVICING_AUDIT_STEP");
    assert.match(error.message, /0x80020001 \(DPInst\).*not install: 2; copied: 0; installed: 1/s);
    assert.match(dpinstFault(0xc001_0001)?.cause ?? "", /not install: 1; copied: 0; installed: 1/);
  });
});
