import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { explain } from "../../core/explain.ts";
import { secret } from "../../core/index.ts";
import { eventValue, planValue } from "../../core/json.ts";
import { planLine } from "../../core/line-plan.ts";
import { runLine } from "../../core/line-run.ts";
import { reportText } from "../../core/report.ts";
import { unattend } from "../../plugins/unattend.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { generatedTree } from "../support/generated-tree.ts";
import { filesBelow, needs, rig, wimlib } from "../support/rig.ts";
import { traces } from "../support/secret-trace.ts";

const secrets = {
  E2E_ADMIN: "admin-Gläser&<7>",
  E2E_USER: "user-swordfish-1",
  E2E_LOGON: "logon-swordfish-2",
  E2E_AUDIT: "audit-swordfish-3",
  E2E_DOMAIN: "domain-swordfish-4",
  E2E_MACHINE: "machine-swordfish-5",
  E2E_KEY: "SWORD-FISH1-SWORD-FISH2-SWORD",
  E2E_RAW: "raw-swordfish-6",
};

/** The hidden form as Windows documents it: UTF-16LE of the password and its element's name, as Base64. */
const hidden = (password: string, element: string) =>
  Buffer.from(password + element, "utf16le").toString("base64");

const line = (plain = false) =>
  unattend({
    administratorPassword: secret("E2E_ADMIN"),
    accounts: [{ name: "ann", password: secret("E2E_USER") }],
    autoLogon: { username: "ann", password: secret("E2E_LOGON") },
    audit: { autoLogon: { password: secret("E2E_AUDIT") } },
    domain: {
      name: "contoso.example",
      username: "joiner",
      password: secret("E2E_DOMAIN"),
      machinePassword: secret("E2E_MACHINE"),
    },
    productKey: secret("E2E_KEY"),
    raw: {
      auditUser: {
        "Microsoft-Windows-Deployment": {
          "RunSynchronous/RunSynchronousCommand[a]/Credentials/Password": secret("E2E_RAW"),
          "RunSynchronous/RunSynchronousCommand[a]/Path": "a.exe",
        },
      },
      ...(plain && {
        oobeSystem: {
          "Microsoft-Windows-Shell-Setup": { "UserAccounts/AdministratorPassword/PlainText": true },
        },
      }),
    },
  });

describe("secrets of an answer file", function () {
  before(function () {
    needs(this, "wimlib-imagex");
    Object.assign(process.env, secrets);
  });

  after(() => {
    for (const name of Object.keys(secrets)) delete process.env[name];
  });

  it("are in the image's answer file alone, hidden where Windows can read them so", async () => {
    const here = rig();
    const image = here.path("install.wim");
    await writeWim(image, { images: [{ name: "One", time: new Date(0), tree: generatedTree(20, 10) }] });
    const wanted = here.line({ image: { file: image, architecture: "amd64" }, plugins: [line()] });

    const told: string[] = [];
    const plan = await planLine(wanted);
    told.push(JSON.stringify(planValue(plan)), explain(plan, {}));
    const report = await runLine(wanted, {
      signal: new AbortController().signal,
      emit: (event) => void told.push(JSON.stringify(eventValue(event))),
    });
    assert.ok(report.ok, report.error?.message);
    told.push(JSON.stringify(report), reportText(report, { plan, cwd: here.folder }));

    const texts = told.map((text, at) => [`what was told (${at})`, Buffer.from(text)] as const);
    const kept = filesBelow(here.folder)
      .filter((file) => !file.startsWith("out") && statSync(here.path(file)).isFile())
      .map((file) => [file, readFileSync(here.path(file))] as const);
    assert.ok(
      kept.some(([file]) => file.endsWith("report.json")) && kept.some(([file]) => file.startsWith("store")),
    );
    for (const [where, bytes] of [...texts, ...kept])
      for (const [name, value] of Object.entries(secrets))
        for (const trace of traces(value)) assert.ok(!bytes.includes(trace), `${name} is in ${where}`);

    const answerFile = wimlib(
      "extract",
      wanted.output.file,
      "1",
      "/Windows/Panther/unattend.xml",
      "--to-stdout",
    );
    const count = (text: string) => answerFile.split(text).length - 1;
    assert.equal(count(hidden(secrets.E2E_ADMIN, "AdministratorPassword")), 1);
    assert.equal(count(hidden(secrets.E2E_USER, "Password")), 1);
    assert.equal(count(hidden(secrets.E2E_LOGON, "Password")), 1);
    assert.equal(count(hidden(secrets.E2E_AUDIT, "Password")), 1);
    assert.equal(count(hidden(secrets.E2E_AUDIT, "AdministratorPassword")), 1);
    for (const name of ["E2E_ADMIN", "E2E_USER", "E2E_LOGON", "E2E_AUDIT"] as const)
      assert.equal(count(secrets[name]), 0, name);
    // Windows documents no hidden form of these.
    for (const name of ["E2E_DOMAIN", "E2E_MACHINE", "E2E_KEY", "E2E_RAW"] as const)
      assert.equal(count(`>${secrets[name]}<`), 1, name);
    assert.match(plan.warnings.join("\n"), /unattend\.domain\.password stands readable in the answer file/);
  });

  it("are plain where the config asks for that", async () => {
    const here = rig();
    const image = here.path("install.wim");
    await writeWim(image, { images: [{ name: "One", time: new Date(0), tree: generatedTree(20, 10) }] });
    const wanted = here.line({ image: { file: image, architecture: "amd64" }, plugins: [line(true)] });
    const report = await runLine(wanted, { signal: new AbortController().signal, emit: () => undefined });
    assert.ok(report.ok, report.error?.message);
    const answerFile = wimlib(
      "extract",
      wanted.output.file,
      "1",
      "/Windows/Panther/unattend.xml",
      "--to-stdout",
    );
    assert.ok(answerFile.includes("<Value>admin-Gläser&amp;&lt;7&gt;</Value>"));
    assert.ok(!answerFile.includes(secrets.E2E_USER));
  });
});
