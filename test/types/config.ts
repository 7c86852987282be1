/** Compiled by tsc and never run: what a config may say, and what it may not. */
import {
  defineConfig,
  drivers,
  features,
  files,
  parallel,
  secret,
  series,
  settings,
  unattend,
} from "servicing";

const base = defineConfig({
  image: { file: "install.wim", index: "Professional" },
  plugins: [drivers({ from: "drivers/" })],
});

export const line = defineConfig({
  extends: base,
  line: "laptop-14",
  output: { compress: "max", images: "targets" },
  prefer: ["offline", "setup"],
  plugins: [
    features({ enable: ["NetFx3"] }),
    files({ copy: { "branding/": "\\Windows\\Web\\Contoso" } }),
    settings({
      registry: { "HKLM\\SOFTWARE\\Contoso": { Name: "text", Count: 5, Big: 5n, List: ["a"], Gone: null } },
    }),
    unattend({ administratorPassword: secret("ADMIN_PASSWORD"), timeZone: "UTC" }),
  ],
});

export const all = series(line, parallel(base, line), async ({ signal }) => signal.throwIfAborted());

export default defineConfig({ lines: ["lines/*/servicing.config.ts"] });

// @ts-expect-error an unknown field
defineConfig({ image: { file: "a.wim" }, plugin: [] });
// @ts-expect-error an engine that there is not
defineConfig({ image: { file: "a.wim" }, engine: "imagex" });
// @ts-expect-error a road that there is not
defineConfig({ image: { file: "a.wim" }, prefer: ["sideways"] });
// @ts-expect-error a compression that there is not
defineConfig({ image: { file: "a.wim" }, output: { compress: "zip" } });
// @ts-expect-error a workspace that is a line as well
defineConfig({ lines: ["a"], image: { file: "a.wim" } });
// @ts-expect-error an option that the plugin has not
drivers({ form: "drivers/" });
// @ts-expect-error a value that no registry holds
settings({ registry: { "HKLM\\SOFTWARE\\Contoso": { Name: { a: 1 } } } });
// @ts-expect-error a task made of something else
series("line");
