import assert from "node:assert/strict";
import { AsyncSeriesHook } from "tapable";
import type {
  Artefact,
  Deployment,
  ImageInfo,
  Operation,
  PhaseBuilder,
  Plugin,
  Servicing,
} from "../../core/index.ts";
import { secret, ServicingError } from "../../core/index.ts";
import { features } from "../../plugins/features.ts";
import { languages } from "../../plugins/languages.ts";
import { settings } from "../../plugins/settings.ts";
import { unattend, type UnattendOptions } from "../../plugins/unattend.ts";

const image: ImageInfo = {
  file: "/i.wim",
  index: 1,
  name: "",
  architecture: "amd64",
  version: "10.0.26100.1",
  editionId: "",
  installationType: "Client",
  languages: ["en-US"],
  defaultLanguage: "en-US",
  totalBytes: 0,
};

/** Runs what a plugin taps into the modify phase. */
async function run(
  plugin: Plugin,
  artefacts: Readonly<Record<string, Partial<Artefact>>> = {},
  deployment: Deployment = "applied",
  of: Partial<ImageInfo> = {},
) {
  const modify = new AsyncSeriesHook<[PhaseBuilder]>(["builder"]);
  plugin.apply({ line: "test", hooks: { modify } } as unknown as Servicing);
  const operations: Operation[] = [];
  const warnings: string[] = [];
  const found: string[] = [];
  await modify.promise({
    phase: "modify",
    image: { ...image, ...of },
    engine: "wimlib",
    deployment,
    result: { kind: "wim", file: "/config/out/test.wim", index: 1 },
    add: (...all) => void operations.push(...all),
    asked: [],
    call: () => assert.fail("no plugin here calls"),
    warn: (text) => void warnings.push(text),
    resolve: (path) => (path.startsWith("/") ? path : `/config/${path}`),
    find: (patterns) => {
      found.push(...[patterns].flat());
      return Promise.resolve(Object.keys(artefacts).sort());
    },
    driver: () => assert.fail("no plugin here reads drivers"),
    inbox: () => assert.fail("no plugin here reads the image"),
    bootWim: () => assert.fail("no plugin here reads media"),
    media: () => assert.fail("no plugin here reads media"),
    inspect: (path) => Promise.resolve((artefacts[path] ?? { kind: "folder" }) as Artefact),
  });
  return { operations, warnings, found };
}

const invalid = (make: () => unknown, message: RegExp) =>
  assert.throws(
    make,
    (error) =>
      error instanceof ServicingError &&
      error.code === "SERVICING_PLUGIN_OPTIONS" &&
      (message.test(error.message) || assert.fail(error.message)),
  );

const pack = (file: string, language: string, rest: object = {}): Record<string, Partial<Artefact>> => ({
  [file]: {
    kind: "package",
    file,
    identity: `LP~31bf3856ad364e35~amd64~${language}~1.0.0.0`,
    name: "LP",
    architecture: "amd64",
    language,
    releaseType: "Language Pack",
    class: "language pack",
    builds: [],
    ...rest,
  } as Partial<Artefact>,
});

/** A French pack of Client, Server or WinPE. */
const packOf = (product: string, file = `/${product.toLowerCase()}.cab`) =>
  pack(file, "fr-FR", { name: `Microsoft-Windows-${product}-LanguagePack-Package` });

const french = async (artefacts: Readonly<Record<string, Partial<Artefact>>>, installationType: string) => {
  const plugin = languages({ add: ["fr-FR"], from: "lang" });
  const { operations } = await run(plugin, artefacts, "applied", { installationType });
  return operations.map((one) => one.type === "Add-Package" && one.package);
};

const withValue = (one: unknown) => () => settings({ registry: { "HKLM\\A": { Name: one } } } as never);

const value = (operations: readonly Operation[], pass: string, path: string) =>
  operations
    .flatMap((one) => (one.type === "Set-Unattend" ? one.settings : []))
    .find((one) => one.pass === pass && one.path.join("/") === path)?.value;

const feature = (file: string, name: string, of = "fr-fr") =>
  pack(file, "", {
    name: `Microsoft-Windows-LanguageFeatures-${name}-${of}-Package`,
    releaseType: "OnDemand Pack",
    class: "language feature",
  });

