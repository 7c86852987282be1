import { failure } from "./error.ts";
import type { Operation } from "./operation.ts";
import type { FinishedSetup } from "./setup-finish.ts";
import type { Item } from "./step.ts";

/**
 * Names what media are made of: the line's result where nothing else is named, and a boot.wim as an input where nothing in
 * the line makes it.
 * @throws SERVICING_MEDIA_UNFIT where the result is a delta
 */
export function settleMedia(
  items: readonly Item[],
  output: { readonly file: string; readonly kind?: string | undefined },
): readonly Item[] {
  const made = new Set(
    items.flatMap(({ operation, verdict }) =>
      operation.type === "Service-Image" && verdict !== undefined ? [operation.to] : [],
    ),
  );
  return items.map((item) =>
    item.operation.type === "New-Media" ? { ...item, operation: settled(item.operation) } : item,
  );

  function settled({ boot, ...operation }: Operation<"New-Media">): Operation<"New-Media"> {
    if (operation.image === undefined && output.kind === "delta")
      throw failure("SERVICING_MEDIA_UNFIT", {
        to: operation.to,
        reason: "the result of the line is a delta, of which Windows Setup reads nothing",
      });
    const image = operation.image ?? output.file;
    if (boot === undefined) return { ...operation, image };
    if (made.has(boot)) return { ...operation, image, boot };
    return {
      ...operation,
      image,
      files: [...(operation.files ?? []), { from: boot, to: "sources\\boot.wim" }],
    };
  }
}

/**
 * Puts what Windows Setup reads from media into the operations that make them.
 * @throws SERVICING_MEDIA_MISSING where nothing makes media, SERVICING_SETTING_CONFLICT where images want different answer
 *   files, since media have one
 */
export function completeMedia(
  items: readonly Item[],
  finished: ReadonlyMap<number, FinishedSetup>,
): readonly Item[] {
  const media = [...finished].flatMap(([image, each]) =>
    each.media === undefined ? [] : [{ image, ...each.media }],
  );
  const wanted = media.filter(({ answerFile, files }) => answerFile !== undefined || files.length > 0);
  if (wanted.length === 0) return items;
  if (!items.some(({ operation }) => operation.type === "New-Media"))
    throw failure("SERVICING_MEDIA_MISSING", undefined);
  const answered = wanted.filter(({ answerFile }) => answerFile !== undefined);
  const [first] = answered;
  const other = answered.find(({ answerFile }) => answerFile?.text !== first?.answerFile?.text);
  if (first !== undefined && other !== undefined)
    throw failure("SERVICING_SETTING_CONFLICT", {
      setting: "autounattend.xml of the media",
      first: `image ${first.image}`,
      second: `image ${other.image}`,
    });
  const files = new Map(
    wanted.flatMap((each) => each.files.map((file) => [JSON.stringify(file), file] as const)),
  );
  const complete = (operation: Operation<"New-Media">): Operation<"New-Media"> => ({
    ...operation,
    files: [...(operation.files ?? []), ...files.values()],
    ...(first?.answerFile === undefined ? {} : { answerFile: first.answerFile }),
  });
  return items.map((item) =>
    item.operation.type === "New-Media" ? { ...item, operation: complete(item.operation) } : item,
  );
}

/** Sentences: Windows Setup speaks the languages of boot.wim, whatever languages the image gets. */
export function setupLanguages(items: readonly Item[]): readonly string[] {
  const made = items.flatMap(({ operation, verdict }) => (verdict === undefined ? [] : [operation]));
  const added = made.filter(
    (operation) => operation.type === "Add-Package" && operation.facts?.class === "language pack",
  );
  if (added.length === 0) return [];
  return made.flatMap((operation) =>
    operation.type === "New-Media"
      ? [
          `${operation.to}: Setup stays in the languages of boot.wim, and its lang.ini as it is; \`dism /Gen-LangINI\` writes it anew once boot.wim has more of them`,
        ]
      : [],
  );
}
