@echo off
goto %~1

:about
set POLLS=3600
set OPTIONAL=0
set CHECK=0
exit /b 0

:title
>>"%LOG%" echo [%DATE% %TIME%] step 1: Add-Driver audio.inf
>COM1 echo servicing: step 1 minutes 60 Add-Driver audio.inf
exit /b 0

:check
exit /b 0
:missing
exit /b 1

:kill
"%SystemRoot%\System32\taskkill.exe" /t /f /im "DPInst64.exe" > nul 2>&1 || "%SystemRoot%\System32\taskkill.exe" /f /im "DPInst64.exe" > nul 2>&1
exit /b 0

:run
setlocal EnableExtensions DisableDelayedExpansion
set LOG="%SystemDrive%\Windows\Setup\Servicing\Logs\Audit\001.log"
set RESULT=%SystemDrive%\Servicing\Steps\001.exit-%~2
set WANTED=done
set LAST=0
echo [%DATE% %TIME%] try %~2: Add-Driver audio.inf >> %LOG%

if exist "%RESULT%.hung" exit /b 1
"%SystemDrive%\Servicing\Payload\001\audio\DPInst64.exe" /Q /SE /SW /PATH C:\Servicing\Payload\001\audio >> %LOG% 2>&1
set CODE=%ERRORLEVEL%
set KIND=failed
if %CODE% geq 0 set KIND=done
if %CODE% geq 1073741824 set KIND=restart
if %CODE% equ 9009 set KIND=failed
echo exit code %CODE% >> %LOG%
set LAST=%CODE%
if %KIND%==failed goto ended
if %KIND%==again goto ended
if %KIND%==restart set WANTED=restart
if %KIND%==restart set WANTS=%CODE%

set KIND=%WANTED%
if %KIND%==restart set LAST=%WANTS%
:ended
echo [%DATE% %TIME%] %KIND%, exit code %LAST% >> %LOG%
>"%RESULT%.new" echo %KIND% %LAST%
ren "%RESULT%.new" 001.exit-%~2
exit /b 0
