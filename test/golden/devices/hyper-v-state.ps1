param([Parameter(Mandatory)] [string] $Name)
$ErrorActionPreference = 'Stop'
Write-Output (Get-VM -Name $Name).State.ToString()
