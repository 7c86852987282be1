@echo off
setlocal EnableExtensions DisableDelayedExpansion
set "HERE=%~dp0"
set "PATH=%HERE%tools;%PATH%"
set "LOGS=%SystemDrive%\Servicing"
set "LOG=%LOGS%\deploy.log"
set "FORCE=1"
if /i "%~1"=="/force" set "FORCE=1"
if not exist "%LOGS%\." mkdir "%LOGS%"
echo [%DATE% %TIME%] begin: "%HERE%" >> "%LOG%"

set "CODE=1"
set "STEP=this is not WinPE, and a running Windows is not to be erased"
reg query HKLM\SYSTEM\CurrentControlSet\Control\MiniNT >> "%LOG%" 2>&1
if errorlevel 1 goto failed
set "STEP=the image is missing beside deploy.cmd, or the path of the folder has a character that a script cannot take"
set "FOUND=0"
call :look "%HERE%install.wim"
call :look "%HERE%install.swm"
if "%FOUND%"=="0" goto failed

set "STEP=Ask for the firmware"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call wpeutil UpdateBootInfo >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed
set "CODE=1"
set "STEP=the firmware is not known"
set "FIRMWARE="
for /f "tokens=3" %%v in ('reg query HKLM\SYSTEM\CurrentControlSet\Control /v PEFirmwareType') do call :firmware %%v
if "%FIRMWARE%"=="" goto failed
set "STEP=the device was started as %FIRMWARE%, and this folder is for uefi"
if not "%FIRMWARE%"=="uefi" goto failed
set "STEP=partition-%FIRMWARE%.txt is missing beside deploy.cmd"
if not exist "%HERE%partition-%FIRMWARE%.txt" goto failed

set "ASK=%LOGS%\ask.txt"
set "TOLD=%LOGS%\told.txt"
echo select disk 1 > "%ASK%"
echo list disk >> "%ASK%"
set "STEP=there is no disk 1"
call diskpart /s "%ASK%" > "%TOLD%" 2>&1
set "RESULT=%ERRORLEVEL%"
type "%TOLD%" >> "%LOG%"
if not "%RESULT%"=="0" goto failed
set "NUMBER="
set "SIZE="
for /f "usebackq tokens=1,3,*" %%a in ("%TOLD%") do if "%%a"=="*" call :disk %%b %%c
if not "%NUMBER%"=="1" goto failed
set "STEP=disk 1 has %SIZE% GB, and 40 are needed"
if "%SIZE%"=="" echo [%DATE% %TIME%] the size of the disk could not be read: not checked >> "%LOG%"
if "%SIZE%"=="" goto sized
if %SIZE% lss 40 goto failed
:sized
echo select volume %HERE:~0,1% > "%ASK%"
echo list disk >> "%ASK%"
call diskpart /s "%ASK%" > "%TOLD%" 2>&1
set "RESULT=%ERRORLEVEL%"
set "NUMBER="
set "STEP=this folder is itself on disk 1, which would be erased"
if not "%RESULT%"=="0" goto elsewhere
for /f "usebackq tokens=1,3,*" %%a in ("%TOLD%") do if "%%a"=="*" call :disk %%b %%c
if "%NUMBER%"=="1" goto failed
:elsewhere

echo ALL DATA ON DISK 1 WILL BE LOST.
if "%FORCE%"=="1" goto confirmed
set "ANSWER="
set /p "ANSWER=Type YES to erase disk 1 and to install Windows on it: "
if /i "%ANSWER%"=="YES" goto confirmed
set "CODE=2"
set "STEP=nobody typed YES: nothing was changed"
goto failed
:confirmed

set "STEP=Use all the power there is"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call powercfg /s 8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"

set "STEP=Partition disk 1"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call diskpart /s "%HERE%partition-%FIRMWARE%.txt" >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed

