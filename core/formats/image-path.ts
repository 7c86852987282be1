import { failure } from "../error.ts";

/** Windows opens a device for such a name, whatever folder and extension it has ("naming-a-file"). */
export function isDeviceName(name: string): boolean {
  return deviceName.test(name);
}

const deviceName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * Checks a path inside an image and gives it back without a backslash at its end.
 * @throws SERVICING_IMAGE_PATH for what Windows could not name or what would leave the image ("naming-a-file").
 */
export function imagePath(text: string): string {
  const problem = problemOf(text);
  if (problem !== undefined) throw failure("SERVICING_IMAGE_PATH", { path: text, reason: problem });
  return text.replace(/\\$/, "");
}

function problemOf(text: string): string | undefined {
  if (!text.startsWith("\\")) return "it does not begin with a backslash";
  if (text.includes("/")) return "it holds a slash; folders are parted by backslashes";
  if (text.length > 32_000) return "it is longer than Windows allows";
  const parts = text.replace(/\\$/, "").split("\\").slice(1);
  if (parts.length === 0) return "it names the whole image";
  for (const part of parts) {
    if (part === "") return "it holds two backslashes in a row";
    if (part === "." || part === "..") return `"${part}" is not a name`;
    if (part.length > 255) return "one of its names is longer than 255 characters";
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    const reserved = /[<>:"|?*\u0000-\u001f]/.exec(part)?.[0];
    if (reserved !== undefined) return `the character ${JSON.stringify(reserved)} is reserved`;
    if (/[. ]$/.test(part)) return "a name ends with a dot or a space";
    if (isDeviceName(part)) return `"${part}" is the name of a device`;
  }
  return undefined;
}
