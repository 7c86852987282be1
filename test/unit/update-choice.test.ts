import assert from "node:assert/strict";
import { basename } from "node:path";
import type { PackageArtefact } from "../../core/artefact.ts";
import { classOfIdentity } from "../../core/formats/package-class.ts";
import type { ImageInfo } from "../../core/image.ts";
import { chooseUpdates } from "../../core/update-choice.ts";
import { image as pro } from "../support/operations.ts";

const image: ImageInfo = { ...pro, version: "10.0.26100.1742" };

const update = (file: string, name: string, of: Partial<PackageArtefact> = {}): PackageArtefact => {
  const { version = "10.0.26100.1", architecture = "amd64" } = of;
  const identity = `${name}~31bf3856ad364e35~${architecture}~~${version}`;
  return {
    kind: "package",
    file: `/u/${file}`,
    bytes: 1,
    container: "cab",
    identity,
    name,
    architecture,
    language: "",
    version,
    kb: "",
    releaseType: "Update",
    description: "",
    features: [],
    class: classOfIdentity(identity),
    builds: [],
    ...of,
  };
};

const cumulative = (
  file: string,
  revision: number,
  { build = 26100, ...of }: Partial<PackageArtefact> & { readonly build?: number } = {},
): PackageArtefact =>
  update(file, "Package_for_RollupFix", {
    container: "msu (wim)",
    version: `${build}.${revision}.1.1`,
    level: `10.0.${build}.${revision}`,
    ...of,
  });

const shown = (found: readonly PackageArtefact[], of = image) => {
  const choice = chooseUpdates(found, of);
  return {
    ...choice,
    names: choice.windows.map(({ update: each, checkpoints = [] }) =>
      [each, ...checkpoints].map(({ file }) => basename(file)).join(" < "),
    ),
  };
};

const rtm: ImageInfo = { ...image, version: "10.0.26100.1" };

/** Each built on the level that stands behind it. */
const built = (...links: readonly (readonly [revision: number, on: number])[]): readonly PackageArtefact[] =>
  links.map(([revision, on]) => cumulative(`${revision}.msu`, revision, { baseline: `10.0.26100.${on}` }));

const parents = (compare: "EQ" | "GE", build: number) =>
  update("a.cab", "Package_for_KB1", { builds: [{ build, compare }] });

