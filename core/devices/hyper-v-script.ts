import { deviceLogs } from "../audit/device-logs.ts";
import { jobLogs, jobState } from "../audit/job.ts";

/**
 * Scripts for Windows PowerShell 5.1, whose values all come as arguments. Each is of ASCII alone, since it takes a file
 * without a mark for one of the system's code page. What a program of Windows' ends with, `Invoke-Tool` makes an error of.
 */
const common = [
  "$ErrorActionPreference = 'Stop'",
  "function Invoke-Tool([string] $Tool, [string[]] $Arguments) {",
  "  & $Tool @Arguments",
  '  if ($LASTEXITCODE -ne 0) { throw "$Tool ended with $LASTEXITCODE" }',
  "}",
  "function Get-Root($Partition) {",
  "  if (-not $Partition.DriveLetter) {",
  "    $Partition | Add-PartitionAccessPath -AssignDriveLetter",
  "    $Partition = Get-Partition -DiskNumber $Partition.DiskNumber -PartitionNumber $Partition.PartitionNumber",
  "  }",
  '  "$($Partition.DriveLetter):\\"',
  "}",
];

const windowsType = "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}";

/** A disk with the image and the job, which starts Windows ("configure-uefigpt-based-hard-drive-partitions", "bcdboot-command-line-options"). */
const apply = [
  "param(",
  "  [Parameter(Mandatory)] [string] $Disk,",
  "  [Parameter(Mandatory)] [uint64] $Bytes,",
  "  [Parameter(Mandatory)] [uint64] $System,",
  "  [Parameter(Mandatory)] [uint64] $Reserved,",
  "  [uint64] $Windows = 0,",
  "  [Parameter(Mandatory)] [string] $Image,",
  "  [Parameter(Mandatory)] [int] $Index,",
  "  [Parameter(Mandatory)] [string] $Job,",
  "  [Parameter(Mandatory)] [string] $Log",
  ")",
  ...common,
  "New-VHD -Path $Disk -SizeBytes $Bytes -Dynamic | Out-Null",
  "try {",
  "  $number = (Mount-VHD -Path $Disk -NoDriveLetter -Passthru | Get-Disk).Number",
  "  Initialize-Disk -Number $number -PartitionStyle GPT",
  // Windows may make a reserved partition of its own accord, of a size of its own.
  "  Get-Partition -DiskNumber $number -ErrorAction SilentlyContinue | Remove-Partition -Confirm:$false",
  "  $efi = New-Partition -DiskNumber $number -Size $System -GptType '{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}'",
  "  $efi | Format-Volume -FileSystem FAT32 -NewFileSystemLabel System | Out-Null",
  "  New-Partition -DiskNumber $number -Size $Reserved -GptType '{e3c9e316-0b5c-4db8-817d-f92df00215ae}' | Out-Null",
  "  $size = if ($Windows -eq 0) { @{ UseMaximumSize = $true } } else { @{ Size = $Windows } }",
  `  $os = New-Partition -DiskNumber $number @size -GptType '${windowsType}'`,
  "  $os | Format-Volume -FileSystem NTFS -NewFileSystemLabel Windows | Out-Null",
  "  $root = Get-Root $os",
  "  $boot = Get-Root $efi",
  '  Invoke-Tool dism.exe @(\'/English\', "/LogPath:$Log", \'/Apply-Image\', "/ImageFile:$Image", "/Index:$Index", "/ApplyDir:$root", \'/Verify\')',
  '  Copy-Item -LiteralPath $Job -Destination "${root}Servicing" -Recurse -Force',
  "  Invoke-Tool \"${root}Windows\\System32\\bcdboot.exe\" @(\"${root}Windows\", '/s', $boot.TrimEnd('\\'), '/f', 'UEFI')",
  "} finally {",
  "  Dismount-VHD -Path $Disk",
  "}",
];

