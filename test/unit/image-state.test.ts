import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { bufferSource } from "../../core/formats/bytes.ts";
import { openHive } from "../../core/formats/hive.ts";
import { imageStateIn, imageStateOf, isGeneralized } from "../../core/formats/image-state.ts";
import { emptyHive } from "../../templates/sample/empty-hive.ts";
import { needs, rig } from "../support/rig.ts";

const oobe = "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE";
const of = (text: string): string | undefined => imageStateIn(Buffer.from(text));

describe("the state of an image", () => {
  it("is what State.ini says in its section, in any case and encoding", () => {
    assert.equal(of(`[State]\r\nImageState=${oobe}\r\n`), oobe);
    assert.equal(
      of(`; x\n[Other]\nImageState=IMAGE_STATE_COMPLETE\n[STATE]\n imagestate = ${oobe} \n`),
      oobe,
    );
    assert.equal(imageStateIn(Buffer.from(`\uFEFF[State]\r\nImageState=${oobe}`, "utf16le")), oobe);
    for (const none of [
      "",
      "[State]",
      `ImageState=${oobe}`,
      "[State]\nImageState=\u001b[31m",
      "[State]\nImageState=IMAGE_STATE_x",
    ])
      assert.equal(of(none), undefined, none);
  });

  it("can be captured when it is generalized, and not before", () => {
    assert.ok(isGeneralized(oobe) && isGeneralized("IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT"));
    for (const other of [
      "COMPLETE",
      "UNDEPLOYABLE",
      "SPECIALIZE_RESEAL_TO_OOBE",
      "SPECIALIZE_RESEAL_TO_AUDIT",
    ])
      assert.ok(!isGeneralized(`IMAGE_STATE_${other}`), other);
  });

  it("is in the hive SOFTWARE as well", function () {
    needs(this, "hivexsh");
    const file = rig().path("SOFTWARE");
    const stateIn = (): string | undefined =>
      imageStateOf(openHive(bufferSource(readFileSync(file)), "SOFTWARE"));
    const set = (...commands: readonly string[]): void => {
      execFileSync("hivexsh", ["-w", file], { input: [...commands, "commit", ""].join("\n") });
    };
    writeFileSync(file, emptyHive("SOFTWARE", new Date(0)));
    assert.equal(stateIn(), undefined);
    const keys = ["Microsoft", "Windows", "CurrentVersion", "Setup", "State"];
    set(...keys.flatMap((key) => [`add ${key}`, `cd ${key}`]), "setval 1", "ImageState", `string:${oobe}`);
    assert.equal(stateIn(), oobe);
    set(`cd \\${keys.join("\\")}`, "setval 1", "ImageState", "dword:1");
    assert.equal(stateIn(), undefined);
  });

  it("is read of any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2048 }), (bytes) => void imageStateIn(bytes)));
  });
});
