import { descriptorOf } from "./security-descriptor.ts";
import type { WimFile, WimFolder } from "./wim-tree.ts";

type FileFacts = Omit<WimFile, "name" | "security">;
type FolderFacts = Omit<WimFolder, "name" | "security" | "entries">;

/** What new folders and files below a path get: descriptors as on a volume that Windows laid out. */
export interface Protection {
  readonly path: string;
  readonly folder: string;
  readonly file: string;
}

interface MutableFolder {
  facts: FolderFacts & Pick<WimFolder, "security">;
  readonly folders: Map<string, MutableFolder>;
  readonly files: Map<string, FileFacts & Pick<WimFile, "security">>;
}

/** Makes a tree from paths that begin with a backslash; the folders between are made as they are needed. */
export class TreeBuilder {
  readonly #protections: readonly Protection[];
  readonly #descriptors = new Map<string, Uint8Array>();
  readonly #root: MutableFolder;

  constructor(protections: readonly Protection[]) {
    this.#protections = protections;
    this.#root = this.#newFolder("");
  }

  folder(path: string, facts: FolderFacts = {}): void {
    const folder = this.#open(path);
    folder.facts = { ...folder.facts, ...facts };
  }

  file(path: string, data: WimFile["data"] | string, facts: FileFacts = {}): void {
    const at = path.lastIndexOf("\\");
    const bytes = typeof data === "string" ? Buffer.from(data.replaceAll("\n", "\r\n")) : data;
    this.#open(path.slice(0, at)).files.set(path.slice(at + 1), {
      ...facts,
      ...(bytes === undefined ? {} : { data: bytes }),
      security: this.#descriptor(this.#protection(path).file),
    });
  }

  root(): WimFolder {
    return frozen("", this.#root);
  }

  #open(path: string): MutableFolder {
    let folder = this.#root;
    let walked = "";
    for (const name of path.split("\\").slice(1)) {
      walked += `\\${name}`;
      const next = folder.folders.get(name) ?? this.#newFolder(walked);
      folder.folders.set(name, next);
      folder = next;
    }
    return folder;
  }

  #newFolder(path: string): MutableFolder {
    const security = this.#descriptor(this.#protection(path).folder);
    return { facts: { security }, folders: new Map(), files: new Map() };
  }

  /** The longest path that holds this one. */
  #protection(path: string): Protection {
    const holding = this.#protections.filter((one) => `${path}\\`.startsWith(`${one.path}\\`));
    const nearest = holding.toSorted((a, b) => b.path.length - a.path.length)[0];
    if (nearest === undefined) throw new TypeError(`No security descriptor for ${path || "the root"}`);
    return nearest;
  }

  #descriptor(sddl: string): Uint8Array {
    const made = this.#descriptors.get(sddl) ?? descriptorOf(sddl);
    this.#descriptors.set(sddl, made);
    return made;
  }
}

function frozen(name: string, folder: MutableFolder): WimFolder {
  const folders = [...folder.folders].map(([child, value]) => frozen(child, value));
  const files: WimFile[] = [...folder.files].map(([child, facts]) => Object.assign({ name: child }, facts));
  return { name, ...folder.facts, entries: [...folders, ...files] };
}
