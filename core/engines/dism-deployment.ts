import type { Engine } from "../engine.ts";
import { pathsOf } from "../host-path.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { otherStart, refuseName, scripts, startFile, startText } from "./deployment-folder.ts";
import { fat32FileBytes, partMebibytes } from "../formats/media.ts";
import { imaging, within } from "./dism-command.ts";
import { discard, inner, whileMounted } from "./dism-service.ts";

/** What an image is deployed with. */
export const deployments = {
  "New-DeploymentFolder": {
    offline: {
      because:
        "the image is copied, or DISM splits it; the scripts are written, and one of them into a copy of boot.wim",
      refuse: (operation) =>
        refuseName(operation) ??
        (operation.megabytes === undefined || Number.isSafeInteger(operation.megabytes)
          ? undefined
          : "the size of a part is a whole number of megabytes"),
      commands(operation, target) {
        const { image, megabytes, boot, bootIndex = 1, to } = operation;
        const folder = unfinishedName(to);
        const { join } = pathsOf(folder);
        const parts = join(folder, "install.swm");
        const split = imaging(
          target,
          "/Split-Image",
          `/ImageFile:${image}`,
          `/SWMFile:${parts}`,
          `/FileSize:${megabytes ?? partMebibytes}`,
        );
        const copy = join(folder, "boot.wim");
        const mounted = inner(target, copy, 1);
        return [
          { act: "delete", path: folder, optional: true },
          ...scripts(operation, folder, join),
          megabytes === undefined
            ? {
                act: "copy or split",
                file: image,
                to: join(folder, "install.wim"),
                bytes: fat32FileBytes,
                otherwise: [split],
              }
            : split,
          ...(boot === undefined
            ? []
            : [
                imaging(
                  target,
                  "/Export-Image",
                  `/SourceImageFile:${boot}`,
                  `/SourceIndex:${bootIndex}`,
                  `/DestinationImageFile:${copy}`,
                  "/Bootable",
                ),
                ...whileMounted(mounted, [
                  { act: "delete", path: within(mounted, otherStart), optional: true },
                  { act: "write", to: within(mounted, startFile), text: startText(operation) },
                ]),
              ]),
          { act: "place folder", folder, to },
        ];
      },
      undo: ({ to, boot }, target) => [
        ...(boot === undefined ? [] : [discard(inner(target, unfinishedName(to), 1))]),
        { act: "restore folder", to },
        { act: "delete", path: unfinishedName(to), optional: true },
      ],
    },
  },
  "New-Disk": {
    offline: {
      refused:
        "Windows makes disks by attaching them to the system, which is not undone safely; use the wimlib engine, on Linux",
    },
  },
} satisfies Partial<Engine["roads"]>;
