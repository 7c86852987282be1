import { lineProblems, workspaceProblems } from "../../../core/config-schema.ts";
import { decodeText } from "../../../core/formats/text.ts";
import { imagePath } from "../../../core/formats/image-path.ts";
import { parseRegistryKey } from "../../../core/formats/registry.ts";
import { references } from "../../../core/formats/wim-reference.ts";
import { keepApart } from "../../../core/setup-payload.ts";
import { payload } from "../../../core/engines/setup-road.ts";
import type { Target } from "../target.ts";
import { promised, wide } from "../seeds.ts";

const paths = [
  "\\Windows\\System32\\a.txt",
  "\\Windows\\..\\..\\x",
  "C:\\x",
  "\\\\server\\x",
  "\\a:b",
  "\\nul",
  "\\com1.txt",
];

export const texts: readonly Target[] = [
  {
    name: "text",
    seeds: () => [
      wide("größe"),
      Buffer.from("größe 名前"),
      Buffer.from("gr\u00f6\u00dfe", "latin1"),
      Buffer.from("\ufffea"),
    ],
    tokens: [
      Buffer.from("fffe", "hex"),
      Buffer.from("feff", "hex"),
      Buffer.from("efbbbf", "hex"),
      Buffer.from("d800", "hex"),
    ],
    declares: () => false,
    read(input) {
      const { text, encoding } = decodeText(input);
      promised(text.length <= input.length, `no more characters than bytes in ${encoding}`);
    },
  },
  {
    name: "image-path",
    seeds: () => paths.map((path) => Buffer.from(path)),
    tokens: ["\\", "..", ".", "/", ":", "nul", "COM1", " ", "$", "\0", "*", "\u00b9"],
    read(input) {
      const path = imagePath(input.toString("utf8"));
      const parts = path.split("\\");
      promised(parts[0] === "" && parts.length > 1, "a path begins at the root of the image");
      promised(
        !parts.some((part) => /^\.*$|[:/]/.test(part) && part !== ""),
        "a path stays below the root of the image",
      );
      promised(references(path).length >= 1, "a path can be referred to");
    },
  },
  {
    name: "registry-key",
    seeds: () =>
      ["HKLM\\SOFTWARE\\Contoso", "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet", "HKCU\\a"].map((key) =>
        Buffer.from(key),
      ),
    tokens: ["HKLM", "HKU\\.DEFAULT", "\\", "HKCU", "..", "\0", "__proto__", "constructor"],
    read: (input) => parseRegistryKey(input.toString("utf8")),
  },
  {
    name: "payload-name",
    seeds: () =>
      ["/d/netkvm", "/d/../x", "C:\\d\\nul.cab", "/d/..", "/d/a:b"].map((path) => Buffer.from(path)),
    tokens: ["/", "\\", "..", ".", ":", "%", '"', "&", "\0"],
    declares: () => false,
    read(input) {
      const file = payload("Drivers", input.toString("utf8"));
      const [first, second] = keepApart([{ payload: [file] }, { payload: [{ ...file, from: "other" }] }]);
      for (const to of [first, second].flatMap((one) => (one?.payload ?? []).map((each) => each.to)))
        promised(
          /^\\Windows\\Setup\\Servicing(?:\\[\w.-]*[\w-])+$/.test(to),
          "payload travels below its folder",
        );
    },
  },
  {
    name: "config",
    seeds: () =>
      [
        {
          line: "office",
          image: { file: "install.wim", index: 1 },
          output: { file: "out.wim", compress: "max" },
          prefer: ["setup"],
        },
        { lines: ["lines/*.json"] },
      ].map((config) => Buffer.from(JSON.stringify(config))),
    tokens: [
      "{",
      "}",
      "[",
      "]",
      '"extends":',
      '"__proto__":',
      "null",
      "1e999",
      '"constructor":',
      ",",
      ":",
      '"..\\\\.."',
    ],
    declares: (error) => error instanceof SyntaxError,
    read(input) {
      const config: unknown = JSON.parse(input.toString("utf8"));
      void [lineProblems(config), workspaceProblems(config)];
    },
  },
];
