@echo off
call wpeinit
call wpeutil WaitForRemovableStorage
set "FOUND="
for %%d in (C D E F G H I J K L M N O P Q R S T U V W Y Z) do (
  if not defined FOUND if exist "%%d:\device\job-id.txt" set "FOUND=%%d:\device\"
  if not defined FOUND if exist "%%d:\job-id.txt" set "FOUND=%%d:\"
)
if not defined FOUND echo The folder device is on no drive.
if not defined FOUND exit /b 1
set "ID="
set /p ID=<"%FOUND%job-id.txt"
set "ENDED="
set "BEGUN="
for %%d in (C D E F G H I J K L M N O P Q R S T U V W Y Z) do call :look %%d:
if defined ENDED goto capture
if defined BEGUN goto begun
call "%FOUND%deploy.cmd"
if "%ERRORLEVEL%"=="0" call wpeutil reboot
exit /b 1
:capture
call "%FOUND%capture.cmd" %ENDED%
if "%ERRORLEVEL%"=="0" call wpeutil shutdown
exit /b 1
:begun
echo The job on %BEGUN% has not come to its end: start the device from its own disk.
exit /b 1
:look
if not exist "%~1\Servicing\State\id" exit /b 0
set "OF="
set /p OF=<"%~1\Servicing\State\id"
if not "%OF%"=="%ID%" exit /b 0
set "BEGUN=%~1"
if exist "%~1\Servicing\State\finished" set "ENDED=%~1"
if exist "%~1\Servicing\State\failed" set "ENDED=%~1"
exit /b 0
