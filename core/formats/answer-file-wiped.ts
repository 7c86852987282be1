import { placeOf } from "./answer-file-list.ts";
import { elements, textOf, type AnswerFile, type Element } from "./answer-file-tree.ts";

/**
 * What Windows writes into its own copy of an answer file in the place of a secret, once it has used it
 * ("windows-setup-automation-overview"); the text itself is what such copies hold, and on no page.
 */
const mark = "*SENSITIVE*DATA*DELETED*";

export function isWiped(text: string): boolean {
  return text === mark;
}

/** A setting that has lost its value. */
export interface WipedSetting {
  readonly pass: string;
  /** `Microsoft-Windows-Shell-Setup/ProductKey` */
  readonly setting: string;
}

/** Characters of a name that are kept: of a file that is absurd, each of many would hold all that it stands in. */
const longestName = 300;

/** An answer file without what Windows wiped in it, and what that was. What held nothing else goes as well. */
export function withoutWiped(answerFile: AnswerFile): {
  readonly file: AnswerFile;
  readonly wiped: readonly WipedSetting[];
} {
  const file = structuredClone(answerFile);
  const wiped = elements(file.root, "settings").flatMap((settings) => {
    const names: string[] = [];
    takeOut(settings, "", names);
    return names.map((setting) => ({ pass: settings.attributes["pass"] ?? "", setting }));
  });
  return { file, wiped };
}

/** Takes it out of all that is below an element, and gathers the names. */
function takeOut(parent: Element, at: string, names: string[]): void {
  parent.children = parent.children.filter((child) => {
    if (child.kind !== "element") return true;
    const own = at === "" ? (child.attributes["name"] ?? child.name) : `${at}/${placeOf(child)}`;
    const place = own.slice(0, longestName);
    const before = names.length;
    if (isWiped(textOf(child))) {
      names.push(place);
      child.children = elements(child);
    }
    takeOut(child, place, names);
    // PlainText says how a value is written that is gone.
    return names.length === before || elements(child).some(({ name }) => name !== "PlainText");
  });
}
