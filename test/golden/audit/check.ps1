$ErrorActionPreference = 'Stop'
$state = Join-Path $env:SystemDrive '\Servicing\State'
function Save([string] $name, [string[]] $lines) {
  $new = Join-Path $state 'check.new'
  [IO.File]::WriteAllLines($new, $lines)
  Move-Item -LiteralPath $new -Destination (Join-Path $state $name) -Force
}

try {
  $volume = Get-CimInstance -Namespace 'root\cimv2\Security\MicrosoftVolumeEncryption' -ClassName Win32_EncryptableVolume |
    Where-Object DriveLetter -eq $env:SystemDrive
  $off = $null -eq $volume -or ($volume.ProtectionStatus -eq 0 -and $volume.ConversionStatus -in $null, 0)
  Save 'bitlocker.txt' @(if ($off) { 'off' } else { 'on' })
} catch {}

try {
  $provisioned = @(Get-AppxProvisionedPackage -Online | ForEach-Object DisplayName)
  $found = @(foreach ($package in Get-AppxPackage -AllUsers) {
    if ($package.IsFramework -or $package.IsResourcePackage -or $package.NonRemovable) { continue }
    if ($package.SignatureKind -eq 'System' -or $package.Name -in $provisioned) { continue }
    foreach ($user in $package.PackageUserInformation) {
      if ("$($user.InstallState)" -ne 'Installed') { continue }
      $name = $user.UserSecurityId.Username
      if (-not $name) { $name = $user.UserSecurityId.Sid }
      "$($package.PackageFullName)`t$name"
    }
  })
  Save 'apps.txt' $found
} catch {}
