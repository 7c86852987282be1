@echo off
call wpeinit
set "DRIVE="
for %%d in (C D E F G H I J K L M N O P Q T U V W Y Z) do (
  if not defined DRIVE if exist "%%d:\Servicing\job.cmd" set "DRIVE=%%d:"
)
set "STEP=find the disk with the job"
if not defined DRIVE goto failed
set "LETTERS=%TEMP%\letters.txt"
echo select volume %DRIVE:~0,1% > "%LETTERS%"
echo select partition 1 >> "%LETTERS%"
echo assign letter=S >> "%LETTERS%"
echo select partition 4 >> "%LETTERS%"
echo assign letter=R >> "%LETTERS%"
set "STEP=give the partitions letters"
echo WinPE: %STEP%> COM1
call diskpart /s "%LETTERS%" > "%TEMP%\output.txt" 2>&1
set "CODE=%ERRORLEVEL%"
type "%TEMP%\output.txt" > COM1
if not "%CODE%"=="0" goto failed
set "STEP=write the boot files"
echo WinPE: %STEP%> COM1
call %DRIVE%\Windows\System32\bcdboot %DRIVE%\Windows /s S: /f UEFI > "%TEMP%\output.txt" 2>&1
set "CODE=%ERRORLEVEL%"
type "%TEMP%\output.txt" > COM1
if not "%CODE%"=="0" goto failed
if not exist "R:\Recovery\WindowsRE\Winre.wim" goto registered
set "STEP=register the recovery environment"
echo WinPE: %STEP%> COM1
call %DRIVE%\Windows\System32\reagentc /setreimage /path R:\Recovery\WindowsRE /target %DRIVE%\Windows > "%TEMP%\output.txt" 2>&1
set "CODE=%ERRORLEVEL%"
type "%TEMP%\output.txt" > COM1
if not "%CODE%"=="0" goto failed
:registered
echo servicing: end ok> COM1
call wpeutil shutdown
exit /b 0
:failed
echo WinPE could not %STEP%> COM1
echo servicing: end failed> COM1
call wpeutil shutdown
exit /b 1
