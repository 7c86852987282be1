import { systemFile } from "../formats/script-text.ts";
import { checkFile, powershell, powershellFile } from "./powershell.ts";

/** Restarts for what is pending when all steps are done. */
const pendingRestarts = 3;

const reg = systemFile("reg.exe");

const servicing =
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending";
const update =
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired";
const setupState = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State";
const renames = ["HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager", "PendingFileRenameOperations"];

/**
 * What has to hold before Windows generalizes: it waits for no restart ("sysprep--generalize--a-windows-installation"), has no
 * app package that is one user's, its volume is not encrypted, and Windows does not say that it cannot be deployed
 * ("windows-setup-states"). Jumps to `fail` otherwise, with WHY.
 */
export const endLines: readonly string[] = [
  'set PENDING="%STATE%\\pending.txt"',
  "if exist %PENDING% del %PENDING%",
  "set WAITS=0",
  `${reg} query "${servicing}" > nul 2>&1`,
  "if not errorlevel 1 set WAITS=1",
  "if not errorlevel 1 >>%PENDING% echo Component Based Servicing",
  `${reg} query "${update}" > nul 2>&1`,
  "if not errorlevel 1 set WAITS=1",
  "if not errorlevel 1 >>%PENDING% echo Windows Update",
  `${reg} query "${renames[0]}" /v ${renames[1]} > nul 2>&1`,
  `if not errorlevel 1 >>%PENDING% echo ${renames[1]}`,
  "if not exist %PENDING% goto nothing-pending",
  "set WAIT=1",
  ":waits",
  'if not exist "%STATE%\\wait-%WAIT%" goto waited',
  "set /a WAIT+=1",
  "goto waits",
  ":waited",
  `if %WAIT% gtr ${pendingRestarts} goto still-pending`,
  "call :restarts",
  "if %RESTART% gtr %RESTARTS% goto still-pending",
  "call :note wait-%WAIT% %WAIT%",
  "if errorlevel 1 goto full",
  '>>"%LOG%" echo [%DATE% %TIME%] Windows waits for a restart:',
  'type %PENDING% >> "%LOG%"',
  "goto restart",
  ":still-pending",
  "set WHY=Windows still waits for a restart, as pending.txt says",
  "if %WAITS% equ 1 goto fail",
  '>>"%LOG%" echo [%DATE% %TIME%] files still wait to be renamed',
  ":nothing-pending",
  "",
  'set APPS="%STATE%\\apps.txt"',
  'set BITLOCKER="%STATE%\\bitlocker.txt"',
  "if exist %APPS% del %APPS%",
  "if exist %BITLOCKER% del %BITLOCKER%",
  `if exist ${powershellFile} ${powershell(checkFile)} >> "%LOG%" 2>&1 < nul`,
  "set SIZE=0",
  "if exist %APPS% for %%F in (%APPS%) do set SIZE=%%~zF",
  "if not exist %APPS% >%APPS% echo not checked",
  "if not exist %BITLOCKER% >%BITLOCKER% echo not checked",
  "set HELD=",
  "set /p HELD=<%BITLOCKER%",
  '>>"%LOG%" echo [%DATE% %TIME%] BitLocker: %HELD%',
  "set WHY=BitLocker or device encryption is on",
  'if "%HELD%"=="on" goto fail',
  "set HELD=unknown",
  `${reg} query "${setupState}" /v ImageState > "%STATE%\\new" 2>nul`,
  'for /f "usebackq tokens=1,3" %%A in ("%STATE%\\new") do if /i "%%A"=="ImageState" set HELD=%%B',
  '>>"%LOG%" echo [%DATE% %TIME%] ImageState: %HELD%',
  "set WHY=Windows says that the image cannot be deployed",
  'if "%HELD%"=="IMAGE_STATE_UNDEPLOYABLE" goto fail',
  "set WHY=app packages are installed for a user and not provisioned, as apps.txt says",
  "if %SIZE% gtr 0 goto fail",
];
