import {
  checkOptions,
  failure,
  type Plugin,
  type Secret,
  type UnattendPass,
  type UnattendSetting,
} from "../core/index.ts";
import { schema, type UnattendCommand, type UnattendOptions } from "./unattend-options.ts";

export type { UnattendOptions } from "./unattend-options.ts";

/**
 * What Windows Setup asks and does on the device. Passes and names are those of the Unattended Windows Setup Reference.
 * Passwords are written in the hidden form, which is no encryption; secret("NAME") keeps them out of the config as well.
 */
export function unattend(options: UnattendOptions): Plugin {
  const wanted: UnattendOptions = checkOptions("unattend", schema, options);
  return {
    name: "unattend",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("unattend", async (builder) => {
        for (const name of plainPasswords(wanted)) {
          builder.warn(`unattend.${name} stands in the config as it is; secret("NAME") would keep it out`);
        }
        if (wanted.answerFile !== undefined) {
          const answerFile = builder.resolve(wanted.answerFile);
          const { kind } = await builder.inspect(answerFile);
          if (kind !== "answer file") {
            const reason = `it is no answer file but: ${kind}`;
            throw failure("SERVICING_INPUT_UNREADABLE", { path: answerFile, reason });
          }
          builder.add({ type: "Apply-Unattend", answerFile, strategy: "setup" });
        }
        for (const settings of [settingsOf(wanted), rawSettings(wanted.raw)]) {
          if (settings.length > 0) builder.add({ type: "Set-Unattend", settings });
        }
      });
    },
  };
}

type Value = UnattendSetting["value"] | undefined;

const shell = "Microsoft-Windows-Shell-Setup";
const international = "Microsoft-Windows-International-Core";
const deployment = "Microsoft-Windows-Deployment";

function settingsOf(options: UnattendOptions): readonly UnattendSetting[] {
  const { language, oobe = {}, oem = {}, commands = {}, autoLogon } = options;
  return [
    ...both(international, {
      UILanguage: language,
      SystemLocale: options.systemLocale ?? language,
      UserLocale: options.userLocale ?? language,
      InputLocale: options.inputLocale ?? language,
    }),
    ...both(shell, {
      TimeZone: options.timeZone,
      RegisteredOwner: options.registeredOwner,
      RegisteredOrganization: options.registeredOrganization,
    }),
    ...set("specialize", shell, {
      ComputerName: options.computerName,
      ProductKey: options.productKey,
      CopyProfile: options.copyProfile,
      "OEMInformation/Manufacturer": oem.manufacturer,
      "OEMInformation/Model": oem.model,
      "OEMInformation/SupportURL": oem.supportUrl,
      "OEMInformation/SupportPhone": oem.supportPhone,
      "OEMInformation/SupportHours": oem.supportHours,
      "OEMInformation/Logo": oem.logo,
    }),
    ...set("oobeSystem", shell, {
      "OOBE/HideEULAPage": oobe.hideEula,
      "OOBE/HideLocalAccountScreen": oobe.hideLocalAccount,
      "OOBE/HideOEMRegistrationScreen": oobe.hideOemRegistration,
      "OOBE/HideOnlineAccountScreens": oobe.hideOnlineAccount,
      "OOBE/HideWirelessSetupInOOBE": oobe.hideWireless,
      "OOBE/NetworkLocation": oobe.networkLocation,
      "OOBE/ProtectYourPC": oobe.protectYourPC,
      "UserAccounts/AdministratorPassword/Value": options.administratorPassword,
    }),
    ...(options.accounts ?? []).flatMap(account),
    ...(autoLogon === undefined
      ? []
      : set("oobeSystem", shell, {
          "AutoLogon/Enabled": true,
          "AutoLogon/LogonCount": autoLogon.count ?? 1,
          "AutoLogon/Username": autoLogon.username,
          "AutoLogon/Domain": autoLogon.domain,
          "AutoLogon/Password/Value": autoLogon.password,
        })),
    ...(commands.specialize ?? []).flatMap((one) =>
      run("specialize", deployment, ["RunSynchronous", "RunSynchronousCommand"], "Path", one),
    ),
    ...(commands.firstLogon ?? []).flatMap((one) =>
      run("oobeSystem", shell, ["FirstLogonCommands", "SynchronousCommand"], "CommandLine", one),
    ),
  ];
}

function account(one: NonNullable<UnattendOptions["accounts"]>[number]): readonly UnattendSetting[] {
  const at = ["UserAccounts", "LocalAccounts", `LocalAccount[${one.name}]`];
  const under = (path: readonly string[], value: Value) =>
    setting("oobeSystem", shell, [...at, ...path], value);
  return [
    ...under(["Name"], one.name),
    ...under(["Group"], one.group ?? "Users"),
    ...under(["DisplayName"], one.displayName),
    ...under(["Description"], one.description),
    ...under(["Password", "Value"], one.password),
  ];
}

function run(
  pass: UnattendPass,
  component: string,
  [list, item]: readonly [string, string],
  leaf: string,
  one: UnattendCommand,
): readonly UnattendSetting[] {
  const { command, description = command } = typeof one === "string" ? { command: one } : one;
  return setting(pass, component, [list, `${item}[${description}]`, leaf], command);
}

function rawSettings(raw: UnattendOptions["raw"] = {}): readonly UnattendSetting[] {
  return Object.entries(raw).flatMap(([pass, components]) =>
    Object.entries(components).flatMap(([component, values]) => set(pass as UnattendPass, component, values)),
  );
}

/** As the roads of Set-AllIntl and Set-TimeZone do it, so that one and the other agree. */
function both(component: string, values: Readonly<Record<string, Value>>): readonly UnattendSetting[] {
  return [...set("specialize", component, values), ...set("oobeSystem", component, values)];
}

function set(
  pass: UnattendPass,
  component: string,
  values: Readonly<Record<string, Value>>,
): readonly UnattendSetting[] {
  return Object.entries(values).flatMap(([path, value]) =>
    setting(pass, component, path.match(/(?:\[[^\]]*\]|[^/])+/g) ?? [], value),
  );
}

function setting(
  pass: UnattendPass,
  component: string,
  path: readonly string[],
  value: Value,
): readonly UnattendSetting[] {
  return value === undefined ? [] : [{ pass, component, path, value }];
}

function plainPasswords(options: UnattendOptions): readonly string[] {
  const passwords: readonly (readonly [string, string | Secret | undefined])[] = [
    ["administratorPassword", options.administratorPassword],
    ["autoLogon.password", options.autoLogon?.password],
    ...(options.accounts ?? []).map((one, index) => [`accounts.${index}.password`, one.password] as const),
  ];
  return passwords.filter(([, password]) => typeof password === "string").map(([name]) => name);
}
