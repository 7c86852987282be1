@echo off
goto %~1

:about
set POLLS=3600
set OPTIONAL=0
set CHECK=0
exit /b 0

:title
>>"%LOG%" echo [%DATE% %TIME%] step 1: Copy-File 100%% odd
>COM1 echo servicing: step 1 minutes 60 Copy-File 100%% odd
exit /b 0

:check
exit /b 0
:missing
exit /b 1

:kill
"%SystemRoot%\System32\taskkill.exe" /t /f /im "xcopy.exe" > nul 2>&1 || "%SystemRoot%\System32\taskkill.exe" /f /im "xcopy.exe" > nul 2>&1
"%SystemRoot%\System32\taskkill.exe" /t /f /im "robocopy.exe" > nul 2>&1 || "%SystemRoot%\System32\taskkill.exe" /f /im "robocopy.exe" > nul 2>&1
exit /b 0

:run
setlocal EnableExtensions DisableDelayedExpansion
set LOG="%SystemDrive%\Windows\Setup\Servicing\Logs\Audit\001.log"
set RESULT=%SystemDrive%\Servicing\Steps\001.exit-%~2
set WANTED=done
set LAST=0
echo [%DATE% %TIME%] try %~2: Copy-File 100%% odd >> %LOG%

if exist "%RESULT%.hung" exit /b 1
if not exist "%SystemDrive%\Odd\100%% (1)" mkdir "%SystemDrive%\Odd\100%% (1)" >> %LOG% 2>&1
if exist "%SystemDrive%\Odd\100%% (1)\b & c.txt" "%SystemRoot%\System32\attrib.exe" -r -h -s "%SystemDrive%\Odd\100%% (1)\b & c.txt" >> %LOG% 2>&1
copy /b /y "%SystemDrive%\Servicing\Payload\3\a b.txt" "%SystemDrive%\Odd\100%% (1)\b & c.txt" >> %LOG% 2>&1
set CODE=%ERRORLEVEL%
set KIND=failed
if %CODE% equ 0 set KIND=done
echo exit code %CODE% >> %LOG%
set LAST=%CODE%
if %KIND%==failed goto ended
if %KIND%==again goto ended
if %KIND%==restart set WANTED=restart
if %KIND%==restart set WANTS=%CODE%

if exist "%RESULT%.hung" exit /b 1
"%SystemRoot%\System32\xcopy.exe" "%SystemDrive%\Servicing\Payload\4" "%SystemDrive%\Odd\tools" /E /I /H /K /R /Y >> %LOG% 2>&1
set CODE=%ERRORLEVEL%
set KIND=failed
if %CODE% equ 0 set KIND=done
echo exit code %CODE% >> %LOG%
set LAST=%CODE%
if %KIND%==failed goto ended
if %KIND%==again goto ended
if %KIND%==restart set WANTED=restart
if %KIND%==restart set WANTS=%CODE%

if exist "%RESULT%.hung" exit /b 1
set CODE=0
if exist "%SystemDrive%\Odd\old\" rd /s /q "%SystemDrive%\Odd\old" >> %LOG% 2>&1
if exist "%SystemDrive%\Odd\old" del /a /f /q "%SystemDrive%\Odd\old" >> %LOG% 2>&1
if exist "%SystemDrive%\Odd\old" set CODE=5
set KIND=failed
if %CODE% equ 0 set KIND=done
echo exit code %CODE% >> %LOG%
set LAST=%CODE%
if %KIND%==failed goto ended
if %KIND%==again goto ended
if %KIND%==restart set WANTED=restart
if %KIND%==restart set WANTS=%CODE%

if exist "%RESULT%.hung" exit /b 1
set CODE=0
if not exist "%SystemDrive%\Odd\must.txt" set CODE=2
if exist "%SystemDrive%\Odd\must.txt\" rd /s /q "%SystemDrive%\Odd\must.txt" >> %LOG% 2>&1
if exist "%SystemDrive%\Odd\must.txt" del /a /f /q "%SystemDrive%\Odd\must.txt" >> %LOG% 2>&1
if exist "%SystemDrive%\Odd\must.txt" set CODE=5
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
