import { echoed, pause, refused, scriptText, systemFile, whole } from "../formats/script-text.ts";
import { endLines } from "./end-script.ts";
import { heartbeatText } from "./heartbeat.ts";
import { type AuditJob, type Heartbeat, jobLogs, jobState } from "./job.ts";
import { awakeFile, powershell, powershellFile } from "./powershell.ts";
import { stepFolder } from "./step-script.ts";

/** Starts of the device that nobody asked for: with so many, something is wrong with it. */
const unasked = 10;

/** Tries of a step that end without a word, with the power or with Windows. */
const lost = 3;

/** Tries of a step that asks to be run again after a restart. */
const tries = 5;

/** Of a synchronous command whose WillReboot is OnRequest ("…-runsynchronouscommand-willreboot"): restart, and run it again. */
const runAgain = 2;

/**
 * The script that carries a job out, from the start or from where it was. Which files are there is all that it knows, so
 * that it may be ended anywhere. On a failure it switches the device off and never returns, since Windows would go on to
 * generalize.
 * @throws SERVICING_SETTING_VALUE
 */
export function jobScript(job: AuditJob): string {
  if (!/^[\w.-]+$/.test(job.id)) throw refused(job.id, "it is not the id of a job");
  return scriptText([
    "@echo off",
    "setlocal EnableExtensions DisableDelayedExpansion",
    `set ID=${job.id}`,
    `set STEPS=${whole(job.steps.length)}`,
    `set RESTARTS=${whole(job.restarts)}`,
    `set STEPDIR=%SystemDrive%${stepFolder}`,
    `set STATE=%SystemDrive%${jobState}`,
    `set LOGS=%SystemDrive%${jobLogs}`,
    "set LOG=%LOGS%\\job.log",
    "",
    ...startLines(job),
    "",
    ...stepLines,
    "",
    ...outcomeLines,
    "",
    ":end",
    ...endLines,
    "call :note finished done",
    "if errorlevel 1 goto full",
    logged("finished"),
    ":finished",
    said({ says: "end", ok: true }),
    "exit /b 0",
    "",
    ...stopLines,
    "",
    ...noteLines,
  ]);
}

function startLines(job: AuditJob): readonly string[] {
  return [
    // Writing waits for nobody at the other end of the port ("mode": `to` is whether it would for ever).
    `${systemFile("mode.com")} COM1: baud=115200 parity=n data=8 stop=1 to=off xon=off odsr=off octs=off > nul 2>&1`,
    said({ says: "begin", id: job.id, steps: job.steps.length }),
    "set HELD=",
    'if exist "%STATE%\\id" set /p HELD=<"%STATE%\\id"',
    'if not "%HELD%"=="%ID%" if exist "%STATE%\\" rd /s /q "%STATE%"',
    'if not exist "%STATE%\\" mkdir "%STATE%"',
    'if not exist "%LOGS%\\" mkdir "%LOGS%"',
    "call :note id %ID%",
    "if errorlevel 1 goto full",
    'if exist "%STATE%\\failed" goto failed',
    'if exist "%STATE%\\finished" goto finished',
    "",
    "set BOOT=1",
    ":boots",
    'if not exist "%STATE%\\boot-%BOOT%" goto booted',
    "set /a BOOT+=1",
    "goto boots",
    ":booted",
    "call :note boot-%BOOT% %BOOT%",
    "if errorlevel 1 goto full",
    logged("start %BOOT% of job %ID%, with %STEPS% steps"),
    "call :restarts",
    "set /a UNASKED=BOOT-RESTART",
    `set WHY=the device has started ${unasked} times without having been asked to`,
    `if %UNASKED% geq ${unasked} goto fail`,
    // Of what is not there, start would tell in a window.
    `if exist ${powershellFile} start "" /b ${powershell(awakeFile)} > nul 2>&1`,
  ];
}

const stepLines: readonly string[] = [
  "set NUMBER=0",
  ":next",
  "set /a NUMBER+=1",
  "if %NUMBER% gtr %STEPS% goto end",
  "set NNN=00%NUMBER%",
  "set NNN=%NNN:~-3%",
  'if exist "%STATE%\\%NNN%.done" goto next',
  'if exist "%STATE%\\%NNN%.present" goto next',
  "set STEP=%STEPDIR%\\%NNN%.cmd",
  "call %STEP% about",
  'if exist "%STATE%\\%NNN%.failed" goto given-up',
  'if exist "%STATE%\\%NNN%.restart" goto restarted',
  "",
  "set TRY=1",
  "set AGAIN=0",
  "set LOST=0",
  ":tries",
  'if not exist "%STATE%\\%NNN%.begun-%TRY%" goto tried',
  'if exist "%STATE%\\%NNN%.again-%TRY%" set /a AGAIN+=1',
  'if not exist "%STATE%\\%NNN%.again-%TRY%" set /a LOST+=1',
  "set /a TRY+=1",
  "goto tries",
  ":tried",
  "set OUTCOME=tries",
  `if %LOST% geq ${lost} goto step-failed`,
  "if %TRY% gtr 1 goto try",
  "if %CHECK% equ 0 goto try",
  "call %STEP% check",
  "if errorlevel 1 goto try",
  "call :note %NNN%.present present",
  "if errorlevel 1 goto full",
  logged("step %NUMBER% is there already"),
  "goto next",
  "",
  ":try",
  "call :note %NNN%.begun-%TRY% %TRY%",
  "if errorlevel 1 goto full",
  "call %STEP% title",
  "set EXIT=%STEPDIR%\\%NNN%.exit-%TRY%",
  'if exist "%EXIT%" del "%EXIT%"',
  "call :tasks",
  'for /f "usebackq tokens=1,2 delims=," %%A in ("%STEPDIR%\\tasks.txt") do if /i %%A=="cmd.exe" set TASK.%NNN%.%TRY%.%%~B=1',
  `start "" /b ${systemFile("cmd.exe")} /d /c %STEP% run %TRY% < nul`,
  "set POLL=0",
  "set BEAT=0",
  ":poll",
  pause(1),
  "set /a POLL+=1",
  "set /a BEAT+=1",
  'if exist "%EXIT%" goto ended',
  "if %POLL% geq %POLLS% goto hung",
  "if %BEAT% lss 60 goto poll",
  said({ says: "beat" }),
  "set BEAT=0",
  "goto poll",
];

