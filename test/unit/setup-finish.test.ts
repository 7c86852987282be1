import assert from "node:assert/strict";
import { XMLValidator } from "fast-xml-parser";
import type { Contribution } from "../../core/engine.ts";
import { setupRoads } from "../../core/engines/setup.ts";
import { ServicingError } from "../../core/error.ts";
import { validPasses } from "../../core/formats/unattend-passes.ts";
import type { ImageInfo } from "../../core/image.ts";
import { finishSetup, type Existing } from "../../core/setup-finish.ts";

const image: ImageInfo = {
  file: "/i.wim",
  index: 1,
  name: "",
  architecture: "arm64",
  version: "10.0.26100.1",
  editionId: "",
  installationType: "Client",
  languages: [],
  defaultLanguage: "",
  totalBytes: 0,
};

const finish = (contributions: readonly Contribution[], existing: Existing = {}) => {
  const all = contributions.map((contribution, index) => ({
    by: "p",
    item: `p/${index + 1}`,
    contribution,
  }));
  const finished = finishSetup(all, image, existing);
  const text = (to: string) => {
    const found = finished.operations
      .map(({ operation }) => operation)
      .filter((one) => one.type === "Write-File" && one.to === to);
    assert.ok(found.length < 2, to);
    return found[0]?.type === "Write-File" ? found[0].text : undefined;
  };
  const answerFile = text("\\Windows\\Panther\\unattend.xml");
  if (answerFile !== undefined) assert.equal(XMLValidator.validate(answerFile), true);
  return { ...finished, text, answerFile };
};

const driver = (path: string, deployment: "applied" | "winpe" = "applied"): Contribution => {
  const road = setupRoads["Add-Driver"];
  assert.ok("lower" in road);
  return road.lower({ type: "Add-Driver", driver: path }, image, deployment);
};

const complete: Contribution = {
  setupComplete: [{ title: "a", file: "a.exe", args: [], success: [0] }],
};

const key = (value: string): Contribution => ({
  settings: [{ pass: "specialize", component: "Microsoft-Windows-Shell-Setup", path: ["ProductKey"], value }],
});

const home = "\\Windows\\Setup\\Servicing";
const script = "\\Windows\\Setup\\Scripts\\SetupComplete.cmd";

const warned = (contributions: readonly Contribution[], deployment: "media" | "winpe"): boolean =>
  finishSetup(
    contributions.map((contribution) => ({ by: "p", item: "p/1", contribution })),
    image,
    {},
    deployment,
  ).warnings.some((text) => text.includes("did not look at such packages"));

