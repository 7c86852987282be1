import { type FindingKinds, holderPage, settingPage } from "./finding-kind.ts";

/** What can be wrong with the file as XML and by its schema, with the names and places of settings, and with lists. */

export const fileFindings = {
  "encoding-mismatch": {
    severity: "error",
    why: "A reader of XML that believes the declaration cannot read the file.",
    page: "xml-rec (W3C, section 4.3.3)",
    fix: "Save the file in the encoding that its first line names, or name the one it is saved in.",
  },
  "prefix-undeclared": {
    severity: "error",
    why: "A prefix without a namespace is an error to every reader that knows namespaces.",
    page: "xml-names (W3C, section 5)",
    fix: 'Declare it on the component; for wcm it is xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State".',
  },
  "wcm-namespace": {
    severity: "error",
    why: "Windows knows wcm:action and wcm:keyValue by their namespace, not by the prefix.",
    page: "add-device-drivers-to-windows-during-windows-setup",
    fix: 'Write xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State".',
  },
  "namespace-old": {
    severity: "note",
    why: "One sample of Microsoft's has this namespace; all else, and Windows System Image Manager, write urn:schemas-microsoft-com:unattend.",
    page: "add-and-remove-drivers-to-an-offline-windows-image",
    fix: 'Write xmlns="urn:schemas-microsoft-com:unattend".',
  },
  "element-unknown": {
    severity: "warning",
    why: "The schema has no such element here.",
    page: "unattend.xsd, the schema of answer files",
    fix: "Remove it, or put it where it belongs.",
  },
  "schema-order": {
    severity: "warning",
    why: "The schema wants `<servicing>` once and first, then `<settings>`, then elements of other namespaces; a package begins with its assemblyIdentity.",
    page: "unattend.xsd, the schema of answer files",
    fix: "Move the element.",
  },
  "attribute-missing": {
    severity: "error",
    why: "The schema requires it.",
    page: "unattend.xsd, the schema of answer files",
    fix: "Add the attribute.",
  },
  "attribute-invalid": {
    severity: "error",
    why: "The schema allows other values only.",
    page: "unattend.xsd, the schema of answer files",
    fix: "Correct the attribute.",
  },
  "settings-duplicate": {
    severity: "warning",
    why: "Which of two blocks for one pass is read is not documented.",
    page: "how-configuration-passes-work",
    fix: "Put the components of one pass into one `<settings>`.",
  },
  "component-duplicate": {
    severity: "warning",
    why: "Which of two components of one name and architecture is read is not documented.",
    page: "how-configuration-passes-work",
    fix: "Put the settings of one component into one element.",
  },
  "architecture-mixed": {
    severity: "warning",
    why: "A component for another architecture than the image's is not applied. One file should have one architecture; where a 32-bit Windows PE installs a 64-bit Windows, windowsPE alone is x86.",
    page: "best-practices-for-authoring-answer-files",
    fix: "Use one architecture, or an answer file for each.",
  },
  "limit-reached": {
    severity: "error",
    why: "The rest was not looked at, or is not shown.",
    page: "docs/lint.md",
    fix: "No answer file needs so much; look at what made it.",
  },
} as const satisfies FindingKinds;

export const settingFindings = {
  "pass-unknown": {
    severity: "error",
    why: "Windows has seven passes and reads no other.",
    page: "how-configuration-passes-work",
    fix: "Use windowsPE, offlineServicing, generalize, specialize, auditSystem, auditUser or oobeSystem.",
  },
  "pass-invalid": {
    severity: "error",
    why: "Windows does not apply a setting in a pass in which it is not valid, and does not say so.",
    page: settingPage,
    fix: "Move it to one of its passes.",
  },
  "component-unknown": {
    severity: "warning",
    why: "The current reference has no page for it: the name is wrong, or of another Windows. Windows silently ignores components that it does not have.",
    page: "components-b-unattend",
    fix: "Correct the name, or remove the component.",
  },
  "setting-unknown": {
    severity: "warning",
    why: "The current reference names no such setting here: the name is wrong, or of an earlier Windows. Windows silently ignores what it does not know.",
    page: holderPage,
    fix: "Correct the name, or remove the setting.",
  },
  "name-case": {
    severity: "note",
    why: "The reference writes the name otherwise in upper and lower case. Names of XML are told apart by case; whether Windows does so is not documented.",
    page: "components-b-unattend",
    fix: "Write it as the reference does.",
  },
  "setting-duplicate": {
    severity: "error",
    why: "The setting is no list: it can have one value, and which of two is taken is not documented.",
    page: settingPage,
    fix: "Keep one of them.",
  },
  "empty-element": {
    severity: "note",
    why: "An element without settings sets nothing, and empty elements are better left out.",
    page: "best-practices-for-authoring-answer-files",
    fix: "Remove it.",
  },
  "empty-value": {
    severity: "warning",
    why: "The setting's page names values and an empty one is not among them, or says that empty elements are not supported.",
    page: settingPage,
    fix: "Give it a value, or remove it.",
  },
  "value-invalid": {
    severity: "error",
    why: "The setting's page allows other values only.",
    page: settingPage,
    fix: "Use one of the values that its page names.",
  },
  "placeholder-left": {
    severity: "warning",
    why: "Windows takes a placeholder of a template for the value itself.",
    page: settingPage,
    fix: "Fill the template in before the file is used.",
  },
  "value-wiped": {
    severity: "error",
    why: "Windows writes this text in the place of a secret into its own copy of an answer file, and would take it for the value itself.",
    page: "windows-setup-automation-overview",
    fix: "Write the value anew, or remove the setting.",
  },
} as const satisfies FindingKinds;

export const listFindings = {
  "action-missing": {
    severity: "note",
    why: "Windows System Image Manager marks every list item with wcm:action, and its documentation asks for it.",
    page: "add-device-drivers-to-windows-during-windows-setup",
    fix: 'Write wcm:action="add".',
  },
  "order-missing": {
    severity: "error",
    why: "Items of this list are told apart by a number, which decides on the order; it is required even for a single item.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-order",
    fix: "Number the items from 1.",
  },
  "order-invalid": {
    severity: "error",
    why: "The number of a command is an integer from 1 through 500; that of other items one from 1.",
    page: "microsoft-windows-shell-setup-firstlogoncommands-synchronouscommand-order",
    fix: "Number the items from 1.",
  },
  "order-duplicate": {
    severity: "error",
    why: "Two items of one number collide.",
    page: "add-device-drivers-to-windows-during-windows-setup",
    fix: "Give each item its own number.",
  },
  "key-duplicate": {
    severity: "error",
    why: "Two items of one key collide.",
    page: "add-device-drivers-to-windows-during-windows-setup",
    fix: "Give each item its own key, or remove one.",
  },
  "partition-order": {
    severity: "warning",
    why: "Partitions are numbered 1, 2, 3 and so on for each disk.",
    page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-order",
    fix: "Number them from 1 without a gap.",
  },
} as const satisfies FindingKinds;
