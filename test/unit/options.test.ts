import assert from "node:assert/strict";
import { apps, files, unattend } from "../../plugins/index.ts";

function problems(plugin: (options: never) => unknown, options: unknown): string {
  try {
    plugin(options as never);
  } catch (error) {
    return (error as Error).message;
  }
  assert.fail("the options were accepted");
}

describe("options that are mistyped", () => {
  it("are answered with the nearest that the plugin has, wherever they stand", () => {
    const text = [
      problems(files, { wirte: {}, copy: [{ from: "a", too: "b" }], remove: [{ pathh: "\\a" }] }),
      problems(apps, { install: [{ file: "a", argumnts: [] }], nothingLikeIt: 1 }),
      problems(unattend, { oobe: { hideEulla: true }, accounts: [{ nam: "x" }] }),
    ].join("\n");
    for (const line of [
      'files.wirte: unknown option; did you mean "write"?',
      'files.copy.0.too: unknown option; did you mean "to"?',
      "files.copy.0.to: is missing",
      'files.remove.0.pathh: unknown option; did you mean "path"?',
      'apps.install.0.argumnts: unknown option; did you mean "arguments"?',
      "apps.nothingLikeIt: unknown option\n",
      'unattend.oobe.hideEulla: unknown option; did you mean "hideEula"?',
      'unattend.accounts.0.nam: unknown option; did you mean "name"?',
    ])
      assert.ok(text.includes(line), `${line} in\n${text}`);
  });
});
