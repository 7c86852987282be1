@echo off
setlocal EnableExtensions DisableDelayedExpansion
set ID=0123456789abcdef
set STEPS=4
set RESTARTS=20
set STEPDIR=%SystemDrive%\Servicing\Steps
set STATE=%SystemDrive%\Servicing\State
set LOGS=%SystemDrive%\Windows\Setup\Servicing\Logs\Audit
set LOG=%LOGS%\job.log

"%SystemRoot%\System32\mode.com" COM1: baud=115200 parity=n data=8 stop=1 to=off xon=off odsr=off octs=off > nul 2>&1
>COM1 echo servicing: begin steps 4 id 0123456789abcdef
set HELD=
if exist "%STATE%\id" set /p HELD=<"%STATE%\id"
if not "%HELD%"=="%ID%" if exist "%STATE%\" rd /s /q "%STATE%"
if not exist "%STATE%\" mkdir "%STATE%"
if not exist "%LOGS%\" mkdir "%LOGS%"
call :note id %ID%
if errorlevel 1 goto full
if exist "%STATE%\failed" goto failed
if exist "%STATE%\finished" goto finished

set BOOT=1
:boots
if not exist "%STATE%\boot-%BOOT%" goto booted
set /a BOOT+=1
goto boots
:booted
call :note boot-%BOOT% %BOOT%
if errorlevel 1 goto full
>>"%LOG%" echo [%DATE% %TIME%] start %BOOT% of job %ID%, with %STEPS% steps
call :restarts
set /a UNASKED=BOOT-RESTART
set WHY=the device has started 10 times without having been asked to
if %UNASKED% geq 10 goto fail
if exist "%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe" start "" /b "%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%SystemDrive%\Servicing\awake.ps1" > nul 2>&1

set NUMBER=0
:next
set /a NUMBER+=1
if %NUMBER% gtr %STEPS% goto end
set NNN=00%NUMBER%
set NNN=%NNN:~-3%
if exist "%STATE%\%NNN%.done" goto next
if exist "%STATE%\%NNN%.present" goto next
set STEP=%STEPDIR%\%NNN%.cmd
call %STEP% about
if exist "%STATE%\%NNN%.failed" goto given-up
if exist "%STATE%\%NNN%.restart" goto restarted

set TRY=1
set AGAIN=0
set LOST=0
:tries
if not exist "%STATE%\%NNN%.begun-%TRY%" goto tried
if exist "%STATE%\%NNN%.again-%TRY%" set /a AGAIN+=1
if not exist "%STATE%\%NNN%.again-%TRY%" set /a LOST+=1
set /a TRY+=1
goto tries
:tried
set OUTCOME=tries
if %LOST% geq 3 goto step-failed
if %TRY% gtr 1 goto try
if %CHECK% equ 0 goto try
call %STEP% check
if errorlevel 1 goto try
call :note %NNN%.present present
if errorlevel 1 goto full
>>"%LOG%" echo [%DATE% %TIME%] step %NUMBER% is there already
goto next

:try
call :note %NNN%.begun-%TRY% %TRY%
if errorlevel 1 goto full
call %STEP% title
set EXIT=%STEPDIR%\%NNN%.exit-%TRY%
if exist "%EXIT%" del "%EXIT%"
call :tasks
for /f "usebackq tokens=1,2 delims=," %%A in ("%STEPDIR%\tasks.txt") do if /i %%A=="cmd.exe" set TASK.%NNN%.%TRY%.%%~B=1
start "" /b "%SystemRoot%\System32\cmd.exe" /d /c %STEP% run %TRY% < nul
set POLL=0
set BEAT=0
:poll
"%SystemRoot%\System32\ping.exe" -n 2 127.0.0.1 > nul
set /a POLL+=1
set /a BEAT+=1
if exist "%EXIT%" goto ended
if %POLL% geq %POLLS% goto hung
if %BEAT% lss 60 goto poll
>COM1 echo servicing: beat
set BEAT=0
goto poll

:ended
set KIND=failed
set CODE=unknown
for /f "usebackq tokens=1" %%A in ("%EXIT%") do set KIND=%%A
for /f "usebackq tokens=2" %%A in ("%EXIT%") do set CODE=%%A
call :note %NNN%.seconds-%TRY% %POLL%
if errorlevel 1 goto full
>>"%LOG%" echo [%DATE% %TIME%] step %NUMBER%: %KIND%, exit code %CODE%, after %POLL% seconds
set OUTCOME=%CODE%
if %KIND%==failed goto step-failed
if %KIND%==again goto again
if %KIND%==restart goto restart-wanted
:verify
if %CHECK% equ 0 goto done
set OUTCOME=check
call %STEP% check
if errorlevel 1 goto step-failed
:done
call :note %NNN%.done %CODE%
if errorlevel 1 goto full
goto next

:restart-wanted
call :note %NNN%.restart %CODE%
if errorlevel 1 goto full
goto step-restart
:again
call :note %NNN%.again-%TRY% %CODE%
if errorlevel 1 goto full
set /a AGAIN+=1
set OUTCOME=tries
if %AGAIN% geq 5 goto step-failed
:step-restart
set OUTCOME=tries
call :restarts
if %RESTART% gtr %RESTARTS% goto step-failed
goto restart
:restarted
set /p CODE=<"%STATE%\%NNN%.restart"
goto verify

