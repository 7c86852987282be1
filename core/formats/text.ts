/** How the bytes of a text file were understood. */
export type TextEncoding = "utf-16le" | "utf-16be" | "utf-8" | "windows-1252";

/**
 * Text from bytes: by its byte order mark, else UTF-8 where the bytes are valid UTF-8, else windows-1252.
 * INF files are UTF-16 with a mark or in the code page of their author ("general-syntax-rules-for-inf-files").
 */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly encoding: TextEncoding } {
  const encoding = encodingOf(bytes);
  return { text: new TextDecoder(encoding).decode(bytes), encoding };
}

function encodingOf(bytes: Uint8Array): TextEncoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
