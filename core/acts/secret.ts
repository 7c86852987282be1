import { failure } from "../error.ts";
import type { SecretPlaceholder } from "../operation.ts";

/**
 * Puts secrets where their placeholders stand. The result is written and never kept, logged or reported.
 * The hidden form is Base64 of UTF-16LE(value + element name): hiding, not encryption.
 * Source: "hide-sensitive-data-in-an-answer-file".
 * @throws ServingError SERVICING_SECRET_MISSING
 */
export function fillSecrets(text: string, placeholders: readonly SecretPlaceholder[] = []): string {
  return placeholders.reduce((filled, { placeholder, secret, hiddenAs }) => {
    const value = process.env[secret];
    if (value === undefined) throw failure("SERVICING_SECRET_MISSING", { name: secret });
    const form =
      hiddenAs === undefined
        ? escapeXml(value)
        : Buffer.from(`${value}${hiddenAs}`, "utf16le").toString("base64");
    return filled.replaceAll(placeholder, () => form);
  }, text);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
