@echo off
setlocal EnableExtensions DisableDelayedExpansion
set "HERE=%~dp0"
set "PATH=%HERE%tools;%PATH%"
set "DRIVE=%~1"
set "CODE=1"
set "STEP=the drive that is given has no \Servicing: capture.cmd W: captures W:"
if not exist "%DRIVE%\Servicing\State\id" goto failed
set "STEP=captured.wim is there already"
if exist "%HERE%captured.wim" goto failed
set "STEP=capture.ini is missing beside capture.cmd"
if not exist "%HERE%capture.ini" goto failed
if not exist "%DRIVE%\Recycler\Scratch\." mkdir "%DRIVE%\Recycler\Scratch"
if exist "%HERE%captured.unfinished.wim" del "%HERE%captured.unfinished.wim"
echo Capture %DRIVE% ...
call dism /English /LogPath:"%DRIVE%\Recycler\Scratch\dism.log" /ScratchDir:"%DRIVE%\Recycler\Scratch" /Capture-Image /ImageFile:"%HERE%captured.unfinished.wim" /CaptureDir:%DRIVE%\ /Name:captured /ConfigFile:"%HERE%capture.ini" /Compress:fast /Verify
set "CODE=%ERRORLEVEL%"
set "STEP=DISM"
if not "%CODE%"=="0" goto failed
ren "%HERE%captured.unfinished.wim" captured.wim
set "CODE=%ERRORLEVEL%"
set "STEP=captured.unfinished.wim could not be renamed"
if not "%CODE%"=="0" goto failed
echo Done. Hand back this folder, with captured.wim.
exit /b 0
:failed
echo FAILED with %CODE%: %STEP%
copy /y "%DRIVE%\Recycler\Scratch\dism.log" "%HERE%capture-failed.log" > nul 2>&1
exit /b %CODE%
