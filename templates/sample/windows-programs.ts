/** Libraries and programs of `\Windows\System32`; each is in the component store as well, one file under two names. */
export const system32 = [
  ...names(
    `advapi32 bcrypt cbscore combase crypt32 dbghelp dismapi dnsapi drvstore gdi32 hal imm32 iphlpapi kernel32 kernelbase
    msvcrt ntdll ole32 oleaut32 rpcrt4 samsrv sechost setupapi shcore shell32 shlwapi sspicli sxs ucrtbase unattend user32
    userenv version winhttp wininet winmm wintrust ws2_32`,
    ".dll",
  ),
  ...names(
    `bcdboot bcdedit cmd cscript Dism lsass msiexec ntoskrnl pnputil powercfg ReAgentc reg regsvr32 rundll32 sc services
    setx smss svchost wininit winlogon wusa`,
    ".exe",
  ),
];

/** Drivers that carry no INF of their own here. */
export const drivers = names("acpi disk fltmgr ndis ntfs partmgr storport tcpip volmgr wdf01000", ".sys");

/** Programs that have a table of English texts beside them. */
export const translated = names(
  "bcdboot.exe cmd.exe Dism.exe kernelbase.dll reg.exe shell32.dll user32.dll",
  ".mui",
);

export const fonts = names("arial calibri consola cour segoeui segoeuib segoeuil tahoma times", ".ttf");

/** INF files of classes; they have no driver package in the sample. */
export const infs = names(
  `acpi audioendpoint battery bth cdrom cpu disk display hdaudio hidserv input keyboard machine monitor msmouse nettcpip pci
  printqueue scsidev umpass usb usbport usbstor volume wdmaudio`,
  ".inf",
);

export const timeZones = names("afghanistan europe japan pacific", ".res");

function names(stems: string, extension: string): readonly string[] {
  return stems.split(/\s+/).map((stem) => stem + extension);
}
