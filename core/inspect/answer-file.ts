import type { AnswerFileArtefact } from "../artefact.ts";
import { failure } from "../error.ts";
import { attributeOf, childrenOf, readXml } from "../formats/xml.ts";

/** Passes and their components, in the order of the file. @throws SERVICING_INPUT_UNREADABLE */
export function answerFileOf(file: string, bytes: number, text: string): AnswerFileArtefact {
  const root = readXml(text, file);
  if (root.name !== "unattend") {
    const reason = `it is XML with the root <${root.name}>, not <unattend>`;
    throw failure("SERVICING_INPUT_UNREADABLE", { path: file, reason });
  }
  const passes = childrenOf(root, "settings").map((settings) => ({
    pass: attributeOf(settings, "pass"),
    components: childrenOf(settings, "component").map((component) => attributeOf(component, "name")),
  }));
  return { kind: "answer file", file, bytes, passes };
}
