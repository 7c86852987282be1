param(
  [Parameter(Mandatory)] [string] $Disk,
  [Parameter(Mandatory)] [uint64] $Bytes,
  [Parameter(Mandatory)] [uint64] $System,
  [Parameter(Mandatory)] [uint64] $Reserved,
  [uint64] $Windows = 0,
  [Parameter(Mandatory)] [string] $Image,
  [Parameter(Mandatory)] [int] $Index,
  [Parameter(Mandatory)] [string] $Job,
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
New-VHD -Path $Disk -SizeBytes $Bytes -Dynamic | Out-Null
try {
  $number = (Mount-VHD -Path $Disk -NoDriveLetter -Passthru | Get-Disk).Number
  Initialize-Disk -Number $number -PartitionStyle GPT
  Get-Partition -DiskNumber $number -ErrorAction SilentlyContinue | Remove-Partition -Confirm:$false
  $efi = New-Partition -DiskNumber $number -Size $System -GptType '{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}'
  $efi | Format-Volume -FileSystem FAT32 -NewFileSystemLabel System | Out-Null
  New-Partition -DiskNumber $number -Size $Reserved -GptType '{e3c9e316-0b5c-4db8-817d-f92df00215ae}' | Out-Null
  $size = if ($Windows -eq 0) { @{ UseMaximumSize = $true } } else { @{ Size = $Windows } }
  $os = New-Partition -DiskNumber $number @size -GptType '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}'
  $os | Format-Volume -FileSystem NTFS -NewFileSystemLabel Windows | Out-Null
  $root = Get-Root $os
  $boot = Get-Root $efi
  Invoke-Tool dism.exe @('/English', "/LogPath:$Log", '/Apply-Image', "/ImageFile:$Image", "/Index:$Index", "/ApplyDir:$root", '/Verify')
  Copy-Item -LiteralPath $Job -Destination "${root}Servicing" -Recurse -Force
  Invoke-Tool "${root}Windows\System32\bcdboot.exe" @("${root}Windows", '/s', $boot.TrimEnd('\'), '/f', 'UEFI')
} finally {
  Dismount-VHD -Path $Disk
}
