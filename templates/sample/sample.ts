import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeAppPackage, makeInstaller } from "./apps.ts";
import { makeBranding } from "./branding.ts";
import { makeDrivers } from "./drivers.ts";
import { makeImage } from "./image.ts";
import { makeFeaturePackage, makeLanguagePack, makeUpdate } from "./packages.ts";
import { makeBoot } from "./recovery.ts";
import { build, isStale, type Product } from "./product.ts";
import { requireTools } from "./tool.ts";

const products: readonly Product[] = [
  {
    path: "install.wim",
    tools: ["wimlib-imagex", "mkntfs", "hivexregedit"],
    sources: ["hives", "windows"],
    make: makeImage,
  },
  { path: "boot.wim", tools: ["hivexregedit"], sources: ["hives", "windows"], make: makeBoot },
  { path: "drivers", tools: [], sources: ["drivers"], make: makeDrivers },
  {
    path: "devices.txt",
    tools: [],
    sources: ["devices.txt"],
    make: (to) => copyFile(join(import.meta.dirname, "devices.txt"), to),
  },
  {
    path: "packages/Contoso-Sample-Package.cab",
    tools: ["gcab"],
    sources: ["packages"],
    make: makeFeaturePackage,
  },
  {
    path: "packages/Microsoft-Windows-Client-Language-Pack_x64_fr-fr.cab",
    tools: ["gcab"],
    sources: ["packages"],
    make: makeLanguagePack,
  },
  { path: "packages/windows-kb5000001-x64.msu", tools: ["gcab"], sources: ["packages"], make: makeUpdate },
  { path: "apps/agent.msi", tools: ["wixl"], sources: ["apps"], make: makeInstaller },
  { path: "apps/Contoso.Sample.appx", tools: [], sources: ["apps"], make: makeAppPackage },
  { path: "branding", tools: [], sources: ["branding"], make: makeBranding },
  {
    path: "autounattend.xml",
    tools: [],
    sources: ["autounattend.xml"],
    make: (to) => copyFile(join(import.meta.dirname, "autounattend.xml"), to),
  },
];

/**
 * Builds what is missing in `folder` or older than its sources: an image that servicing can work on, and things to put into it.
 * Needs neither Windows nor root. @throws MissingTools before anything is built.
 */
export async function buildSample(folder: string, log: (text: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stale = [];
  for (const product of products) if (await isStale(product, folder)) stale.push(product);
  requireTools(stale.flatMap((product) => product.tools));
  for (const product of stale) {
    await build(product, folder);
    log(`built ${product.path}`);
  }
  if (stale.length === 0) log("nothing to build: the sample is there and as new as its sources");
}
