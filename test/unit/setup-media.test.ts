import assert from "node:assert/strict";
import type { Operation } from "../../core/operation.ts";
import type { FinishedSetup } from "../../core/setup-finish.ts";
import { completeMedia, setupLanguages } from "../../core/setup-media.ts";
import type { Item } from "../../core/step.ts";

const media: Operation<"New-Media"> = {
  type: "New-Media",
  from: "/media",
  to: "/out/media",
  image: "/out/a.wim",
  files: [{ from: "/in/oem", to: "$OEM$" }],
};

function item(operation: Operation, image = 1): Item {
  return { id: `p/${image}`, phase: "deploy", by: "p", image, operation, considered: [] };
}

function finished(...images: readonly FinishedSetup["media"][]): ReadonlyMap<number, FinishedSetup> {
  const work = { settings: 0, packages: 0, specialize: 0, setupComplete: 0, firstLogon: 0 };
  return new Map(
    images.map((each, at) => [
      at + 1,
      { operations: [], work, sentences: {}, warnings: [], ...(each && { media: each }) },
    ]),
  );
}

const answerFile = { text: "<unattend/>", secrets: [] };

describe("what media hold for Windows Setup", () => {
  it("stays in the languages of boot.wim, which is said where the image gets more", () => {
    const verdict = { engine: "dism", strategy: "offline", accepted: true, because: "" } as const;
    const language = {
      type: "Add-Package",
      package: "/l/fr.cab",
      facts: { class: "language pack" },
    } as const;
    const made = [item(media), item(language)].map((each) => ({ ...each, verdict }));
    assert.match(setupLanguages(made).join(), /^\/out\/media: Setup stays in the languages of boot\.wim/);
    assert.deepEqual(setupLanguages(made.slice(0, 1)), []);
    assert.deepEqual(setupLanguages(made.slice(1)), []);
  });

  it("is put into the operation that makes them", () => {
    const files = [{ from: "/in/net", to: "$WinPEDriver$\\net" }];
    const [made] = completeMedia([item(media)], finished({ answerFile, files }));
    assert.deepEqual(made?.operation, { ...media, files: [...(media.files ?? []), ...files], answerFile });
  });

  it("is of all images that are serviced, each file once", () => {
    const file = { from: "/in/net", to: "$WinPEDriver$\\net" };
    const other = { from: "/in/gfx", to: "$WinPEDriver$\\gfx" };
    const images = finished({ answerFile, files: [file] }, { answerFile, files: [file, other] });
    const [made] = completeMedia([item(media)], images);
    assert.deepEqual(made?.operation.type === "New-Media" && made.operation.files?.slice(1), [file, other]);
  });

  it("is refused where images want different answer files, since media have one", () => {
    const different = { text: "<unattend></unattend>", secrets: [] };
    const images = finished({ answerFile, files: [] }, { answerFile: different, files: [] });
    assert.throws(() => completeMedia([item(media)], images), {
      code: "SERVICING_SETTING_CONFLICT",
      message: /autounattend\.xml.*image 1.*image 2/s,
    });
  });

  it("is refused where nothing makes media, and not missed where nothing is wanted", () => {
    const split = item({ type: "Split-Image", file: "/a.wim", to: "/a.swm", megabytes: 1 });
    assert.throws(() => completeMedia([split], finished({ answerFile, files: [] })), {
      code: "SERVICING_MEDIA_MISSING",
    });
    for (const nothing of [finished(), finished(undefined), finished({ files: [] })])
      assert.deepEqual(completeMedia([split], nothing), [split]);
  });
});
