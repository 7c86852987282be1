import { existsSync, readFileSync } from "node:fs";
import { inside } from "./inside.ts";
import type { Servicing } from "./packages.ts";
import { readPackage } from "./package-file.ts";
import { Refusal } from "./refusal.ts";
import { associations, targetEditions } from "./settings.ts";

const installTime = "10/1/2024 12:00 PM";

/** What DISM tells of an image. Fields, and their order, are those of recorded output. */
export const queries: Readonly<Record<string, Servicing>> = {
  "get-packages"(command, { state }, _, out) {
    out.print("Packages listing:\n\n");
    out.records(
      Object.entries(state.packages).map(([identity, { state: current, releaseType }]) => ({
        "Package Identity": identity,
        State: current,
        "Release Type": releaseType,
        "Install Time": installTime,
      })),
      command.table,
    );
  },
  async "get-packageinfo"(command, { state }, host, out) {
    const asked = command.has("packagepath")
      ? (await readPackage(host.place(command.of("packagepath"))))[0]?.identity
      : command.of("packagename");
    const known = Object.entries(state.packages).find(
      ([identity]) => identity.toLowerCase() === asked?.toLowerCase(),
    );
    if (known === undefined && !command.has("packagepath"))
      throw new Refusal(0x800f0805, "The specified package is not valid Windows package.");
    out.print("Package information:\n\n");
    out.record({
      "Package Identity": known?.[0] ?? asked ?? "",
      Applicable: "Yes",
      Copyright: "",
      Company: "",
      "Creation Time": installTime,
      Description: "",
      "Install Client": "DISM Package Manager Provider",
      "Install Package Name": "update.mum",
      "Install Time": known === undefined ? "" : installTime,
      "Last Update Time": "",
      Name: "default",
      "Product Name": (known?.[0] ?? asked ?? "").split("~")[0] ?? "",
      "Product Version": "",
      "Release Type": known?.[1].releaseType ?? "Update",
      "Restart Required": "Possible",
      "Support Information": "",
      State: known?.[1].state ?? "Not Present",
      "Completely offline capable": "Undetermined",
      "Self servicing package": "No",
      "Capability Identity": "",
    });
    out.print("Custom Properties:\n\n(No custom properties found)\n\n");
  },
  "get-features"(command, { state }, _, out) {
    const foundation = Object.keys(state.packages).find((name) => /Foundation/.test(name)) ?? "";
    out.print(`Features listing for package : ${foundation}\n\n`);
    out.records(
      Object.entries(state.features).map(([name, current]) => ({ "Feature Name": name, State: current })),
      command.table,
    );
  },
  "get-featureinfo"(command, { state }, _, out) {
    const wanted = command.of("featurename").toLowerCase();
    const found = Object.entries(state.features).find(([name]) => name.toLowerCase() === wanted);
    if (found === undefined)
      throw new Refusal(0x800f080c, `Feature name ${command.of("featurename")} is unknown.`);
    out.print("Feature Information:\n\n");
    out.record({
      "Feature Name": found[0],
      "Display Name": found[0],
      Description: "",
      "Restart Required": "Possible",
      State: found[1],
    });
    out.print("Custom Properties:\n\n(No custom properties found)\n\n");
  },
  "get-capabilities"(command, { state }, _, out) {
    out.print("Capability listing:\n\n");
    out.records(
      Object.entries(state.capabilities).map(([name, current]) => ({
        "Capability Identity": name,
        State: current,
      })),
      command.table,
    );
  },
  "get-capabilityinfo"(command, { state }, _, out) {
    const wanted = command.of("capabilityname").toLowerCase();
    const found = Object.entries(state.capabilities).find(([name]) => name.toLowerCase() === wanted);
    out.print("Capability Information:\n\n");
    out.record({
      "Capability Identity": found?.[0] ?? command.of("capabilityname"),
      Name: "",
      State: found?.[1] ?? "Not Present",
      "Display Name": "",
      Description: "",
      "Download Size": "0 bytes",
      "Install Size": "0 bytes",
    });
  },
  "get-drivers"(command, { state }, _, out) {
    out.print("Obtaining list of 3rd party drivers from the driver store...\n\nDriver packages listing:\n\n");
    if (state.drivers.length === 0) out.print("(No drivers found in the image matching the criteria)\n\n");
    out.records(
      state.drivers.map((driver) => ({
        "Published Name": driver.published,
        "Original File Name": driver.original,
        Inbox: "No",
        "Class Name": driver.className,
        "Provider Name": driver.provider,
        Date: driver.date,
        Version: driver.version,
      })),
      command.table,
    );
  },
  "get-driverinfo"(command, { state }, _, out) {
    const wanted = command.of("driver").toLowerCase();
    const driver = state.drivers.find(({ published }) => published === wanted);
    if (driver === undefined) throw new Refusal(2, "The system cannot find the file specified.");
    out.print("Driver package information:\n\n");
    out.record({
      "Published Name": driver.published,
      "Driver Store Path": `\\Windows\\System32\\DriverStore\\FileRepository\\${driver.store}\\${driver.original}`,
      "Class Name": driver.className,
      "Class Description": "",
      "Class GUID": "",
      Date: driver.date,
      Version: driver.version,
      "Boot Critical": driver.bootCritical ? "Yes" : "No",
    });
  },
  "get-provisionedappxpackages"(command, { state }, _, out) {
    out.records(
      state.apps.map((app) => ({
        DisplayName: app.name,
        Version: app.version,
        Architecture: app.architecture,
        ResourceId: "",
        PackageName: app.packageName,
        Regions: app.regions,
      })),
      command.table,
    );
  },
  "get-intl"(command, { state }, _, out) {
    const [first = "en-US"] = state.languages;
    const of = (verb: string): string => state.settings[verb] ?? first;
    out.print(`Reporting ${command.online ? "online" : "offline"} international settings.\n\n`);
    const fields = {
      "Default system UI language": of("set-uilang"),
      "System locale": of("set-syslocale"),
      "Default time zone": state.settings["set-timezone"] ?? "Pacific Standard Time",
      "User locale for default user": of("set-userlocale"),
      Location: "United States (GEOID = 244)",
      "Active keyboard(s)": state.settings["set-inputlocale"] ?? "0409:00000409",
      "Keyboard layered driver":
        state.settings["set-layereddriver"] ?? "PC/AT Enhanced Keyboard (101/102-Key)",
    };
    for (const [name, value] of Object.entries(fields)) out.print(`${out.label(name)} : ${value}\n`);
    for (const language of state.languages)
      out.print(`\nInstalled language(s): ${language}\n  Type : Fully localized language.\n`);
    out.print("\n");
  },
  "get-currentedition"(_, { state }, __, out) {
    out.print(`${out.label("Current Edition")} : ${state.edition}\n\n`);
  },
  "get-targeteditions"(_, { state }, __, out) {
    out.print("Editions that can be upgraded to:\n\n");
    for (const edition of targetEditions(state)) out.print(`Target Edition : ${edition}\n`);
    out.print("\n");
  },
  "get-defaultappassociations"(_, { root }, __, out) {
    const file = inside(root, associations);
    if (!existsSync(file)) throw new Refusal(2, "The system cannot find the file specified.");
    out.print(`${readFileSync(file, "utf8")}\n`);
  },
  "get-pesettings"(_, { state }, __, out) {
    out.record({
      "Scratch Space": `${state.settings["set-scratchspace"] ?? "32"} MB`,
      "Target Path": state.settings["set-targetpath"] ?? "X:\\",
    });
  },
};
