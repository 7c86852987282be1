/** What a password looks like anywhere: as it is, escaped, in UTF-16, hidden with any ending, as the bytes of a registry. */
export function traces(value: string): readonly Buffer[] {
  return [
    Buffer.from(value),
    Buffer.from(value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")),
    Buffer.from(value, "utf16le"),
    // The ending of the hidden form begins within a group of three bytes.
    Buffer.from(Buffer.from(value, "utf16le").toString("base64").replace(/.{4}$/, "")),
  ];
}
