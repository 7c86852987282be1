import { linesIn } from "./lines.ts";

/** What DISM says of itself before anything else. */
export interface Banner {
  /** `10.0.26100.1150`; undefined where the output has none. */
  readonly tool?: string;
  /** Of the image that a servicing command is for. */
  readonly image?: string;
}

/** Microsoft's pages have a placeholder for the build: `6.3.XXXX.0`. */
const version = /^\d+\.\d+\.(?:\d+|X+)\.\d+$/;

/** The first two fields of an output, whatever their language, where they are versions. */
export function bannerIn(output: string): Banner {
  const [tool = "", image = ""] = linesIn(output)
    .flatMap((line) => (line.kind === "field" ? [line.value] : []))
    .slice(0, 2);
  if (!version.test(tool)) return {};
  return version.test(image) ? { tool, image } : { tool };
}

/** The values of the fields that follow the banner, those left out that are headings. */
export function fieldsBehindBanner(
  output: string,
): readonly { readonly label: string; readonly value: string }[] {
  const { tool, image } = bannerIn(output);
  const head = (tool === undefined ? 0 : 1) + (image === undefined ? 0 : 1);
  return linesIn(output)
    .filter((line) => line.kind === "field")
    .slice(head)
    .filter(({ value }) => value !== "");
}
