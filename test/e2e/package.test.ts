import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { foreignEnvironment, isOffline, start, succeed } from "../support/outside.ts";
import { filesBelow, needs, sha256, wimlib } from "../support/rig.ts";

const root = resolve(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const quick = ["--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000"];

/** What the project's own compiler checks: everything, the declarations of the package included, and no types of Node. */
const strict = {
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    moduleResolution: "nodenext",
    types: [],
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: false,
  },
  include: ["*.ts"],
};

describe("the packed package, in a project outside the repository", function () {
  let folder: string;
  let project: string;
  let tarball: string;
  const servicing = (): string => join(project, "node_modules/.bin/servicing");

  before(function () {
    needs(this, "npm", "wimlib-imagex", "hivexsh", "hivexget");
    folder = realpathSync(mkdtempSync(join(tmpdir(), "servicing-package-")));
    project = join(folder, "laptop");
    mkdirSync(join(folder, "packed"));
    mkdirSync(project);
    // What a folder held before the build must not reach the package.
    mkdirSync(join(root, "dist"), { recursive: true });
    writeFileSync(join(root, "dist/left-over.js"), "");
    succeed("npm", ["pack", "--pack-destination", join(folder, "packed")], root);
    tarball = join(folder, "packed", `servicing-${manifest.version}.tgz`);
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
    const typescript = `typescript@${manifest.devDependencies["typescript"]}`;
    const installed = start("npm", ["install", ...quick, tarball, typescript], project);
    if (isOffline(installed)) {
      process.stderr.write("    skipped: npm cannot reach its registry, and its cache has not everything\n");
      this.skip();
    }
    assert.equal(installed.code, 0, installed.stderr);
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it("holds what runs, its types and the templates of init, and nothing else", () => {
    const place = join(project, "node_modules/servicing");
    const files = filesBelow(place).filter((file) => statSync(join(place, file)).isFile());
    const sources = ["core", "plugins"].flatMap((part) =>
      readdirSync(join(root, part), { recursive: true })
        .map((file) => join(part, String(file)))
        .filter((file) => /\.(?:ts|js)$/.test(file)),
    );
    const built = sources.flatMap((file) =>
      [".js", ".d.ts"].map((ending) => join("dist", file.replace(/\.(?:ts|js)$/, ending))),
    );
    const templates = filesBelow(join(root, "templates/init"))
      .map((file) => join("templates/init", file))
      .filter((file) => statSync(join(root, file)).isFile());
    const texts = files.filter((file) => /^(?:LICENSE|README\.md|CHANGELOG\.md)$/.test(file));
    assert.ok(texts.includes("LICENSE"));
    assert.deepEqual([...files], [...built, ...templates, ...texts, "package.json"].sort());
    const bytes = files.reduce((sum, file) => sum + statSync(join(place, file)).size, 0);
    assert.ok(bytes < 2_750_000, `${bytes} bytes unpacked`);
    assert.ok(statSync(tarball).size < 750_000, `${statSync(tarball).size} bytes packed`);
    assert.match(readFileSync(join(place, "dist/core/bin.js"), "utf8"), /^#!\/usr\/bin\/env node\n/);
    if (process.platform !== "win32") assert.ok(statSync(join(place, "dist/core/bin.js")).mode & 0o111);
    assert.equal(succeed(servicing(), ["--version"], project).stdout.trim(), manifest.version);
  });

  it("gives everybody outside the built files", () => {
    const ask = `for (const name of ["servicing", "servicing/testing"]) console.log(import.meta.resolve(name))`;
    const { stdout } = succeed(process.execPath, ["--input-type=module", "--eval", ask], project);
    assert.match(stdout, /servicing\/dist\/plugins\/index\.js\n.*servicing\/dist\/core\/testing\.js\n/);
    assert.equal(foreignEnvironment()["NODE_OPTIONS"], undefined);
  });

  it("makes a plugin package whose test, type check and build pass, and services an image with it", () => {
    const { stdout } = succeed(servicing(), ["init", "--plugin", "kiosk-shell"], project);
    assert.match(stdout, /cd kiosk-shell && npm install && npm test/);
    const plugin = join(project, "kiosk-shell");
    const installed = start("npm", ["install", ...quick, "--save-dev", tarball], plugin);
    assert.equal(installed.code, 0, installed.stderr);
    assert.match(succeed("npm", ["test"], plugin).stdout, /1 passing/);
    succeed("npm", ["run", "check"], plugin);
    succeed("npm", ["pack"], plugin);
    succeed("npm", ["install", ...quick, join(plugin, "kiosk-shell-0.1.0.tgz")], project);
    const parts = filesBelow(join(project, "node_modules/kiosk-shell"));
    assert.deepEqual(parts, ["README.md", "dist", "dist/index.d.ts", "dist/index.js", "package.json"]);
    assert.match(readFileSync(join(plugin, "README.md"), "utf8"), /^# `kiosk-shell`$/m);

    makeImage(join(project, "sources/install.wim"));
    succeed(servicing(), ["init"], project);
    const config = join(project, "servicing.config.ts");
    const edited = readFileSync(config, "utf8")
      .replace(/^/, 'import { kioskShell } from "kiosk-shell";\n')
      .replace("plugins: [", 'plugins: [\n    kioskShell({ label: "ours" }),');
    writeFileSync(config, edited);

    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(strict));
    const tsc = join(project, "node_modules/.bin/tsc");
    succeed(tsc, [], project);
    writeFileSync(config, edited.replace('"ours"', "42").replace("registry:", "registri:"));
    const { code, stdout: complaints } = start(tsc, [], project);
    assert.notEqual(code, 0);
    assert.match(complaints, /number' is not assignable to type 'string'[^]*registri/);
    writeFileSync(config, edited);

    const plan = succeed(servicing(), ["plan"], project);
    assert.match(
      plan.stdout,
      /Set-Registry HKLM\\SOFTWARE\\kiosk-shell Label {2}→ offline {2}by kiosk-shell/,
    );
    const digest = sha256(join(project, "sources/install.wim"));
    const run = succeed(servicing(), ["run"], project);
    assert.equal(run.stderr, "");
    assert.match(run.stdout, /✔ laptop done in /);
    assert.equal(sha256(join(project, "sources/install.wim")), digest);
    const hive = "/Windows/System32/config/SOFTWARE";
    wimlib("extract", join(project, "out/laptop.wim"), "1", hive, `--dest-dir=${folder}`, "--no-acls");
    const label = succeed("hivexget", [join(folder, "SOFTWARE"), "\\kiosk-shell", "Label"], project);
    assert.equal(label.stdout, "ours\n");
  });
});

/** As little as counts as Windows: one hive. */
function makeImage(file: string): void {
  const tree = mkdtempSync(join(tmpdir(), "servicing-tree-"));
  try {
    mkdirSync(join(tree, "Windows/System32/config"), { recursive: true });
    writeFileSync(join(tree, "Windows/System32/config/SOFTWARE"), emptyHive("SOFTWARE", new Date(0)));
    mkdirSync(join(file, ".."), { recursive: true });
    wimlib("capture", tree, file, "Test");
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
