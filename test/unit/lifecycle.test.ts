import assert from "node:assert/strict";
import { ServicingError } from "../../core/error.ts";
import { collect, createServicing, type Declared, type Inputs } from "../../core/lifecycle.ts";
import type { PhaseBuilder, Plugin } from "../../core/plugin.ts";
import { image } from "../support/operations.ts";

const inputs: Inputs = {
  engine: "wimlib",
  deployment: "applied",
  resolve: (path) => path,
  find: async () => [],
  inspect: async () => assert.fail("nothing is inspected here"),
  bootWim: async () => assert.fail("no media are read here"),
  media: async () => assert.fail("no media are read here"),
  driver: async () => assert.fail("no driver is read here"),
  inbox: async () => assert.fail("no image is read here"),
  result: ({ index }) => ({ kind: "wim", file: "/out/test.wim", index }),
};

const second = { ...image, index: 2, name: "Windows 11 Home" };

function adding(name: string, file: string, options: Partial<Plugin> = {}): Plugin {
  return {
    name,
    ...options,
    apply: ({ hooks }) => hooks.modify.tap(name, (modify) => modify.add({ type: "Remove-File", path: file })),
  };
}

async function declared(plugins: readonly Plugin[], images = [image]): Promise<readonly Declared[]> {
  return (await collect(createServicing("line", plugins), images, inputs)).declared;
}

async function errorOf(plugins: readonly Plugin[]): Promise<ServicingError> {
  try {
    await declared(plugins);
  } catch (error) {
    assert.ok(error instanceof ServicingError, String(error));
    return error;
  }
  return assert.fail("it did not throw");
}

function add(builder: PhaseBuilder): void {
  builder.add({ type: "Remove-File", path: "\\x" });
}

function boom(): never {
  throw new Error("boom");
}

describe("the lifecycle's hooks", () => {
  it("know which plugin asked, in whatever way it tapped", async () => {
    const plugins: readonly Plugin[] = [
      { name: "sync", apply: ({ hooks }) => hooks.modify.tap("another name", add) },
      {
        name: "promise",
        apply: ({ hooks }) => hooks.modify.tapPromise("promise", async (builder) => add(builder)),
      },
      {
        name: "callback",
        apply: ({ hooks }) =>
          hooks.modify.tapAsync("callback", (builder, done) => {
            add(builder);
            done();
          }),
      },
    ];
    assert.deepEqual(
      (await declared(plugins)).map(({ id, by }) => [id, by]),
      [
        ["sync/1", "sync"],
        ["promise/1", "promise"],
        ["callback/1", "callback"],
      ],
    );
  });

  it("blame the plugin that fails, in whatever way it fails", async () => {
    const plugins: readonly Plugin[] = [
      { name: "guilty", apply: boom },
      { name: "guilty", apply: ({ hooks }) => hooks.modify.tap("guilty", boom) },
      { name: "guilty", apply: ({ hooks }) => hooks.modify.tapPromise("guilty", async () => boom()) },
      {
        name: "guilty",
        apply: ({ hooks }) => hooks.modify.tapAsync("guilty", (_, done) => done(new Error("boom"))),
      },
      { name: "guilty", apply: ({ hooks }) => hooks.modify.tapAsync("guilty", boom) },
    ];
    for (const plugin of plugins) {
      const error = await errorOf([adding("innocent", "\\x"), plugin]);
      assert.equal(error.code, "SERVICING_PLUGIN_FAILED");
      assert.match(error.message, /"guilty" failed in (apply|modify): boom/);
    }
  });

  it("keep the code of a plugin's own error and add its name", async () => {
    const { failure } = await import("../../core/error.ts");
    const error = await errorOf([
      {
        name: "drivers",
        apply: () => {
          throw failure("SERVICING_INPUT_NOT_FOUND", { path: "drivers/", wanted: "INF files" });
        },
      },
    ]);
    assert.equal(error.code, "SERVICING_INPUT_NOT_FOUND");
    assert.match(error.message, /^drivers: Nothing matches "drivers\/"/);
  });

  it("say at once what an operation lacks or that there is none of its name, as JavaScript would let it pass", async () => {
    for (const [operation, reason] of [
      [
        { type: "Copy-Fil", from: "/a", to: "\\a" },
        /there is no operation "Copy-Fil"; did you mean "Copy-File"\?/,
      ],
      [{ to: "\\a" }, /there is no operation undefined/],
      [{ type: "Copy-File", from: undefined, to: "\\a" }, /Copy-File: from is undefined/],
      [
        {
          type: "Set-Registry",
          key: "HKLM\\SOFTWARE\\a",
          name: "b",
          value: { type: "REG_SZ", data: undefined },
        },
        /Set-Registry: value\.data is undefined/,
      ],
    ] as const) {
      const hasty: Plugin = {
        name: "hasty",
        apply: ({ hooks }) => hooks.modify.tap("hasty", (modify) => modify.add(operation as never)),
      };
      const error = await errorOf([hasty]);
      assert.equal(error.code, "SERVICING_PLUGIN_FAILED");
      assert.match(error.message, reason);
      assert.match(error.message, /^The plugin "hasty" failed in modify: /);
    }
  });

  it("refuse to run before a plugin that is not there", async () => {
    const late: Plugin = {
      name: "late",
      apply: ({ hooks }) => hooks.modify.tap({ name: "late", before: "nobody" }, () => {}),
    };
    const error = await errorOf([adding("first", "\\x"), late]);
    assert.equal(error.code, "SERVICING_PLUGIN_ORDER");
    assert.match(error.remedy, /first/);
  });

  it("are called in the order that plugins ask for", async () => {
    const plugins = [
      adding("c", "\\c", { order: "last" }),
      adding("b", "\\b"),
      adding("a", "\\a", { order: "first" }),
    ];
    assert.deepEqual(
      (await declared(plugins)).map(({ by }) => by),
      ["a", "b", "c"],
    );
  });

  it("are called once for every image, prepare and deploy once for the line", async () => {
    const calls: string[] = [];
    const spy: Plugin = {
      name: "spy",
      apply({ hooks }) {
        for (const phase of ["prepare", "modify", "deploy"] as const)
          hooks[phase].tap("spy", (builder) => void calls.push(`${builder.phase} ${builder.image.index}`));
      },
    };
    await declared([spy], [image, second]);
    assert.deepEqual(calls, ["prepare 1", "modify 1", "deploy 1", "modify 2"]);
  });
});
