import assert from "node:assert/strict";
import type { Operation } from "../../core/operation.ts";
import { planLine } from "../../core/servicing.ts";
import type { WimFolder } from "../../templates/sample/wim-tree.ts";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { asking, needs, rig } from "../support/rig.ts";

const timeZone: Operation = {
  type: "Set-Unattend",
  settings: [
    { pass: "oobeSystem", component: "Microsoft-Windows-Shell-Setup", path: ["TimeZone"], value: "UTC" },
  ],
};
const answerFile = `<?xml version="1.0"?><unattend xmlns="urn:schemas-microsoft-com:unattend"><settings pass="specialize"/></unattend>`;

/** What a line would write as the answer file, and its warnings. */
async function planned(): Promise<{ readonly text: string; readonly warnings: readonly string[] }> {
  const here = rig();
  const panther: WimFolder = {
    name: "Panther",
    entries: [{ name: "unattend.xml", data: Buffer.from(answerFile) }],
  };
  const tree: WimFolder = { name: "", entries: [{ name: "Windows", entries: [panther] }] };
  const image = { name: "Small", time: new Date(0), facts: { WINDOWS: { ARCH: 9 } }, tree };
  await writeWim(here.path("small.wim"), { images: [image] });
  const plan = await planLine(
    here.line({ image: { file: here.path("small.wim") }, plugins: [asking(timeZone)] }),
  );
  const changes = plan.steps
    .flatMap((step) => step.commands)
    .flatMap((command) => ("act" in command && command.act === "update" ? command.changes : []));
  const written = changes.find((change) => change.change === "write");
  return { text: written?.text ?? "", warnings: plan.warnings };
}

describe("what an image tells Windows Setup already", () => {
  it("is the base of the answer file", async function () {
    needs(this, "wimlib-imagex");
    const { text, warnings } = await planned();
    assert.match(text, /<settings pass="specialize" ?\/>/);
    assert.deepEqual(warnings, []);
  });

  it("cannot be known without wimlib, and the plan says what is lost", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "";
    try {
      const { text, warnings } = await planned();
      assert.doesNotMatch(text, /specialize/);
      assert.match(warnings.join(), /nobody looked whether small\.wim:1 .* has .*unattend\.xml already/);
    } finally {
      process.env["PATH"] = path;
    }
  });
});
