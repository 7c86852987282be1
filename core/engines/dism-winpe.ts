import type { Engine } from "../engine.ts";
import type { ImageInfo } from "../image.ts";
import { service } from "./dism-command.ts";

const notRunning = "DISM sets up a Windows PE that is not running";
const scratchSpaces = [32, 64, 128, 256, 512];

/** Windows PE ("dism-windows-pe-servicing-command-line-options"). */
export const winpe = {
  "Set-ScratchSpace": {
    offline: {
      because: "DISM sets how much memory Windows PE has to write to",
      refuse: ({ megabytes }, image) =>
        notWinpe(image) ??
        (scratchSpaces.includes(megabytes)
          ? undefined
          : `scratch space has ${scratchSpaces.join(", ")} megabytes, and not ${megabytes}`),
      commands: ({ megabytes }, target) => service(target, `/Set-ScratchSpace:${megabytes}`),
    },
    online: { refused: notRunning },
  },
  "Set-TargetPath": {
    offline: {
      because: "DISM sets where Windows PE finds itself when it runs from a hard disk",
      refuse: ({ path }, image) =>
        notWinpe(image) ??
        (path.length <= 32 && /^[a-z]:\\[^\s"<>|?*:/]*$/i.test(path)
          ? undefined
          : "the path is absolute, of 3 to 32 characters, without blanks, like X:\\"),
      commands: ({ path }, target) => service(target, `/Set-TargetPath:${path}`),
    },
    online: { refused: notRunning },
  },
} satisfies Partial<Engine["roads"]>;

function notWinpe({ installationType }: ImageInfo): string | undefined {
  return installationType === "WindowsPE"
    ? undefined
    : "the image is no Windows PE, which alone has such settings";
}
