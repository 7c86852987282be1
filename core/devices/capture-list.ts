/**
 * What no capture holds: the exclusions of "dism-configuration-list-and-wimscriptini-files", and the recycle bin of every
 * Windows since Vista. Both DISM and wimlib read it.
 */
export function captureList(): string {
  return [
    "[ExclusionList]",
    "\\$ntfs.log",
    "\\hiberfil.sys",
    "\\pagefile.sys",
    "\\swapfile.sys",
    "\\System Volume Information",
    "\\RECYCLER",
    "\\$RECYCLE.BIN",
    "\\Windows\\CSC",
    "",
    "[CompressionExclusionList]",
    "*.mp3",
    "*.zip",
    "*.cab",
    "\\WINDOWS\\inf\\*.pnf",
    "",
  ].join("\r\n");
}
