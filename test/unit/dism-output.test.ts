import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "mocha";
import { dismOutput } from "../../core/formats/dism-output.ts";
import { imaging } from "../../core/engines/dism-command.ts";
import { dism } from "../../core/engines/dism.ts";
import { progressReader } from "../../core/process-output.ts";
import { image } from "../support/operations.ts";
import { corpus } from "../support/corpus.ts";
import { localised } from "../support/dism-localised.ts";

/** Everything that an output says, what is not there left out. */
function allIn(output: string): Readonly<Record<string, unknown>> {
  const found = Object.fromEntries(Object.entries(dismOutput).map(([name, read]) => [name, read(output)]));
  return Object.fromEntries(
    Object.entries(found).filter(
      ([, value]) => value !== undefined && !(typeof value === "object" && Object.keys(value).length === 0),
    ),
  );
}

const target = dism.target(image, "C:\\work");

const bar = (text: string): string => `\r[=====          ${text}%               ] `;

const head = "Tool\nVersion: 10.0.26100.1\n\n";

const descriptions: ReadonlySet<string> = new Set(["image", "package", "capability", "driver"]);

const packageOf = (identity: string, more: object = {}) => ({
  packages: [{ identity, state: "Installed", releaseType: "", installTime: "", ...more }],
});
const rollup = packageOf("Package_for_RollupFix~31bf3856ad364e35~amd64~~15063.250.1.1", {
  releaseType: "Security Update",
  installTime: "04/29/2017 6:26 PM",
});
const fabrikam = {
  banner: { tool: "6.1.7108.0" },
  images: [1, 2, 3].map((index) => ({
    index,
    name: `FNB${index}Drivers`,
    description: `FabriKam Model FNB${index} Drivers`,
    bytes: index * 1_000_000 + 234_567,
  })),
};
const capabilitiesOf = (language: string) => ({
  capabilities: ["Basic", "Handwriting"].map((name) => ({
    identity: `Language.${name}~~~${language}~0.0.1.0`,
    state: "Installed",
  })),
});

/** Every block of Microsoft's pages, as a reader sees it; three of them are of another program. */
const seen: Readonly<Record<string, object>> = {
  "001": fabrikam,
  "002": {
    banner: { tool: "10.0.15063.0", image: "10.0.15063.0" },
    drivers: [
      {
        publishedName: "oem0.inf",
        originalFileName: "contoso.graphicsdriver.inf",
        inbox: false,
        className: "Graphics",
        provider: "Contoso",
        date: "05/19/2017",
        version: "10.0.0.1",
      },
    ],
  },
  "003": packageOf("Microsoft-Windows-Client-LanguagePack  ...  fr-FR~10.0.15063.0"),
  "004": capabilitiesOf("fr-fr"),
  "005": { banner: { tool: "10.0.14939.0" } },
  "006": packageOf("Microsoft-Windows-Client-LanguagePack  ...  fr-FR~10.0.10020.0"),
  "007": packageOf("Microsoft-Windows-WinPE-Rejuv_fr-fr ...  fr-FR~10.0.9926.0"),
  "008": rollup,
  "009": packageOf("Microsoft-Windows-WinPE-Rejuv_fr-fr ...  fr-FR~10.0.15063.0"),
  "010": fabrikam,
  "011": packageOf("Microsoft-Windows-WinPE-Rejuv_fr-fr ... fr-FR~10.0.9926.0"),
  "012": packageOf("Microsoft-Windows-Client-LanguagePack  ...  fr-FR~10.0.16299.15"),
  "013": packageOf("Microsoft-Windows-WinPE-Rejuv\\_fr-fr ... fr-FR~10.0.9926.0"),
  "014": {
    banner: { tool: "6.3.XXXX.0", image: "6.3.XXXX.0" },
    componentStore: {
      reportedSize: "4.98 GB",
      actualSize: "4.88 GB",
      sharedWithWindows: "4.38 GB",
      backups: "506.90 MB",
      cache: "279.52 KB",
      lastCleanup: "2013-06-10 23:32:22",
      reclaimablePackages: 0,
      cleanupRecommended: false,
    },
  },
  "015": packageOf("Microsoft-Windows-Client-LanguagePack  ...  de-DE~10.0.17134.1"),
  "016": capabilitiesOf("de-de"),
  "017": {
    error: {
      code: 0x800f_0825,
      text: "Package Microsoft-Windows-LanguageFeatures-Basic-en-us-Package may have failed due to pending updates to servicing components in the image.",
    },
  },
  "018": rollup,
  "019": {
    apps: ["Access", "Excel", "Outlook"].map((name) => ({
      displayName: `Microsoft.Office.Desktop.${name}`,
      version: "16000.8528.2136.0",
      architecture: "neutral",
      resourceId: "~",
      packageName: `Microsoft.Office.Desktop.${name}_16000.8528.2136.0_neutral_~_8wekyb3d8bbwe`,
      regions: "None",
    })),
  },
  "020": {},
  "021": {},
  "022": {},
};

