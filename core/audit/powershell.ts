import { jobFolder, jobState } from "./job.ts";

/** Scripts for Windows PowerShell, which no other Windows has, and without which the job runs as well. */
export const awakeFile = `${jobFolder}\\awake.ps1`;
export const checkFile = `${jobFolder}\\check.ps1`;

export const powershellFile = '"%SystemRoot%\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"';

/** A command that runs one of them; what it has to say are files. */
export function powershell(file: string): string {
  return `${powershellFile} -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%SystemDrive%${file}"`;
}

/**
 * Keeps the device awake as long as the job runs, without a setting that would be captured: for the process
 * ("setthreadexecutionstate"), and the screen saver for the session ("systemparametersinfoa", SPI_SETSCREENSAVEACTIVE).
 */
export const awakeScript = lines(
  "$ErrorActionPreference = 'Stop'",
  "$members = @'",
  '[DllImport("kernel32.dll")] public static extern uint SetThreadExecutionState(uint state);',
  '[DllImport("user32.dll")] public static extern bool SystemParametersInfo(uint action, uint value, System.IntPtr data, uint persist);',
  "'@",
  "$windows = Add-Type -MemberDefinition $members -Name Windows -Namespace Servicing -PassThru",
  "# ES_CONTINUOUS, ES_SYSTEM_REQUIRED and ES_DISPLAY_REQUIRED",
  "[void]$windows::SetThreadExecutionState([uint32]2147483651)",
  "[void]$windows::SystemParametersInfo(17, 0, [IntPtr]::Zero, 0)",
  '$job = (Get-CimInstance Win32_Process -Filter "ProcessId=$PID").ParentProcessId',
  "Wait-Process -Id $job",
);

/**
 * Looks for what makes sysprep fail. App packages that a user has and new users would not get ("sysprep--generalize--a-windows-installation",
 * "sysprep-fails-remove-or-update-store-apps"): of what Windows installs by itself and of frameworks it does not mind. BitLocker and device
 * encryption on the volume of Windows ("win32-encryptablevolume": protection off and nothing encrypted are both 0).
 */
export const checkScript = lines(
  "$ErrorActionPreference = 'Stop'",
  `$state = Join-Path $env:SystemDrive '${jobState}'`,
  "function Save([string] $name, [string[]] $lines) {",
  "  $new = Join-Path $state 'check.new'",
  "  [IO.File]::WriteAllLines($new, $lines)",
  "  Move-Item -LiteralPath $new -Destination (Join-Path $state $name) -Force",
  "}",
  "",
  "try {",
  "  $volume = Get-CimInstance -Namespace 'root\\cimv2\\Security\\MicrosoftVolumeEncryption' -ClassName Win32_EncryptableVolume |",
  "    Where-Object DriveLetter -eq $env:SystemDrive",
  "  $off = $null -eq $volume -or ($volume.ProtectionStatus -eq 0 -and $volume.ConversionStatus -in $null, 0)",
  "  Save 'bitlocker.txt' @(if ($off) { 'off' } else { 'on' })",
  "} catch {}",
  "",
  "try {",
  "  $provisioned = @(Get-AppxProvisionedPackage -Online | ForEach-Object DisplayName)",
  "  $found = @(foreach ($package in Get-AppxPackage -AllUsers) {",
  "    if ($package.IsFramework -or $package.IsResourcePackage -or $package.NonRemovable) { continue }",
  "    if ($package.SignatureKind -eq 'System' -or $package.Name -in $provisioned) { continue }",
  "    foreach ($user in $package.PackageUserInformation) {",
  "      if (\"$($user.InstallState)\" -ne 'Installed') { continue }",
  "      $name = $user.UserSecurityId.Username",
  "      if (-not $name) { $name = $user.UserSecurityId.Sid }",
  '      "$($package.PackageFullName)`t$name"',
  "    }",
  "  })",
  "  Save 'apps.txt' $found",
  "} catch {}",
);

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\r\n`).join("");
}
