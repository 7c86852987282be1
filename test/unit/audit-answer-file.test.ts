import assert from "node:assert/strict";
import { join } from "node:path";
import { auditAnswerFile, auditAnswerFilePath } from "../../core/audit/answer-file.ts";
import { jobFiles } from "../../core/audit/script.ts";
import { answerFilePath } from "../../core/setup-finish.ts";
import { codesOf } from "../support/answer-file.ts";
import { golden } from "../support/golden.ts";
import { image } from "../support/operations.ts";

describe("the answer file for audit mode", () => {
  it("reseals to audit mode, starts the job there, and generalizes behind it", () => {
    golden(join(import.meta.dirname, "../golden/audit/Unattend.xml"), auditAnswerFile(image));
  });

  it("is none that Windows Setup leaves, or that is there for it", () => {
    assert.notEqual(auditAnswerFilePath.toLowerCase(), answerFilePath.toLowerCase());
  });

  it("starts a script that the job has", () => {
    const [, path] = /"%SystemDrive%([^"]+)"/.exec(auditAnswerFile(image)) ?? [];
    assert.ok(jobFiles({ id: "x", steps: [], restarts: 0 }).some(({ to }) => to === path));
  });

  for (const architecture of ["x86", "amd64", "arm64"] as const)
    it(`has nothing that the lint finds: ${architecture}`, () => {
      const own = { ...image, architecture };
      const text = auditAnswerFile(own);
      assert.deepEqual(codesOf(text, { image: { images: [own] } }), []);
      assert.ok(text.includes(`processorArchitecture="${architecture}"`));
    });

  it("is for an architecture", () => {
    assert.throws(() => auditAnswerFile({ ...image, architecture: "unknown" }), {
      code: "SERVICING_SETTING_VALUE",
      message: /architecture/,
    });
  });
});
