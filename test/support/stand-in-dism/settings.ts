import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type CommandLine, commandLineOf } from "./grammar.ts";
import type { ImageState } from "./image-state.ts";
import { inside } from "./inside.ts";
import { drivers } from "./drivers.ts";
import { packages, type Servicing } from "./packages.ts";
import { Refusal } from "./refusal.ts";

/** What each edition can become. */
const upgrades: Readonly<Record<string, readonly string[]>> = {
  Core: ["Professional", "Education", "ProfessionalWorkstation"],
  Professional: ["Education", "ProfessionalWorkstation", "ProfessionalEducation", "Enterprise"],
};

export function targetEditions({ edition }: ImageState): readonly string[] {
  return upgrades[edition] ?? [];
}

export const associations = "Windows/System32/OEMDefaultAssociations.xml";

/** Settings that are a value of the image and nothing else. */
const valued = [
  "set-uilangfallback",
  "set-syslocale",
  "set-userlocale",
  "set-inputlocale",
  "set-skuintldefaults",
  "set-layereddriver",
  "set-timezone",
  "set-productkey",
];

export const settings: Readonly<Record<string, Servicing>> = {
  ...Object.fromEntries(valued.map((verb): [string, Servicing] => [verb, keep])),
  "set-uilang"(command, { state }) {
    installed(command.value, state);
    state.settings[command.verb] = command.value;
  },
  "set-allintl"(command, { state }) {
    installed(command.value, state);
    for (const verb of ["set-uilang", "set-syslocale", "set-userlocale", "set-inputlocale"])
      state.settings[verb] = command.value;
  },
  "gen-langini"(command, { state }, host, out) {
    const file = join(host.place(command.of("distribution")), "sources", "lang.ini");
    if (!existsSync(dirname(file))) throw new Refusal(3, "The system cannot find the path specified.");
    const lines = state.languages.map((language) => `${language} = 3`);
    writeFileSync(file, `[Available UI Languages]\r\n${lines.join("\r\n")}\r\n`);
    out.print("The new Lang.ini file was successfully generated.\n");
  },
  "set-setupuilang"(command, _, host) {
    const file = join(host.place(command.of("distribution")), "sources", "lang.ini");
    if (!existsSync(file)) throw new Refusal(2, "The system cannot find the file specified.");
    writeFileSync(
      file,
      `${readFileSync(file, "utf8")}\r\n[Fallback Languages]\r\n${command.value} = en-us\r\n`,
    );
  },
  "set-edition"(command, { state }, _, out) {
    if (state.installation === "WindowsPE") throw new Refusal(50, "The request is not supported.");
    if (state.editionSet || !targetEditions(state).includes(command.value))
      throw new Refusal(0x800f0820, `The edition ${command.value} is no target of ${state.edition}.`);
    out.bar("Starting to update components...");
    state.edition = command.value;
    state.editionSet = true;
  },
  async "apply-unattend"(command, image, host, out) {
    const file = host.place(command.value);
    if (!existsSync(file)) throw new Refusal(2, "The system cannot find the file specified.");
    const text = readFileSync(file, "utf8");
    if (!/<unattend\b/.test(text)) throw new Refusal(0x80220001, "The answer file is not valid.");
    const pass = /<settings pass="offlineServicing">(.*?)<\/settings>/s.exec(text)?.[1] ?? "";
    const run = (handler: Servicing | undefined, line: readonly string[]): Promise<void> | void =>
      handler?.(commandLineOf([`/Image:${command.image ?? ""}`, ...line]) as CommandLine, image, host, out);
    for (const [, path = ""] of pass.matchAll(/<Path>([^<]+)<\/Path>/g))
      await run(drivers["add-driver"], ["/Add-Driver", `/Driver:${path}`, "/Recurse"]);
    const servicing = /<servicing>(.*?)<\/servicing>/s.exec(text)?.[1] ?? "";
    for (const [, location = ""] of servicing.matchAll(
      /action="install"(?:(?!<\/package>).)*?location="([^"]+)"/gs,
    ))
      // Whether they apply is not looked at: that is what the documentation warns of.
      await run(packages["add-package"], ["/Add-Package", `/PackagePath:${location}`, "/IgnoreCheck"]);
    image.state.settings["apply-unattend"] = text;
  },
  "set-scratchspace": winpe,
  "set-targetpath": winpe,
  "import-defaultappassociations"(command, { root }, host) {
    const file = host.place(command.value);
    if (!existsSync(file)) throw new Refusal(2, "The system cannot find the file specified.");
    if (!/<DefaultAssociations\b/.test(readFileSync(file, "utf8")))
      throw new Refusal(0x800401e3, "The file is no list of default application associations.");
    mkdirSync(dirname(inside(root, associations)), { recursive: true });
    copyFileSync(file, inside(root, associations));
  },
  "remove-defaultappassociations"(_, { root }) {
    rmSync(inside(root, associations), { force: true });
  },
  "add-provisioningpackage"(command, { root }, host) {
    const file = host.place(command.of("packagepath"));
    if (!existsSync(file)) throw new Refusal(2, "The system cannot find the file specified.");
    const folder = inside(root, "ProgramData/Microsoft/Provisioning");
    mkdirSync(folder, { recursive: true });
    copyFileSync(file, join(folder, `${readdirSync(folder).length}.ppkg`));
  },
};

function keep(...[command, { state }]: Parameters<Servicing>): void {
  state.settings[command.verb] = command.value;
}

function winpe(...[command, { state }]: Parameters<Servicing>): void {
  if (state.installation !== "WindowsPE")
    throw new Refusal(50, "The command is for a Windows PE image only.");
  state.settings[command.verb] = command.value;
}

function installed(language: string, { languages }: ImageState): void {
  if (languages.some((each) => each.toLowerCase() === language.toLowerCase())) return;
  throw new Refusal(87, `The language ${language} is not installed in the image.`);
}
