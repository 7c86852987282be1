import {
  array,
  boolean,
  integer,
  minValue,
  nonEmpty,
  number,
  optional,
  pipe,
  record,
  strictObject,
  string,
  union,
  type InferInput,
} from "valibot";
import {
  checkOptions,
  existingInput,
  failure,
  imagePath,
  imageTitle,
  type Media,
  type MediaFile,
  type PhaseBuilder,
  type Plugin,
  wimImage,
} from "../core/index.ts";
import { bootDrivers } from "./media-drivers.ts";
import { bootUpdates } from "./media-updates.ts";

const hostPath = pipe(string(), nonEmpty("must not be empty"));
const paths = union([hostPath, array(hostPath)]);

const schema = strictObject({
  from: hostPath,
  folder: hostPath,
  iso: optional(hostPath),
  usb: optional(hostPath),
  label: optional(string(), "WINDOWS"),
  prompt: optional(boolean(), true),
  boot: optional(hostPath),
  drivers: optional(paths, []),
  updates: optional(paths, []),
  forceUnsigned: optional(boolean()),
  index: optional(pipe(number(), integer(), minValue(1)), 2),
  oem: optional(hostPath),
  files: optional(record(hostPath, string()), {}),
});

export interface MediaOptions extends InferInput<typeof schema> {
  /** Media of Windows: a folder, or an ISO. */
  readonly from: string;
  /** The media folder that is made; replaced as a whole where it is there. */
  readonly folder: string;
  /** An ISO of the folder, for BIOS and UEFI. */
  readonly iso?: string | undefined;
  /** A raw image of a flash drive with the folder, as FAT32, its image in parts. */
  readonly usb?: string | undefined;
  /** What ISO and flash drive are called: 11 characters at most for the drive. */
  readonly label?: string | undefined;
  /** False: UEFI starts from the ISO without waiting for a key. */
  readonly prompt?: boolean | undefined;
  /** A boot.wim for the media, or the `to` of the drivers plugin's `setup`. */
  readonly boot?: string | undefined;
  /** Folders, globs or INF files of drivers that Windows Setup itself needs, for image `index` (2) of boot.wim. */
  readonly drivers?: string | string[] | undefined;
  /**
   * Folders, globs or paths of .msu and .cab files: a cumulative update for all images of boot.wim, Setup dynamic updates for
   * the media; others in there are for the updates plugin.
   */
  readonly updates?: string | string[] | undefined;
  /** Adds drivers without a valid signature as well. */
  readonly forceUnsigned?: boolean | undefined;
  readonly index?: number | undefined;
  /** A folder `$OEM$`, of which Windows Setup copies files to the device: a configuration set. */
  readonly oem?: string | undefined;
  /** Files and folders of the host, and where they go on the media: `{ "drivers/net": "$WinPEDriver$\\\\net" }`. */
  readonly files?: Record<string, string> | undefined;
}

/**
 * Installation media of Windows with the line's result as their image.
 * @throws SERVICING_PLUGIN_OPTIONS, SERVICING_IMAGE_PATH
 */
export function media(given: MediaOptions): Plugin {
  const options = checkOptions("media", schema, given);
  const files = Object.entries(options.files).map(([from, to]) => ({ from, to: mediaPath(to) }));
  return {
    name: "media",
    // Others make a boot.wim for them.
    order: "last",
    apply({ hooks }) {
      if (options.oem !== undefined) hooks.modify.tap("media", (builder) => builder.add(configurationSet));
      hooks.deploy.tapPromise("media", async (builder) => {
        const from = await builder.media(options.from);
        refuseArchitecture(builder, from);
        const to = builder.resolve(options.folder);
        const serviced = await bootWim(builder, from, options);
        const added = await additions(builder, files, options.oem);
        const { boot, updates, bootManager } = serviced;
        const parts = {
          ...(boot === undefined ? {} : { boot }),
          ...(added.length === 0 ? {} : { files: added }),
          ...(updates.length === 0 ? {} : { updates }),
          ...(bootManager ? { bootManager } : {}),
        };
        builder.add({ type: "New-Media", from: from.from, to, ...parts });
        if (options.iso !== undefined) addIso(builder, from, to, options.iso, options);
        if (options.usb !== undefined) addUsb(builder, from, to, options.usb, options);
      });
    },
  };
}

type Options = ReturnType<typeof checkOptions<typeof schema>>;

const configurationSet = {
  type: "Set-Unattend",
  settings: [
    { pass: "windowsPE", component: "Microsoft-Windows-Setup", path: ["UseConfigurationSet"], value: true },
  ],
} as const;

