/** Bytes, or a function that makes them when they are written, so that a large tree need not be held in memory. */
export type Content = Uint8Array | (() => Uint8Array);

interface WimNode {
  readonly name: string;
  /** The 8.3 name, where there is one. */
  readonly shortName?: string;
  /** FILE_ATTRIBUTE_… besides directory and reparse point, which follow from the node; archive for a file unless said. */
  readonly attributes?: number;
  /** A self-relative security descriptor; none where it is absent. */
  readonly security?: Uint8Array;
  /** Creation, access and modification; the image's own where it is absent. */
  readonly time?: Date;
  /** Tag and data, without the eight bytes of the header. */
  readonly reparse?: { readonly tag: number; readonly data: Uint8Array };
  readonly streams?: readonly { readonly name: string; readonly data: Content }[];
}

export interface WimFile extends WimNode {
  readonly data?: Content;
  /** Files of an image with the same text here are names of one file: all else must be the same as well. */
  readonly link?: string;
}

export interface WimFolder extends WimNode {
  /** Iterated once, when the folder is written: a generator will do. */
  readonly entries: Iterable<WimFile | WimFolder>;
}

export const attribute = {
  readOnly: 0x1,
  hidden: 0x2,
  system: 0x4,
  directory: 0x10,
  archive: 0x20,
  reparsePoint: 0x400,
  notIndexed: 0x2000,
} as const;

/** Elements of an image's XML, in the order given: `{ WINDOWS: { ARCH: 9 } }`. */
export interface Facts {
  readonly [element: string]: string | number | Facts;
}

export interface WimImage {
  readonly name: string;
  readonly time: Date;
  readonly facts?: Facts;
  /** The root folder; its name is ignored. */
  readonly tree: WimFolder;
}
