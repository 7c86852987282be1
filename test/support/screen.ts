/** What a terminal of this size shows after it got these bytes: as much of ECMA-48 as drawing in place needs. */
export function screenOf(text: string, columns = 100): readonly string[] {
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;
  const line = (): string[] => {
    while (rows.length <= row) rows.push([]);
    return rows[row] as string[];
  };
  const control = (count: number, letter: string): void => {
    if (letter === "A") row = Math.max(0, row - count);
    else if (letter === "B") row += count;
    else if (letter === "G") column = count - 1;
    else if (letter === "K") line().splice(0);
    else if (letter === "J") rows.splice(row + 1);
  };
  for (const [whole, parameters = "", letter = ""] of text.matchAll(
    // oxlint-disable-next-line no-control-regex
    /\x1b\[([?\d;]*)([A-Za-z])|[^]/gu,
  )) {
    // Erasing to the end of the line leaves what is before the cursor.
    if (letter === "K" && parameters !== "2") line().splice(column);
    else if (letter !== "") control(Number(parameters) || 1, letter);
    else if (whole === "\n") row += 1;
    else if (whole === "\r") column = 0;
    else {
      if (column >= columns) {
        row += 1;
        column = 0;
      }
      const cells = line();
      while (cells.length < column) cells.push(" ");
      cells[column] = whole;
      column += 1;
    }
  }
  return rows.map((cells) => cells.join("").trimEnd());
}