/** `$WinPEDriver$\\net`, by the rules of a path inside an image. @throws SERVICING_IMAGE_PATH */
function mediaPath(text: string): string {
  return imagePath(`\\${text.replace(/^\\/, "")}`).slice(1);
}

/** The firmware looks for a loader of its own architecture, and that is the image's as well. */
function refuseArchitecture({ image }: PhaseBuilder, { from, architectures }: Media): void {
  if (image.architecture === "unknown" || architectures.includes(image.architecture)) return;
  const reason = `they start devices of ${architectures.join(", ")}, and ${imageTitle(image)} is for ${image.architecture}`;
  throw failure("SERVICING_MEDIA_INVALID", { from, reason });
}

interface ServicedMedia {
  /** Where the boot.wim of the media will be; absent where it is that of the media. */
  readonly boot?: string;
  /** Setup dynamic updates. */
  readonly updates: readonly string[];
  readonly bootManager: boolean;
}

async function bootWim(builder: PhaseBuilder, from: Media, options: Options): Promise<ServicedMedia> {
  const boot = options.boot === undefined ? undefined : builder.resolve(options.boot);
  const asIs = { ...(boot === undefined ? {} : { boot }), updates: [], bootManager: false };
  const [wantsDrivers, wantsUpdates] = [options.drivers, options.updates].map(
    (list) => [list].flat().length > 0,
  );
  if (wantsDrivers !== true && wantsUpdates !== true) return asIs;
  const file = boot ?? (await builder.bootWim(from));
  const wim = await builder.inspect(file);
  const image = wimImage(wim, options.index);
  const drivers = wantsDrivers === true ? await bootDrivers(builder, image, options) : [];
  const { packages, media: updates } = await bootUpdates(builder, image, options.updates);
  if (wim.kind !== "wim" || (wantsDrivers !== true && packages.length === 0)) return { ...asIs, updates };
  const to = `${builder.resolve(options.folder)}.boot.wim`;
  const counted = [
    ...(wantsDrivers === true ? [`${drivers.length} drivers`] : []),
    ...(packages.length === 0 ? [] : [packages.length === 1 ? "1 package" : `${packages.length} packages`]),
  ];
  builder.add({
    type: "Service-Image",
    file,
    index: image.index,
    to,
    drivers,
    ...(options.forceUnsigned === undefined ? {} : { forceUnsigned: options.forceUnsigned }),
    ...(packages.length === 0
      ? {}
      : {
          indexes: wim.images.map(({ index }) => index),
          packages,
          cleanup: true,
          export: { images: wim.images.length, boot: wim.bootIndex },
        }),
    title: [imageTitle(image), ...counted].join(", "),
  });
  return { boot: to, updates, bootManager: packages.length > 0 };
}

async function additions(
  builder: PhaseBuilder,
  files: readonly MediaFile[],
  oem: string | undefined,
): Promise<readonly MediaFile[]> {
  const all = oem === undefined ? files : [...files, { from: oem, to: "$OEM$" }];
  const found: MediaFile[] = [];
  for (const { from, to } of all)
    found.push({ from: await existingInput(builder.resolve(from), "a file or folder for the media"), to });
  return found;
}

function addIso(
  builder: PhaseBuilder,
  { boots, isoFault }: Media,
  from: string,
  iso: string,
  { label, prompt }: Options,
): void {
  const to = builder.resolve(iso);
  if (isoFault !== undefined) throw failure("SERVICING_MEDIA_UNFIT", { to, reason: isoFault });
  const { bios } = boots;
  const uefi = prompt ? boots.uefi : boots.uefiNoPrompt;
  // A loader alone would not do: the one of a disc finds its files by what is in efisys.bin.
  if (uefi === undefined)
    builder.warn(
      `${to} does not boot by UEFI: the media have no efi\\microsoft\\boot\\efisys${prompt ? "" : "_noprompt"}.bin`,
    );
  const given = { ...(bios === undefined ? {} : { bios }), ...(uefi === undefined ? {} : { uefi }) };
  builder.add({ type: "New-ISO", from, to, label, ...given });
}

function addUsb(
  builder: PhaseBuilder,
  { usbFault }: Media,
  from: string,
  usb: string,
  { label }: Options,
): void {
  const to = builder.resolve(usb);
  if (usbFault !== undefined) throw failure("SERVICING_MEDIA_UNFIT", { to, reason: usbFault });
  builder.add({ type: "New-USB", from, to, label });
}
