/** Options of QEMU's are parted by commas; one of a value is written twice. */
export function qemuValue(text: string): string {
  return text.replaceAll(",", ",,");
}