/** No network, no checkpoints, and nothing that starts it by itself. */
const start = [
  "param(",
  "  [Parameter(Mandatory)] [string] $Name,",
  "  [Parameter(Mandatory)] [string] $Folder,",
  "  [Parameter(Mandatory)] [string] $Disk,",
  "  [Parameter(Mandatory)] [uint64] $Memory,",
  "  [Parameter(Mandatory)] [int] $Processors,",
  "  [Parameter(Mandatory)] [string] $Port,",
  "  [switch] $Tpm",
  ")",
  ...common,
  "$vm = New-VM -Name $Name -Generation 2 -MemoryStartupBytes $Memory -VHDPath $Disk -Path $Folder",
  "$vm | Get-VMNetworkAdapter | Remove-VMNetworkAdapter",
  "$vm | Set-VMMemory -DynamicMemoryEnabled $false",
  "$vm | Set-VMProcessor -Count $Processors",
  "$vm | Set-VM -AutomaticCheckpointsEnabled $false -CheckpointType Disabled -AutomaticStartAction Nothing -AutomaticStopAction TurnOff",
  "$vm | Set-VMComPort -Number 1 -Path $Port",
  "if ($Tpm) {",
  "  $vm | Set-VMKeyProtector -NewLocalKeyProtector",
  "  $vm | Enable-VMTPM",
  "}",
  "$vm | Start-VM",
];

/** "Off", "Running", …, never translated. */
const state = [
  "param([Parameter(Mandatory)] [string] $Name)",
  "$ErrorActionPreference = 'Stop'",
  "Write-Output (Get-VM -Name $Name).State.ToString()",
];

const told = [jobState, jobLogs, ...Object.values(deviceLogs)];

/** "capture-images-of-hard-disk-partitions-using-dism"; the disk is not written to. */
const capture = [
  "param(",
  "  [Parameter(Mandatory)] [string] $Disk,",
  "  [Parameter(Mandatory)] [string] $To,",
  "  [Parameter(Mandatory)] [string] $Title,",
  "  [Parameter(Mandatory)] [string] $List,",
  "  [Parameter(Mandatory)] [string] $Scratch,",
  "  [Parameter(Mandatory)] [string] $Files,",
  "  [Parameter(Mandatory)] [string] $Log",
  ")",
  ...common,
  "New-Item -ItemType Directory -Path $Scratch -Force | Out-Null",
  "try {",
  "  $number = (Mount-VHD -Path $Disk -ReadOnly -Passthru | Get-Disk).Number",
  `  $os = Get-Partition -DiskNumber $number | Where-Object GptType -eq '${windowsType}' | Sort-Object Size | Select-Object -Last 1`,
  '  if (-not $os) { throw "$Disk has no Windows partition" }',
  "  $root = Get-Root $os",
  '  Invoke-Tool dism.exe @(\'/English\', "/LogPath:$Log", "/ScratchDir:$Scratch", \'/Capture-Image\', "/ImageFile:$To", "/CaptureDir:$root", "/Name:$Title", "/ConfigFile:$List", \'/Compress:max\', \'/Verify\')',
  // What tells how it went, where nothing reads files out of a WIM but DISM.
  `  foreach ($path in @(${told.map((path) => `'${path}'`).join(", ")})) {`,
  "    $from = $root.TrimEnd('\\') + $path",
  "    if (-not (Test-Path -LiteralPath $from)) { continue }",
  "    $into = Split-Path -Parent ($Files + $path)",
  "    New-Item -ItemType Directory -Path $into -Force | Out-Null",
  "    Copy-Item -LiteralPath $from -Destination $into -Recurse -Force",
  "  }",
  "} finally {",
  "  Dismount-VHD -Path $Disk",
  "}",
];

/** Whatever of it there is. */
const remove = [
  "param(",
  "  [Parameter(Mandatory)] [string] $Name,",
  "  [Parameter(Mandatory)] [string] $Disk",
  ")",
  "$ErrorActionPreference = 'Stop'",
  "$vm = Get-VM | Where-Object Name -eq $Name",
  "if ($vm) {",
  "  if ($vm.State -ne 'Off') { $vm | Stop-VM -TurnOff -Force }",
  "  $vm | Remove-VM -Force",
  "}",
  "if ((Test-Path -LiteralPath $Disk) -and (Get-VHD -Path $Disk).Attached) { Dismount-VHD -Path $Disk }",
];

export const hyperVScripts: Readonly<Record<"apply" | "start" | "state" | "capture" | "remove", string>> = {
  apply: text(apply),
  start: text(start),
  state: text(state),
  capture: text(capture),
  remove: text(remove),
};

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}
