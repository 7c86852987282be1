import assert from "node:assert/strict";
import { join } from "node:path";
import type { Contribution, Deployment, SetupRoad } from "../../core/engine.ts";
import { setupRoads } from "../../core/engines/setup.ts";
import { secret } from "../../core/index.ts";
import type { Operation, OperationType } from "../../core/operation.ts";
import { finishSetup } from "../../core/setup-finish.ts";
import { unattend, type UnattendOptions } from "../../plugins/unattend.ts";
import { image, modify } from "../support/fake-builder.ts";
import { golden } from "../support/golden.ts";

const hostile = `&<>"'%^!()]]> ä漢字😀 \\ end`;

/** Each group of options by itself. */
const groups: Readonly<Record<string, UnattendOptions>> = {
  language: {
    language: "en-us",
    fallbackLanguage: "en-US",
    userLocale: "fr-BE",
    inputLocale: "080c:0000080c",
    setupLanguage: "en-US",
    timeZone: "Romance Standard Time",
    daylightSaving: true,
  },
  computer: {
    computerName: "PC-014",
    productKey: secret("ACTIVATION_KEY"),
    skipActivation: true,
    edition: { name: "Windows 11 Pro", key: "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE" },
    acceptEula: true,
    registeredOwner: "Ann & Bob",
    registeredOrganization: "Contoso <Lab>",
    oem: {
      provider: "Contoso Help",
      manufacturer: "Contoso",
      model: "14 G2",
      supportUrl: "https://contoso.example/?a=1&b=2",
      supportPhone: "555-0100",
      supportHours: "9-17",
      supportApp: "contoso-help://",
      logo: String.raw`C:\Windows\System32\oemlogo.bmp`,
    },
  },
  accounts: {
    administratorPassword: secret("ADMIN_PASSWORD"),
    accounts: [
      {
        name: "ann",
        password: secret("ANN_PASSWORD"),
        group: "Administrators;Users",
        displayName: "Ann",
        description: "Who looks after it",
      },
      { name: "guest", group: "Guests" },
      { name: "kiosk" },
    ],
    domainAccounts: [
      { domain: "CONTOSO", name: "ann", group: "Administrators" },
      { domain: "CONTOSO", name: "Help Desk", group: "Remote Desktop Users" },
      { domain: "FABRIKAM", name: "bob", group: "Users" },
    ],
    autoLogon: { username: "ann", password: secret("ANN_PASSWORD"), domain: ".", count: 3 },
  },
  oobe: {
    oobe: {
      hideEula: true,
      hideLocalAccount: true,
      hideOemRegistration: true,
      hideOnlineAccount: true,
      hideWireless: false,
      protectYourPC: 3,
      oemAppId: "Contoso.Register_8wekyb3d8bbwe!App",
      retailDemo: false,
      virtualMachine: {
        keepAdministratorProfile: true,
        skipLanguageNotice: true,
        skipRecoveryEnvironment: true,
      },
    },
  },
  "disk-uefi": { disk: { layout: "uefi", wipe: true } },
  "disk-uefi-sized": {
    disk: { layout: "uefi", wipe: true, id: 1, sizes: { windows: 120_000, recovery: 2048 } },
  },
  "disk-uefi-alone": { disk: { layout: "uefi", wipe: true, sizes: { recovery: 0 } } },
  "disk-bios": { disk: { layout: "bios", wipe: true } },
  "disk-bios-sized": { disk: { layout: "bios", wipe: true, sizes: { system: 350, windows: 60_000 } } },
  network: {
    network: {
      dnsDomain: "lab.contoso.example",
      dnsSuffixes: ["contoso.example", "fabrikam.example"],
      interfaces: [
        {
          id: "Ethernet",
          addresses: ["192.168.0.10/24", "fd00::10/64"],
          gateway: "192.168.0.1",
          routes: [{ to: "10.0.0.0/8", via: "192.168.0.254", metric: 20 }],
          metric: 10,
          dns: ["192.168.0.2", "fd00::2"],
          dnsDomain: "lan.contoso.example",
          registerDns: false,
        },
        { id: "00-11-22-33-44-55", dhcp: true, dhcp6: true, routes: [{ to: "fd01::/48", via: "fd00::1" }] },
      ],
    },
  },
  domain: {
    domain: {
      name: "contoso.example",
      username: "joiner",
      password: secret("JOIN_PASSWORD"),
      ou: "OU=Office,DC=contoso,DC=example",
      timeout: 10,
    },
  },
  "domain-offline": { domain: { blob: secret("JOIN_BLOB") } },
  workgroup: { workgroup: "LAB" },
  commands: {
    commands: {
      windowsPE: ["cmd.exe /c echo setup"],
      specialize: [
        { command: 'cmd.exe /c "a.cmd & b.cmd"', description: "both", reboot: "onRequest" },
        "reg.exe add HKLM\\SOFTWARE\\Contoso /f",
      ],
      auditUser: [{ command: "audit.exe", reboot: "always" }],
      firstLogon: ["first.exe", { command: "second.exe", description: "second" }],
      logon: ["every.exe"],
    },
  },
  audit: {
    audit: {
      enter: true,
      computerName: "AUDIT-1",
      autoLogon: { password: secret("ADMIN_PASSWORD") },
      generalize: { mode: "oobe", shutdown: true },
    },
    copyProfile: true,
    keepDevices: true,
    skipRearm: true,
  },
  security: {
    firewall: {
      domain: true,
      private: true,
      public: true,
      groups: [{ group: "@FirewallAPI.dll,-28502", profile: "private" }],
    },
    remoteDesktop: { networkAuthentication: true },
    bitLocker: { preventDeviceEncryption: true },
    defender: {
      scanDay: 1,
      scanTime: 120,
      scan: "quick",
      signatureInterval: 4,
      sources: String.raw`\\server\signatures`,
    },
    userAccountControl: true,
  },
  desktop: {
    powerPlan: "high performance",
    theme: {
      name: "Contoso",
      background: String.raw`%WINDIR%\Web\contoso.jpg`,
      windowColor: "Automatic",
      lightApps: false,
    },
    display: { width: 1920, height: 1080, refreshRate: 60 },
  },
  hostile: {
    registeredOwner: hostile,
    registeredOrganization: "]]> <!-- & --> <?x?> &amp; %USERNAME%",
    accounts: [{ name: "Zoë & ünal", displayName: hostile, description: "x".repeat(250) }],
    commands: {
      specialize: [{ command: hostile, description: "a]b[c]" }, 'cmd.exe /c echo ^<a^> & echo "%PATH%" !x!'],
      firstLogon: [`second.exe ${"y".repeat(250)}`],
    },
    unlisted: { specialize: { "Contoso-Agent": { "List/Item[<&\"']": "\r\n\ttabs and lines\n" } } },
  },
  raw: {
    raw: {
      specialize: { "Microsoft-Windows-SystemRestore-Main": { DisableSR: 1 } },
      oobeSystem: { "Microsoft-Windows-WinRE-RecoveryAgent": { UninstallWindowsRE: false } },
    },
    unlisted: { specialize: { "Contoso-Agent": { "Server/Address": "10.0.0.1" } } },
  },
};