:hung
echo hung>"%EXIT%.hung"
>>"%LOG%" echo [%DATE% %TIME%] step %NUMBER% has not ended in %POLL% seconds
call :kill
call %STEP% kill
set OUTCOME=hung
:step-failed
call :note %NNN%.failed %OUTCOME%
if errorlevel 1 goto full
>>"%LOG%" echo [%DATE% %TIME%] step %NUMBER% failed: %OUTCOME%
:given-up
if %OPTIONAL% equ 1 goto next
set /p OUTCOME=<"%STATE%\%NNN%.failed"
set WHY=step %NUMBER% failed: %OUTCOME%
goto fail

:end
set PENDING="%STATE%\pending.txt"
if exist %PENDING% del %PENDING%
set WAITS=0
"%SystemRoot%\System32\reg.exe" query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending" > nul 2>&1
if not errorlevel 1 set WAITS=1
if not errorlevel 1 >>%PENDING% echo Component Based Servicing
"%SystemRoot%\System32\reg.exe" query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired" > nul 2>&1
if not errorlevel 1 set WAITS=1
if not errorlevel 1 >>%PENDING% echo Windows Update
"%SystemRoot%\System32\reg.exe" query "HKLM\SYSTEM\CurrentControlSet\Control\Session Manager" /v PendingFileRenameOperations > nul 2>&1
if not errorlevel 1 >>%PENDING% echo PendingFileRenameOperations
if not exist %PENDING% goto nothing-pending
set WAIT=1
:waits
if not exist "%STATE%\wait-%WAIT%" goto waited
set /a WAIT+=1
goto waits
:waited
if %WAIT% gtr 3 goto still-pending
call :restarts
if %RESTART% gtr %RESTARTS% goto still-pending
call :note wait-%WAIT% %WAIT%
if errorlevel 1 goto full
>>"%LOG%" echo [%DATE% %TIME%] Windows waits for a restart:
type %PENDING% >> "%LOG%"
goto restart
:still-pending
set WHY=Windows still waits for a restart, as pending.txt says
if %WAITS% equ 1 goto fail
>>"%LOG%" echo [%DATE% %TIME%] files still wait to be renamed
:nothing-pending

set APPS="%STATE%\apps.txt"
set BITLOCKER="%STATE%\bitlocker.txt"
if exist %APPS% del %APPS%
if exist %BITLOCKER% del %BITLOCKER%
if exist "%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe" "%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%SystemDrive%\Servicing\check.ps1" >> "%LOG%" 2>&1 < nul
set SIZE=0
if exist %APPS% for %%F in (%APPS%) do set SIZE=%%~zF
if not exist %APPS% >%APPS% echo not checked
if not exist %BITLOCKER% >%BITLOCKER% echo not checked
set HELD=
set /p HELD=<%BITLOCKER%
>>"%LOG%" echo [%DATE% %TIME%] BitLocker: %HELD%
set WHY=BitLocker or device encryption is on
if "%HELD%"=="on" goto fail
set HELD=unknown
"%SystemRoot%\System32\reg.exe" query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State" /v ImageState > "%STATE%\new" 2>nul
for /f "usebackq tokens=1,3" %%A in ("%STATE%\new") do if /i "%%A"=="ImageState" set HELD=%%B
>>"%LOG%" echo [%DATE% %TIME%] ImageState: %HELD%
set WHY=Windows says that the image cannot be deployed
if "%HELD%"=="IMAGE_STATE_UNDEPLOYABLE" goto fail
set WHY=app packages are installed for a user and not provisioned, as apps.txt says
if %SIZE% gtr 0 goto fail
call :note finished done
if errorlevel 1 goto full
>>"%LOG%" echo [%DATE% %TIME%] finished
:finished
>COM1 echo servicing: end ok
exit /b 0

:restart
call :restarts
call :note restart-%RESTART% %RESTART%
if errorlevel 1 goto full
>>"%LOG%" echo [%DATE% %TIME%] restart %RESTART%
>COM1 echo servicing: restart
exit /b 2

:fail
>>"%LOG%" echo [%DATE% %TIME%] failed: %WHY%
call :note failed "%WHY%"
if errorlevel 1 goto full
:failed
>COM1 echo servicing: end failed
goto off
:full
>COM1 echo servicing: end full
:off
"%SystemRoot%\System32\shutdown.exe" /s /f /t 0 > nul 2>&1
"%SystemRoot%\System32\ping.exe" -n 61 127.0.0.1 > nul
goto off

:note
if exist "%STATE%\%~1" exit /b 0
>"%STATE%\new" echo %~2
set SIZE=
if exist "%STATE%\new" for %%F in ("%STATE%\new") do set SIZE=%%~zF
if "%SIZE%"=="" exit /b 1
if "%SIZE%"=="0" exit /b 1
ren "%STATE%\new" "%~1"
if not exist "%STATE%\%~1" exit /b 1
exit /b 0

:restarts
set RESTART=1
:restarts-made
if not exist "%STATE%\restart-%RESTART%" exit /b 0
set /a RESTART+=1
goto restarts-made

:tasks
"%SystemRoot%\System32\tasklist.exe" /nh /fo csv > "%STEPDIR%\tasks.txt" 2>nul
exit /b 0

:kill
call :tasks
for /f "usebackq tokens=1,2 delims=," %%A in ("%STEPDIR%\tasks.txt") do if /i %%A=="cmd.exe" if not defined TASK.%NNN%.%TRY%.%%~B "%SystemRoot%\System32\taskkill.exe" /t /f /pid %%~B > nul 2>&1
exit /b 0
