/**
 * Output of DISM, made by us: in English after what is documented of its fields and their order, and in other languages
 * after what reports of users show of them. None of it was recorded from a DISM of ours.
 */
export interface Localised {
  readonly title: string;
  readonly output: string;
  /** By the names of the test that reads it: what a person sees in it. */
  readonly says: Readonly<Record<string, unknown>>;
}

const english = (image = true): string => `
Deployment Image Servicing and Management tool
Version: 10.0.26100.1150
${image ? "\nImage Version: 10.0.26100.2033\n" : ""}
`;
const german = (image = true): string => `
Tool zur Imageverwaltung für die Bereitstellung
Version: 10.0.19041.3636
${image ? "\nAbbildversion: 10.0.19045.4291\n" : ""}
`;
const french = (image = true): string => `
Outil Gestion et maintenance des images de déploiement
Version : 10.0.15063.0
${image ? "\nVersion de l’image : 10.0.15063.0\n" : ""}
`;
const japanese = (image = true): string => `
展開イメージのサービスと管理ツール
バージョン: 10.0.22621.2792
${image ? "\nイメージのバージョン: 10.0.22621.4317\n" : ""}
`;

const rollup = "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.2033.1.8";
const foundation = "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.26100.1";

export const localised: readonly Localised[] = [
  {
    title: "an image in full, with languages below their label",
    output: `${english(false)}Details for image : D:\\sources\\install.wim

Index : 6
Name : Windows 11 Pro
Description : Windows 11 Pro
Size : 18.358.026.779 bytes
WIM Bootable : No
Architecture : x64
Hal : <undefined>
Version : 10.0.26100
ServicePack Build : 1742
ServicePack Level : 0
Edition : Professional
Installation : Client
ProductType : WinNT
ProductSuite : Terminal Server
System Root : WINDOWS
Directories : 24123
Files : 105456
Created : 2024. 09. 06. - 5:54:11
Modified : 2024. 09. 06. - 6:18:27
Languages :
\ten-US (Default)
\tfr-FR
The operation completed successfully.
`,
    says: {
      banner: { tool: "10.0.26100.1150" },
      image: {
        index: 6,
        name: "Windows 11 Pro",
        description: "Windows 11 Pro",
        bytes: 18_358_026_779,
        bootable: false,
        architecture: "x64",
        hal: "",
        version: "10.0.26100.1742",
        servicePackLevel: "0",
        edition: "Professional",
        installation: "Client",
        productType: "WinNT",
        productSuite: "Terminal Server",
        systemRoot: "WINDOWS",
        directories: 24_123,
        files: 105_456,
        created: "2024. 09. 06. - 5:54:11",
        modified: "2024. 09. 06. - 6:18:27",
        languages: ["en-US", "fr-FR"],
        defaultLanguage: "en-US",
      },
    },
  },
  {
    title: "images in German, with quotation marks and points in numbers",
    output: `${german(false)}Details für Abbild: D:\\sources\\boot.wim

Index: "1"
Name: "Microsoft Windows PE (x64)"
Beschreibung: "Microsoft Windows PE (x64)"
Größe: 1.680.843.005 Bytes

Index: "2"
Name: "Microsoft Windows Setup (x64)"
Beschreibung: ""
Größe: 1.821.696.047 Bytes

Der Vorgang wurde erfolgreich beendet.
`,
    says: {
      banner: { tool: "10.0.19041.3636" },
      images: [
        {
          index: 1,
          name: "Microsoft Windows PE (x64)",
          description: "Microsoft Windows PE (x64)",
          bytes: 1_680_843_005,
        },
        { index: 2, name: "Microsoft Windows Setup (x64)", description: "", bytes: 1_821_696_047 },
      ],
    },
  },
  {
    title: "images in French, with narrow blanks in numbers, and no line between them",
    output: `${french(false)}Détails pour l’image : Z:\\sources\\boot.wim
Index : 1
Nom : Microsoft Windows PE (x64)
Description : Microsoft Windows PE (x64)
Taille : 1\u202f680\u202f843\u202f005 octets
Index : 2
Nom : Microsoft Windows Setup (x64)
Description : Microsoft Windows Setup (x64)
Taille : 1\u00a0821\u00a0696\u00a0047 octets
`,
    says: {
      images: [
        {
          index: 1,
          name: "Microsoft Windows PE (x64)",
          description: "Microsoft Windows PE (x64)",
          bytes: 1_680_843_005,
        },
        {
          index: 2,
          name: "Microsoft Windows Setup (x64)",
          description: "Microsoft Windows Setup (x64)",
          bytes: 1_821_696_047,
        },
      ],
    },
  },
  {
    title: "mounted images, and paths with colons",
    output: `${english(false)}Mounted images:

Mount Dir : C:\\work\\mount-1
Image File : C:\\work\\working.wim
Image Index : 1
Mounted Read/Write : Yes
Status : Ok

Mount Dir : D:\\old : mount
Image File : \\\\server\\images\\install.wim
Image Index : 4
Mounted Read/Write : No
Status : Needs Remount

The operation completed successfully.
`,
    says: {
      mountedImages: [
        {
          mountDir: "C:\\work\\mount-1",
          file: "C:\\work\\working.wim",
          index: 1,
          writable: true,
          status: "Ok",
        },
        {
          mountDir: "D:\\old : mount",
          file: "\\\\server\\images\\install.wim",
          index: 4,
          writable: false,
          status: "Needs Remount",
        },
      ],
    },
  },
  {
    title: "mounted images in German",
    output: `${german(false)}Bereitgestellte Abbilder:

Bereitstellungsverzeichnis: C:\\work\\mount-1
Abbilddatei: C:\\work\\working.wim
Abbildindex: 1
Mit Lese-/Schreibzugriff bereitgestellt: Ja
Status: OK

Der Vorgang wurde erfolgreich beendet.
`,
    says: {
      mountedImages: [
        {
          mountDir: "C:\\work\\mount-1",
          file: "C:\\work\\working.wim",
          index: 1,
          writable: true,
          status: "OK",
        },
      ],
    },
  },
  {
    title: "no mounted image",
    output: `${english(false)}No mounted images found.\n`,
    says: { mountedImages: undefined },
  },
  {
    title: "packages, one of them with a time in the host's format",
    output: `${english()}Packages listing:

Package Identity : ${foundation}
State : Installed
Release Type : Foundation
Install Time : 1/4/2024 13:20

Package Identity : ${rollup}
State : Install Pending
Release Type : Security Update
Install Time : 

The operation completed successfully.
`,
    says: {
      banner: { tool: "10.0.26100.1150", image: "10.0.26100.2033" },
      packages: [
        {
          identity: foundation,
          state: "Installed",
          releaseType: "Foundation",
          installTime: "1/4/2024 13:20",
        },
        { identity: rollup, state: "Install Pending", releaseType: "Security Update", installTime: "" },
      ],
    },
  },
  {
    title: "packages in Japanese",
    output: `${japanese()}パッケージの一覧:

パッケージ ID : ${rollup}
状態 : インストール済み
リリースの種類 : Security Update
インストール時間 : 2024/10/09 8:21

操作は正常に完了しました。
`,
    says: {
      packages: [
        {
          identity: rollup,
          state: "インストール済み",
          releaseType: "Security Update",
          installTime: "2024/10/09 8:21",
        },
      ],
    },
  },
  {
    title: "a package with its features",
    output: `${english()}Package information:

Package Identity : ${foundation}
Applicable : Yes
Copyright : Copyright (c) Microsoft Corporation. All Rights Reserved
Company : Microsoft Corporation
Creation Time : 4/1/2024 7:22 AM
Description : Foundation: the base of it
Install Client : DISM Package Manager Provider
Install Package Name : foundation.mum
Install Time : 4/1/2024 7:24 AM
Last Update Time : 
Name : Foundation
Product Name : Microsoft-Windows-Foundation-Package
Product Version : 
Release Type : Foundation
Restart Required : Possible
Support Information : 
State : Installed
Completely offline capable : Undetermined
Self servicing package : No
Capability Identity : 

Custom Properties:

(No custom properties found)

Features listing for package : ${foundation}

Feature Name : TelnetClient
State : Disabled

Feature Name : NetFx3
State : Disabled with Payload Removed

The operation completed successfully.
`,
    says: {
      package: {
        identity: foundation,
        state: "Installed",
        releaseType: "Foundation",
        installTime: "4/1/2024 7:24 AM",
        applicable: "Yes",
        description: "Foundation: the base of it",
        name: "Foundation",
        productName: "Microsoft-Windows-Foundation-Package",
        productVersion: "",
        restartRequired: "Possible",
        offlineCapable: "Undetermined",
        capability: "",
        features: [
          { name: "TelnetClient", state: "Disabled" },
          { name: "NetFx3", state: "Disabled with Payload Removed" },
        ],
      },
    },
  },
  {
    title: "features as a table",
    output: `${english()}Features listing for package : ${foundation}

-------------------------------- | -----------------------------
Feature Name                     | State
-------------------------------- | -----------------------------
TelnetClient                     | Disabled
NetFx3                           | Disabled with Payload Removed

The operation completed successfully.
`,
    says: {
      features: [
        { name: "TelnetClient", state: "Disabled" },
        { name: "NetFx3", state: "Disabled with Payload Removed" },
      ],
    },
  },
  {
    title: "features in Japanese",
    output: `${japanese()}パッケージの機能の一覧 : ${foundation}

機能名 : Microsoft-Hyper-V
状態 : 有効

機能名 : TelnetClient
状態 : 無効

操作は正常に完了しました。
`,
    says: {
      features: [
        { name: "Microsoft-Hyper-V", state: "有効" },
        { name: "TelnetClient", state: "無効" },
      ],
    },
  },
  {
    title: "a feature with its properties",
    output: `${english()}Feature Information:

Feature Name : Microsoft-Windows-Subsystem-Linux
Display Name : Windows Subsystem for Linux
Description : Runs Linux: its tools
Restart Required : Possible
State : Enable Pending

Custom Properties:

ServerComponent\\Id : 1033
State : of another kind

The operation completed successfully.
`,
    says: {
      feature: {
        name: "Microsoft-Windows-Subsystem-Linux",
        displayName: "Windows Subsystem for Linux",
        description: "Runs Linux: its tools",
        restartRequired: "Possible",
        state: "Enable Pending",
      },
    },
  },
  {
    title: "a capability in full",
    output: `${english()}Capability Identity : Language.Basic~~~fr-fr~0.0.1.0
Name : Language.Basic
State : Installed
Display Name : French typing
Description : Spelling and more
Download Size : 27.50 MB
Install Size : 60.12 MB

The operation completed successfully.
`,
    says: {
      capability: {
        identity: "Language.Basic~~~fr-fr~0.0.1.0",
        state: "Installed",
        displayName: "French typing",
        description: "Spelling and more",
        downloadSize: "27.50 MB",
        installSize: "60.12 MB",
      },
    },
  },
  {
    title: "drivers in French",
    output: `${french()}Obtention de la liste des pilotes tiers…

Liste des packages de pilotes :

Nom publié : oem3.inf
Nom de fichier d’origine : netwtw08.inf
Boîte de réception : Non
Nom de classe : Net
Nom du fournisseur : Intel
Date : 24/03/2009
Version : 3.0.4.70

L’opération a réussi.
`,
    says: {
      drivers: [
        {
          publishedName: "oem3.inf",
          originalFileName: "netwtw08.inf",
          inbox: false,
          className: "Net",
          provider: "Intel",
          date: "24/03/2009",
          version: "3.0.4.70",
        },
      ],
    },
  },
  {
    title: "a driver with its devices",
    output: `${english()}Driver package information:

Published Name : oem0.inf
Driver Store Path : C:\\m\\Windows\\System32\\DriverStore\\FileRepository\\x.inf_amd64_1\\x.inf
Class Name : Net
Class Description : Network adapters
Class GUID : {4D36E972-E325-11CE-BFC1-08002BE10318}
Date : 3/24/2009
Version : 3.0.4.70
Boot Critical : No

Drivers for architecture : amd64

    Manufacturer : Contoso
    Description : Contoso 1000
    Architecture : x64
    Hardware ID : PCI\\VEN_1234&DEV_0001
    Service Name : con1000
    Compatible IDs : PCI\\VEN_1234
    Exclude IDs : 

    Manufacturer : Contoso
    Description : Contoso 2000
    Architecture : x64
    Hardware ID : PCI\\VEN_1234&DEV_0002
    Service Name : con1000
    Compatible IDs : 
    Exclude IDs : 

The operation completed successfully.
`,
    says: {
      driver: {
        publishedName: "oem0.inf",
        storePath: "C:\\m\\Windows\\System32\\DriverStore\\FileRepository\\x.inf_amd64_1\\x.inf",
        className: "Net",
        classDescription: "Network adapters",
        classGuid: "{4D36E972-E325-11CE-BFC1-08002BE10318}",
        date: "3/24/2009",
        version: "3.0.4.70",
        bootCritical: false,
        models: [
          ["1000", "0001", "PCI\\VEN_1234"],
          ["2000", "0002", ""],
        ].map(([name, id, compatibleIds]) => ({
          manufacturer: "Contoso",
          description: `Contoso ${name}`,
          architecture: "x64",
          hardwareId: `PCI\\VEN_1234&DEV_${id}`,
          service: "con1000",
          compatibleIds,
          excludeIds: "",
        })),
      },
    },
  },
  {
    title: "international settings",
    output: `${english()}Reporting offline international settings.

Default system UI language : en-US
System locale : de-DE
Default time zone : W. Europe Standard Time
User locale for default user : de-DE
Location : Germany (GEOID = 94)
Active keyboard(s) : 0407:00000407, 0409:00000409
Keyboard layered driver : Not installed.

Installed language(s): de-DE
  Type : Partially localized language, MUI type.
Installed language(s): en-US
  Type : Fully localized language.

The operation completed successfully.
`,
    says: {
      international: {
        uiLanguage: "en-US",
        systemLocale: "de-DE",
        timeZone: "W. Europe Standard Time",
        userLocale: "de-DE",
        location: "Germany (GEOID = 94)",
        keyboards: ["0407:00000407", "0409:00000409"],
        languages: ["de-DE", "en-US"],
      },
    },
  },
  {
    title: "the edition in German",
    output: `${german()}Aktuelle Edition : EnterpriseS\n\nDer Vorgang wurde erfolgreich beendet.\n`,
    says: { edition: "EnterpriseS" },
  },
  {
    title: "the editions that an image can become",
    output: `${english()}Editions that can be upgraded to:\n\nTarget Edition : Professional\nTarget Edition : Education\n`,
    says: { targetEditions: ["Professional", "Education"] },
  },
  {
    title: "the component store in Japanese",
    output: `${japanese()}[==========================100.0%==========================]

コンポーネント ストア (WinSxS) 情報:

エクスプローラーによって検出されたコンポーネント ストアのサイズ : 11.24 GB

コンポーネント ストアの実際のサイズ : 11.04 GB

    Windows と共有 : 7.04 GB
    バックアップおよび無効な機能 : 3.99 GB
    キャッシュおよび一時的なデータ :  0 bytes

前回のクリーンアップ日 : 2024-12-05 18:59:10

再利用できるパッケージの数 : 2
コンポーネント ストアのクリーンアップを推奨 : はい

操作は正常に完了しました。
`,
    says: {
      componentStore: {
        reportedSize: "11.24 GB",
        actualSize: "11.04 GB",
        sharedWithWindows: "7.04 GB",
        backups: "3.99 GB",
        cache: "0 bytes",
        lastCleanup: "2024-12-05 18:59:10",
        reclaimablePackages: 2,
        cleanupRecommended: true,
      },
    },
  },
  {
    title: "the settings of Windows PE",
    output: `${english()}Scratch Space : 512MB\nTarget Path : X:\\\n`,
    says: { peSettings: { megabytes: 512, targetPath: "X:\\" } },
  },
  {
    title: "default associations",
    output: `${english()}<?xml version="1.0" encoding="UTF-8"?>
<DefaultAssociations>
  <Association Identifier=".htm" ProgId="AppX4hxt" ApplicationName="Microsoft Edge" />
</DefaultAssociations>
`,
    says: { associations: [{ identifier: ".htm", progId: "AppX4hxt", application: "Microsoft Edge" }] },
  },
  {
    title: "an error with its log",
    output: `${english(false)}
Error: 0xc1420117

The directory could not be completely unmounted. This is usually due to applications that still have
files opened within the mount directory.

The DISM log file can be found at C:\\work\\Unmount-Image-1.log
`,
    says: {
      error: {
        code: 0xc142_0117,
        text: "The directory could not be completely unmounted. This is usually due to applications that still have files opened within the mount directory.",
        log: "C:\\work\\Unmount-Image-1.log",
      },
    },
  },
  {
    title: "an error in German, as a number",
    output: `${german(false)}
Fehler: 740

Für DISM sind erhöhte Rechte erforderlich.
`,
    says: { error: { code: 740, text: "Für DISM sind erhöhte Rechte erforderlich." } },
  },
  {
    title: "an error in Japanese",
    output: `${japanese(false)}
エラー: 0x800f081f

ソース ファイルが見つかりませんでした。

DISM ログ ファイルは C:\\work\\x.log にあります
`,
    says: {
      error: { code: 0x800f_081f, text: "ソース ファイルが見つかりませんでした。", log: "C:\\work\\x.log" },
    },
  },
];
