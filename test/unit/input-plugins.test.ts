import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { AppxArtefact, Artefact, DriverArtefact, PackageArtefact } from "../../core/artefact.ts";
import type { DriverPackage, InboxDrivers } from "../../core/driver-package.ts";
import { failure, ServicingError } from "../../core/error.ts";
import type { Plugin } from "../../core/plugin.ts";
import { apps, type AppsOptions } from "../../plugins/apps.ts";
import { packageClass } from "../../core/formats/package-class.ts";
import { drivers, type DriversOptions } from "../../plugins/drivers.ts";
import { files, type FilesOptions } from "../../plugins/files.ts";
import { updates } from "../../plugins/updates.ts";
import { driverPackage } from "../support/described-driver.ts";
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

/** A cumulative update of Windows 11, version 24H2. */
const cumulative = (revision: number, of: Partial<PackageArtefact> = {}): PackageArtefact =>
  update("Package_for_RollupFix", {
    container: "msu (wim)",
    version: `26100.${revision}.1.1`,
    level: `10.0.26100.${revision}`,
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
    class: packageClass({
      identity: `${name}~31bf3856ad364e35~${architecture}~${of.language ?? ""}~${version}`,
      releaseType: of.releaseType ?? "Update",
      contains: [],
    }),
    builds: [],
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

const withoutFile = (path: string): Promise<never> =>
  Promise.reject(failure("SERVICING_INPUT_UNREADABLE", { path, reason: "EACCES" }));

const problemsOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    assert.ok(error instanceof ServicingError && error.code === "SERVICING_PLUGIN_OPTIONS", String(error));
    return error.message;
  }
  return assert.fail("the options were accepted");
};

