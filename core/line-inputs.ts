import { isAbsolute, relative } from "node:path";

/** Everything that the result of a line depends on, save the values of its secrets. Paths as the config's folder sees them. */
export interface LineInputs {
  /** Version of servicing. */
  readonly servicing: string;
  readonly engine: string;
  /** Versions of the tools that tell one. */
  readonly tools: Readonly<Record<string, string>>;
  readonly image: {
    readonly file: string;
    /** SHA-256 of the WIM's header, table of files and XML, which name every file of it by its hash. */
    readonly contents: string;
    readonly guid: string;
    /** The images that are serviced: `1 Windows 11 Pro 10.0.26100.1 x64`. */
    readonly images: readonly string[];
  };
  /** How the result is written: compression, kind, images. */
  readonly output: string;
  readonly files: Readonly<Record<string, InputFile>>;
  readonly items: readonly InputItem[];
}

export interface InputFile {
  /** Of a file; of a folder, of the names and digests of all that is in it. */
  readonly sha256: string;
  readonly bytes: number;
  /** What it says it is: a package's identity, a driver's provider, class and version, an app's full name. */
  readonly identity?: string;
  /** Of a folder: SHA-256 by path. Not in the lock file. */
  readonly inside?: Readonly<Record<string, string>>;
}

export interface InputItem {
  /** `drivers/2`. Not in the lock file, where it would change with every item before it. */
  readonly item?: string;
  readonly operation: string;
  readonly image: number;
  readonly road: string;
  /** SHA-256 of what it does, the content of its inputs aside. */
  readonly digest: string;
}

/** One thing that is not what it was. */
export interface Difference {
  readonly kind: "added" | "removed" | "changed";
  /** A path, the title of an operation, the name of a tool. */
  readonly what: string;
  /** Where to look for what it concerns: the path of an input file, or the id of an item; absent: everything. */
  readonly file?: string;
  readonly item?: string;
  readonly before?: string;
  readonly after?: string;
}

/** What differs between what a line depended on and what it depends on; none: it is the same. */
export function differencesOf(before: LineInputs, after: LineInputs): readonly Difference[] {
  return [
    ...versions(before, after),
    ...changed("image", before.image.contents, after.image.contents, shortHash, before.image.file),
    ...changed("the images serviced", before.image.images.join(", "), after.image.images.join(", ")),
    ...changed("output", before.output, after.output),
    ...files(before.files, after.files),
    ...items(before, after),
  ];
}

function versions(before: LineInputs, after: LineInputs): readonly Difference[] {
  const names = new Set([...Object.keys(before.tools), ...Object.keys(after.tools)]);
  return [
    ...changed("servicing", before.servicing, after.servicing),
    ...changed("engine", before.engine, after.engine),
    ...[...names].flatMap((name) => changed(name, before.tools[name] ?? "none", after.tools[name] ?? "none")),
  ];
}

function changed(
  what: string,
  before: string,
  after: string,
  texts: (text: string) => string = (text) => text,
  file?: string,
): readonly Difference[] {
  if (before === after) return [];
  const named = file === undefined ? what : `${what} ${file}`;
  return [{ kind: "changed", what: named, before: texts(before), after: texts(after) }];
}

function files(before: LineInputs["files"], after: LineInputs["files"]): readonly Difference[] {
  const all = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return all.flatMap((file): readonly Difference[] => {
    const [old, now] = [before[file], after[file]];
    if (old === undefined || now === undefined) return one(file, file, old, now);
    if (old.sha256 === now.sha256) return [];
    if (old.inside === undefined || now.inside === undefined) return one(file, file, old, now);
    const inside = [...new Set([...Object.keys(old.inside), ...Object.keys(now.inside)])].sort();
    return inside.flatMap((name) =>
      old.inside?.[name] === now.inside?.[name]
        ? []
        : one(file, `${file}/${name}`, hash(old.inside?.[name]), hash(now.inside?.[name])),
    );
  });
}

function hash(sha256: string | undefined): { readonly sha256: string } | undefined {
  return sha256 === undefined ? undefined : { sha256 };
}

function one(
  file: string,
  what: string,
  before: { readonly sha256: string; readonly identity?: string } | undefined,
  after: { readonly sha256: string; readonly identity?: string } | undefined,
): readonly Difference[] {
  return [
    {
      kind: before === undefined ? "added" : after === undefined ? "removed" : "changed",
      what,
      file,
      ...(before === undefined ? {} : { before: shown(before) }),
      ...(after === undefined ? {} : { after: shown(after) }),
    },
  ];
}

function shown({ sha256, identity = "" }: { readonly sha256: string; readonly identity?: string }): string {
  return [identity, shortHash(sha256)].filter((part) => part !== "").join(" ");
}

/** What an operation does besides reading files: those are named by themselves. */
function items(before: LineInputs, after: LineInputs): readonly Difference[] {
  const keyed = (inputs: LineInputs): ReadonlyMap<string, InputItem> => {
    const counts = new Map<string, number>();
    return new Map(
      inputs.items.map((item) => {
        const name = `${item.image} ${item.operation}`;
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        return [`${name} ${count}`, item] as const;
      }),
    );
  };
  const [old, now] = [keyed(before), keyed(after)];
  return [
    ...[...now].flatMap(([key, item]): readonly Difference[] => {
      const earlier = old.get(key);
      const head = {
        what: item.operation,
        ...(item.item === undefined ? {} : { item: item.item }),
      };
      if (earlier === undefined) return [{ kind: "added", ...head }];
      if (earlier.road !== item.road)
        return [{ kind: "changed", ...head, before: earlier.road, after: item.road }];
      if (earlier.digest === item.digest) return [];
      return [{ kind: "changed", ...head, before: shortHash(earlier.digest), after: shortHash(item.digest) }];
    }),
    ...[...old].flatMap(([key, item]): readonly Difference[] =>
      now.has(key) ? [] : [{ kind: "removed", what: item.operation }],
    ),
  ];
}

function shortHash(sha256: string): string {
  return sha256.slice(0, 12);
}

/** A difference as a sentence: `drivers/net/net.inf changed: 1f2e3d4c5b6a → 6a5b4c3d2e1f`. */
export function differenceText({ kind, what, before, after }: Difference): string {
  if (kind === "changed") return `${what} changed: ${before ?? ""} → ${after ?? ""}`;
  const value = before ?? after;
  return `${what} ${kind}${value === undefined ? "" : ` (${value})`}`;
}

/** A path as the folder of the config sees it, with slashes. */
export function near(folder: string, path: string): string {
  const way = relative(folder, path);
  return (isAbsolute(way) ? path : way === "" ? "." : way).replaceAll("\\", "/");
}
