/** What a result is called until it is whole. The extension stays: DISM goes by it. */
export function unfinishedName(file: string): string {
  return file.replace(/(\.[^.\\/]*)?$/, ".unfinished$&");
}
