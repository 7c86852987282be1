import assert from "node:assert/strict";
import type { Line } from "../../core/line.ts";
import type { ImageInfo } from "../../core/image.ts";
import type { Operation } from "../../core/operation.ts";

import { planImages, planLine } from "../../core/line-plan.ts";
import { asking, needs, rig, sampleFolder, wimlib } from "../support/rig.ts";

const image: ImageInfo = {
  file: "/in/install.wim",
  index: 1,
  name: "One",
  architecture: "amd64",
  version: "10.0.26100.1",
  editionId: "Professional",
  installationType: "Client",
  languages: ["en-US"],
  defaultLanguage: "en-US",
  totalBytes: 1,
};

const images = [image, { ...image, index: 2, name: "Two" }];

const line = (...operations: readonly Operation[]): Line => ({
  line: "test",
  folder: "/in",
  image: { file: image.file, index: "all" },
  output: { file: "/out/test.wim", compress: "keep", images: "all" },
  engine: "wimlib",
  prefer: ["offline", "setup"],
  deployment: "applied",
  plugins: [asking(...operations)],
  work: "/work",
  runs: "/runs",
  records: "/p/.servicing/lines",
  store: "/p/.servicing/store",
});

describe("the plan of a line", () => {
  it("warns of a package that two plugins found, once for each image", async () => {
    const identities = ["Contoso~~amd64~~1.0.0.0", "CONTOSO~~amd64~~1.0.0.0", "Other~~amd64~~1.0.0.0"];
    const twice = line(
      ...identities.map((identity) => ({ type: "Add-Package", package: "/in/a.cab", identity }) as const),
    );
    const { warnings } = await planImages(twice, images.slice(0, 1));
    assert.deepEqual(
      warnings.filter((text) => text.includes("a.cab")),
      ["/in/a.cab is added by asking/1 and again by asking/2: leave it out of one of them"],
    );
  });

  it("warns of what is written twice and differently, once and with who asked", async () => {
    const key = "HKLM\\SOFTWARE\\Contoso";
    const { warnings } = await planImages(
      line(
        { type: "Set-Registry", key, name: "A", value: { type: "REG_SZ", data: "1" } },
        { type: "Set-Registry", key: key.toUpperCase(), name: "a", value: { type: "REG_SZ", data: "2" } },
        { type: "Write-File", to: "\\Windows\\x.txt", text: "same" },
        { type: "Write-File", to: "\\windows\\X.TXT", text: "same" },
      ),
      images.slice(0, 1),
    );
    assert.deepEqual(warnings, [
      "HKLM\\SOFTWARE\\CONTOSO a is asked for by asking/1 and otherwise by asking/2: the later one holds",
    ]);
  });

  it("leaves to the running Windows what hivex cannot write, and gives the reason that fits the key", async () => {
    const value = { type: "REG_SZ", data: "x" } as const;
    const of = async (key: string, name: string) =>
      (await planImages(line({ type: "Set-Registry", key, name, value }), [image])).items[0]?.verdict
        ?.strategy;
    assert.equal(await of("HKLM\\SOFTWARE\\A", "b"), "offline");
    assert.equal(await of("HKLM\\SOFTWARE\\A", "@"), "setup");
    assert.equal(await of("HKLM\\SOFTWARE\\ A", "b"), "setup");
    await assert.rejects(of("HKLM\\SAM\\A", "b"), /the accounts of an image are not for settings/);
  });

  it("says which image a warning is about where there are several", async () => {
    const setting: Operation = {
      type: "Set-Unattend",
      settings: [{ pass: "specialize", component: "Contoso-Unknown", path: ["A"], value: 1 }],
    };
    const of = async (which: readonly ImageInfo[]) => (await planImages(line(setting), which)).warnings;
    assert.match((await of(images.slice(0, 1))).join(), /^No reference names/);
    assert.deepEqual(
      (await of(images)).map((text) => text.replace(/: No reference.*/, "")),
      ["install.wim:1 (One)", "install.wim:2 (Two)"],
    );
  });

  it("has DISM work on a copy that it can mount, and export only what it can write", async function () {
    needs(this, "wimlib-imagex", "mkntfs", "gcab", "wixl");
    const here = rig();
    const source = `${await sampleFolder()}/install.wim`;
    const file = here.path("lzms.wim");
    wimlib("export", source, "1", file, "--compress=LZMS");
    const exportsOf = async (
      compress: Line["output"]["compress"],
      to: string,
    ): Promise<readonly string[]> => {
      const plan = await planLine(
        {
          ...line({ type: "Write-File", to: "\\x.txt", text: "x" }),
          image: { file },
          output: { file: to, compress, images: "all" },
        },
        { engine: "dism" },
      );
      return plan.steps
        .flatMap(({ commands }) => commands)
        .flatMap((command) => ("args" in command ? [command.args.join(" ")] : []))
        .filter((args) => args.includes("/Export-Image"))
        .map((args) => args.replace(/.*DestinationImageFile:\S*[\\/](?=\S+ )/, ""));
    };
    const [copy, result] = await exportsOf("recovery", "/out/r.esd");
    assert.deepEqual([copy, result], ["working.wim /Compress:max", "r.unfinished.esd /Compress:recovery"]);
    await assert.rejects(exportsOf("keep", "/out/r.wim"), { code: "SERVICING_OUTPUT_FORMAT" });
    await assert.rejects(exportsOf("recovery", "/out/r.wim"), { code: "SERVICING_OUTPUT_FORMAT" });
  });
});
