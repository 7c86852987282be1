import type { Contribution, DeviceCommand } from "./engine.ts";
import { detectionText } from "./formats/detection-script.ts";
import { commandLine } from "./formats/script-text.ts";
import type { UnattendSetting } from "./operation.ts";

/** What becomes of an item that Windows Setup carries out. */
export function sentencesOf(contribution: Contribution): readonly string[] {
  const { answerFile, payload = [], media = [], packages = [] } = contribution;
  return [
    ...(answerFile === undefined ? [] : [`${answerFile} is the base of the answer file`]),
    ...payload.map(({ from, to }) => `${from} travels as ${to}`),
    ...media.map(({ from, to }) => `${from} travels on the media as ${to}`),
    ...packages.map(({ action, identity, selections = {} }) => {
      const chosen = Object.entries(selections).map(([name, on]) => `, ${name} ${on ? "on" : "off"}`);
      return `answer file: ${action} ${identity}${chosen.join("")} in offlineServicing`;
    }),
    ...settingSentences(contribution.settings, ""),
    ...settingSentences(contribution.defaults, ", unless set by itself"),
    ...commandSentences(contribution.specialize, "in specialize"),
    ...commandSentences(
      contribution.setupComplete,
      "after Setup, by SetupComplete.cmd, which Windows skips where an OEM product key is used",
    ),
    ...commandSentences(contribution.firstLogon, "at the first logon"),
  ];
}

function settingSentences(settings: readonly UnattendSetting[] = [], note: string): string[] {
  return settings.map(
    ({ component, path, pass }) => `answer file: ${[component, ...path].join("/")} in ${pass}${note}`,
  );
}

function commandSentences(commands: readonly DeviceCommand[] = [], when: string): string[] {
  return commands.map((command) => {
    const unless = command.check === undefined ? "" : `, unless ${detectionText(command.check)} is there`;
    return `${when}${unless}: ${commandLine(command)}`;
  });
}
