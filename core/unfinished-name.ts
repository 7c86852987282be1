/** What a result is called until it is whole. The extension stays: DISM goes by it. */
export function unfinishedName(file: string): string {
  return file.replace(/(\.[^.\\/]*)?$/, ".unfinished$&");
}

/** What a folder is called while another takes its place. */
export function replacedName(folder: string): string {
  return `${folder}.replaced`;
}
