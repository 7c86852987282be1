import { check, exactOptional, pipe, regex, strictObject, string } from "valibot";
import type { Secret } from "../../core/index.ts";
import { optionalFlag, optionalText, productKey, text, whole } from "./entry.ts";
import { below, both, set, type Settings, setup, shell } from "./setting.ts";

/** "microsoft-windows-shell-setup-computername": at most 15 bytes, not digits alone; * makes Windows choose one. */
const computerName = pipe(
  string(),
  check(
    (name) =>
      name === "*" || (/^[^\s{|}~[\\\]^':;<=>?@!"#$%`()+/.,*&]{1,15}$/.test(name) && !/^\d+$/.test(name)),
    "a computer name has at most 15 letters, digits and dashes and is no number; * lets Windows choose",
  ),
  check((name) => Buffer.byteLength(name) <= 15, "a computer name has at most 15 bytes"),
);

export const computerEntries = {
  computerName: exactOptional(computerName),
  productKey: exactOptional(productKey),
  skipActivation: optionalFlag,
  edition: exactOptional(
    pipe(
      strictObject({
        index: exactOptional(whole(1, 1000)),
        name: exactOptional(text),
        key: exactOptional(productKey),
      }),
      check((one) => Object.keys(one).length > 0, "it names an image by index or name, or has a key"),
      check(
        ({ index, name }) => index === undefined || name === undefined,
        "an image is named by its index or by its name, not by both",
      ),
    ),
  ),
  acceptEula: optionalFlag,
  registeredOwner: optionalText,
  registeredOrganization: optionalText,
  oem: exactOptional(
    strictObject({
      provider: optionalText,
      manufacturer: optionalText,
      model: optionalText,
      supportUrl: optionalText,
      supportPhone: optionalText,
      supportHours: optionalText,
      supportApp: optionalText,
      logo: exactOptional(pipe(string(), regex(/\.bmp$/i, "the logo is a .bmp, by its path on the device"))),
    }),
  ),
};

export interface ComputerOptions {
  /** `*` lets Windows choose one. */
  computerName?: string;
  /** The key that activates; it does not choose the edition. */
  productKey?: string | Secret;
  /** Windows does not try to activate itself. */
  skipActivation?: boolean;
  /** What media install: an image of install.wim by its index or name, an edition by a key, or both. */
  edition?: { index?: number; name?: string; key?: string | Secret };
  /** Accepts the licence terms that Windows Setup shows. Media only. */
  acceptEula?: boolean;
  registeredOwner?: string;
  registeredOrganization?: string;
  /** `provider` is whom the Get Help app names; `logo` is the path of a .bmp on the device. */
  oem?: {
    provider?: string;
    manufacturer?: string;
    model?: string;
    supportUrl?: string;
    supportPhone?: string;
    supportHours?: string;
    supportApp?: string;
    logo?: string;
  };
}

/** Sources: microsoft-windows-setup-userdata, …-imageinstall-osimage-installfrom-metadata, microsoft-windows-shell-setup-oeminformation. */
export function computerSettings(options: ComputerOptions): Settings {
  const { edition = {}, oem = {} } = options;
  const image = below("windowsPE", setup, ["ImageInstall", "OSImage", "InstallFrom"]);
  return [
    ...image("MetaData[/IMAGE/INDEX]/Value", edition.index),
    ...image("MetaData[/IMAGE/NAME]/Value", edition.name),
    ...set("windowsPE", setup, {
      "UserData/ProductKey/Key": edition.key,
      "UserData/ProductKey/WillShowUI": edition.key === undefined ? undefined : "OnError",
      "UserData/AcceptEula": options.acceptEula,
    }),
    ...both(shell, {
      RegisteredOwner: options.registeredOwner,
      RegisteredOrganization: options.registeredOrganization,
    }),
    ...set("specialize", shell, {
      ComputerName: options.computerName,
      ProductKey: options.productKey,
      "OEMInformation/SupportProvider": oem.provider,
      "OEMInformation/Manufacturer": oem.manufacturer,
      "OEMInformation/Model": oem.model,
      "OEMInformation/SupportURL": oem.supportUrl,
      "OEMInformation/SupportPhone": oem.supportPhone,
      "OEMInformation/SupportHours": oem.supportHours,
      "OEMInformation/SupportAppURL": oem.supportApp,
      "OEMInformation/Logo": oem.logo,
    }),
    ...set("specialize", "Microsoft-Windows-Security-SPP-UX", { SkipAutoActivation: options.skipActivation }),
  ];
}
