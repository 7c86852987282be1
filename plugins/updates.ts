import { array, strictObject, string, union, type InferInput } from "valibot";
import {
  checkOptions,
  compareVersions,
  failure,
  imageTitle,
  packageStage,
  type ImageInfo,
  type PackageArtefact,
  type PhaseBuilder,
  type Plugin,
} from "../core/index.ts";

const schema = strictObject({ from: union([string(), array(string())]) });

export interface UpdatesOptions extends InferInput<typeof schema> {
  /** Folders, globs or paths of .msu and .cab files. */
  readonly from: string | string[];
}

/**
 * Adds update packages in the order that Windows wants: the servicing stack first, the cumulative update
 * after all other packages, .NET after it ("media-dynamic-update").
 */
export function updates(options: UpdatesOptions): Plugin {
  const { from } = checkOptions("updates", schema, options);
  return {
    name: "updates",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("updates", async (builder) => {
        const found = await builder.find(from, "update packages (.msu or .cab)", ["msu", "cab"]);
        const packages: PackageArtefact[] = [];
        for (const file of found) packages.push(await readPackage(file, builder));
        for (const update of inOrder(onceEach(packages, builder))) {
          builder.add({
            type: "Add-Package",
            package: update.file,
            identity: update.identity,
            title: titleOf(update),
          });
        }
      });
    },
  };
}

async function readPackage(file: string, builder: PhaseBuilder): Promise<PackageArtefact> {
  const update = await builder.inspect(file);
  if (update.kind !== "package") {
    throw failure("SERVICING_INPUT_UNREADABLE", {
      path: file,
      reason: `it is no package but: ${update.kind}`,
    });
  }
  const wanted = builder.image.architecture;
  if (wanted !== "unknown" && !suits(update.architecture, builder.image)) {
    throw failure("SERVICING_INPUT_ARCHITECTURE", {
      path: file,
      architectures: [update.architecture],
      image: imageTitle(builder.image),
      wanted,
    });
  }
  return update;
}

function suits(architecture: string, image: ImageInfo): boolean {
  return ["", "neutral", "msil", image.architecture].includes(architecture.toLowerCase());
}

function onceEach(packages: readonly PackageArtefact[], builder: PhaseBuilder): readonly PackageArtefact[] {
  const first = new Map<string, PackageArtefact>();
  for (const update of packages) {
    const identity = update.identity.toLowerCase();
    const known = first.get(identity);
    if (known === undefined) first.set(identity, update);
    else builder.warn(`${update.file} is the same package as ${known.file}: added once`);
  }
  return [...first.values()];
}

function inOrder(packages: readonly PackageArtefact[]): readonly PackageArtefact[] {
  return packages.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      // Checkpoints come before the cumulative update that is built on them.
      (a.name.toLowerCase() === b.name.toLowerCase() ? compareVersions(a.version, b.version) : 0),
  );
}

const stages = ["servicing stack", "language", "feature", "package", "cumulative update", ".NET"];

function rankOf(update: PackageArtefact): number {
  return stages.indexOf(stageOf(update));
}

/** What the identity does not say, the release type may. */
function stageOf({ identity, releaseType }: PackageArtefact): string {
  const stage = packageStage(identity);
  if (stage !== "package") return stage;
  if (/servicing\s?stack/i.test(releaseType)) return "servicing stack";
  if (/language pack/i.test(releaseType)) return "language";
  return /^(?:on\s?demand pack|feature pack)$/i.test(releaseType) ? "feature" : "package";
}

function titleOf(update: PackageArtefact): string {
  const base = update.file.split(/[\\/]/).at(-1) ?? update.file;
  const facts = [update.kb, update.releaseType, update.version].filter((fact) => fact !== "");
  return facts.length === 0 ? base : `${base} (${facts.join(", ")})`;
}
