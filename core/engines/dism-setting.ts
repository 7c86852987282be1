import type { Command, Engine, Target } from "../engine.ts";
import { failure } from "../error.ts";
import type { Operation } from "../operation.ts";
import { extension, given, service } from "./dism-command.ts";
import { guidOf, noPowerOffline, notPowerScheme } from "./power-scheme.ts";
import { withoutReserve } from "./reserved-storage.ts";

/** Edition, product key, answer file, provisioning packages, reserved storage and the power scheme. */
export const settings = {
  /** "change-the-windows-image-to-a-higher-edition-using-dism". */
  "Set-Edition": {
    offline: {
      because: "DISM changes the image to a higher edition, for which it needs no product key",
      refuse: ({ edition }, image) => {
        if (image.installationType === "WindowsPE") return "Windows PE has no editions";
        return image.editionId.toLowerCase() === edition.toLowerCase()
          ? `the image is the edition ${image.editionId} already`
          : undefined;
      },
      commands: ({ edition }, target) => service(target, `/Set-Edition:${edition}`),
    },
    online: {
      refused: "DISM changes the edition of a running Windows Server only, and wants a product key to do so",
    },
  },
  /**
   * DISM takes the key from its command line and from nowhere else. A key that stands in the config as it is
   * is therefore seen in the plan, in the log and in the list of processes; a secret is refused for that reason.
   */
  "Set-ProductKey": {
    offline: {
      because: "DISM enters the product key, which the config holds in plain text, after the edition is set",
      refuse: ({ productKey }) => {
        if (typeof productKey !== "string")
          return "DISM takes a product key on its command line, where a secret must not stand: Windows Setup takes it from an answer file";
        return /^(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}$/i.test(productKey)
          ? undefined
          : "a product key is five groups of five letters and digits, joined by hyphens";
      },
      commands: ({ productKey }, target) => {
        if (typeof productKey === "string") return service(target, `/Set-ProductKey:${productKey}`);
        throw failure("SERVICING_UNEXPECTED", { reason: "A secret product key was routed to DISM" });
      },
    },
    online: { refused: "DISM enters a product key into an offline image only" },
  },
  /** "dism-unattended-servicing-command-line-options": alone on its command line, one file. */
  "Apply-Unattend": {
    offline: {
      because:
        "DISM carries out the packages and the offlineServicing pass of the answer file; no other pass",
      commands: applyUnattend,
    },
    online: {
      because:
        "DISM carries out the packages and the offlineServicing pass of the answer file, without its drivers",
      commands: applyUnattend,
    },
  },
  /** "dism-provisioning-package-command-line-options". */
  "Add-ProvisioningPackage": {
    offline: {
      because: "DISM adds the provisioning package, which Windows applies when it is set up",
      refuse: notProvisioning,
      commands: addProvisioning,
    },
    online: {
      because: "DISM adds the provisioning package to the running Windows",
      refuse: notProvisioning,
      commands: addProvisioning,
    },
  },
  /** "dism-storage-reserve". */
  "Set-ReservedStorageState": {
    offline: {
      refused: "DISM turns reserved storage on and off in the running Windows only, before it is generalized",
    },
    online: {
      because:
        "DISM turns reserved storage on or off, and it stays so in an image that is captured from there",
      refuse: (_, image) => withoutReserve(image),
      commands: ({ enabled }, target) =>
        service(target, "/Set-ReservedStorageState", `/State:${enabled ? "Enabled" : "Disabled"}`),
    },
  },
  /** "powercfg-command-line-options", "set-the-default-power-plan", which does so in audit mode. */
  "Set-PowerScheme": {
    offline: { refused: noPowerOffline },
    online: {
      because: "powercfg makes the power scheme the active one, and it stays so in what is captured",
      refuse: notPowerScheme,
      commands: (operation) => [
        { run: "powercfg.exe", args: ["/setactive", guidOf(operation)], writes: true },
      ],
    },
  },
  "Set-Unattend": {
    offline: { refused: "settings of an answer file are carried out by Windows Setup alone" },
    online: { refused: "settings of an answer file are carried out by Windows Setup alone" },
  },
} satisfies Partial<Engine["roads"]>;

function applyUnattend({ answerFile }: Operation<"Apply-Unattend">, target: Target): readonly Command[] {
  return service(target, `/Apply-Unattend:${answerFile}`);
}

function addProvisioning(
  { package: file, catalog }: Operation<"Add-ProvisioningPackage">,
  target: Target,
): readonly Command[] {
  return service(
    target,
    "/Add-ProvisioningPackage",
    `/PackagePath:${file}`,
    ...given("CatalogPath", catalog),
  );
}

function notProvisioning({ package: file }: Operation<"Add-ProvisioningPackage">): string | undefined {
  return extension(file) === ".ppkg" ? undefined : "a provisioning package is a .ppkg";
}
