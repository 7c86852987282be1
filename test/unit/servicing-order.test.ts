import assert from "node:assert/strict";
import fc from "fast-check";
import type { PackageClass } from "../../core/formats/package-class.ts";
import type { Declared } from "../../core/lifecycle.ts";
import type { Operation } from "../../core/operation.ts";
import { inServicingOrder } from "../../core/servicing-order.ts";

const update = (name: string, language = ""): Operation => ({
  type: "Add-Package",
  package: `/p/${name}.cab`,
  identity: `${name}~31bf3856ad364e35~amd64~${language}~1.0.0.0`,
});

const declared = (operation: Operation, at: number, image = 1): Declared => ({
  id: `p/${at}`,
  phase: "modify",
  by: "p",
  image,
  wish: { operation },
});

const read = (kind: PackageClass): Operation =>
  ({ ...update("Package_for_KB1"), facts: { class: kind } }) as Operation;

const ids = (list: readonly Declared[]): readonly string[] => list.map(({ id }) => id);

describe("the order of component servicing", () => {
  it("is that of Windows, and leaves everything else where it was", () => {
    const operations: readonly Operation[] = [
      { type: "Add-ProvisionedAppxPackage", package: "/p/a.appx" },
      { type: "Copy-File", from: "/p/f", to: "\\f" },
      { type: "Enable-Feature", feature: "Carried" },
      { type: "Set-AllIntl", language: "fr-FR" },
      update("Package_for_DotNetRollup"),
      update("Package_for_RollupFix"),
      { type: "Remove-File", path: "\\g" },
      { type: "Add-Capability", capability: "C~~~~" },
      update("Contoso-Carrier"),
      update("Microsoft-Windows-Client-LanguagePack-Package", "fr-FR"),
      update("Microsoft-Windows-ServicingStack"),
    ];
    const ordered = inServicingOrder(operations.map((operation, at) => declared(operation, at)));
    assert.deepEqual(
      ids(ordered),
      [10, 1, 9, 3, 8, 7, 6, 2, 5, 4, 0].map((at) => `p/${at}`),
    );
  });

  it("does WinRE first, its export last, and .NET after clean-up, whoever asks for it how", () => {
    const operations: readonly Operation[] = [
      update("Package_for_DotNetRollup"),
      { type: "Enable-Feature", feature: "NetFx3" },
      { type: "Cleanup-Image" },
      { type: "Add-Capability", capability: "NetFX3~~~~" },
      update("Package_for_RollupFix"),
      { type: "Service-WinRE", drivers: [], export: true },
      { type: "Service-WinRE", drivers: ["/d/a.inf"] },
      { type: "Add-Driver", driver: "/d/b.inf" },
      update("Package_for_ServicingStack_1"),
      update("Microsoft-Windows-NetFx3-OnDemand-Package"),
    ];
    const ordered = inServicingOrder(operations.map((operation, at) => declared(operation, at)));
    assert.deepEqual(
      ids(ordered),
      [6, 5, 8, 4, 2, 1, 3, 7, 9, 0].map((at) => `p/${at}`),
    );
  });

  it("goes by what was read of a package, where somebody read it", () => {
    const all = ["cumulative update", "language pack", "servicing stack", ".NET"] as const;
    const ordered = inServicingOrder(all.map((kind, at) => declared(read(kind), at)));
    assert.deepEqual(ids(ordered), ["p/2", "p/1", "p/0", "p/3"]);
  });

  it("keeps images apart, loses nothing and is settled after once", () => {
    const operation = fc.constantFrom<Operation>(
      update("Package_for_RollupFix"),
      update("Contoso"),
      { type: "Enable-Feature", feature: "F" },
      { type: "Remove-File", path: "\\g" },
    );
    fc.assert(
      fc.property(fc.array(operation), fc.array(operation), (one, two) => {
        const all = [
          ...one.map((each, at) => declared(each, at, 1)),
          ...two.map((each, at) => declared(each, one.length + at, 2)),
        ];
        const ordered = inServicingOrder(all);
        assert.deepEqual(
          ordered.map(({ image }) => image),
          all.map(({ image }) => image),
        );
        assert.deepEqual(ids(ordered).toSorted(), ids(all).toSorted());
        assert.deepEqual(ids(inServicingOrder(ordered)), ids(ordered));
      }),
    );
  });
});
