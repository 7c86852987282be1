import {
  apps,
  defineConfig,
  drivers,
  features,
  files,
  languages,
  secret,
  settings,
  unattend,
  updates,
} from "servicing";

/** The sample line. With an install.wim of your own, change `image.file`, and then the rest as you like. */
export default defineConfig({
  line: "sample",
  image: { file: "out/sample/install.wim", index: "Professional" },
  plugins: [
    languages({ add: ["fr-FR"], default: "fr-FR", from: "out/sample/packages/" }),
    features({ enable: ["Contoso-Sample-Feature"] }),
    updates({ from: ["out/sample/packages/Contoso-*.cab", "out/sample/packages/*.msu"] }),
    drivers({ from: "out/sample/drivers/", devices: "out/sample/devices.txt", winre: true }),
    apps({ provision: ["out/sample/apps/Contoso.Sample.appx"], install: ["out/sample/apps/agent.msi"] }),
    files({ copy: { "out/sample/branding": "\\Windows\\Web\\Contoso" } }),
    settings({
      registry: {
        "HKLM\\SOFTWARE\\Contoso": { Line: "sample", Größe: 14, Models: ["Laptop 14", "Laptop 14 G2"] },
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Power": { HiberbootEnabled: 0 },
      },
    }),
    unattend({
      answerFile: "out/sample/autounattend.xml",
      timeZone: "Romance Standard Time",
      oobe: { hideEula: true },
      ...(process.env["ADMIN_PASSWORD"] === undefined
        ? {}
        : { administratorPassword: secret("ADMIN_PASSWORD") }),
    }),
  ],
});