const outcomeLines: readonly string[] = [
  ":ended",
  "set KIND=failed",
  "set CODE=unknown",
  'for /f "usebackq tokens=1" %%A in ("%EXIT%") do set KIND=%%A',
  'for /f "usebackq tokens=2" %%A in ("%EXIT%") do set CODE=%%A',
  "call :note %NNN%.seconds-%TRY% %POLL%",
  "if errorlevel 1 goto full",
  logged("step %NUMBER%: %KIND%, exit code %CODE%, after %POLL% seconds"),
  "set OUTCOME=%CODE%",
  "if %KIND%==failed goto step-failed",
  "if %KIND%==again goto again",
  "if %KIND%==restart goto restart-wanted",
  ":verify",
  "if %CHECK% equ 0 goto done",
  // Before the check, whose exit code it would take away.
  "set OUTCOME=check",
  "call %STEP% check",
  "if errorlevel 1 goto step-failed",
  ":done",
  "call :note %NNN%.done %CODE%",
  "if errorlevel 1 goto full",
  "goto next",
  "",
  ":restart-wanted",
  "call :note %NNN%.restart %CODE%",
  "if errorlevel 1 goto full",
  "goto step-restart",
  ":again",
  "call :note %NNN%.again-%TRY% %CODE%",
  "if errorlevel 1 goto full",
  "set /a AGAIN+=1",
  "set OUTCOME=tries",
  `if %AGAIN% geq ${tries} goto step-failed`,
  ":step-restart",
  "set OUTCOME=tries",
  "call :restarts",
  "if %RESTART% gtr %RESTARTS% goto step-failed",
  "goto restart",
  ":restarted",
  'set /p CODE=<"%STATE%\\%NNN%.restart"',
  "goto verify",
  "",
  ":hung",
  'echo hung>"%EXIT%.hung"',
  logged("step %NUMBER% has not ended in %POLL% seconds"),
  "call :kill",
  "call %STEP% kill",
  "set OUTCOME=hung",
  ":step-failed",
  "call :note %NNN%.failed %OUTCOME%",
  "if errorlevel 1 goto full",
  logged("step %NUMBER% failed: %OUTCOME%"),
  ":given-up",
  "if %OPTIONAL% equ 1 goto next",
  'set /p OUTCOME=<"%STATE%\\%NNN%.failed"',
  "set WHY=step %NUMBER% failed: %OUTCOME%",
  "goto fail",
];

/** Ways out of the script. */
const stopLines: readonly string[] = [
  ":restart",
  "call :restarts",
  "call :note restart-%RESTART% %RESTART%",
  "if errorlevel 1 goto full",
  logged("restart %RESTART%"),
  said({ says: "restart" }),
  `exit /b ${runAgain}`,
  "",
  ":fail",
  logged("failed: %WHY%"),
  'call :note failed "%WHY%"',
  "if errorlevel 1 goto full",
  ":failed",
  said({ says: "end", ok: false }),
  "goto off",
  ":full",
  said({ says: "end", ok: false, full: true }),
  ":off",
  `${systemFile("shutdown.exe")} /s /f /t 0 > nul 2>&1`,
  pause(60),
  "goto off",
];

/** Subroutines: a file of the state that is whole or not there, the number of the next restart, what runs of cmd.exe. */
const noteLines: readonly string[] = [
  ":note",
  'if exist "%STATE%\\%~1" exit /b 0',
  '>"%STATE%\\new" echo %~2',
  "set SIZE=",
  'if exist "%STATE%\\new" for %%F in ("%STATE%\\new") do set SIZE=%%~zF',
  'if "%SIZE%"=="" exit /b 1',
  'if "%SIZE%"=="0" exit /b 1',
  'ren "%STATE%\\new" "%~1"',
  'if not exist "%STATE%\\%~1" exit /b 1',
  "exit /b 0",
  "",
  ":restarts",
  "set RESTART=1",
  ":restarts-made",
  'if not exist "%STATE%\\restart-%RESTART%" exit /b 0',
  "set /a RESTART+=1",
  "goto restarts-made",
  "",
  ":tasks",
  `${systemFile("tasklist.exe")} /nh /fo csv > "%STEPDIR%\\tasks.txt" 2>nul`,
  "exit /b 0",
  "",
  // Whatever has come up as cmd.exe since the step began is of the step.
  ":kill",
  "call :tasks",
  `for /f "usebackq tokens=1,2 delims=," %%A in ("%STEPDIR%\\tasks.txt") do if /i %%A=="cmd.exe" if not defined TASK.%NNN%.%TRY%.%%~B ${systemFile("taskkill.exe")} /t /f /pid %%~B > nul 2>&1`,
  "exit /b 0",
];

function logged(text: string): string {
  return `>>"%LOG%" echo [%DATE% %TIME%] ${text}`;
}

function said(heartbeat: Heartbeat): string {
  return `>COM1 echo ${echoed(heartbeatText(heartbeat))}`;
}
