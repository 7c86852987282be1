import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, linked, servicing, typeErrors } from "../support/command.ts";

describe("init", () => {
  it("makes a config that loads and type-checks", function () {
    this.timeout(60_000);
    const folder = folderOf();
    const { code, stdout } = servicing(["init", "kiosk 12"], folder.path);
    assert.equal(code, 0);
    assert.match(stdout, /wrote .*servicing\.config\.ts/);
    const place = join(folder.path, "kiosk 12");
    linked(place);
    assert.equal(typeErrors(place, ["servicing.config.ts"]), "");
    const tasks = servicing(["tasks", "--json"], place);
    assert.equal(tasks.stderr, "");
    assert.equal((JSON.parse(tasks.stdout) as { lines: { line: string }[] }).lines[0]?.line, "kiosk-12");
  });

  it("makes a plugin package that type-checks, with a test of its own", function () {
    this.timeout(60_000);
    const folder = folderOf();
    const { code, stdout } = servicing(["init", "--plugin", "@contoso/kiosk-shell"], folder.path);
    assert.equal(code, 0);
    assert.match(stdout, /import \{ kioskShell \} from "\.\/kiosk-shell\/src\/index\.ts"\n$/);
    const place = join(folder.path, "kiosk-shell");
    const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    assert.deepEqual(files.map(({ name }) => name).sort(), [
      ".gitignore",
      ".mocharc.mjs",
      "README.md",
      "index.ts",
      "package.json",
      "plugin.test.ts",
      "tsconfig.build.json",
      "tsconfig.json",
    ]);
    for (const { parentPath, name } of files) {
      assert.doesNotMatch(readFileSync(join(parentPath, name), "utf8"), /__[A-Z]+__/, name);
    }
    assert.match(readFileSync(join(place, "README.md"), "utf8"), /^# `@contoso\/kiosk-shell`\n/);
    assert.match(
      readFileSync(join(place, "src/index.ts"), "utf8"),
      /function kioskShell\(options: KioskShellOptions\)/,
    );
    const manifest = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Record<string, unknown>;
    assert.equal(manifest["name"], "@contoso/kiosk-shell");
    linked(place);
    assert.equal(typeErrors(place), "");
  });

  it("makes a plugin that a config beside it uses as it stands", () => {
    const use = `import { kioskShell } from "./in/kiosk/src/index.ts";
      export default { image: { file: "a.wim" }, plugins: [kioskShell({ label: "ours" })] };`;
    const folder = folderOf({ "servicing.config.ts": use });
    const made = servicing(["init", "in/kiosk", "--plugin", "kiosk-shell"], folder.path);
    assert.match(made.stdout, /from "\.\/in\/kiosk\/src\/index\.ts"\n$/);
    assert.deepEqual(servicing(["tasks"], folder.path).stderr, "");
  });

  it("never overwrites a file", () => {
    const folder = folderOf({ "servicing.config.ts": "mine" });
    const { code, stdout } = servicing(["init"], folder.path);
    assert.equal(code, 0);
    assert.match(stdout, /kept servicing\.config\.ts: it is there already/);
    assert.equal(readFileSync(join(folder.path, "servicing.config.ts"), "utf8"), "mine");
  });

  it("writes nothing with --dry-run", () => {
    const folder = folderOf();
    assert.match(servicing(["init", "--dry-run"], folder.path).stdout, /would write servicing\.config\.ts/);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it("ends where no folder can be made", function () {
    if (process.platform !== "linux") this.skip();
    const { code, stderr } = servicing(["init", "/proc/servicing"]);
    assert.equal(code, 2);
    assert.match(stderr, /SERVICING_SYSTEM_REFUSED: .*\/proc\/servicing/);
  });

  it("refuses a name that npm would refuse", () => {
    const folder = folderOf();
    for (const name of ["../up", "Kiosk", "a b", "@a/../b", "x".repeat(215)]) {
      const { code, stderr } = servicing(["init", "--plugin", name], folder.path);
      assert.equal(code, 2, name);
      assert.match(stderr, /cannot name a plugin package/);
    }
    assert.deepEqual(readdirSync(folder.path), []);
  });
});
