import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { AppxArtefact, Artefact, DriverArtefact, PackageArtefact } from "../../core/artefact.ts";
import { failure, ServicingError } from "../../core/error.ts";
import { apps, type AppsOptions } from "../../plugins/apps.ts";
import { drivers, type DriversOptions } from "../../plugins/drivers.ts";
import { files, type FilesOptions } from "../../plugins/files.ts";
import { updates } from "../../plugins/updates.ts";
import { modify } from "../support/fake-builder.ts";

const driver = (of: Partial<DriverArtefact> = {}): DriverArtefact => ({
  kind: "driver",
  file: "",
  bytes: 1,
  className: "Net",
  classGuid: "{4d36e972-e325-11ce-bfc1-08002be10318}",
  provider: "Contoso",
  date: "01/02/2024",
  version: "1.2.3.4",
  catalog: "net.cat",
  architectures: ["amd64"],
  hardwareIds: [],
  coInstallers: false,
  diagnostics: [],
  ...of,
});

const update = (name: string, of: Partial<PackageArtefact> = {}): PackageArtefact => {
  const { version = "10.0.1.1", architecture = "amd64" } = of;
  return {
    kind: "package",
    file: "",
    bytes: 1,
    container: "cab",
    identity: `${name}~31bf3856ad364e35~${architecture}~~${version}`,
    name,
    architecture,
    language: "",
    version,
    kb: "",
    releaseType: "Update",
    description: "",
    features: [],
    ...of,
  };
};

const app = (name: string, of: Partial<AppxArtefact> = {}): AppxArtefact => ({
  kind: "appx",
  file: "",
  bytes: 1,
  bundle: false,
  name,
  publisher: "CN=Contoso",
  version: "1.0.0.0",
  architecture: "x64",
  dependencies: [],
  signed: true,
  ...of,
});

const problemsOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    assert.ok(error instanceof ServicingError && error.code === "SERVICING_PLUGIN_OPTIONS", String(error));
    return error.message;
  }
  return assert.fail("the options were accepted");
};