const packAndFeatures = (tag: string) => ({
  ...pack(`/${tag}.cab`, tag),
  ...feature(`/${tag}-basic.cab`, "Basic", tag),
  ...feature(`/${tag}-ocr.cab`, "OCR", tag),
});

describe("languages", () => {
  it("adds the pack, its features in order, and the defaults", async () => {
    const { operations, found } = await run(
      languages({
        add: ["fr-FR"],
        from: "lang/",
        default: "fr-FR",
        userLocale: "fr-BE",
        timeZone: "Romance Standard Time",
      }),
      {
        ...feature("/a-speech.cab", "Speech"),
        ...feature("/b-tts.cab", "TextToSpeech"),
        ...feature("/c-basic.cab", "Basic"),
        ...pack("/de.cab", "de-DE"),
        ...pack("/fr-arm.cab", "fr-FR", { architecture: "arm64" }),
        ...pack("/fr.cab", "fr-fr"),
      },
    );
    assert.deepEqual(found, ["lang/"]);
    assert.deepEqual(
      operations.map((one) => (one.type === "Add-Package" ? one.package : one.type)),
      [
        "/fr.cab",
        "/c-basic.cab",
        "/b-tts.cab",
        "/a-speech.cab",
        "Set-AllIntl",
        "Set-UserLocale",
        "Set-TimeZone",
      ],
    );
    assert.ok(operations[0]?.type === "Add-Package" && operations[0].identity?.includes("fr-fr"));
  });

  it("says which language has no pack, unless the image has it", async () => {
    await assert.rejects(
      run(languages({ add: ["de-DE"], from: "lang" }), pack("/fr.cab", "fr-FR")),
      /language pack for de-DE, amd64/,
    );
    const { operations, warnings } = await run(languages({ add: ["en-US"], from: "lang" }), {});
    assert.deepEqual([operations.length, warnings.length], [0, 1]);
  });

  it("takes the pack of the Windows that the image is, whatever else lies there", async () => {
    const all = { ...packOf("Client"), ...packOf("Server"), ...packOf("WinPE", "/a-pe.cab") };
    for (const [installationType, wanted] of [
      ["Client", "/client.cab"],
      ["Server", "/server.cab"],
      ["Server Core", "/server.cab"],
      ["WindowsPE", "/a-pe.cab"],
      ["", "/client.cab"],
    ] as const)
      assert.deepEqual(await french(all, installationType), [wanted], installationType);
    assert.deepEqual(await french(packOf("Contoso"), "Server"), ["/contoso.cab"]);
  });

  it("says what the packs are for where none is for the image", async () => {
    await assert.rejects(french({ ...packOf("Client"), ...packOf("WinPE") }, "Server"), {
      code: "SERVICING_INPUT_NOT_FOUND",
      message:
        /wanted: a language pack for fr-FR, amd64, Server \(client\.cab is for Client, winpe\.cab is for WinPE\)$/,
    });
    await assert.rejects(french(packOf("WinPE"), ""), {
      message: /a language pack for fr-FR, amd64 \(winpe\.cab is for WinPE\)$/,
    });
    const { warnings } = await run(languages({ add: ["fr-FR"], from: "lang" }), packOf("WinPE"), "applied", {
      languages: ["fr-FR"],
    });
    assert.match(warnings.join(), /has fr-FR already, and .* \(winpe\.cab is for WinPE\)$/);
  });

  it("takes the fonts of its script along, after Basic and once", async () => {
    const scripts = ["Arab", "Deva", "Hans", "Hant", "Jpan", "Kore", "PanEuropeanSupplementalFonts", "Thai"];
    const fonts = scripts.map((script) => feature(`/a-${script}.cab`, "Fonts", script));
    for (const [add, wanted] of [
      [["ja-JP"], ["ja-JP", "ja-JP-basic", "a-Jpan", "ja-JP-ocr"]],
      [["fa-IR"], ["fa-IR", "fa-IR-basic", "a-Arab", "fa-IR-ocr"]],
      [["zh-CN"], ["zh-CN", "zh-CN-basic", "a-Hans", "zh-CN-ocr"]],
      [
        ["zh-TW", "zh-HK"],
        ["zh-TW", "zh-TW-basic", "a-Hant", "zh-TW-ocr", "zh-HK", "zh-HK-basic", "zh-HK-ocr"],
      ],
      [["fr-FR"], ["fr-FR", "fr-FR-basic", "fr-FR-ocr"]],
      // What has the form of a language, and is none.
      [["zh-CHS"], ["zh-CHS", "zh-CHS-basic", "zh-CHS-ocr"]],
    ] as const) {
      const { operations } = await run(
        languages({ add: [...add], from: "lang" }),
        Object.assign({}, ...fonts, ...add.map(packAndFeatures)),
      );
      assert.deepEqual(
        operations.map((one) => one.type === "Add-Package" && one.package),
        wanted.map((name) => `/${name}.cab`),
      );
    }
  });

  it("sets what retail has, the fallback, the keyboard, and lang.ini of media, one by one", async () => {
    const { operations } = await run(
      languages({
        add: ["ja-JP"],
        from: "lang",
        retailDefaults: "ja-JP",
        uiFallback: "en-US",
        layeredDriver: 6,
        distribution: "media",
        setupLanguage: "ja-JP",
      }),
      pack("/jp.cab", "ja-JP"),
    );
    const distribution = "/config/media";
    assert.deepEqual(operations.slice(1), [
      { type: "Set-SKUIntlDefaults", language: "ja-JP" },
      { type: "Set-UILangFallback", language: "en-US" },
      { type: "Set-LayeredDriver", layeredDriver: 6 },
      { type: "Gen-LangINI", distribution },
      { type: "Set-SetupUILang", language: "ja-JP", distribution },
    ]);
  });

  it("refuses a fallback that will not be there, and what contradicts itself", async () => {
    const wanted = { add: ["fr-FR"], from: "l" };
    const foreign = languages({ ...wanted, uiFallback: "ja-JP" });
    await assert.rejects(run(foreign, pack("/fr.cab", "fr-FR")), /languages\.uiFallback: ja-JP is neither/);
    const retail = languages({ ...wanted, retailDefaults: "ja-JP" });
    await assert.rejects(
      run(retail, pack("/fr.cab", "fr-FR")),
      /languages\.retailDefaults: ja-JP is neither/,
    );
    invalid(() => languages({ ...wanted, default: "fr-FR", retailDefaults: "fr-FR" }), /both say/);
    invalid(() => languages({ ...wanted, setupLanguage: "fr-FR" }), /distribution, which is not given/);
    invalid(() => languages({ ...wanted, layeredDriver: 7 } as never), /languages\.layeredDriver/);
  });

  it("refuses a default that will not be there, and malformed options", async () => {
    const foreign = languages({ add: ["fr-FR"], from: "l", default: "ja-JP" });
    await assert.rejects(run(foreign, pack("/fr.cab", "fr-FR")), /ja-JP is neither added/);
    invalid(() => languages({ add: ["french"], from: "l" }), /languages\.add\.0: .*fr-FR/);
    invalid(() => languages({ add: [], from: "l" }), /languages\.add/);
    invalid(() => languages({ add: ["fr-FR"] } as never), /languages\.from/);
  });
});

