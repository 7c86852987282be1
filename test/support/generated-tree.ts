import type { WimFile, WimFolder } from "../../templates/sample/wim-tree.ts";

const perFolder = 250;

/** `\\Windows` with folders of 250 files of `repeat` lines each; `shared`: files that begin every folder. */
export function generatedTree(files: number, repeat: number, shared: readonly WimFile[] = []): WimFolder {
  const folders = Array.from({ length: files / perFolder }, (_, at): WimFolder => ({
    name: `folder-${at}`,
    entries: contents(at, repeat, shared),
  }));
  return { name: "", entries: [{ name: "Windows", entries: folders }] };
}

function* contents(folder: number, repeat: number, shared: readonly WimFile[]): Generator<WimFile> {
  yield* shared;
  for (let file = shared.length; file < perFolder; file += 1)
    yield {
      name: `a file of the generated tree ${file}.dll`,
      data: Buffer.from(`${folder}/${file}\n`.repeat(repeat)),
    };
}
