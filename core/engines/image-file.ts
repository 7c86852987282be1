/** What no tool takes, whoever changes the images of a file. */

export function unnamed(name: string): string | undefined {
  return name.trim() === "" ? "an image is captured under a name, which is empty here" : undefined;
}

export function unnumbered(number: number, what: string): string | undefined {
  return Number.isSafeInteger(number) && number > 0
    ? undefined
    : `the number of ${what} is a whole number, at least 1`;
}

export function split(file: string): string | undefined {
  return /\.swm$/i.test(file)
    ? "a split image (.swm) can be neither mounted nor changed: export it to a .wim first"
    : undefined;
}
