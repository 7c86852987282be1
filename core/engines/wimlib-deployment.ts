import { join } from "node:path";
import type { Engine } from "../engine.ts";
import { partReferences } from "../formats/wim-reference.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { otherStart, refuseName, scripts, startFile, startText } from "./deployment-folder.ts";
import { fat32FileBytes, partMebibytes } from "../formats/media.ts";
import { splitImage, wimlibImagex } from "./wimlib-command.ts";

/** A folder to deploy from: nothing in it needs Windows before it is on the device. */
export const deployments = {
  "New-DeploymentFolder": {
    offline: {
      because:
        "the image is copied or split, the scripts are written, and boot.wim is a copy with a branch in it",
      refuse: refuseName,
      commands(operation, target) {
        const { image, megabytes, boot, bootIndex = 1, to } = operation;
        const folder = unfinishedName(to);
        const parts = join(folder, "install.swm");
        const split = [
          splitImage(image, parts, megabytes ?? partMebibytes),
          { ...wimlibImagex("verify", parts, ...partReferences(parts)), writes: false },
        ];
        return [
          { act: "delete", path: folder, optional: true },
          ...scripts(operation, folder, join),
          ...(megabytes === undefined
            ? [
                {
                  act: "copy or split",
                  file: image,
                  to: join(folder, "install.wim"),
                  bytes: fat32FileBytes,
                  otherwise: split,
                } as const,
              ]
            : split),
          ...(boot === undefined
            ? []
            : [
                {
                  act: "service",
                  file: boot,
                  index: bootIndex,
                  alone: true,
                  to: join(folder, "boot.wim"),
                  work: join(target.work, "boot"),
                  changes: [
                    { change: "delete", path: otherStart, optional: true },
                    { change: "write", to: startFile, text: startText(operation) },
                  ],
                } as const,
              ]),
          { act: "place folder", folder, to },
        ];
      },
      undo: ({ to }, target) => [
        { act: "delete", path: join(target.work, "boot"), optional: true },
        { act: "restore folder", to },
        { act: "delete", path: unfinishedName(to), optional: true },
      ],
    },
  },
} satisfies Partial<Engine["roads"]>;
