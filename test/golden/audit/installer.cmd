@echo off
goto %~1

:about
set POLLS=1800
set OPTIONAL=0
set CHECK=1
exit /b 0

:title
>>"%LOG%" echo [%DATE% %TIME%] step 1: Run-Installer agent.msi
>COM1 echo servicing: step 1 minutes 30 Run-Installer agent.msi
exit /b 0

:check
if not exist "%SystemDrive%\Program Files\Contoso\agent.exe" goto missing
set FOUND=0
"%SystemRoot%\System32\reg.exe" query "HKLM\SOFTWARE\Contoso\Agent 100%%" /v "Display Version" > "%TEMP%\servicing-check.txt" 2>nul
for /f "usebackq tokens=3*" %%A in ("%TEMP%\servicing-check.txt") do if "%%A"=="REG_SZ" if "%%B"=="1.2 & (3)" set FOUND=1
for /f "usebackq tokens=3*" %%A in ("%TEMP%\servicing-check.txt") do if "%%A"=="REG_EXPAND_SZ" if "%%B"=="1.2 & (3)" set FOUND=1
del "%TEMP%\servicing-check.txt"
if %FOUND% equ 0 goto missing
set FOUND=0
"%SystemRoot%\System32\reg.exe" query HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{01234567-89AB-CDEF-0123-456789ABCDEF} /reg:64 > nul 2>&1
if not errorlevel 1 set FOUND=1
"%SystemRoot%\System32\reg.exe" query HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{01234567-89AB-CDEF-0123-456789ABCDEF} /reg:32 > nul 2>&1
if not errorlevel 1 set FOUND=1
if %FOUND% equ 0 goto missing
exit /b 0
:missing
exit /b 1

:kill
"%SystemRoot%\System32\taskkill.exe" /t /f /im "msiexec.exe" > nul 2>&1 || "%SystemRoot%\System32\taskkill.exe" /f /im "msiexec.exe" > nul 2>&1
exit /b 0

:run
setlocal EnableExtensions DisableDelayedExpansion
set LOG="%SystemDrive%\Windows\Setup\Servicing\Logs\Audit\001.log"
set RESULT=%SystemDrive%\Servicing\Steps\001.exit-%~2
set WANTED=done
set LAST=0
echo [%DATE% %TIME%] try %~2: Run-Installer agent.msi >> %LOG%

if exist "%RESULT%.hung" exit /b 1
set RUNS=0
:command1
"%SystemRoot%\System32\msiexec.exe" /i "%SystemDrive%\Servicing\Payload\1\agent.msi" NOTE="a & b 100%%" >> %LOG% 2>&1
set CODE=%ERRORLEVEL%
set /a RUNS+=1
if %RUNS% geq 20 goto command1-done
set AGAIN=0
if %CODE% equ 1618 set AGAIN=1
if %AGAIN% equ 0 goto command1-done
echo exit code %CODE%: again in 30 seconds: Run-Installer agent.msi >> %LOG%
"%SystemRoot%\System32\ping.exe" -n 31 127.0.0.1 > nul
goto command1
:command1-done
set KIND=failed
if %CODE% equ 0 set KIND=done
if %CODE% equ 3010 set KIND=done
if %CODE% equ 1641 set KIND=done
if %CODE% equ 3010 set KIND=restart
if %CODE% equ 1641 set KIND=restart
if %CODE% equ 1604 set KIND=again
if %CODE% equ -2147021879 set KIND=again
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