describe("the choice of updates", () => {
  it("puts the older of cumulative updates beside the newest, and takes each package once", () => {
    const { names, leftOut } = shown([
      cumulative("c.msu", 2605),
      cumulative("a.msu", 2033),
      cumulative("b.msu", 2314),
      cumulative("copy.msu", 2605),
    ]);
    assert.deepEqual(names, ["c.msu < a.msu < b.msu"]);
    assert.deepEqual(
      leftOut.map(({ file }) => file),
      ["/u/copy.msu"],
    );
  });

  it("leaves out older ones of a Windows whose updates hold all that came before", () => {
    const windows10 = { ...image, version: "10.0.19045.1" };
    const { names, leftOut } = shown(
      [
        cumulative("a.msu", 4000, { build: 19041, container: "msu" }),
        cumulative("b.msu", 5000, { build: 19041, container: "msu" }),
      ],
      windows10,
    );
    assert.deepEqual(names, ["b.msu"]);
    assert.match(leftOut[0]?.because ?? "", /b\.msu holds all of it/);
  });

  it("takes the newest of what replaces one another", () => {
    const { names, leftOut } = shown([
      update("net-2.msu", "Package_for_DotNetRollup_481", { version: "10.0.9290.2" }),
      update("net-1.msu", "Package_for_DotNetRollup_481", { version: "10.0.9277.3" }),
      update("other.msu", "Package_for_DotNetRollup_48", { version: "10.0.4700.1" }),
    ]);
    assert.deepEqual(names, ["net-2.msu", "other.msu"]);
    assert.deepEqual(leftOut, [{ file: "/u/net-1.msu", because: "/u/net-2.msu is newer" }]);
  });

  it("gives each image what is for it", () => {
    const { names, winre, boot, media } = shown([
      update("net.msu", "Package_for_DotNetRollup_481"),
      cumulative("lcu.msu", 2033, { servicingStack: "SSU-26100.2033-x64.cab" }),
      update("safe.cab", "Package_for_SafeOSDU"),
      update("setup.cab", "", { identity: "", class: "Setup dynamic update" }),
      update("lp.cab", "Microsoft-Windows-Client-LanguagePack-Package"),
      update("netfx3.cab", "Microsoft-Windows-NetFx3-OnDemand-Package"),
    ]);
    assert.deepEqual(names, ["lp.cab", "lcu.msu", "netfx3.cab", "net.msu"]);
    assert.deepEqual(winre, [
      { package: "/u/lcu.msu", member: "SSU-26100.2033-x64.cab" },
      { package: "/u/safe.cab" },
    ]);
    assert.deepEqual(boot, [{ package: "/u/lcu.msu", checkpoints: [] }]);
    assert.deepEqual(media, ["/u/setup.cab"]);
  });

  it("begins with a servicing stack that comes by itself, in every image", () => {
    const { names, winre, boot } = shown([
      cumulative("lcu.msu", 2033, { servicingStack: "SSU-26100.2033-x64.cab" }),
      update("ssu.cab", "Package_for_ServicingStack_2033"),
      update("safe.cab", "Package_for_SafeOSDU"),
    ]);
    assert.deepEqual(names, ["ssu.cab", "lcu.msu"]);
    assert.deepEqual(winre, [{ package: "/u/ssu.cab" }, { package: "/u/safe.cab" }]);
    assert.deepEqual(boot[0], { package: "/u/ssu.cab" });
  });

  it("refuses packages of another build or architecture, naming both", () => {
    const other = cumulative("a.msu", 3000, { build: 22621 });
    assert.throws(() => shown([other]), {
      code: "SERVICING_INPUT_BUILD",
      message: /a\.msu is for build 22621 of Windows, but .* is 10\.0\.26100\.1742/,
    });
    assert.throws(() => shown([cumulative("a.msu", 3000, { architecture: "arm64" })]), {
      code: "SERVICING_INPUT_ARCHITECTURE",
    });
    assert.throws(() => shown([parents("EQ", 22000)]), { code: "SERVICING_INPUT_BUILD" });
    assert.equal(shown([parents("GE", 22000)]).names.length, 1);
    assert.equal(shown([parents("EQ", 26200)]).names.length, 1);
    assert.throws(() => shown([parents("GE", 27000)]), { message: /27000 or later/ });
  });

  it("refuses a cumulative update whose checkpoint is neither in the image nor in the folder", () => {
    const older = { ...image, version: "10.0.26100.1" };
    const target = cumulative("b.msu", 2033, { baseline: "10.0.26100.1742" });
    assert.throws(() => shown([target], older), {
      code: "SERVICING_INPUT_CHECKPOINT",
      message: /b\.msu is built on 10\.0\.26100\.1742, and .* is 10\.0\.26100\.1$/,
    });
    assert.deepEqual(shown([target, cumulative("a.msu", 1742)], older).names, ["b.msu < a.msu"]);
    assert.deepEqual(shown([target]).names, ["b.msu"]);
  });

  it("puts beside it only what it is built on, and what that is built on", () => {
    const { names, leftOut } = shown(built([2314, 1742], [2605, 1742], [1742, 1]), rtm);
    assert.deepEqual(names, ["2605.msu < 1742.msu"]);
    assert.deepEqual(leftOut, [
      { file: "/u/2314.msu", because: "/u/2605.msu is newer, and not built on it" },
    ]);
    const twice = shown(built([1742, 1], [3000, 1742], [4349, 1742], [5000, 4349], [5074, 4349]), rtm);
    assert.deepEqual(twice.names, ["5074.msu < 1742.msu < 4349.msu"]);
    assert.deepEqual(
      twice.leftOut.map(({ file }) => file),
      ["/u/5000.msu", "/u/3000.msu"],
    );
  });

  it("refuses it where a checkpoint of its checkpoint is missing, and names the first that is", () => {
    const links = built([4349, 1742], [5074, 4349]);
    assert.throws(() => shown(links, rtm), {
      code: "SERVICING_INPUT_CHECKPOINT",
      message: /4349\.msu is built on 10\.0\.26100\.1742, and .* is 10\.0\.26100\.1$/,
    });
    assert.throws(() => shown(links.slice(1), rtm), { message: /5074\.msu is built on 10\.0\.26100\.4349/ });
    assert.deepEqual(shown(links).names, ["5074.msu < 4349.msu"]);
  });

  it("takes checkpoints along that the image has, and tells which of them is not there", () => {
    const absent = (found: readonly PackageArtefact[], of = image) =>
      chooseUpdates(found, of).windows.map((chosen) => chosen.absent);
    const current = { ...image, version: "10.0.26100.5000" };
    const all = built([1742, 1], [4349, 1742], [5074, 4349]);
    assert.deepEqual(shown(all, current).names, ["5074.msu < 1742.msu < 4349.msu"]);
    assert.deepEqual(absent(all, current), [undefined]);
    assert.deepEqual(absent(all.slice(1), current), ["10.0.26100.1742"]);
    assert.deepEqual(absent(all.slice(2), current), ["10.0.26100.4349"]);
  });

  it("takes all that is older for checkpoints of what does not say what it is built on", () => {
    const unknown = cumulative("1742.msu", 1742);
    const older = cumulative("1500.msu", 1500);
    const { names, leftOut } = shown([...built([2314, 1742], [2605, 1742]), unknown, older], rtm);
    assert.deepEqual(names, ["2605.msu < 1500.msu < 1742.msu"]);
    assert.deepEqual(
      leftOut.map(({ file }) => file),
      ["/u/2314.msu"],
    );
  });
});