describe("finishing the setup road", () => {
  it("gathers everything into one answer file, scripts and payload", () => {
    const { operations, answerFile, text, sentences, warnings } = finish([
      driver("/in/net/net.inf"),
      {
        settings: [
          {
            pass: "specialize",
            component: "Microsoft-Windows-Shell-Setup",
            path: ["TimeZone"],
            value: "UTC",
          },
        ],
      },
      complete,
      { firstLogon: [{ title: "hello", file: "b.exe", args: [], success: [0] }] },
    ]);
    assert.deepEqual(
      operations.map(({ operation: one }) => [one.type, "to" in one ? one.to : ""]),
      [
        ["Copy-File", `${home}\\Drivers\\net`],
        ["Write-File", `${home}\\specialize.cmd`],
        ["Write-File", `${home}\\setupcomplete.cmd`],
        ["Write-File", `${home}\\firstlogon.cmd`],
        ["Write-File", "\\Windows\\Panther\\unattend.xml"],
        ["Write-File", script],
      ],
    );
    assert.ok(answerFile?.includes('processorArchitecture="arm64"'));
    assert.match(
      answerFile ?? "",
      /<Order>1<\/Order>\s*<Description>servicing specialize<\/Description>\s*<Path>cmd.exe \/d \/c "%SystemDrive%\\Windows\\Setup\\Servicing\\specialize.cmd"</,
    );
    assert.match(answerFile ?? "", /<CommandLine>cmd.exe \/d \/c "%SystemDrive%.*firstlogon.cmd"</);
    assert.match(
      text(`${home}\\specialize.cmd`) ?? "",
      /pnputil\.exe" \/add-driver "%SystemDrive%.*\\Drivers\\net\\net\.inf" \/install >> %LOG%/,
    );
    assert.match(text(script) ?? "", /call "%SystemRoot%\\Setup\\Servicing\\setupcomplete\.cmd"\r\n$/);
    assert.ok(sentences["p/3"]?.some((sentence) => sentence.includes("OEM product key")));
    assert.ok(sentences["p/1"]?.some((sentence) => sentence.startsWith("in specialize: ")));
    assert.deepEqual(warnings, []);
  });

  it("warns of packages that Setup from media may not look at", () => {
    const identity = "A~31bf3856ad364e35~amd64~~1.0.0.0";
    const removal: Contribution = { packages: [{ action: "remove", identity }] };
    const eula: Contribution = {
      settings: [
        {
          pass: "windowsPE",
          component: "Microsoft-Windows-Setup",
          path: ["UserData", "AcceptEula"],
          value: true,
        },
      ],
    };
    assert.ok(warned([removal], "media"));
    assert.ok(!warned([removal, eula], "media"));
    assert.ok(!warned([eula], "media"));
    assert.ok(!warned([removal], "winpe"));
  });

  it("is deterministic, and writes nothing where there is nothing", () => {
    const all = [driver("/a/n/n.inf"), complete];
    assert.deepEqual(finish(all).operations, finish(all).operations);
    assert.deepEqual(finish([]).operations, []);
    assert.equal(finish([{ payload: [{ from: "/a", to: `${home}\\Files\\a` }] }]).operations.length, 1);
  });

  it("keeps payloads of one name apart, and shares one of one source", () => {
    for (const deployment of ["applied", "winpe"] as const) {
      const { operations, answerFile, text } = finish([
        driver("/a/Net/n.inf", deployment),
        driver("/b/net/n.inf", deployment),
        driver("/a/Net/m.inf", deployment),
        driver("/c/net/n.inf", deployment),
      ]);
      const copies = operations.flatMap(({ operation: one }) =>
        one.type === "Copy-File" ? [`${one.from} ${one.to}`] : [],
      );
      assert.deepEqual(copies, [
        `/a/Net ${home}\\Drivers\\Net`,
        `/b/net ${home}\\Drivers\\2\\net`,
        `/c/net ${home}\\Drivers\\3\\net`,
      ]);
      const where = deployment === "winpe" ? answerFile : text(`${home}\\specialize.cmd`);
      for (const path of ["Drivers\\Net", "Drivers\\2\\net", "Drivers\\3\\net"]) {
        assert.ok(where?.includes(path), path);
      }
    }
  });

  it("gives media the answer file and what travels on them, the image scripts and payload", () => {
    const boot = (name: string): Contribution => {
      const road = setupRoads["Add-Driver"];
      assert.ok("lower" in road);
      const facts = { bootCritical: true, underivable: [] };
      return road.lower({ type: "Add-Driver", driver: `/${name}/stor/s.inf`, facts }, image, "media");
    };
    const all = [boot("a"), boot("b"), key("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"), complete, driver("/a/n/n.inf")];
    const own = '<unattend xmlns="urn:schemas-microsoft-com:unattend"><!-- image --></unattend>';
    const { media, operations, warnings, sentences } = finishSetup(
      all.map((contribution, index) => ({ by: "p", item: `p/${index + 1}`, contribution })),
      image,
      { answerFile: own },
      "media",
    );
    assert.deepEqual(media?.files, [
      { from: "/a/stor", to: "$WinPEDriver$\\stor" },
      { from: "/b/stor", to: "$WinPEDriver$\\2\\stor" },
    ]);
    assert.deepEqual(sentences["p/2"], ["/b/stor travels on the media as $WinPEDriver$\\2\\stor"]);
    assert.match(media?.answerFile?.text ?? "", /<ProductKey>AAAAA[^]*specialize\.cmd/);
    assert.ok(!media?.answerFile?.text.includes("<!-- image -->"));
    assert.match(warnings.join(), /own \\Windows\\Panther\\unattend\.xml is not read/);
    const written = operations.map(({ operation }) => ("to" in operation ? operation.to : ""));
    assert.ok(written.includes(`${home}\\specialize.cmd`) && written.includes(script));
    assert.ok(written.includes(`${home}\\Drivers\\n`) && !written.some((to) => to.endsWith("unattend.xml")));
  });

  it("keeps the image's own SetupComplete.cmd and runs it first", () => {
    const own = "@echo off\r\nexit /b 3\r\n";
    const { text, warnings } = finish([complete], { setupComplete: own });
    assert.equal(text("\\Windows\\Setup\\Scripts\\SetupComplete.image.cmd"), own);
    const ours = text(script) ?? "";
    assert.ok(ours.indexOf("SetupComplete.image.cmd") < ours.indexOf("setupcomplete.cmd"));
    assert.deepEqual(warnings, []);
  });

  it("says so where nobody could read what the image has, and where it was serviced before", () => {
    const unread = finish([complete], { unread: "wimlib-imagex is not installed" });
    assert.match(
      unread.warnings.join(),
      /not known, since wimlib-imagex is not installed; ours would replace it/,
    );
    const again = finish([complete], { setupComplete: finish([complete]).text(script) ?? "" });
    assert.match(again.warnings.join(), /serviced before and not installed since/);
    assert.deepEqual(finish([complete]).warnings, []);
  });

  it("says of what an image has from before that it runs first, where something still calls it", () => {
    const specialize = driver("/a/n/n.inf");
    const before = finish([specialize, complete]);
    const setupComplete = before.text(script) ?? "";
    const answerFile = before.answerFile ?? "";
    const told = (existing: Existing, deployment: "applied" | "media", ...more: readonly Contribution[]) =>
      finishSetup(
        [specialize, complete, ...more].map((contribution) => ({ by: "p", item: "p/1", contribution })),
        image,
        existing,
        deployment,
      ).warnings.map(
        (text) => /what it was given then .*?runs first|is not read|is replaced by/.exec(text)?.[0],
      );
    const all = "what it was given then runs first";
    const end = "what it was given then for the end of Setup runs first";
    assert.deepEqual(told({ answerFile, setupComplete }, "applied"), [all]);
    assert.deepEqual(told({ setupComplete }, "applied"), [end]);
    assert.deepEqual(told({ answerFile, setupComplete }, "media"), [end, "is not read"]);
    assert.deepEqual(told({ answerFile }, "media"), ["is not read"]);
    const mine: Contribution = { answerFile: "/in/u.xml" };
    const other = '<unattend xmlns="urn:schemas-microsoft-com:unattend" />';
    assert.deepEqual(told({ answerFile, baseAnswerFile: other }, "applied", mine), ["is replaced by"]);
    assert.deepEqual(told({ answerFile, baseAnswerFile: answerFile }, "media", mine), [all, "is not read"]);
  });

  it("adds to what an earlier run left in the image, and loses nothing of it", () => {
    const first = finish([driver("/a/n/n.inf"), complete]);
    const second = finish([driver("/a/m/m.inf"), complete], {
      answerFile: first.answerFile ?? "",
      setupComplete: first.text(script) ?? "",
    });
    for (const name of ["specialize.cmd", "specialize-2.cmd"])
      assert.ok(second.answerFile?.includes(name), name);
    assert.match(second.answerFile ?? "", /<Order>2<\/Order>/);
    assert.ok(second.text(`${home}\\specialize-2.cmd`)?.includes("specialize-2.log"));
    assert.match(second.text(script) ?? "", /setupcomplete\.cmd"\r\ncall .*setupcomplete-2\.cmd"\r\n$/);
    assert.equal(second.text("\\Windows\\Setup\\Scripts\\SetupComplete.image.cmd"), undefined);
  });

  it("takes the user's answer file as the base, and says what it replaces", () => {
    const base = '<unattend xmlns="urn:schemas-microsoft-com:asm.v3"><!-- mine --></unattend>';
    const { answerFile, warnings } = finish([{ answerFile: "/in/u.xml" }, driver("/a/n/n.inf")], {
      answerFile: '<unattend xmlns="urn:schemas-microsoft-com:unattend"><!-- image --></unattend>',
      baseAnswerFile: base,
    });
    assert.ok(answerFile?.includes("<!-- mine -->") && !answerFile.includes("<!-- image -->"));
    assert.ok(answerFile?.includes('xmlns="urn:schemas-microsoft-com:unattend"'));
    assert.match(warnings.join(), /replaced by \/in\/u\.xml/);
    assert.throws(
      () => finish([{ answerFile: "/a.xml" }, { answerFile: "/b.xml" }]),
      (error) => error instanceof ServicingError && error.code === "SERVICING_SETTING_CONFLICT",
    );
    assert.throws(
      () => finish([{ answerFile: "/in/u.xml" }], { baseAnswerFile: "<a>" }),
      (error) => error instanceof ServicingError && /\/in\/u\.xml/.test(error.message),
    );
  });

  it("never writes a secret, and names who differs", () => {
    assert.throws(() => finish([key("a"), key("b")]), /p \(p\/1\) and by p \(p\/2\)/);
    const secret: Contribution = {
      settings: [
        {
          pass: "specialize",
          component: "Microsoft-Windows-Shell-Setup",
          path: ["ProductKey"],
          value: { secret: "KEY" },
        },
      ],
    };
    const { operations, sentences } = finish([secret]);
    const file = operations[0]?.operation;
    assert.ok(file?.type === "Write-File" && file.secrets?.length === 1);
    assert.ok(file.text.includes(file.secrets[0]!.placeholder));
    assert.ok(!JSON.stringify(sentences).includes("KEY"));
  });

  it("sets only what is valid where it stands", () => {
    for (const road of [
      setupRoads["Set-AllIntl"],
      setupRoads["Set-TimeZone"],
      setupRoads["Set-ProductKey"],
    ]) {
      assert.ok("lower" in road);
      const operation = { type: "x", language: "fr-FR", timeZone: "UTC", productKey: "k" } as never;
      const { settings = [], defaults = [] } = road.lower(operation, image, "applied");
      assert.ok(settings.length + defaults.length > 0);
      for (const one of [...settings, ...defaults]) {
        assert.ok(validPasses(one.component, one.path)?.includes(one.pass), one.path.join("/"));
      }
    }
  });
});
