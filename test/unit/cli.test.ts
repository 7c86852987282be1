import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { commands } from "../../core/cli-commands.ts";
import { closest } from "../../core/suggestion.ts";
import { usage } from "../../core/usage.ts";
import { folderOf, servicing } from "../support/command.ts";

const bin = resolve(import.meta.dirname, "../../core/bin.js");

describe("the help", () => {
  for (const command of commands) {
    it(`of ${command.name} shows an example that its own flags allow`, () => {
      const text = usage(command);
      assert.match(text, new RegExp(`Usage: servicing ${command.name}`));
      for (const [line] of command.examples) {
        assert.ok(text.includes(line));
        assert.ok(line.startsWith(`servicing ${command.name}`));
        for (const [flag] of line.matchAll(/--[\w-]+/g)) assert.ok(text.includes(`  ${flag}`), flag);
      }
    });
  }

  it("comes on stdout with 0 when asked for, on stderr with 2 when not", () => {
    const asked = servicing(["--help"]);
    assert.equal(asked.code, 0);
    assert.equal(asked.stdout, usage());
    assert.equal(servicing(["help", "run"]).stdout, usage(commands.find(({ name }) => name === "run")));
    const bare = servicing([]);
    assert.deepEqual(bare, { code: 2, stdout: "", stderr: usage() });
  });

  it("imports nothing beyond the table of commands, since Node's own start is most of its time", () => {
    const tell = `import { registerHooks } from "node:module";
      registerHooks({ load(url, context, next) { process.stderr.write(url + "\\n"); return next(url, context); } });`;
    const { stderr } = spawnSync(
      process.execPath,
      [
        "--conditions=@servicing/source",
        "--import",
        `data:text/javascript,${encodeURIComponent(tell)}`,
        bin,
        "--help",
      ],
      { encoding: "utf8" },
    );
    const loaded = [...stderr.matchAll(/core\/([\w./-]+)\n/g)].map((match) => match[1]);
    assert.deepEqual(loaded, ["bin.js", "cli.ts", "cli-commands.ts", "usage.ts"]);
  });

  it("gives the version", () => {
    const { version } = JSON.parse(
      readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8"),
    ) as {
      version: string;
    };
    assert.equal(servicing(["--version"]).stdout, `${version}\n`);
  });
});

describe("misuse", () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["rnu"], /There is no command "rnu"; did you mean "run"\?/],
    [["run", "--enigne", "dism"], /There is no flag --enigne for `servicing run`; did you mean "--engine"\?/],
    [
      ["plan", "--engine", "dsim"],
      /--engine must be one of auto, dism, wimlib, not "dsim"; did you mean "dism"\?/,
    ],
    [["run", "--plugin", "x"], /There is no flag --plugin for `servicing run`/],
    [["run", "--parallel", "0"], /--parallel must be a number from 1, not "0"/],
    [["run", "--config"], /--config needs a value: --config <file>/],
    [["run", "--json=yes"], /--json takes no value/],
    [["clean", "--age", "0"], /--age is for what the store keeps: add --store/],
    [["clean", "--size", "1GB"], /--size is for what the store keeps: add --store/],
    [["inspect"], /servicing inspect needs <path …>/],
    [["doctor", "me"], /servicing doctor does not take "me"/],
  ];
  for (const [args, message] of cases) {
    it(`is refused: ${args.join(" ")}`, () => {
      const { code, stdout, stderr } = servicing(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.match(stderr, /SERVICING_USAGE/);
      assert.equal(stdout, "");
    });
  }

  it("suggests only what is near", () => {
    assert.equal(closest("pln", ["plan", "run"]), "plan");
    assert.equal(closest("frobnicate", ["plan", "run"]), undefined);
  });
});

describe("--json", () => {
  it("gives an error as one value on stdout and as text on stderr", () => {
    const folder = folderOf();
    const { code, stdout, stderr } = servicing(["plan", "--json"], folder.path);
    assert.equal(code, 2);
    const value = JSON.parse(stdout) as { error: { code: string; message: string; remedy: string } };
    assert.equal(value.error.code, "SERVICING_CONFIG_NOT_FOUND");
    assert.ok(value.error.message.includes(folder.path));
    assert.ok(stderr.includes(value.error.remedy));
  });

  it("gives tasks as one value", () => {
    const folder = folderOf({
      "servicing.config.ts": `import { series } from "servicing"; const a = { line: "a", image: { file: "a.wim" } }; export const all = series(a); export default a;`,
    });
    const { stdout, stderr } = servicing(["tasks", "--json"], folder.path);
    assert.equal(stderr, "");
    const value = JSON.parse(stdout) as { lines: { line: string }[]; tasks: unknown; default: unknown };
    assert.deepEqual(
      value.lines.map(({ line }) => line),
      ["a"],
    );
    assert.deepEqual(value.tasks, [{ kind: "series", name: "all", members: [{ kind: "line", name: "a" }] }]);
    assert.deepEqual(value.default, { kind: "line", name: "a" });
  });
});