/** One file of everything that can stand in one. */
const all: UnattendOptions = Object.assign(
  {},
  ...[
    "language",
    "computer",
    "accounts",
    "oobe",
    "disk-uefi",
    "network",
    "domain",
    "commands",
    "security",
    "desktop",
    "raw",
  ].map((name) => groups[name]),
);

const inspect = () => assert.fail("nothing is inspected here");

/** What also an image that is applied takes: no windowsPE, no offlineServicing. */
const applied: UnattendOptions = Object.assign(
  {},
  ...["language", "accounts", "oobe", "network", "domain", "desktop", "raw"].map((name) => groups[name]),
);
delete applied.setupLanguage;

/** The answer file of the plugin's operations, each lowered by its road. */
async function answerFile(options: UnattendOptions, deployment: Deployment): Promise<string> {
  const { operations } = await modify(unattend(options), { folder: "/", inspect, deployment });
  const contributed = operations.map((operation, index) => ({
    by: "unattend",
    item: `unattend/${index + 1}`,
    contribution: lowered(operation, deployment),
  }));
  const { media, operations: written } = finishSetup(contributed, image, {}, deployment);
  if (media?.answerFile !== undefined) return media.answerFile.text;
  const file = written.map(({ operation }) => operation).find((one) => one.type === "Write-File");
  assert.ok(file?.type === "Write-File");
  return file.text;
}

function lowered(operation: Operation, deployment: Deployment): Contribution {
  const road = setupRoads[operation.type] as SetupRoad<OperationType>;
  assert.ok("lower" in road);
  assert.equal(road.refuse?.(operation, image, deployment), undefined);
  return road.lower(operation, image, deployment);
}

describe("answer files of the unattend plugin", () => {
  for (const [name, options] of [...Object.entries(groups), ["all", all] as const])
    it(name, async () => {
      golden(join(import.meta.dirname, "unattend", `${name}.xml`), await answerFile(options, "media"));
    });
  it("all of an image that is applied", async () => {
    golden(join(import.meta.dirname, "unattend", "all-applied.xml"), await answerFile(applied, "applied"));
  });
});