describe("features", () => {
  it("disables, enables with parents, and takes capabilities from the source", async () => {
    const { operations } = await run(
      features({
        enable: [
          "NetFx3",
          { name: "TFTP", all: false, limitAccess: false },
          { name: "Kiosk", package: "K~31bf3856ad364e35~amd64~~1.0.0.0", limitAccess: false },
        ],
        disable: ["SMB1Protocol", { name: "X", remove: true }],
        capabilities: { add: ["A~~~~0.0.1.0"], remove: ["B~~~~0.0.1.0"] },
        source: "sxs",
      }),
    );
    const source = "/config/sxs";
    assert.deepEqual(operations, [
      { type: "Disable-Feature", feature: "SMB1Protocol" },
      { type: "Disable-Feature", feature: "X", remove: true },
      { type: "Enable-Feature", feature: "NetFx3", all: true, source, limitAccess: true },
      { type: "Enable-Feature", feature: "TFTP", all: false, source, limitAccess: false },
      {
        type: "Enable-Feature",
        feature: "Kiosk",
        package: "K~31bf3856ad364e35~amd64~~1.0.0.0",
        all: false,
        source,
        limitAccess: false,
      },
      { type: "Remove-Capability", capability: "B~~~~0.0.1.0" },
      { type: "Add-Capability", capability: "A~~~~0.0.1.0", source, limitAccess: true },
    ]);
  });

  it("refuses contradictions and unknown options, all at once", () => {
    invalid(() => features({ enable: ["a"], disable: ["A"] }), /enabled and disabled/);
    invalid(() => features({ capabilities: { add: ["a"], remove: ["a"] } }), /added and removed/);
    invalid(() => features({ enable: [5], extra: 1 } as never), /features\.enable\.0[^]*features\.extra/);
  });
});

