/** Where something begins in a text, both counted from 1. A column is a UTF-16 code unit, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns indexes of a text into positions. A line ends at a line feed, at a carriage return, or at both together. */
export function positionsIn(text: string): (index: number) => Position {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n?|\n/g)) starts.push(index + end.length);
  return (index) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= index) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: index - starts[low]! + 1 };
  };
}