const driverFolder = "\\WINDOWS\\SYSTEM32\\DRIVERS";

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
    const packages = new Map<string, DriverPackage>();
    beforeEach(() => packages.clear());
    const put = (path: string, more: Partial<DriverPackage> = {}, ids: readonly string[] = []): void => {
      place(path);
      packages.set(basename(path), driverPackage(basename(path), ids, more));
    };
    const drawn = () => ({
      ...given(),
      driver: async (inf: string): Promise<DriverPackage> => {
        const found = packages.get(basename(inf));
        if (found !== undefined) return { ...found, inf };
        throw failure("SERVICING_INPUT_UNREADABLE", { path: inf, reason: "it is nothing known" });
      },
    });
    const ask = (
      options: DriversOptions,
      more: Pick<Parameters<typeof modify>[1], "inbox" | "engine"> = {},
    ) => modify(drivers(options), { ...drawn(), ...more });

    it("adds one driver for each INF, with what it is and what decides its road", async () => {
      put("drivers/net/net.inf", { version: "1.2.3.4" });
      put("drivers/disk/DISK.INF", {
        provider: "Fabrikam",
        className: "SCSIAdapter",
        version: "",
        bootCritical: true,
      });
      place("drivers/net/net.sys");
      const { operations, warnings } = await ask({ from: "drivers/" });
      assert.deepEqual(operations, [
        {
          type: "Add-Driver",
          driver: join(folder, "drivers/disk/DISK.INF"),
          title: "DISK.INF (Fabrikam, SCSIAdapter)",
          facts: { bootCritical: true, underivable: [] },
          optional: true,
        },
        {
          type: "Add-Driver",
          driver: join(folder, "drivers/net/net.inf"),
          title: "net.inf (Contoso, Net, 1.2.3.4)",
          facts: { bootCritical: false, underivable: [] },
          optional: true,
        },
      ]);
      assert.deepEqual(warnings, []);
    });

    it("takes globs, lists and single files", async () => {
      put("a/one.inf");
      put("b/two.inf");
      place("b/two.sys");
      for (const from of ["{a,b}/**", ["a", "b/*.inf"], ["a/one.inf", "b/two.inf"]]) {
        const { operations } = await ask({ from });
        assert.equal(operations.length, 2, JSON.stringify(from));
      }
      await assert.rejects(ask({ from: "b/*.sys" }), { code: "SERVICING_INPUT_NOT_FOUND" });
      await assert.rejects(ask({ from: "c" }), { code: "SERVICING_INPUT_NOT_FOUND" });
    });

    it("closes the offline route for co-installers and for software", async () => {
      put("d/co.inf", { coInstallers: true });
      put("d/soft.inf", { software: ["Contoso Panel"] });
      const { operations } = await ask({ from: "d" });
      assert.deepEqual(
        operations.map(({ refuse }) => refuse?.offline),
        [
          "has co-installers, which run only inside Windows",
          "installs software (Contoso Panel), which runs only inside Windows",
        ],
      );
    });

    it("leaves out what the image refuses or cannot be read, and says so", async () => {
      put("d/arm.inf", { refused: "it is for arm64" });
      place("d/autorun.inf");
      put("d/good.inf");
      const { operations, warnings } = await ask({ from: "d" });
      assert.equal(operations.length, 1);
      assert.equal(warnings.length, 2);
      assert.match(warnings[0] ?? "", /not added: .*autorun\.inf could not be read/);
      assert.match(
        warnings[1] ?? "",
        /not added: .*arm\.inf cannot be added to install\.wim:1 .*it is for arm64/,
      );
      put("e/arm.inf", { refused: "it is for arm64" });
      await assert.rejects(ask({ from: "e", strict: true }), { code: "SERVICING_DRIVER_REFUSED" });
      const strict = await ask({ from: "d/good.inf", strict: true });
      assert.equal(strict.operations[0]?.optional, undefined);
    });

    it("adds one of several copies", async () => {
      put("d/a.inf", { digest: "same" });
      put("d/b.inf", { digest: "same" });
      const { operations, warnings } = await ask({ from: "d" });
      assert.equal(operations.length, 1);
      assert.deepEqual(warnings, []);
    });

    it("names the INF where another file of its package cannot be read", async () => {
      put("d/good.inf");
      put("d/a.inf");
      const without = {
        ...drawn(),
        driver: (inf: string): Promise<DriverPackage> =>
          inf.endsWith("a.inf") ? withoutFile("a.sys") : drawn().driver(inf),
      };
      const { warnings } = await modify(drivers({ from: "d" }), without);
      assert.match(warnings.join(), /^not added: .*d.a\.inf: a\.sys could not be read: EACCES/);
      await assert.rejects(modify(drivers({ from: "d", strict: true }), without), {
        code: "SERVICING_INPUT_UNREADABLE",
      });
    });

    it("passes on that unsigned drivers are wanted", async () => {
      put("d/a.inf", { bootCritical: true });
      const { operations } = await ask({ from: "d", forceUnsigned: true, winre: true });
      assert.deepEqual(
        operations.map((operation) => (operation as { forceUnsigned?: boolean }).forceUnsigned),
        [true, true],
      );
      assert.deepEqual(operations[1], {
        type: "Service-WinRE",
        drivers: [join(folder, "d/a.inf")],
        forceUnsigned: true,
        title: "a.inf",
      });
    });

    it("gives what two boot-critical drivers both need to the newer one", async () => {
      const stor = { bootCritical: true, services: ["cstor"], date: "01/01/2020" };
      put("d/a.inf", stor);
      put("d/b.inf", { ...stor, services: ["CSTOR"], date: "01/01/2024", digest: "b" });
      put("d/c.inf", { services: ["cstor"], digest: "c" });
      const reasons: (readonly string[] | undefined)[][] = [];
      for (const engine of ["wimlib", "dism"]) {
        const { operations } = await ask({ from: "d" }, { engine });
        reasons.push(operations.map((each) => (each.type === "Add-Driver" ? each.facts?.underivable : [])));
      }
      assert.deepEqual(reasons, [
        [["b.inf has the service cstor already"], [], []],
        [[], [], []],
      ]);
    });

    it("knows what plugins before it add and remove", async () => {
      const stor = { bootCritical: true, services: ["cstor"] };
      put("d/a.inf", stor);
      put("e/b.inf", { ...stor, date: "01/01/2030", digest: "b" });
      put("f/c.inf", { digest: "c" });
      const both: Plugin = {
        name: "drivers",
        apply(servicing) {
          drivers({ from: "d", remove: ["oem3.inf"] }).apply(servicing);
          drivers({ from: ["e", "d", "f"] }).apply(servicing);
        },
      };
      const service = { name: "CSTOR", owners: ["OEM3.INF"], boot: true };
      const { operations } = await modify(both, { ...drawn(), inbox: { services: [service] } });
      assert.deepEqual(
        operations.map((each) =>
          each.type === "Add-Driver"
            ? [basename(each.driver), ...(each.facts?.underivable ?? [])]
            : each.type,
        ),
        ["Remove-Driver", ["a.inf"], ["b.inf", "a.inf has the service cstor already"], ["c.inf"]],
      );
    });

    it("takes nothing for taken that is removed first", async () => {
      put("d/a.inf", {
        bootCritical: true,
        services: ["cstor"],
        reflected: ["cstor.sys", "cstorfw.bin"].map((name) => `\\Windows\\System32\\drivers\\${name}`),
      });
      const service = { name: "CSTOR", owners: ["OEM3.INF"], boot: true };
      const [sys, firmware] = ["CSTOR.SYS", "CSTORFW.BIN"].map((name) => `${driverFolder}\\${name}`) as [
        string,
        string,
      ];
      const inbox = {
        added: { "OEM3.INF": "CSTOR.INF" },
        stored: { "CSTOR.INF_AMD64_0123456789ABCDEF": "OEM3.INF" },
        services: [service],
        files: [sys, firmware],
        copied: { [sys]: ["OEM3.INF"], [firmware]: ["OEM3.INF"] },
      };
      const reasons = async (remove: string[], more: Partial<InboxDrivers> = {}) => {
        const { operations } = await ask({ from: "d", remove }, { inbox: { ...inbox, ...more } });
        return operations.flatMap((each) =>
          each.type === "Add-Driver" ? (each.facts?.underivable ?? []) : [],
        );
      };
      const hasService = "the image has the service cstor already";
      const hasFiles = ["cstor.sys", "cstorfw.bin"].map(
        (name) => `the image has \\Windows\\System32\\drivers\\${name} already`,
      );
      assert.deepEqual(await reasons([]), [hasService, ...hasFiles]);
      for (const name of ["oem3.inf", "cstor.inf"]) assert.deepEqual(await reasons([name]), []);
      const shared = [{ ...service, owners: ["OEM3.INF", "OEM4.INF"] }];
      assert.deepEqual(await reasons(["oem3.inf"], { services: shared }), [hasService]);
      // What no package owns stays, whichever service starts it.
      const copied = { [sys]: ["OEM3.INF"], [firmware]: ["OEM3.INF", "OEM4.INF"] };
      assert.deepEqual(await reasons(["oem3.inf"], { copied }), [hasFiles[1]]);
      assert.deepEqual(await reasons(["oem3.inf"], { copied: {} }), hasFiles);
      // An earlier version counts only where it is still there.
      for (const [earlier, left] of [
        ["OLD.INF_AMD64_0000000000000000", []],
        ["OTHER.INF_AMD64_0000000000000000", [hasService]],
      ] as const) {
        const services = [{ ...service, owners: ["OEM3.INF", `!${earlier}`] }];
        const stored = { "OTHER.INF_AMD64_0000000000000000": "OEM5.INF" };
        assert.deepEqual(await reasons(["oem3.inf"], { services, stored }), left);
      }
    });

    it("lets DISM add a driver with co-installers that starts Windows, which could not wait for them", async () => {
      put("d/a.inf", { bootCritical: true, coInstallers: true });
      const { operations } = await ask({ from: "d" });
      assert.equal(operations[0]?.refuse, undefined);
    });

    it("removes drivers first, and names marks that fit none", async () => {
      put("d/a.inf", { version: "2.0" });
      const { operations, warnings } = await ask({
        from: "d",
        remove: ["oem3.inf"],
        bootTested: ["A.inf@2.0", "b.inf@1.0"],
      });
      assert.deepEqual(
        operations.map(({ type }) => type),
        ["Remove-Driver", "Add-Driver"],
      );
      assert.deepEqual(warnings, ["bootTested: no driver that is added is b.inf@1.0"]);
      assert.match(
        problemsOf(() => drivers({ from: "d", bootTested: ["a.inf"] })),
        /drivers\.bootTested\.0: write it as name\.inf@version/,
      );
    });
  });
  describe("updates", () => {
    it("orders packages as Windows wants them and names their identity", async () => {
      place("u/a.msu", update("Package_for_DotNetRollup_481", { kb: "KB4" }));
      place("u/b.msu", cumulative(9, { kb: "KB3" }));
      place("u/c.msu", cumulative(10));
      place("u/d.cab", update("Package_for_KB2"));
      place("u/e.cab", update("Package_for_ServicingStack_26100", { releaseType: "Update" }));
      place(
        "u/f.cab",
        update("Contoso-LanguagePack", { releaseType: "Language Pack", architecture: "neutral" }),
      );
      const { operations, warnings } = await modify(updates({ from: "u/*.{msu,cab}" }), given());
      const added = operations.filter((operation) => operation.type === "Add-Package");
      assert.equal(added.map((one) => basename(one.package)[0]).join(""), "efdca");
      assert.equal(added[0]?.identity, "Package_for_ServicingStack_26100~31bf3856ad364e35~amd64~~10.0.1.1");
      assert.equal(added[3]?.title, "c.msu (Update, 26100.10.1.1, on 1 checkpoint)");
      assert.deepEqual(added[3]?.checkpoints, [join(folder, "u/b.msu")]);
      assert.deepEqual(warnings, []);
    });

    it("adds a package that lies there twice once", async () => {
      place("u/a.msu", update("Package_for_KB2"));
      place("u/b.cab", update("PACKAGE_for_KB2"));
      const { operations, warnings } = await modify(updates({ from: "u/*" }), given());
      assert.equal(operations.length, 1);
      assert.match(warnings[0] ?? "", /b\.cab is left out: it is the same package as .*a\.msu/);
    });

    it("updates the recovery environment by what is for it, and nothing else of the folder", async () => {
      const stack = { servicingStack: "SSU-26100.10-x64.cab" };
      place("u/a.msu", cumulative(10, stack));
      place("u/safe.cab", update("Package_for_SafeOSDU", { version: "26100.10.1.1" }));
      place("u/safe-old.cab", update("Package_for_SafeOSDU", { version: "26100.9.1.1" }));
      const { operations, warnings } = await modify(updates({ from: "u/*", cleanup: true }), given());
      assert.deepEqual(
        operations.map(({ type }) => type),
        ["Service-WinRE", "Add-Package", "Cleanup-Image"],
      );
      const [recovery] = operations;
      assert.ok(recovery?.type === "Service-WinRE" && recovery.cleanup === true && recovery.export === true);
      assert.deepEqual(recovery.packages, [
        { package: join(folder, "u/a.msu"), member: "SSU-26100.10-x64.cab" },
        { package: join(folder, "u/safe.cab") },
      ]);
      assert.match(warnings.join(), /safe-old\.cab is left out: .*safe\.cab is newer/);
      const without = await modify(updates({ from: "u/*", winre: false }), given());
      assert.ok(!without.operations.some(({ type }) => type === "Service-WinRE"));
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
            { file: "apps/setup.exe", again: [1604], minutes: 90, check: { file: "\\Contoso\\agent.exe" } },
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
        {
          type: "Run-Installer",
          file: join(folder, "apps/setup.exe"),
          arguments: [],
          again: [1604],
          minutes: 90,
          check: { file: "\\Contoso\\agent.exe" },
        },
      ]);
      assert.deepEqual(warnings, []);
    });

    it("wants to know how an installed app is found, in a way that a script can look for", () => {
      const wrong: readonly object[] = [
        { check: {} },
        { check: { file: "C:\\a.exe" } },
        { check: { file: "\\a\\*.exe" } },
        { check: { product: "01234567-89AB-CDEF-0123-456789ABCDEF" } },
        { check: { registry: { key: "SOFTWARE\\Contoso" } } },
        { check: { registry: { key: "HKLM\\SOFTWARE\\Contoso", data: " 1" } } },
        { check: { registry: { key: "HKLM\\SOFTWARE\\Contoso", data: 'a"b' } } },
        { minutes: 0 },
        { minutes: 1.5 },
        { again: [] },
      ];
      for (const options of wrong)
        assert.throws(() => apps({ install: [{ file: "apps/setup.exe", ...options }] }), {
          code: "SERVICING_PLUGIN_OPTIONS",
        });
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

    it("finds what the dependencies of an app depend on, in a folder", async () => {
      const base = [{ name: "Contoso.Base", minVersion: "1.2.0.0" }];
      place("apps/a.msix", app("Contoso.App", { dependencies: runtime }));
      place("f/runtime.appx", app("Contoso.Runtime", { version: "14.0.1.0", dependencies: base }));
      const options = { provision: [{ package: "apps/a.msix", dependencies: "f" }] };
      await assert.rejects(modify(apps(options), given()), {
        code: "SERVICING_INPUT_DEPENDENCY",
        message: /a\.msix needs Contoso\.Base 1\.2\.0\.0 \(x64\) for Contoso\.Runtime, which is not in/,
      });
      place("f/base.appx", app("Contoso.Base", { version: "1.3.0.0", architecture: "x64" }));
      const { operations, warnings } = await modify(apps(options), given());
      assert.deepEqual((operations[0] as { dependencies?: readonly string[] }).dependencies, [
        join(folder, "f/runtime.appx"),
        join(folder, "f/base.appx"),
      ]);
      assert.equal(warnings.length, 2, "neither has a package for 32-bit apps");
    });

    it("takes optional packages with what they need, licences, custom data and the stub along", async () => {
      place("a.msix", app("Contoso.App"));
      place("more.msix", app("Contoso.More", { dependencies: runtime }));
      place("f/runtime.appx", app("Contoso.Runtime", { version: "14.0.1.0", architecture: "neutral" }));
      for (const file of ["1.xml", "2.xml", "a.dat"]) place(file);
      const packageName = "Contoso.Old_1.0.0.0_neutral_~_8wekyb3d8bbwe";
      const asked = apps({
        optimize: true,
        provision: [
          {
            package: "a.msix",
            optionalPackages: "more.msix",
            dependencies: "f",
            license: ["1.xml", "2.xml"],
            customData: "a.dat",
            stub: "installfull",
          },
        ],
        customData: { [packageName]: "a.dat" },
      });
      const { operations, warnings } = await modify(asked, given());
      assert.deepEqual(operations, [
        {
          type: "Add-ProvisionedAppxPackage",
          package: join(folder, "a.msix"),
          title: "Contoso.App 1.0.0.0",
          dependencies: [join(folder, "f/runtime.appx")],
          optionalPackages: [join(folder, "more.msix")],
          license: [join(folder, "1.xml"), join(folder, "2.xml")],
          customData: join(folder, "a.dat"),
          stub: "installfull",
        },
        { type: "Set-ProvisionedAppxDataFile", packageName, customData: join(folder, "a.dat") },
        { type: "Optimize-ProvisionedAppxPackages", optional: true },
      ]);
      assert.deepEqual(warnings, []);
      const absent = apps({ provision: [{ package: "a.msix", customData: "none.dat" }] });
      await assert.rejects(modify(absent, given()), { code: "SERVICING_INPUT_NOT_FOUND" });
    });

    it("takes dependencies as a list, and warns where none are given or one is missing", async () => {
      place("a.msix", app("Contoso.App", { dependencies: runtime }));
      place("b.appx", app("Contoso.Runtime", { version: "14.0.0.0" }));
      place("old.appx", app("Contoso.Runtime", { version: "13.0.0.0" }));
      const short = await modify(
        apps({ provision: [{ package: "a.msix", dependencies: ["old.appx"] }] }),
        given(),
      );
      assert.match(short.warnings[0] ?? "", /needs Contoso\.Runtime 14\.0\.0\.0 \(x64\), which is not among/);
      const listed = await modify(
        apps({ provision: [{ package: "a.msix", dependencies: ["b.appx"] }] }),
        given(),
      );
      assert.deepEqual((listed.operations[0] as { dependencies?: readonly string[] }).dependencies, [
        join(folder, "b.appx"),
      ]);
      const without = await modify(apps({ provision: ["a.msix"] }), given());
      assert.match(without.warnings[0] ?? "", /needs Contoso\.Runtime, and the config gives no dependencies/);
      place("arm.appx", app("Contoso.Runtime", { version: "14.0.0.0", architecture: "arm64" }));
      const foreign = apps({ provision: [{ package: "a.msix", dependencies: ["b.appx", "arm.appx"] }] });
      await assert.rejects(modify(foreign, given()), { code: "SERVICING_INPUT_ARCHITECTURE" });
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
          provision: ["", { package: "a.msix", region: "Europe!", stub: "half" }],
          customData: { "Contoso*": "a.dat" },
          install: [{ file: "a.exe", when: "later" }, { arguments: [] }],
          remove: ["Contoso*"],
        } as unknown as AppsOptions),
      );
      for (const path of [
        "provision.0",
        "provision.1.region",
        "provision.1.stub",
        "customData.Contoso*",
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
