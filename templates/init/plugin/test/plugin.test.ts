import assert from "node:assert/strict";
import { images, planFor, summary } from "servicing/testing";
import { __FUNCTION__ } from "../src/index.ts";

describe("__NAME__", () => {
  it("marks the image", async () => {
    const plan = await planFor(__FUNCTION__({ label: "ours" }), { image: images.pro11 });
    assert.deepEqual(summary(plan), ["Set-Registry HKLM\\SOFTWARE\\__NAME__ Label → offline"]);
  });
});