set "STEP=Apply the image"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
if exist "%HERE%install.swm" goto parts
call dism /English /LogPath:"%LOGS%\dism.log" /Apply-Image /ImageFile:"%HERE%install.wim" /Index:2 /ApplyDir:W:\ /Verify
set "CODE=%ERRORLEVEL%"
goto applied
:parts
call dism /English /LogPath:"%LOGS%\dism.log" /Apply-Image /ImageFile:"%HERE%install.swm" /SWMFile:"%HERE%install*.swm" /Index:2 /ApplyDir:W:\ /Verify
set "CODE=%ERRORLEVEL%"
:applied
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed

if not exist "W:\Windows\Setup\Servicing\Logs\." mkdir "W:\Windows\Setup\Servicing\Logs"
copy /y "%LOGS%\*.log" "W:\Windows\Setup\Servicing\Logs\" > nul
if exist "W:\Windows\Setup\Servicing\Logs\deploy.log" set "LOGS=W:\Windows\Setup\Servicing\Logs"
set "LOG=%LOGS%\deploy.log"
if not exist "W:\Windows\Panther\unattend.xml" goto answered
if not exist "W:\Windows\Setup\Servicing\Scratch\." mkdir "W:\Windows\Setup\Servicing\Scratch"

set "STEP=Apply the answer file"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call dism /English /LogPath:"%LOGS%\dism.log" /ScratchDir:W:\Windows\Setup\Servicing\Scratch /Image:W:\ /Apply-Unattend:W:\Windows\Panther\unattend.xml >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed
rmdir /s /q "W:\Windows\Setup\Servicing\Scratch"
:answered

set "STEP=Make it start"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call W:\Windows\System32\bcdboot W:\Windows /s S: >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed

if exist "W:\Windows\System32\Recovery\Winre.wim" goto recovery
echo [%DATE% %TIME%] the image has no Winre.wim: the recovery partition stays empty >> "%LOG%"
goto hide
:recovery
if not exist "R:\Recovery\WindowsRE\." mkdir "R:\Recovery\WindowsRE"

set "STEP=Copy the recovery environment"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call xcopy /h /y "W:\Windows\System32\Recovery\Winre.wim" "R:\Recovery\WindowsRE\" >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed

set "STEP=Register the recovery environment"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call W:\Windows\System32\reagentc /setreimage /path R:\Recovery\WindowsRE /target W:\Windows >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed

set "STEP=Look at the recovery environment"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call W:\Windows\System32\reagentc /info /target W:\Windows >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed
:hide

set "STEP=Hide the recovery partition"
echo %STEP% ...
echo [%DATE% %TIME%] %STEP% >> "%LOG%"
call diskpart /s "%HERE%hide-%FIRMWARE%.txt" >> "%LOG%" 2>&1
set "CODE=%ERRORLEVEL%"
echo [%DATE% %TIME%] exit code %CODE% >> "%LOG%"
if "%CODE%"=="3010" set "CODE=0"
if not "%CODE%"=="0" goto failed

echo [%DATE% %TIME%] end: done >> "%LOG%"
echo Done. The log is %LOG%
exit /b 0

:failed
echo [%DATE% %TIME%] FAILED with %CODE%: %STEP% >> "%LOG%"
echo.
echo FAILED with %CODE%: %STEP%
echo The log is %LOG%
copy /y "%LOG%" "%HERE%deploy-failed.log" > nul 2>&1
exit /b %CODE%

:look
if exist "%~1" set "FOUND=1"
exit /b 0
:firmware
if "%~1"=="0x1" set "FIRMWARE=bios"
if "%~1"=="0x2" set "FIRMWARE=uefi"
exit /b 0
:disk
set "NUMBER=%~1"
:size
shift
if "%~2"=="" exit /b 0
if /i "%~2"=="TB" set /a "SIZE=%~1*1024"
if /i "%~2"=="GB" set /a "SIZE=%~1"
if /i "%~2"=="MB" set /a "SIZE=%~1/1024"
if "%SIZE%"=="" goto size
exit /b 0
