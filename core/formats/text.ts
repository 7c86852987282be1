/** How the bytes of a text file were understood. */
export type TextEncoding = "utf-16le" | "utf-16be" | "utf-8" | "windows-1252";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Text from bytes: by its byte order mark, else UTF-16 where the beginning can be nothing else, else UTF-8 where the
 * bytes are valid UTF-8, else windows-1252. INF files are UTF-16 with a mark or in the code page of their author
 * ("general-syntax-rules-for-inf-files").
 */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly encoding: TextEncoding } {
  const wide = wideEncodingOf(bytes);
  if (wide !== undefined) return { text: new TextDecoder(wide).decode(bytes), encoding: wide };
  try {
    return { text: utf8.decode(bytes), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" };
  }
}

const headBytes = 512;

/** Whether bytes begin as text does: with a mark of UTF-16, or without any zero byte. */
export function isText(bytes: Uint8Array): boolean {
  return markOf(bytes) !== undefined || !bytes.subarray(0, headBytes).includes(0);
}

/** Characters of a text without a mark that have to look like UTF-16 for it to be taken as that. */
const telling = 4;

function wideEncodingOf(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const mark = markOf(bytes);
  if (mark !== undefined) return mark;
  if (bytes.length < 2 * telling || bytes.length % 2 !== 0) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < 2 * telling; at += 1) if (bytes[at] === 0) zeros[at % 2]! += 1;
  if (zeros[0] === 0 && zeros[1] === telling) return "utf-16le";
  return zeros[0] === telling && zeros[1] === 0 ? "utf-16be" : undefined;
}

/** The byte order mark of UTF-16. */
function markOf(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : undefined;
}
