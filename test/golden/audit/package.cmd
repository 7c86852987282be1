@echo off
chcp 65001 > nul
goto %~1

:about
set POLLS=3600
set OPTIONAL=1
set CHECK=0
exit /b 0

:title
>>"%LOG%" echo [%DATE% %TIME%] step 1: Add-Package kb ^(1^) ^& é.cab
>COM1 echo servicing: step 1 minutes 60 Add-Package kb ^(1^) ^& \u00e9.cab
exit /b 0

:check
exit /b 0
:missing
exit /b 1

:kill
"%SystemRoot%\System32\taskkill.exe" /t /f /im "dism.exe" > nul 2>&1 || "%SystemRoot%\System32\taskkill.exe" /f /im "dism.exe" > nul 2>&1
exit /b 0

:run
setlocal EnableExtensions DisableDelayedExpansion
set LOG="%SystemDrive%\Windows\Setup\Servicing\Logs\Audit\001.log"
set RESULT=%SystemDrive%\Servicing\Steps\001.exit-%~2
set WANTED=done
set LAST=0
echo [%DATE% %TIME%] try %~2: Add-Package kb ^(1^) ^& é.cab >> %LOG%

if exist "%RESULT%.hung" exit /b 1
"%SystemRoot%\System32\dism.exe" /Online /Add-Package "/PackagePath:%SystemDrive%\Servicing\Payload\2\kb.cab" >> %LOG% 2>&1
set CODE=%ERRORLEVEL%
set KIND=failed
if %CODE% equ 0 set KIND=done
if %CODE% equ 3010 set KIND=done
if %CODE% equ 3010 set KIND=restart
if %KIND%==failed goto asked1
if %KIND%==again goto asked1
"%SystemRoot%\System32\dism.exe" /Online /English /Get-Packages > "%SystemDrive%\Servicing\State\001.1.answer" 2>> %LOG%
:asked1
echo exit code %CODE% >> %LOG%
set LAST=%CODE%
if %KIND%==failed goto ended
if %KIND%==again goto ended
if %KIND%==restart set WANTED=restart
if %KIND%==restart set WANTS=%CODE%

if exist "%RESULT%.hung" exit /b 1
"%SystemRoot%\System32\cmd.exe" /d /c ""%SystemDrive%\Servicing\Payload\2\after.cmd" now" >> %LOG% 2>&1
set CODE=%ERRORLEVEL%
set KIND=failed
if %CODE% equ 0 set KIND=done
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
