@echo off
call wpeinit
call wpeutil WaitForRemovableStorage
set "FOUND="
for %%d in (C D E F G H I J K L M N O P Q R S T U V W Y Z) do (
  if not defined FOUND if exist "%%d:\deploy\deploy.cmd" set "FOUND=%%d:\deploy\deploy.cmd"
  if not defined FOUND if exist "%%d:\deploy.cmd" if exist "%%d:\install.wim" set "FOUND=%%d:\deploy.cmd"
  if not defined FOUND if exist "%%d:\deploy.cmd" if exist "%%d:\install.swm" set "FOUND=%%d:\deploy.cmd"
)
if not defined FOUND echo The folder deploy is on no drive.
if not defined FOUND exit /b 1
call "%FOUND%"
if "%ERRORLEVEL%"=="0" call wpeutil reboot
