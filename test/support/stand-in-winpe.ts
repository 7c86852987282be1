import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Stand-ins for the tools of WinPE: each writes its name and arguments to E:\calls.txt. STANDIN_FAIL names the one that
 * fails. Of a script that was called, Wine 8 knows only whether it failed: any exit code is 1 there. diskpart's tells of the disks that STANDIN_DISK and STANDIN_OWN describe: the first for who
 * selects a disk, the second for who selects the volume that the folder is on.
 */
const script = String.raw`@echo off
setlocal
echo %~n0 %*>> E:\calls.txt
if not "%~n0"=="diskpart" goto done
set "TOLD=%STANDIN_DISK%"
for /f "usebackq tokens=1,2" %%a in ("%~2") do if "%%b"=="volume" set "TOLD=%STANDIN_OWN%"
echo   Disk ###  Status         Size     Free     Dyn  Gpt
echo   Disk 7    Online           64 GB      0 B        *
if not "%TOLD%"=="" echo %TOLD%
:done
if "%STANDIN_FAIL%"=="%~n0" exit /b 87
exit /b 0
`.replaceAll("\n", "\r\n");

export function writeStandIns(folder: string, names: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, `${name}.cmd`), script);
}
