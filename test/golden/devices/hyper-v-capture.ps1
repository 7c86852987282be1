param(
  [Parameter(Mandatory)] [string] $Disk,
  [Parameter(Mandatory)] [string] $To,
  [Parameter(Mandatory)] [string] $Title,
  [Parameter(Mandatory)] [string] $List,
  [Parameter(Mandatory)] [string] $Scratch,
  [Parameter(Mandatory)] [string] $Files,
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
  foreach ($path in @('\Servicing\State', '\Windows\Setup\Servicing\Logs\Audit', '\Windows\Setup\State\State.ini', '\Windows\System32\config\SOFTWARE', '\Windows\System32\Sysprep\Panther\setupact.log', '\Windows\System32\Sysprep\Panther\setuperr.log', '\Windows\Panther\setupact.log', '\Windows\Panther\setuperr.log')) {
    $from = $root.TrimEnd('\') + $path
    if (-not (Test-Path -LiteralPath $from)) { continue }
    $into = Split-Path -Parent ($Files + $path)
    New-Item -ItemType Directory -Path $into -Force | Out-Null
    Copy-Item -LiteralPath $from -Destination $into -Recurse -Force
  }
} finally {
  Dismount-VHD -Path $Disk
}
