param(
  [Parameter(Mandatory)] [string] $Disk,
  [Parameter(Mandatory)] [string] $To,
  [Parameter(Mandatory)] [string] $Title,
  [Parameter(Mandatory)] [string] $List,
  [Parameter(Mandatory)] [string] $Scratch,
  [Parameter(Mandatory)] [string] $Log
)
$ErrorActionPreference = 'Stop'
function Invoke-Tool([string] $Tool, [string[]] $Arguments) {
  & $Tool @Arguments
  if ($LASTEXITCODE -ne 0) { throw "$Tool ended with $LASTEXITCODE" }
}
function Get-Root($Partition) {
  if (-not $Partition.DriveLetter) {
    $Partition | Add-PartitionAccessPath -AssignDriveLetter
    $Partition = Get-Partition -DiskNumber $Partition.DiskNumber -PartitionNumber $Partition.PartitionNumber
  }
  "$($Partition.DriveLetter):\"
}
New-Item -ItemType Directory -Path $Scratch -Force | Out-Null
try {
  $number = (Mount-VHD -Path $Disk -ReadOnly -Passthru | Get-Disk).Number
  $os = Get-Partition -DiskNumber $number | Where-Object GptType -eq '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}' | Sort-Object Size | Select-Object -Last 1
  if (-not $os) { throw "$Disk has no Windows partition" }
  $root = Get-Root $os
  Invoke-Tool dism.exe @('/English', "/LogPath:$Log", "/ScratchDir:$Scratch", '/Capture-Image', "/ImageFile:$To", "/CaptureDir:$root", "/Name:$Title", "/ConfigFile:$List", '/Compress:max', '/Verify')
} finally {
  Dismount-VHD -Path $Disk
}
