/** Where a device tells how it went, beside the state and the logs of its job. */
export const deviceLogs = {
  state: "\\Windows\\Setup\\State\\State.ini",
  software: "\\Windows\\System32\\config\\SOFTWARE",
  sysprep: "\\Windows\\System32\\Sysprep\\Panther\\setupact.log",
  sysprepErrors: "\\Windows\\System32\\Sysprep\\Panther\\setuperr.log",
  setup: "\\Windows\\Panther\\setupact.log",
  setupErrors: "\\Windows\\Panther\\setuperr.log",
} as const;

/**
 * The folder beside what was captured that has these files as well, laid out as the volume is: for hosts on which nothing
 * reads files out of a WIM but DISM.
 */
export function capturedFiles(captured: string): string {
  return captured.replace(/(\.wim)?$/i, ".files");
}
