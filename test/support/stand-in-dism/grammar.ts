import { anything, flags, globals, numbers, type Rule, rules } from "./rules.ts";

/** A command line that keeps to DISM's grammar. Names are in lower case. */
export interface CommandLine {
  readonly verb: string;
  /** Of the command itself: `de-DE` of `/Set-UILang:de-DE`. */
  readonly value: string;
  readonly image: string | undefined;
  readonly online: boolean;
  readonly english: boolean;
  readonly table: boolean;
  readonly quiet: boolean;
  readonly logPath: string | undefined;
  readonly scratchDir: string | undefined;
  readonly query: boolean;
  /** The value of an argument; an empty text where it is absent. */
  of(name: string): string;
  all(name: string): readonly string[];
  has(name: string): boolean;
}

interface Word {
  readonly name: string;
  readonly value: string | undefined;
}

/** Why DISM would refuse this command line; undefined where it is well formed. */
export function complaint(argv: readonly string[]): string | undefined {
  const words = wordsOf(argv);
  if (typeof words === "string") return words;
  // In `/Apply-FFU … /Index:1` only the first is a command; no argument is called like one.
  const commands = words.filter(({ name }) => Object.hasOwn(rules, name));
  const [command, second] = commands;
  if (command === undefined) return "No servicing command is specified";
  if (second !== undefined) return `More than one servicing command: ${command.name}, ${second.name}`;
  const own = words.filter((word) => word !== command && !Object.hasOwn(globals, word.name));
  const common = words.filter(({ name }) => Object.hasOwn(globals, name));
  const rule = rules[command.name] as Rule;
  if (rule.query === true && common.some(({ name }) => name === "quiet"))
    return "/Quiet would leave nothing of a report";
  return wrongGlobals(rule, common) ?? wrongValue(command, rule.value) ?? wrongArguments(rule, own);
}

/** For a command line without a complaint. */
export function commandLineOf(argv: readonly string[]): CommandLine {
  const words = wordsOf(argv);
  if (typeof words === "string") throw new Error(words);
  const command = words.find(({ name }) => Object.hasOwn(rules, name)) as Word;
  const all = (wanted: string): readonly string[] =>
    words.flatMap(({ name, value }) => (name === wanted ? [value ?? ""] : []));
  const of = (name: string): string => all(name)[0] ?? "";
  const has = (name: string): boolean => all(name).length > 0;
  return {
    verb: command.name,
    value: command.value ?? "",
    image: all("image")[0],
    online: has("online"),
    english: has("english"),
    table: /^table$/i.test(of("format")),
    quiet: has("quiet"),
    logPath: all("logpath")[0],
    scratchDir: all("scratchdir")[0],
    query: rules[command.name]?.query === true,
    of,
    all,
    has,
  };
}

function wordsOf(argv: readonly string[]): readonly Word[] | string {
  const words: Word[] = [];
  for (const text of argv) {
    const match = /^\/([a-z-]+)(?::(.*))?$/is.exec(text);
    if (match === null) return `The argument "${text}" is not an option`;
    words.push({ name: (match[1] ?? "").toLowerCase(), value: match[2] });
  }
  return words;
}

function wrongGlobals(rule: Rule, words: readonly Word[]): string | undefined {
  const names = words.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The ${twice} option is specified twice`;
  const image = names.includes("image");
  const online = names.includes("online");
  if (image && online) return "/Image and /Online cannot be used together";
  if (rule.on === "nothing" && (image || online))
    return "An imaging command takes neither /Image nor /Online";
  if (rule.on !== "nothing" && !image && !online) return "The command wants /Image or /Online";
  if (rule.on === "image" && online) return "The command is not available for a running Windows";
  if (rule.on === "online" && image) return "The command is for a running Windows only";
  if (online && (names.includes("windir") || names.includes("sysdrivedir")))
    return "/WinDir and /SysDriveDir are for offline images";
  return words.map((word) => wrongValue(word, globals[word.name])).find((wrong) => wrong !== undefined);
}

function wrongArguments(rule: Rule, words: readonly Word[]): string | undefined {
  const names = new Set(words.map(({ name }) => name));
  const groups = [...(rule.oneOf ?? []), ...(rule.atMostOne ?? [])];
  const known = new Set([...(rule.needs ?? []), ...groups.flat(), ...(rule.may ?? [])]);
  const missing = (rule.needs ?? []).find((name) => !names.has(name));
  if (missing !== undefined) return `The required ${missing} option is missing`;
  const counted = (group: readonly string[]): number => group.filter((name) => names.has(name)).length;
  for (const group of rule.oneOf ?? [])
    if (counted(group) !== 1) return `Exactly one of ${group.join(", ")} is needed`;
  for (const group of rule.atMostOne ?? [])
    if (counted(group) > 1) return `At most one of ${group.join(", ")} is allowed`;
  for (const [index, word] of words.entries()) {
    if (!known.has(word.name)) return `The ${word.name} option is unknown`;
    if (
      !(rule.repeats ?? []).includes(word.name) &&
      words.slice(0, index).some(({ name }) => name === word.name)
    )
      return `The ${word.name} option is specified twice`;
    const lacking = rule.with?.[word.name]?.find((name) => !names.has(name));
    if (lacking !== undefined) return `The ${word.name} option wants ${lacking}`;
    const pattern = numbers.has(word.name) ? /^[1-9]\d*$/ : anything;
    const wrong = wrongValue(word, flags.has(word.name) ? undefined : (rule.values?.[word.name] ?? pattern));
    if (wrong !== undefined) return wrong;
  }
  return names.has("compress") ? wrongRecovery(words) : undefined;
}

function wrongRecovery(words: readonly Word[]): string | undefined {
  const of = (name: string): string => words.find((word) => word.name === name)?.value ?? "";
  return of("compress") === "recovery" && !/\.esd$/i.test(of("destinationimagefile"))
    ? "Recovery compression wants a destination that ends in .esd"
    : undefined;
}

function wrongValue({ name, value }: Word, pattern: RegExp | undefined): string | undefined {
  if (pattern === undefined) return value === undefined ? undefined : `The ${name} option takes no value`;
  if (value === undefined || value === "") return `The ${name} option wants a value`;
  return pattern.test(value) ? undefined : `The ${name} option does not take "${value}"`;
}