describe("a run of functions alone", () => {
  const config = `
    export async function good() {}
    export async function bad() { throw new Error("no network"); }
    export async function slow({ signal }) {
      console.error("begun");
      await new Promise((resolve) => { const t = setTimeout(resolve, 30_000); signal.addEventListener("abort", () => { clearTimeout(t); resolve(); }); });
    }
    export async function stuck() { console.error("begun"); await new Promise((resolve) => setTimeout(resolve, 30_000)); }`;

  it("ends with 0 when done and says so", () => {
    const folder = folderOf({ "servicing.config.ts": config });
    assert.deepEqual(servicing(["run", "good"], folder.path), {
      code: 0,
      stdout: "good  done\n",
      stderr: "",
    });
  });

  it("ends with 1 when one failed, and keeps the stack for --verbose", () => {
    const folder = folderOf({ "servicing.config.ts": config });
    const brief = servicing(["run", "bad"], folder.path);
    assert.equal(brief.code, 1);
    assert.match(brief.stderr, /SERVICING_TASK_FAILED: The function bad of the config failed: no network/);
    assert.doesNotMatch(brief.stderr, /servicing\.config\.ts:\d+/);
    assert.match(servicing(["run", "bad", "--verbose"], folder.path).stderr, /servicing\.config\.ts:3:\d+/);
  });

  it("ends with 2 when nothing of that name exists", () => {
    const folder = folderOf({ "servicing.config.ts": config });
    const { code, stderr } = servicing(["run", "god"], folder.path);
    assert.equal(code, 2);
    assert.match(stderr, /There is no line or task named "god"/);
  });

  const interrupted = async (name: string, signals: number): Promise<number | null> => {
    const folder = folderOf({ "servicing.config.ts": config });
    const child = spawn(process.execPath, ["--conditions=@servicing/source", bin, "run", name], {
      cwd: folder.path,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const stopping = said.includes("Stopping");
      if ((said.includes("begun") && !stopping) || (stopping && signals > 1)) child.kill("SIGINT");
    });
    return await new Promise((done) => child.on("close", done));
  };

  it("ends with 130 when interrupted, after what it runs has ended", async function () {
    if (process.platform === "win32") {
      console.log("skipped: Windows has no SIGINT to send");
      this.skip();
    }
    assert.equal(await interrupted("slow", 1), 130);
  });

  it("ends with 130 at once at the second Ctrl-C", async function () {
    if (process.platform === "win32") {
      console.log("skipped: Windows has no SIGINT to send");
      this.skip();
    }
    assert.equal(await interrupted("stuck", 2), 130);
  });
});

describe("a closed pipe", () => {
  it("is quiet", function () {
    if (process.platform === "win32") {
      console.log("skipped: no POSIX shell on Windows");
      this.skip();
    }
    const script = `"$0" --conditions=@servicing/source "$1" --help | true`;
    const { stderr } = spawnSync("sh", ["-c", script, process.execPath, bin], { encoding: "utf8" });
    assert.equal(stderr, "");
  });
});

describe("an output that cannot be written", () => {
  const config = `
    import { writeFileSync } from "node:fs";
    export async function good() {
      console.log("begun");
      console.error("begun");
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync("ended", "");
    }`;

  for (const [number, stream] of [
    [1, "stdout"],
    [2, "stderr"],
  ] as const)
    it(`ends nothing halfway, and the exit code tells of it: ${stream}`, function () {
      if (!existsSync("/dev/full")) {
        console.log("skipped: no /dev/full here");
        this.skip();
      }
      const folder = folderOf({ "servicing.config.ts": config });
      const script = `exec "$0" --conditions=@servicing/source "$1" run good ${number}>/dev/full`;
      const { status, stdout, stderr } = spawnSync("sh", ["-c", script, process.execPath, bin], {
        encoding: "utf8",
        cwd: folder.path,
      });
      assert.equal(status, 1);
      assert.ok(existsSync(join(folder.path, "ended")));
      assert.doesNotMatch(stdout + stderr, /ENOSPC/);
    });
});

describe("an old Node", () => {
  it("is told what it takes, in one message and with 2", () => {
    const folder = folderOf();
    for (const [version, fits] of [
      ["18.20.4", false],
      ["20.20.2", false],
      ["22.17.1", false],
      ["23.11.0", false],
      ["22.18.0", true],
      ["24.0.0", true],
    ] as const) {
      const pretend = join(folder.path, "pretend.mjs");
      writeFileSync(pretend, `Object.defineProperty(process.versions, "node", { value: "${version}" });`);
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["--conditions=@servicing/source", "--import", pretend, bin, "--help"],
        { encoding: "utf8" },
      );
      assert.equal(status, fits ? 0 : 2, version);
      assert.equal(stdout === "", !fits, version);
      if (fits) continue;
      assert.match(
        stderr,
        new RegExp(`needs Node 22\\.18 .* this is Node ${version.replaceAll(".", "\\.")}\\.\n`),
      );
      assert.match(stderr, /nodejs\.org.*nvm install 24.*npx --package=node@24 -- /);
    }
  });
});
