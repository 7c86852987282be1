/** The arguments of a command line, without the program's name, as a C program of Windows gets them ("Parsing C command-line arguments"). */
export function windowsWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  const add = (text: string): void => void (word = (word ?? "") + text);
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (!quoted && (letter === " " || letter === "\t")) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === "\\") {
      const slashes = /^\\+/.exec(line.slice(at))?.[0].length ?? 1;
      const quote = line.charAt(at + slashes) === '"';
      add("\\".repeat(quote ? Math.floor(slashes / 2) : slashes));
      if (quote && slashes % 2 === 1) add('"');
      at += slashes - (quote && slashes % 2 === 1 ? 0 : 1);
    } else if (letter === '"') {
      add("");
      if (quoted && line.charAt(at + 1) === '"') {
        add('"');
        at += 1;
      } else quoted = !quoted;
    } else add(letter);
  }
  if (word !== undefined) words.push(word);
  return words.slice(1);
}