describe("settings", () => {
  it("takes the type of a value from what it is", async () => {
    const { operations } = await run(
      settings({
        registry: {
          "HKLM\\SOFTWARE\\Contoso": {
            Name: "text",
            Count: 5,
            On: true,
            List: ["a", "b"],
            Big: 18446744073709551615n,
            Typed: { type: "REG_EXPAND_SZ", data: "%TEMP%" },
            Gone: null,
            "": "default",
          },
          "HKCU\\Software\\Old": null,
        },
      }),
    );
    assert.deepEqual(
      operations.map((one) => one.type === "Set-Registry" && [one.key.slice(0, 4), one.name, one.value]),
      [
        ["HKLM", "Name", { type: "REG_SZ", data: "text" }],
        ["HKLM", "Count", { type: "REG_DWORD", data: 5 }],
        ["HKLM", "On", { type: "REG_DWORD", data: 1 }],
        ["HKLM", "List", { type: "REG_MULTI_SZ", data: ["a", "b"] }],
        ["HKLM", "Big", { type: "REG_QWORD", data: "18446744073709551615" }],
        ["HKLM", "Typed", { type: "REG_EXPAND_SZ", data: "%TEMP%" }],
        ["HKLM", "Gone", undefined],
        ["HKLM", "", { type: "REG_SZ", data: "default" }],
        ["HKCU", undefined, undefined],
      ],
    );
  });

  it("names the value that is none", () => {
    invalid(withValue(-1), /settings\.registry\.HKLM\\A\.Name: a DWORD is at least 0/);
    invalid(withValue(1.5), /must be whole/);
    invalid(withValue(2 ** 32), /5n for a QWORD/);
    invalid(withValue({ type: "REG_BINARY", data: "abc" }), /Name/);
    invalid(withValue(undefined), /Name/);
    invalid(() => settings({ registry: { "SOFTWARE\\A": {} } }), /begins with HKLM/);
  });
});

/** The partition that Windows is installed on. */
const partition = async (disk: UnattendOptions["disk"]) => {
  const { operations } = await run(unattend({ ...(disk && { disk }) }), {}, "media");
  return value(operations, "windowsPE", "ImageInstall/OSImage/InstallTo/PartitionID");
};

