/**
 * A text for people in which paths below a folder are written as they are typed there: `out/office.wim`.
 * Commands are left out of this, so that they can be pasted anywhere; data names every file in full.
 */
export function nearPaths(text: string, folder: string | undefined): string {
  if (folder === undefined || /^(?:[A-Za-z]:)?[\\/]?$/.test(folder)) return text;
  const escaped = folder.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  return text.replaceAll(new RegExp(String.raw`(?<![\w\\/.-])${escaped}[\\/](?=[^\s\\/])`, "g"), "");
}
