import type { TextEncoding } from "../text.ts";

/** What an XML declaration says against what the bytes are; undefined where both agree or one of them is not known. */
export function encodingFault(text: string, encoding: TextEncoding): string | undefined {
  const declared = /^\uFEFF?<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(text)?.[1];
  const wide = encoding.startsWith("utf-16");
  if (declared === undefined) {
    return encoding === "windows-1252" ? "The file names no encoding, and is not UTF-8" : undefined;
  }
  const name = declared.toLowerCase();
  if (wide !== /^(?:utf-16(?:le|be)?|unicode|ucs-2|iso-10646-ucs-2)$/.test(name)) {
    return `The file is ${wide ? "UTF-16" : "not UTF-16"}, and its first line says ${declared}`;
  }
  if (/^utf-?8$/.test(name) && encoding === "windows-1252") {
    return `The file is not UTF-8, and its first line says ${declared}`;
  }
  return undefined;
}
