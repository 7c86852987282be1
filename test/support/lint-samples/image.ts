import { answerFile, component } from "../answer-file.ts";
import { shell, setup, specialize, pe, identity, key, generic, type Samples } from "./document.ts";

const pro = { index: 1, name: "Pro", architecture: "amd64", editionId: "Professional", languages: ["en-US"] };
const images = {
  images: [pro, { ...pro, index: 2, name: "Home", editionId: "Core", description: "Home of it" }],
};
const from = (name: string, value: string): string =>
  pe(
    `<ImageInstall><OSImage><InstallFrom><MetaData wcm:action="add"><Key>${name}</Key><Value>${value}</Value></MetaData></InstallFrom></OSImage></ImageInstall>`,
  );
const language = (tag: string, before = ""): string =>
  answerFile(
    { oobeSystem: component("Microsoft-Windows-International-Core", `<UILanguage>${tag}</UILanguage>`) },
    before,
  );

export const imageSamples = {
  "image-missing": {
    bad: [
      [from("/IMAGE/INDEX", "3"), { image: images }],
      [from("/IMAGE/NAME", "pro"), { image: images }],
      [from("/IMAGE/DESCRIPTION", "x"), { image: { images: [{ ...pro, description: "y" }] } }],
    ],
    good: [
      [from("/IMAGE/INDEX", "2"), { image: images }],
      [from("/image/name", "Pro"), { image: images }],
      [from("/IMAGE/DESCRIPTION", "Home of it"), { image: images }],
      [from("/IMAGE/INDEX", "3"), { image: { ...images, partial: true } }],
      from("/IMAGE/INDEX", "3"),
    ],
  },
  "image-key": {
    bad: [from("/IMAGE/EditionID", "Core")],
    good: [from("/IMAGE/INDEX", "1")],
  },
  "image-edition": {
    bad: [
      [specialize(`<ProductKey>${generic}</ProductKey>`), { image: { ...images, chosen: 2 } }],
      [
        pe(`<UserData><ProductKey><Key>${generic}</Key></ProductKey></UserData>`),
        { image: { images: [images.images[1]!] } },
      ],
    ],
    good: [
      [specialize(`<ProductKey>${generic}</ProductKey>`), { image: { ...images, chosen: 1 } }],
      [specialize(`<ProductKey>${key}</ProductKey>`), { image: { ...images, chosen: 2 } }],
      [pe(`<UserData><ProductKey><Key>${generic}</Key></ProductKey></UserData>`), { image: images }],
    ],
  },
  "image-architecture": {
    bad: [
      [
        answerFile({ specialize: component(shell, "<TimeZone>UTC</TimeZone>", "x86") }),
        { image: { ...images, chosen: 1 } },
      ],
    ],
    good: [
      [specialize("<TimeZone>UTC</TimeZone>"), { image: { ...images, chosen: 1 } }],
      [
        answerFile({ windowsPE: component(setup, "<EnableFirewall>true</EnableFirewall>", "x86") }),
        { image: { ...images, chosen: 1 } },
      ],
      [
        answerFile({
          specialize:
            component(shell, "<TimeZone>UTC</TimeZone>") +
            component(shell, "<TimeZone>UTC</TimeZone>", "x86"),
        }),
        { image: { ...images, chosen: 1 } },
      ],
    ],
  },
  "image-language": {
    bad: [[language("fr-FR"), { image: { ...images, chosen: 1 } }]],
    good: [
      [language("EN-us"), { image: { ...images, chosen: 1 } }],
      [
        language(
          "fr-FR",
          `<servicing><package action="install"><assemblyIdentity ${identity}/></package></servicing>`,
        ),
        { image: { ...images, chosen: 1 } },
      ],
    ],
  },
} as const satisfies Readonly<Record<string, Samples>>;
