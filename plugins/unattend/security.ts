import { array, boolean, exactOptional, picklist, pipe, regex, strictObject, string, union } from "valibot";
import { optionalFlag, text, whole } from "./entry.ts";
import { below, set, type Settings } from "./setting.ts";

export const securityEntries = {
  firewall: exactOptional(
    strictObject({
      domain: optionalFlag,
      private: optionalFlag,
      public: optionalFlag,
      groups: exactOptional(
        array(
          strictObject({
            group: text,
            active: optionalFlag,
            profile: exactOptional(picklist(["all", "domain", "private", "public"])),
          }),
        ),
      ),
    }),
  ),
  remoteDesktop: exactOptional(union([boolean(), strictObject({ networkAuthentication: boolean() })])),
  bitLocker: exactOptional(strictObject({ preventDeviceEncryption: boolean() })),
  defender: exactOptional(
    strictObject({
      scanDay: exactOptional(whole(0, 8)),
      scanTime: exactOptional(whole(0, 1439)),
      scan: exactOptional(picklist(["quick", "full"])),
      signatureInterval: exactOptional(whole(0, 24)),
      sources: exactOptional(pipe(string(), regex(/^\\\\/, "shares, as \\\\server\\share, separated by |"))),
    }),
  ),
  userAccountControl: optionalFlag,
};

export interface SecurityOptions {
  /** Whether the firewall is on in each profile, and which groups of its rules are active. */
  firewall?: {
    domain?: boolean;
    private?: boolean;
    public?: boolean;
    /** `group` is a resource: `@FirewallAPI.dll,-28752` for Remote Desktop. */
    groups?: { group: string; active?: boolean; profile?: "all" | "domain" | "private" | "public" }[];
  };
  /** Lets people log on over the network, and lets them through the firewall. */
  remoteDesktop?: boolean | { networkAuthentication: boolean };
  bitLocker?: { preventDeviceEncryption: boolean };
  /** Of Microsoft Defender Antivirus. */
  defender?: {
    /** 0 every day, 1 Sunday to 7 Saturday, 8 never. */
    scanDay?: number;
    /** Minutes after midnight. */
    scanTime?: number;
    scan?: "quick" | "full";
    /** Hours between updates of the signatures. */
    signatureInterval?: number;
    /** Shares with signatures, separated by `|`. */
    sources?: string;
  };
  /** Needs `deployment` "winpe" or "media". */
  userAccountControl?: boolean;
}

const firewall = "Networking-MPSSVC-Svc";

/** Remote Desktop's own rules, by their resource, which is the same in every language ("networking-mpssvc-svc-firewallgroups-firewallgroup-group"). */
const remoteDesktopGroup = "@FirewallAPI.dll,-28752";

/** Sources: the pages of the components that are named here. */
export function securitySettings(options: SecurityOptions): Settings {
  const { firewall: wall = {}, remoteDesktop, bitLocker, defender = {} } = options;
  return [
    ...set("specialize", firewall, {
      DomainProfile_EnableFirewall: wall.domain,
      PrivateProfile_EnableFirewall: wall.private,
      PublicProfile_EnableFirewall: wall.public,
    }),
    ...(wall.groups ?? []).flatMap(({ group, active = true, profile = "all" }) =>
      groupSettings(group, active, profile),
    ),
    ...(remoteDesktop === undefined ? [] : remoteSettings(remoteDesktop)),
    ...set("specialize", "Microsoft-Windows-SecureStartup-FilterDriver", {
      PreventDeviceEncryption: bitLocker?.preventDeviceEncryption,
    }),
    ...set("specialize", "Security-Malware-Windows-Defender", {
      "Scan/ScheduleDay": defender.scanDay,
      "Scan/ScheduleTime": defender.scanTime,
      "Scan/ScanParameters": defender.scan && { quick: 1, full: 2 }[defender.scan],
      SignatureUpdateInterval: defender.signatureInterval,
      DefinitionUpdateFileSharesSources: defender.sources,
    }),
    ...set("offlineServicing", "Microsoft-Windows-LUA-Settings", { EnableLUA: options.userAccountControl }),
  ];
}

function remoteSettings(wanted: NonNullable<SecurityOptions["remoteDesktop"]>): Settings {
  const allowed = wanted !== false;
  return [
    ...set("specialize", "Microsoft-Windows-TerminalServices-LocalSessionManager", {
      fDenyTSConnections: !allowed,
    }),
    ...set("specialize", "Microsoft-Windows-TerminalServices-RDP-WinStationExtensions", {
      UserAuthentication: typeof wanted === "object" ? Number(wanted.networkAuthentication) : undefined,
    }),
    ...(allowed ? groupSettings(remoteDesktopGroup, true, "all") : []),
  ];
}

function groupSettings(group: string, active: boolean, profile: string): Settings {
  const at = below("specialize", firewall, ["FirewallGroups", `FirewallGroup[${group}]`]);
  return [...at("Active", active), ...at("Group", group), ...at("Profile", profile)];
}
