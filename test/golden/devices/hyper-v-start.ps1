param(
  [Parameter(Mandatory)] [string] $Name,
  [Parameter(Mandatory)] [string] $Folder,
  [Parameter(Mandatory)] [string] $Disk,
  [Parameter(Mandatory)] [uint64] $Memory,
  [Parameter(Mandatory)] [int] $Processors,
  [Parameter(Mandatory)] [string] $Port,
  [switch] $Tpm
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
$vm = New-VM -Name $Name -Generation 2 -MemoryStartupBytes $Memory -VHDPath $Disk -Path $Folder
$vm | Get-VMNetworkAdapter | Remove-VMNetworkAdapter
$vm | Set-VMMemory -DynamicMemoryEnabled $false
$vm | Set-VMProcessor -Count $Processors
$vm | Set-VM -AutomaticCheckpointsEnabled $false -CheckpointType Disabled -AutomaticStartAction Nothing -AutomaticStopAction TurnOff
$vm | Set-VMComPort -Number 1 -Path $Port
if ($Tpm) {
  $vm | Set-VMKeyProtector -NewLocalKeyProtector
  $vm | Enable-VMTPM
}
$vm | Start-VM