describe("unattend", () => {
  it("writes the product's words as settings", async () => {
    const { operations, warnings } = await run(
      unattend({
        language: "fr-FR",
        userLocale: "fr-BE",
        timeZone: "Romance Standard Time",
        computerName: "*",
        administratorPassword: secret("ADMIN_PASSWORD"),
        accounts: [{ name: "ann", password: "open", group: "Administrators" }],
        autoLogon: { username: "ann", password: secret("ANN") },
        oobe: { hideEula: true, protectYourPC: 3 },
        oem: { manufacturer: "Contoso" },
        commands: { firstLogon: ["cmd /c a/b"], specialize: [{ command: "x", description: "y/z" }] },
        raw: {
          specialize: {
            "Microsoft-Windows-DNS-Client": { "DNSSuffixSearchOrder/DomainName[a/1]": "a.example" },
          },
        },
      }),
    );
    assert.deepEqual([...new Set(operations.map((one) => one.type))], ["Set-Unattend"]);
    const expected: readonly (readonly [string, string, unknown])[] = [
      ["oobeSystem", "UILanguage", "fr-FR"],
      ["specialize", "InputLocale", "fr-FR"],
      ["specialize", "UserLocale", "fr-BE"],
      ["oobeSystem", "TimeZone", "Romance Standard Time"],
      ["specialize", "ComputerName", "*"],
      ["oobeSystem", "UserAccounts/AdministratorPassword/Value", { secret: "ADMIN_PASSWORD" }],
      ["oobeSystem", "UserAccounts/LocalAccounts/LocalAccount[ann]/Group", "Administrators"],
      ["oobeSystem", "AutoLogon/LogonCount", 1],
      ["oobeSystem", "OOBE/HideEULAPage", true],
      ["oobeSystem", "OOBE/ProtectYourPC", 3],
      ["specialize", "OEMInformation/Manufacturer", "Contoso"],
      ["oobeSystem", "FirstLogonCommands/SynchronousCommand[cmd /c a/b]/CommandLine", "cmd /c a/b"],
      ["specialize", "RunSynchronous/RunSynchronousCommand[y/z]/Path", "x"],
      ["specialize", "DNSSuffixSearchOrder/DomainName[a/1]", "a.example"],
    ];
    for (const [pass, path, wanted] of expected)
      assert.deepEqual(value(operations, pass, path), wanted, path);
    assert.equal(value(operations, "oobeSystem", "OOBE/HideWirelessSetupInOOBE"), undefined);
    assert.deepEqual(warnings, [
      'unattend.accounts.0.password stands in the config as it is; secret("NAME") would keep it out',
    ]);
  });

  it("asks for each topic by itself, and for windowsPE only where media are made", async () => {
    const options = { language: "en-US", computerName: "PC-1", oobe: { hideEula: true } };
    const applied = await run(unattend(options));
    assert.equal(applied.operations.length, 3);
    assert.equal(value(applied.operations, "windowsPE", "UILanguage"), undefined);
    const media = await run(unattend(options), {}, "media");
    assert.equal(value(media.operations, "windowsPE", "UILanguage"), "en-US");
    const foreign = await run(unattend({ language: "fr-FR" }), {}, "media");
    assert.equal(value(foreign.operations, "windowsPE", "UILanguage"), undefined);
    assert.equal(value(foreign.operations, "windowsPE", "SystemLocale"), "fr-FR");
  });

  it("installs on the Windows partition, whatever stands before and behind it", async () => {
    assert.equal(await partition({ layout: "uefi", wipe: true }), 3);
    assert.equal(await partition({ layout: "bios", wipe: true, sizes: { recovery: 0 } }), 2);
    assert.equal(await partition(undefined), undefined);
  });

  it("says which passwords can be read, and what audit mode leaves out", async () => {
    const { warnings, operations } = await run(
      unattend({
        domain: { name: "contoso.example", username: "a@b.example", password: "open" },
        audit: { enter: true },
        oobe: { hideEula: true },
      }),
    );
    assert.deepEqual(
      warnings.map((text) => text.split(" ").slice(0, 4).join(" ")),
      [
        "unattend.domain.password stands in the",
        "unattend.domain.password stands readable in",
        "With unattend.audit.enter Windows leaves",
      ],
    );
    assert.deepEqual((await run(unattend({ audit: { enter: true } }))).warnings, []);
    // A name that holds its domain stands alone.
    assert.equal(value(operations, "specialize", "Identification/Credentials/Domain"), undefined);
    const offline = await run(unattend({ domain: { blob: secret("BLOB") } }));
    assert.deepEqual(value(offline.operations, "specialize", "Identification/Provisioning/AccountData"), {
      secret: "BLOB",
    });
    assert.match(offline.warnings.join(), /unattend\.domain\.blob/);
  });

  it("takes a file as the base, if it is an answer file", async () => {
    const { operations } = await run(unattend({ answerFile: "u.xml" }), {
      "/config/u.xml": { kind: "answer file" },
    });
    assert.deepEqual(operations, [
      { type: "Apply-Unattend", answerFile: "/config/u.xml", strategy: "setup" },
    ]);
    await assert.rejects(run(unattend({ answerFile: "u.txt" })), /no answer file but: folder/);
  });

  it("names every option that is wrong, and no password", () => {
    invalid(() => unattend({ computerName: "12345" }), /computerName/);
    invalid(() => unattend({ computerName: "a b" }), /computerName/);
    invalid(() => unattend({ computerName: "x".repeat(16) }), /15/);
    invalid(
      () => unattend({ oobe: { protectYourPC: 4 }, accounts: [{ name: "a/b" }] } as never),
      /accounts\.0\.name[^]*oobe\.protectYourPC/,
    );
    invalid(() => unattend({ raw: { firstBoot: {} } } as never), /raw\.firstBoot/);
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ disk: { layout: "uefi" } }, /disk\.wipe: is missing/],
      [{ disk: { layout: "uefi", wipe: false } }, /disk\.wipe: everything on the disk is lost/],
      [{ disk: { layout: "mbr", wipe: true } }, /disk\.layout: a layout is "uefi" or "bios"/],
      [{ disk: { layout: "uefi", wipe: true, sizes: { recovery: 100 } } }, /disk: .*recovery has 100 MiB/],
      [{ disk: { layout: "bios", wipe: true, sizes: { windows: 3_000_000 } } }, /disk: .*up to 2 TiB only/],
      [{ edition: {} }, /edition: it names an image/],
      [{ edition: { index: 1, name: "Pro" } }, /edition: an image is named by its index or by its name/],
      [{ edition: { key: "1" } }, /edition\.key: a product key has five groups/],
      [{ network: { interfaces: [{ id: "e", addresses: ["10.0.0.1"] }] } }, /addresses\.0: .*10\/24/],
      [{ network: { interfaces: [{ id: "e", addresses: ["10.0.0.1/33"] }] } }, /addresses\.0/],
      [{ network: { interfaces: [{ id: "e", gateway: "router" }] } }, /gateway: it is an IPv4 or IPv6/],
      [{ network: { interfaces: [{ id: "e" }, { id: "E" }] } }, /interfaces: two interfaces have one id/],
      [{ commands: { specialize: ["x".repeat(260)] } }, /specialize\.0: .*at most 259 characters/],
      [
        { commands: { logon: [{ command: "x".repeat(1025) }] } },
        /logon\.0\.command: .*at most 1024 characters/,
      ],
      [{ commands: { specialize: ["a.exe", "A.exe"] } }, /commands\.specialize: two commands/],
      [{ accounts: [{ name: "ann" }, { name: "Ann" }] }, /accounts: two accounts have one name/],
      [{ domain: { username: "a" } }, /domain\.name: is missing/],
      [{ domain: { blob: "a", name: "b" } }, /domain\.name: unknown option/],
      [{ domain: { name: "a", timeout: 1 } }, /domain\.timeout: it is at least 5/],
      [{ workgroup: "a b" }, /workgroup: /],
      [
        { workgroup: "LAB", domain: { name: "contoso.example" } },
        /unattend\.workgroup: Windows ignores a workgroup beside a domain: keep one of the two/,
      ],
      [{ workgroup: "LAB", domain: { blob: "a" } }, /unattend\.workgroup: /],
      [{ oem: { logo: "a.png" } }, /oem\.logo: the logo is a \.bmp/],
      [{ powerPlan: "fast" }, /powerPlan: it is "balanced"/],
      [
        { audit: { reseal: { mode: "oobe" }, generalize: { mode: "oobe" } } },
        /audit: the auditUser pass ends with reseal or/,
      ],
      [{ audit: { generalize: { mode: "off" } } }, /generalize\.mode: it is "audit" or "oobe"/],
      [{ oobe: { skipMachineOobe: true } }, /oobe\.skipMachineOobe: unknown option/],
      [{ defender: { sources: "c:\\x" } }, /defender\.sources: shares/],
    ];
    for (const [options, message] of wrong) invalid(() => unattend(options as never), message);
    invalid(
      () => unattend({ administratorPassword: secret("a b") }),
      /environment variable|secret\("NAME"\)/,
    );
    assert.throws(
      () => unattend({ productKey: "hunter2-hunter2" }),
      (error) => error instanceof Error && !error.message.includes("hunter2"),
    );
  });
});
