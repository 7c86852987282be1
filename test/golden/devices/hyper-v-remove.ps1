param(
  [Parameter(Mandatory)] [string] $Name,
  [Parameter(Mandatory)] [string] $Disk
)
$ErrorActionPreference = 'Stop'
$vm = Get-VM | Where-Object Name -eq $Name
if ($vm) {
  if ($vm.State -ne 'Off') { $vm | Stop-VM -TurnOff -Force }
  $vm | Remove-VM -Force
}
if ((Test-Path -LiteralPath $Disk) -and (Get-VHD -Path $Disk).Attached) { Dismount-VHD -Path $Disk }
