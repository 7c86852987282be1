import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { readAppxManifest } from "../../../core/formats/appx.ts";
import { chooseDependencies, runsApps } from "../../../core/formats/appx-dependency.ts";
import { decodeText } from "../../../core/formats/text.ts";
import { readAppx } from "../../../core/inspect/appx.ts";
import type { Target } from "../target.ts";
import { corpusFiles, ownFiles, promised, xmlTokens } from "../seeds.ts";

const manifest = `<?xml version="1.0"?><Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
<Identity Name="Contoso.App" Publisher="CN=C" Version="1.0.0.0" ProcessorArchitecture="x64"/>
<Dependencies><PackageDependency Name="Contoso.Runtime" MinVersion="14.0.0.0"/></Dependencies></Package>`;
const bundle = `<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle">
<Identity Name="Contoso.App" Publisher="CN=C" Version="1.0.0.0"/><Packages>
<Package Type="application" Version="1.0.0.0" Architecture="x64" FileName="x64.appx"/>
<Package Type="resource" FileName="..\\fr.appx"/></Packages></Bundle>`;

async function zip(files: Readonly<Record<string, string | Buffer>>, compress: boolean): Promise<Buffer> {
  const file = new ZipFile();
  const mtime = new Date(0);
  for (const [name, data] of Object.entries(files))
    file.addBuffer(Buffer.from(data as string), name, { mtime, compress });
  file.end();
  return buffer(file.outputStream);
}

const tokens = [
  "Package",
  "Bundle",
  "Identity",
  "Packages",
  'Type="application"',
  'FileName="x64.appx"',
  'Version="1.0"',
];

export const apps: readonly Target[] = [
  {
    name: "appx-manifest",
    seeds: () => [
      Buffer.from(manifest),
      Buffer.from(bundle),
      ...ownFiles("templates/sample/apps", /AppxManifest\.xml$/),
    ],
    tokens: [...tokens, ...xmlTokens],
    read(input) {
      const { dependencies, name, version, architecture } = readAppxManifest(
        decodeText(input).text,
        "AppxManifest.xml",
      );
      const chosen = chooseDependencies(
        dependencies,
        [{ file: "a.appx", name, version, architecture }],
        "amd64",
      );
      promised(chosen.files.length <= 1, "a file is chosen once");
      runsApps("amd64", architecture.split(", "));
    },
  },
  {
    name: "appx",
    async seeds(corpus) {
      const app = await zip({ "AppxManifest.xml": manifest, "AppxSignature.p7x": "PKCX" }, true);
      return [
        app,
        await zip({ "AppxManifest.xml": manifest, "a/b.txt": "text" }, false),
        await zip({ "AppxMetadata/AppxBundleManifest.xml": bundle, "x64.appx": app }, false),
        ...corpusFiles(corpus, "pkg", /\.(?:appx|msix)(?:bundle)?$/i, 6),
      ];
    },
    tokens: [
      "PK\u0001\u0002",
      "PK\u0003\u0004",
      "PK\u0005\u0006",
      "PK\u0006\u0006",
      "PK\u0006\u0007",
      "../",
      "C:/",
      "/",
      "AppxManifest.xml",
    ],
    async read(input, scratch) {
      const file = join(scratch, "app.appx");
      writeFileSync(file, input);
      const appx = await readAppx(file);
      promised(appx.file === file, "an app is the file that was read");
    },
  },
];