describe("plugins for inputs", () => {
  let folder: string;
  /** By base name. What is not here is not recognised. */
  let artefacts: Record<string, Artefact>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "servicing-test-plugins-"));
    artefacts = {};
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const place = (path: string, artefact?: Artefact): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "content");
    if (artefact !== undefined) artefacts[basename(path)] = artefact;
  };
  const given = () => ({
    folder,
    inspect: async (path: string): Promise<Artefact> => {
      const artefact = artefacts[basename(path)];
      if (artefact === undefined) {
        throw failure("SERVICING_INPUT_UNREADABLE", { path, reason: "it is nothing known" });
      }
      return { ...artefact, file: path };
    },
  });

  describe("drivers", () => {
    it("adds one driver for each INF, with what it is and the folder that decides it", async () => {
      place("drivers/net/net.inf", driver());
      place("drivers/disk/DISK.INF", driver({ provider: "Fabrikam", className: "SCSIAdapter", version: "" }));
      place("drivers/net/net.sys");
      const { operations, warnings } = await modify(drivers({ from: "drivers/" }), given());
      assert.deepEqual(operations, [
        {
          type: "Add-Driver",
          driver: join(folder, "drivers/disk/DISK.INF"),
          title: "DISK.INF (Fabrikam, SCSIAdapter)",
        },
        {
          type: "Add-Driver",
          driver: join(folder, "drivers/net/net.inf"),
          title: "net.inf (Contoso, Net, 1.2.3.4)",
        },
      ]);
      assert.deepEqual(warnings, []);
    });

    it("takes globs, lists and single files", async () => {
      place("a/one.inf", driver());
      place("b/two.inf", driver());
      place("b/two.sys");
      for (const from of ["{a,b}/**", ["a", "b/*.inf"], ["a/one.inf", "b/two.inf"]]) {
        const { operations } = await modify(drivers({ from }), given());
        assert.equal(operations.length, 2, JSON.stringify(from));
      }
      await assert.rejects(modify(drivers({ from: "b/*.sys" }), given()), {
        code: "SERVICING_INPUT_NOT_FOUND",
      });
      await assert.rejects(modify(drivers({ from: "c" }), given()), { code: "SERVICING_INPUT_NOT_FOUND" });
    });

    it("closes the offline route for co-installers", async () => {
      place("d/co.inf", driver({ coInstallers: true }));
      const { operations } = await modify(drivers({ from: "d" }), given());
      assert.deepEqual(operations[0]?.refuse, {
        offline: "has co-installers, which run only inside Windows",
      });
    });

    it("leaves out what does not fit or cannot be read, and says so", async () => {
      place("d/arm.inf", driver({ architectures: ["arm64"] }));
      place("d/autorun.inf");
      place("d/good.inf", driver());
      const { operations, warnings } = await modify(drivers({ from: "d" }), given());
      assert.equal(operations.length, 1);
      assert.equal(warnings.length, 2);
      assert.match(warnings[0] ?? "", /not added: .*arm\.inf is for arm64, but install\.wim:1 .* is amd64/);
      assert.match(warnings[1] ?? "", /not added: .*autorun\.inf could not be read/);
      await assert.rejects(modify(drivers({ from: "d", strict: true }), given()), {
        code: "SERVICING_INPUT_ARCHITECTURE",
      });
    });

    it("adds any architecture where the image does not say its own", async () => {
      place("d/arm.inf", driver({ architectures: ["arm64"] }));
      const image = { architecture: "unknown" } as const;
      assert.equal((await modify(drivers({ from: "d" }), { ...given(), image })).operations.length, 1);
    });

    it("warns of files that the INF names and nobody put there", async () => {
      place("d/a.inf", driver({ missingFiles: ["a.sys", "x64\\a.dll"] }));
      const { operations, warnings } = await modify(drivers({ from: "d" }), given());
      assert.equal(operations.length, 1);
      assert.match(warnings[0] ?? "", /a\.inf names a\.sys, x64\\a\.dll, which are not beside it/);
    });

    it("warns of a driver without a catalogue, unless unsigned ones are wanted", async () => {
      place("d/a.inf", driver({ catalog: "" }));
      const { warnings } = await modify(drivers({ from: "d" }), given());
      assert.match(warnings[0] ?? "", /names no catalogue/);
      const forced = await modify(drivers({ from: "d", forceUnsigned: true }), given());
      assert.deepEqual(forced.warnings, []);
      assert.equal((forced.operations[0] as { forceUnsigned?: boolean }).forceUnsigned, true);
    });

    it("says it once where many have none", async () => {
      for (const name of ["a", "b", "c", "d", "e", "f", "g"]) place(`d/${name}.inf`, driver({ catalog: "" }));
      const { warnings } = await modify(drivers({ from: "d" }), given());
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", /^7 drivers name no catalogue: .*a\.inf, .*e\.inf and 2 more$/);
    });

    it("names every problem of its options", () => {
      const text = problemsOf(() => drivers({ from: 1, stict: true } as unknown as DriversOptions));
      assert.match(text, /drivers\.from: /);
      assert.match(text, /drivers\.stict: /);
    });
  });

  describe("updates", () => {
    it("orders packages as Windows wants them and names their identity", async () => {
      place("u/a.msu", update("Package_for_DotNetRollup_481", { kb: "KB4" }));
      place("u/b.msu", update("Package_for_RollupFix", { version: "26100.9.1.1", kb: "KB3" }));
      place("u/c.msu", update("Package_for_RollupFix", { version: "26100.10.1.1" }));
      place("u/d.cab", update("Package_for_KB2"));
      place("u/e.cab", update("Package_for_ServicingStack_26100", { releaseType: "Update" }));
      place(
        "u/f.cab",
        update("Contoso-LanguagePack", { releaseType: "Language Pack", architecture: "neutral" }),
      );
      const { operations, warnings } = await modify(updates({ from: "u/*.{msu,cab}" }), given());
      const added = operations.filter((operation) => operation.type === "Add-Package");
      assert.equal(added.map((one) => basename(one.package)[0]).join(""), "efdbca");
      assert.equal(added[0]?.identity, "Package_for_ServicingStack_26100~31bf3856ad364e35~amd64~~10.0.1.1");
      assert.equal(added[3]?.title, "b.msu (KB3, Update, 26100.9.1.1)");
      assert.deepEqual(warnings, []);
    });

    it("adds a package that lies there twice once", async () => {
      place("u/a.msu", update("Package_for_KB2"));
      place("u/b.cab", update("PACKAGE_for_KB2"));
      const { operations, warnings } = await modify(updates({ from: "u/*" }), given());
      assert.equal(operations.length, 1);
      assert.match(warnings[0] ?? "", /b\.cab is the same package as .*a\.msu/);
    });

    it("refuses another architecture and what is no package", async () => {
      place("u/a.cab", update("Package_for_KB2", { architecture: "x86" }));
      await assert.rejects(modify(updates({ from: "u/*" }), given()), {
        code: "SERVICING_INPUT_ARCHITECTURE",
        message: /a\.cab is for x86, but install\.wim:1 \(Windows 11 Pro\) is amd64/,
      });
      place("u/a.cab", driver());
      await assert.rejects(modify(updates({ from: ["u/*"] }), given()), {
        code: "SERVICING_INPUT_UNREADABLE",
      });
    });
  });

  describe("apps", () => {
    const runtime = [{ name: "Contoso.Runtime", minVersion: "14.0.0.0" }];

    it("removes, provisions and installs, in this order", async () => {
      place("apps/a.msix", app("Contoso.App"));
      place("apps/a.xml");
      place("apps/agent (x64).msi");
      place("apps/setup.exe");
      const { operations, warnings } = await modify(
        apps({
          install: [
            "apps/setup.exe",
            { file: "apps/agent (x64).msi", arguments: ["/qn"], success: [0, 3010], when: "firstLogon" },
          ],
          provision: [{ package: "apps/a.msix", license: "apps/a.xml", region: "all" }],
          remove: ["Contoso.Old_1.0.0.0_neutral_~_8wekyb3d8bbwe"],
        }),
        given(),
      );
      assert.deepEqual(operations, [
        {
          type: "Remove-ProvisionedAppxPackage",
          packageName: "Contoso.Old_1.0.0.0_neutral_~_8wekyb3d8bbwe",
        },
        {
          type: "Add-ProvisionedAppxPackage",
          package: join(folder, "apps/a.msix"),
          title: "Contoso.App 1.0.0.0",
          license: join(folder, "apps/a.xml"),
          region: "all",
        },
        { type: "Run-Installer", file: join(folder, "apps/setup.exe"), arguments: [] },
        {
          type: "Run-Installer",
          file: join(folder, "apps/agent (x64).msi"),
          arguments: ["/qn"],
          success: [0, 3010],
          when: "firstLogon",
        },
      ]);
      assert.deepEqual(warnings, []);
    });

    it("finds the dependencies of an app in a folder, and names one that is missing", async () => {
      place("apps/a.msix", app("Contoso.App", { dependencies: runtime }));
      place("apps/dependencies/old.appx", app("Contoso.Runtime", { version: "13.0.0.0" }));
      const options = { provision: [{ package: "apps/a.msix", dependencies: "apps/dependencies/" }] };
      await assert.rejects(modify(apps(options), given()), {
        code: "SERVICING_INPUT_DEPENDENCY",
        message: /a\.msix needs Contoso\.Runtime 14\.0\.0\.0 \(x64\), which is not in .*dependencies/,
      });
      place("apps/dependencies/x64.appx", app("Contoso.Runtime", { version: "14.0.1.0" }));
      const first = await modify(apps(options), given());
      assert.match(first.warnings[0] ?? "", /Contoso\.Runtime has no x86 package/);
      place(
        "apps/dependencies/x86.appx",
        app("Contoso.Runtime", { version: "14.0.1.0", architecture: "x86" }),
      );
      const { operations, warnings } = await modify(apps(options), given());
      assert.deepEqual((operations[0] as { dependencies?: readonly string[] }).dependencies, [
        join(folder, "apps/dependencies/x64.appx"),
        join(folder, "apps/dependencies/x86.appx"),
      ]);
      assert.deepEqual(warnings, []);
    });

    it("takes dependencies as a list, and warns where none are given", async () => {
      place("a.msix", app("Contoso.App", { dependencies: runtime }));
      place("b.appx");
      const listed = await modify(
        apps({ provision: [{ package: "a.msix", dependencies: ["b.appx"] }] }),
        given(),
      );
      assert.deepEqual((listed.operations[0] as { dependencies?: readonly string[] }).dependencies, [
        join(folder, "b.appx"),
      ]);
      const without = await modify(apps({ provision: ["a.msix"] }), given());
      assert.match(without.warnings[0] ?? "", /needs Contoso\.Runtime, and the config gives no dependencies/);
      const absent = apps({ provision: [{ package: "a.msix", dependencies: ["c.appx"] }] });
      await assert.rejects(modify(absent, given()), { code: "SERVICING_INPUT_NOT_FOUND" });
    });

    it("refuses apps for another Windows, other files and installers that are not there", async () => {
      place("a.msix", app("Contoso.App", { architecture: "arm64" }));
      await assert.rejects(modify(apps({ provision: ["a.msix"] }), given()), {
        code: "SERVICING_INPUT_ARCHITECTURE",
      });
      place("a.msix", app("Contoso.App", { architecture: "arm64, x86" }));
      assert.equal((await modify(apps({ provision: ["a.msix"] }), given())).operations.length, 1);
      place("d.inf", driver());
      await assert.rejects(modify(apps({ provision: ["d.inf"] }), given()), {
        code: "SERVICING_INPUT_UNREADABLE",
      });
      await assert.rejects(modify(apps({ install: ["none.exe"] }), given()), {
        code: "SERVICING_INPUT_NOT_FOUND",
      });
    });

    it("names every problem of its options by path", () => {
      const text = problemsOf(() =>
        apps({
          provision: ["", { package: "a.msix", region: "Europe!" }],
          install: [{ file: "a.exe", when: "later" }, { arguments: [] }],
          remove: ["Contoso*"],
        } as unknown as AppsOptions),
      );
      for (const path of [
        "provision.0",
        "provision.1.region",
        "install.0.when",
        "install.1.file",
        "remove.0",
      ]) {
        assert.ok(text.includes(`apps.${path}: `), `${path} in\n${text}`);
      }
    });
  });

  describe("files", () => {
    it("removes, copies and writes", async () => {
      place("branding/logo.png");
      place("note.txt");
      const { operations } = await modify(
        files({
          copy: { "branding/": "\\Windows\\Web\\Contoso\\", "note.txt": "\\note.txt" },
          remove: ["\\Windows\\Web\\Old", { path: "\\x.log", optional: true }],
          write: { "\\ProgramData\\Contoso\\a.ini": "[a]\r\n" },
        }),
        given(),
      );
      assert.deepEqual(operations, [
        { type: "Remove-File", path: "\\Windows\\Web\\Old" },
        { type: "Remove-File", path: "\\x.log", optional: true },
        { type: "Copy-File", from: join(folder, "branding"), to: "\\Windows\\Web\\Contoso" },
        { type: "Copy-File", from: join(folder, "note.txt"), to: "\\note.txt" },
        { type: "Write-File", to: "\\ProgramData\\Contoso\\a.ini", text: "[a]\r\n" },
      ]);
      const listed = await modify(files({ copy: [{ from: "note.txt", to: "\\a.txt" }] }), given());
      assert.equal(listed.operations.length, 1);
    });

    it("refuses paths outside of the image, and host files that are not there", async () => {
      for (const options of [
        { copy: { a: "..\\b" } },
        { copy: [{ from: "a", to: "\\a\\..\\..\\b" }] },
        { remove: ["C:\\Windows"] },
        { remove: [{ path: "\\" }] },
        { write: { "\\a:b": "x" } },
      ]) {
        assert.throws(() => files(options), { code: "SERVICING_IMAGE_PATH" }, JSON.stringify(options));
      }
      await assert.rejects(modify(files({ copy: { none: "\\none" } }), given()), {
        code: "SERVICING_INPUT_NOT_FOUND",
      });
    });

    it("names every problem of its options by path", () => {
      const text = problemsOf(() =>
        files({
          copy: [{ from: "a" }],
          remove: [{ path: 1 }],
          write: { "\\a": 1 },
          add: [],
        } as unknown as FilesOptions),
      );
      for (const path of ["copy.0.to", "remove.0.path", "write.\\a", "add"]) {
        assert.ok(text.includes(`files.${path}: `), `${path} in\n${text}`);
      }
    });
  });
});
