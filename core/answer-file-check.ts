import { failure } from "./error.ts";
import type { AnswerFileRequest, MergedAnswerFile } from "./formats/answer-file.ts";
import type { Finding } from "./formats/answer-file-lint/finding.ts";
import { lintAnswerFile } from "./formats/answer-file-lint/lint.ts";
import { type ImageInfo, imageTitle } from "./image.ts";

/**
 * Lints the answer file that a line comes to, and gives warnings, which name who asked for what they are about. What an
 * image brought along is not the user's to mend, so that its errors are warnings as well. Edition and languages are left
 * out: other steps of the plan may change them.
 * @throws SERVICING_ANSWER_FILE_FINDINGS for errors of what was asked for, or of the file that the user gave as base
 */
export function checkAnswerFile(
  { text, secrets }: MergedAnswerFile,
  requests: readonly AnswerFileRequest[],
  image: ImageInfo,
  base: { readonly name: string; readonly ofImage: boolean } | undefined,
): readonly string[] {
  const isSecret = (value: string): boolean => secrets.some(({ placeholder }) => value.includes(placeholder));
  const images = [{ ...image, editionId: "", languages: [] }];
  const findings = lintAnswerFile(text, "the merged answer file", {
    isSecret,
    image: { images, partial: true },
  });
  const askedBy = whoAsked(requests);
  const told = findings.flatMap((finding) => {
    const { severity, code, where, what, fix } = finding;
    const asked = askedBy(finding);
    // Merging says this of what was asked for.
    if (code === "component-unknown" && asked !== undefined) return [];
    // A component that the base has stays as it is there, whatever is added to it.
    const by = base !== undefined && where.split("/").length <= 2 ? undefined : asked;
    return {
      fails: severity === "error" && (by !== undefined || base?.ofImage !== true),
      sentence: `${what} (${code}, ${where}; from ${by ?? base?.name ?? "servicing"}). ${fix}`,
    };
  });
  const problems = told.filter(({ fails }) => fails).map(({ sentence }) => sentence);
  if (problems.length > 0) {
    throw failure("SERVICING_ANSWER_FILE_FINDINGS", { image: imageTitle(image), problems });
  }
  return [...new Set(told.map(({ sentence }) => sentence))];
}

/** Finds who asked for a setting that a finding is about, or for one below it. */
function whoAsked(requests: readonly AnswerFileRequest[]): (finding: Finding) => string | undefined {
  const asked = requests.flatMap(({ by, settings = [], defaults = [] }) =>
    [...settings, ...defaults].map(({ pass, component, path }) => ({
      by,
      at: [pass, component, ...path.map((segment) => segment.replace(/\[.*$/s, ""))].join("/"),
    })),
  );
  return ({ where }) =>
    asked.find(({ at }) => at === where || at.startsWith(`${where}/`) || where.startsWith(`${at}/`))?.by;
}