const folderIn = (test: Context): string => join(corpus(test), "dism-output", "msdocs");

describe("what DISM prints: the blocks of Microsoft's pages", () => {
  it("are all read here", function () {
    const numbers = readdirSync(folderIn(this)).map((name) => name.slice(0, 3));
    assert.deepEqual(numbers.toSorted(), Object.keys(seen).toSorted());
  });

  for (const [number, values] of Object.entries(seen))
    it(`say in ${number} what a reader sees`, function () {
      const folder = folderIn(this);
      const file = readdirSync(folder).find((name) => name.startsWith(number)) ?? "";
      const found = allIn(readFileSync(join(folder, file), "utf8"));
      // What lists one thing reads like the beginning of its description; none of these blocks has one.
      const listed = Object.entries(found).filter(([name]) => !descriptions.has(name));
      assert.deepEqual(Object.keys(values).length === 0 ? found : Object.fromEntries(listed), values);
    });
});

describe("what DISM prints: blocks made by us, in English and in other languages", () => {
  for (const { title, output, says } of localised)
    it(title, () => {
      const found = allIn(output.replaceAll("\n", "\r\n"));
      for (const [name, value] of Object.entries(says)) assert.deepEqual(found[name], value, name);
    });

  for (const part of [
    "\r",
    " ",
    "-",
    "-\n--- ",
    "/",
    "_",
    "a:",
    " : ",
    "1,",
    "~",
    "|\n",
    "x\n x",
    "Index : 1\n",
  ])
    it(`64 KiB of ${JSON.stringify(part)} is read soon`, () => {
      const text = part.repeat(Math.ceil(65_536 / part.length));
      const start = performance.now();
      for (const before of ["", `${head}Error: 5\n`, `${head}---\n`, `${head}Size : `])
        allIn(`${before}${text}`);
      assert.ok(performance.now() - start < 20_000, `${performance.now() - start} ms`);
    });

  it("a bar tells how far it is, under the line that says with what", () => {
    const { progress } = imaging(target, "/Export-Image");
    const told: string[] = [];
    const read = progressReader(progress, (percent, what) => void told.push(`${percent} ${what}`));
    for (const part of [
      `Mounting image\r\n${bar("4.0")}`,
      `${bar("4.5").slice(0, 9)}`,
      `${bar("4.5").slice(9)}${bar("100.0")}\r\nProcessing 1 of 2 - Adding package a~b~amd64~~1.0\r\n`,
      bar("50.0"),
    ])
      read(part);
    assert.deepEqual(told, [
      "4 Mounting image",
      "100 Mounting image",
      "50 Processing 1 of 2 - Adding package a~b~amd64~~1.0",
    ]);
  });

  it("a bar that is redrawn leaves nothing but what follows it", () => {
    const output =
      "\r\nTool\r\nVersion: 10.0.26100.1150\r\n\r\nImage Version: 10.0.26100.1742\r\n\r\n" +
      "\r[=====                      10.0%                          ] \r[==========================100.0%==========================] \r\nError: 0x800f081e\r\n\r\nNot applicable.\r\n";
    assert.deepEqual(allIn(output), {
      banner: { tool: "10.0.26100.1150", image: "10.0.26100.1742" },
      error: { code: 0x800f_081e, text: "Not applicable." },
    });
  });
});
