import assert from "node:assert/strict";
import { componentServicing } from "../../core/component-servicing.ts";
import type { Declared } from "../../core/lifecycle.ts";
import type { Operation } from "../../core/operation.ts";
import { placeOf } from "../../core/servicing-order.ts";
import { image as pro } from "../support/operations.ts";

const image = { ...pro, version: "10.0.26100.2033" };

const settled = (...operations: readonly Operation[]) => {
  const declared = operations.map((operation, at): Declared => ({
    id: `p/${at + 1}`,
    phase: "modify",
    by: "p",
    image: image.index,
    wish: { operation },
  }));
  const { declared: after, warnings } = componentServicing(declared, [image]);
  return {
    warnings,
    operations: after.flatMap(({ wish }) => ("operation" in wish ? [wish.operation] : [])),
  };
};

const cumulative = (level: string, of: Partial<Operation<"Add-Package">> = {}): Operation<"Add-Package"> => ({
  type: "Add-Package",
  package: "/u/lcu.msu",
  checkpoints: [],
  facts: { class: "cumulative update", level },
  ...of,
});

const language: Operation = {
  type: "Add-Package",
  package: "/l/fr.cab",
  facts: { class: "language pack" },
};

describe("component servicing", () => {
  it("leaves out an update that the image has, and says so", () => {
    const [update] = settled(cumulative("10.0.26100.2033")).operations;
    assert.equal(update?.optional, true);
    assert.match(update?.refuse?.offline ?? "", /has 10\.0\.26100\.2033 already/);
    assert.equal(settled(cumulative("10.0.26100.2314")).operations[0]?.refuse, undefined);
  });

  for (const [what, older] of [
    ["a language", language],
    ["a capability", { type: "Add-Capability", capability: "OpenSSH.Server~~~~0.0.1.0" }],
    ["a feature", { type: "Enable-Feature", feature: "TelnetClient" }],
  ] as const satisfies readonly (readonly [string, Operation])[])
    it(`adds it again where ${what} is added, and says why`, () => {
      const [, update] = settled(older, cumulative("10.0.26100.1742")).operations;
      assert.ok(update?.type === "Add-Package" && update.refuse === undefined);
      assert.match(placeOf(update) ?? "", /^cumulative update: .* has 10.* already; .*again, since p\/1/);
    });

  it("does not for .NET 3.5, which comes after the update anyway", () => {
    const net = { type: "Enable-Feature", feature: "NetFx3", source: "/media/sources/sxs" } as const;
    const after = settled(net, cumulative("10.0.26100.2033"));
    assert.match(after.operations[1]?.refuse?.offline ?? "", /already/);
    assert.deepEqual(settled(net).warnings, []);
    const packaged: Operation = {
      type: "Add-Package",
      package: "/u/netfx3.cab",
      identity: "Microsoft-Windows-NetFx3-OnDemand-Package~31bf3856ad364e35~amd64~~10.0.26100.1",
    };
    const [, update] = settled(packaged, cumulative("10.0.26100.2033")).operations;
    assert.match(update?.refuse?.offline ?? "", /already/);
  });

  it("says what to add where a language comes and no update does", () => {
    const [warning, ...others] = settled(language).warnings;
    assert.match(warning ?? "", /has 10\.0\.26100\.2033, and p\/1 .* may be older: .*updates\(\{ from \}\)/);
    assert.deepEqual(others, []);
    // The files of such a feature are the image's own.
    assert.deepEqual(settled({ type: "Enable-Feature", feature: "TelnetClient" }).warnings, []);
    assert.deepEqual(settled(language, cumulative("10.0.26100.2314")).warnings, []);
  });

  it("asks for the checkpoints of an update where languages come", () => {
    const facts = {
      class: "cumulative update",
      level: "10.0.26100.2314",
      absent: "10.0.26100.1742",
    } as const;
    assert.match(
      settled(language, cumulative("", { facts })).warnings[0] ?? "",
      /not all of its checkpoints beside it, and p\/1 .* may need 10\.0\.26100\.1742 of them/,
    );
    assert.deepEqual(settled(cumulative("", { facts })).warnings, []);
  });

  it("resets no base while actions are pending", () => {
    const [, cleanup] = settled(cumulative("10.0.26100.2314"), {
      type: "Cleanup-Image",
      resetBase: true,
    }).operations;
    assert.match(cleanup?.refuse?.offline ?? "", /leaves actions pending/);
    assert.equal(settled({ type: "Cleanup-Image", resetBase: true }).operations[0]?.refuse, undefined);
    const plain = settled(cumulative("10.0.26100.2314"), { type: "Cleanup-Image" }).operations[1];
    assert.equal(plain?.refuse, undefined);
  });
});
