import { commandLine, devicePath, percent, refused, safe } from "./script-text.ts";

/** How it is known that something is installed: all that is named has to be there. */
export interface Detection {
  /** A path of the image: `\Program Files\Contoso\agent.exe`. */
  readonly file?: string;
  /** `HKLM\SOFTWARE\Contoso\Agent`, and a value of it, and what that holds: a text, or a number as digits. */
  readonly registry?: { readonly key: string; readonly name?: string; readonly data?: string };
  /** The product code of Windows Installer: `{01234567-…}`. */
  readonly product?: string;
}

/** For people: `\Program Files\Contoso\agent.exe and HKLM\SOFTWARE\Contoso\Agent, Version 1.2`. */
export function detectionText({ file, registry, product }: Detection): string {
  const value = registry && [registry.name, registry.data].filter((part) => part !== undefined).join(" ");
  return [file, registry && (value ? `${registry.key}, ${value}` : registry.key), product]
    .filter((part) => part !== undefined)
    .join(" and ");
}

/** Where Windows Installer writes what is installed down: in the view of 32 bits for what has 32 ("uninstall-registry-key"). */
const uninstall = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";

/**
 * Lines that jump to `missing` unless all of it is there. What reg.exe prints is a table: the name, which may have blanks
 * and for the default value is a word or several in the language of Windows, the type, and the data ("reg-query").
 * @throws SERVICING_SETTING_VALUE
 */
export function detectionLines(check: Detection, title: string, missing: string): readonly string[] {
  const { file, registry, product } = check;
  return [
    ...(file === undefined ? [] : [`if not exist ${devicePath({ path: file }, title)} goto ${missing}`]),
    ...(registry === undefined ? [] : registryLines(registry, title, missing)),
    ...(product === undefined ? [] : productLines(product, title, missing)),
  ];
}

function productLines(product: string, title: string, missing: string): readonly string[] {
  if (!/^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i.test(product))
    throw refused(title, `"${product}" is not a product code`);
  const views = ["/reg:64", "/reg:32"].map((view) => query([`${uninstall}\\${product}`, view], title));
  return [
    "set FOUND=0",
    ...views.flatMap((line) => [`${line} > nul 2>&1`, "if not errorlevel 1 set FOUND=1"]),
    `if %FOUND% equ 0 goto ${missing}`,
  ];
}

type RegistryCheck = NonNullable<Detection["registry"]>;

function registryLines(
  { key, name, data }: RegistryCheck,
  title: string,
  missing: string,
): readonly string[] {
  if (!/^HK(?:LM|CU|CR|U|CC)\\[^"]+$/i.test(key))
    throw refused(title, `"${key}" is not a key of the registry`);
  const value =
    name === undefined ? (data === undefined ? [] : ["/ve"]) : name === "" ? ["/ve"] : ["/v", name];
  const line = query([key, ...value], title);
  if (data === undefined) return [`${line} > nul 2>&1`, `if errorlevel 1 goto ${missing}`];
  // Data that a comparison of cmd.exe would take apart, or that a table of blanks does not show.
  if (/["^!]|^[ \t]|[ \t]$|^$/.test(safe(data, title)))
    throw refused(
      title,
      `"${data}" cannot be compared in a script: it is empty, or has a quotation mark, ^ or ! in it, or a blank at an end`,
    );
  const words = name === undefined || name === "" ? [1, 2, 3, 4] : [name.trim().split(/[ \t]+/).length];
  const output = '"%TEMP%\\servicing-check.txt"';
  return [
    "set FOUND=0",
    `${line} > ${output} 2>nul`,
    ...words.flatMap((count) =>
      [...tests(data)].map(
        ([type, shown]) =>
          `for /f "usebackq tokens=${count + 1}*" %%A in (${output}) do if "%%A"=="${type}" if "%%B"=="${percent(shown)}" set FOUND=1`,
      ),
    ),
    `del ${output}`,
    `if %FOUND% equ 0 goto ${missing}`,
  ];
}

function tests(data: string): Map<string, string> {
  const texts = new Map([
    ["REG_SZ", data],
    ["REG_EXPAND_SZ", data],
  ]);
  if (!/^\d{1,20}$/.test(data)) return texts;
  const number = `0x${BigInt(data).toString(16)}`;
  return texts.set("REG_DWORD", number).set("REG_QWORD", number);
}

function query(args: readonly string[], title: string): string {
  return commandLine({ title, file: "reg.exe", args: ["query", ...args] });
}
