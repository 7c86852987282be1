$ErrorActionPreference = 'Stop'
$members = @'
[DllImport("kernel32.dll")] public static extern uint SetThreadExecutionState(uint state);
[DllImport("user32.dll")] public static extern bool SystemParametersInfo(uint action, uint value, System.IntPtr data, uint persist);
'@
$windows = Add-Type -MemberDefinition $members -Name Windows -Namespace Servicing -PassThru
# ES_CONTINUOUS, ES_SYSTEM_REQUIRED and ES_DISPLAY_REQUIRED
[void]$windows::SetThreadExecutionState([uint32]2147483651)
[void]$windows::SystemParametersInfo(17, 0, [IntPtr]::Zero, 0)
$job = (Get-CimInstance Win32_Process -Filter "ProcessId=$PID").ParentProcessId
Wait-Process -Id $job
