import type { ReferenceDevice } from "../../core/device.ts";

/** A reference device for tests of plans: its commands say what they would do, and nothing carries them out. */
export const describedDevice: ReferenceDevice = {
  kind: "described",
  title: "a described machine",
  tools: [],
  apply: ({ file, folder }) => [{ run: "device-apply", args: [file, folder], writes: true }],
  run: ({ id, minutes }) => [{ run: "device-run", args: [id, String(minutes)], writes: true }],
  capture: ({ captured }) => [{ run: "device-capture", args: [captured], writes: true }],
  undo: ({ folder }) => [{ run: "device-off", args: [folder], writes: true }],
};
