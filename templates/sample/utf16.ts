/** UTF-16 with a byte order mark and Windows' line ends. */
export function utf16(text: string): Uint8Array {
  return Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "utf16le");
}
