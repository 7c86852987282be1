/** Verbs of the closed kernel that work on image files and whole disks, beside those in operation.ts. */
export interface ImageFileOperations {
  /** A folder or volume as one more image of a WIM. The file is replaced when that is done, and not before. */
  "Append-Image": {
    readonly from: string;
    /** Made by an earlier operation of the plan. */
    readonly to: string;
    readonly name: string;
    readonly description?: string;
    readonly checkIntegrity?: boolean;
  };
  /** One image out of a WIM that an earlier operation of the plan makes; it is replaced by one without the image. */
  "Delete-Image": { readonly file: string; readonly index: number };
  /** Makes the mount of the image accessible again, which a restart of the host has cut off. */
  "Remount-Image": Readonly<Record<never, never>>;
  /** Forgets all mounts of the host that are damaged; those that are sound, or can be mounted again, stay. */
  "Cleanup-Mountpoints": Readonly<Record<never, never>>;
  /** Does before the first start what can be done before it; whatever is serviced after it makes it void. */
  "Optimize-Image": Readonly<Record<never, never>>;

  /** A whole disk as a full flash update file. */
  "Capture-FFU": {
    /** `\\.\PhysicalDrive1` */
    readonly drive: string;
    readonly to: string;
    readonly name: string;
    readonly description?: string;
    /** "none" for a file that is to be split; absent: "default", Xpress-Huffman. */
    readonly compress?: "default" | "none";
  };
  /** Erases a whole disk, and puts on it what a full flash update file holds. */
  "Apply-FFU": {
    /** An .ffu, or the first part of a split one (.sfu). */
    readonly file: string;
    /** `\\.\PhysicalDrive1` */
    readonly drive: string;
  };
  "Split-FFU": { readonly file: string; readonly to: string; readonly megabytes: number };
  /** Lets a full flash update file, made by an earlier operation of the plan, be applied to a disk of another size. */
  "Optimize-FFU": {
    readonly file: string;
    /** Number of the partition, from 1; absent: that of Windows. */
    readonly partition?: number;
  };
}
