import { elements, textOf } from "../answer-file-tree.ts";
import { isWiped } from "../answer-file-wiped.ts";
import { booleanOf, isTemplate, type Rule } from "./document.ts";
import { mayBeEmpty, valueType } from "./value-type.ts";

const shell = "Microsoft-Windows-Shell-Setup";
const setup = "Microsoft-Windows-Setup";

/** What Windows left of a secret. */
export const wipedRule: Rule = ({ settings }, report) => {
  for (const { component, path, element } of settings) {
    if (isWiped(textOf(element))) {
      report("value-wiped", element, `${[component.name, ...path].join("/")} was wiped by Windows`);
    }
  }
};

/** Booleans, numbers and enumerations, by the pages of the settings; templates that were not filled in. */
export const valueRule: Rule = (document, report) => {
  for (const { component, path, element } of document.settings) {
    if (elements(element).length > 0) continue;
    const at = path.join("/");
    if (isTemplate(textOf(element))) {
      report("placeholder-left", element, `${component.name}/${at} holds a placeholder`);
      continue;
    }
    const type = valueType(component.name, at);
    const value = document.valueOf(element);
    if (type === undefined || value === undefined || type.pattern.test(value)) continue;
    if (value === "") {
      if (!mayBeEmpty.has(at)) report("empty-value", element, `${component.name}/${at} is empty`);
      continue;
    }
    report("value-invalid", element, `${component.name}/${at} is not ${type.says}`, `Write ${type.says}.`);
  }
};

/** What no name of a computer may have, and white space. */
const forbidden = /[{|}~[\\\]^':;<=>?@!"#$%`()+/.,*&\s]/;

/** Names that Windows refuses in specialize. */
export const computerNameRule: Rule = (document, report) => {
  for (const { element } of document.at(shell, "ComputerName")) {
    const name = document.valueOf(element);
    if (name === undefined || name === "" || name === "*") continue;
    const faults = [
      new TextEncoder().encode(name).length > 15 ? "has more than 15 bytes" : "",
      forbidden.test(name) ? "has a character that is not allowed" : "",
      /^\d+$/.test(name) ? "has digits only" : "",
    ].filter((fault) => fault !== "");
    if (faults.length > 0) report("computer-name", element, `ComputerName ${faults.join(" and ")}`);
  }
};

const keyForm = /^[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}$/i;

/** Product keys: their form, and which of the two does what. */
export const productKeyRule: Rule = (document, report) => {
  const activating = document.at(shell, "ProductKey");
  const choosing = document.at(setup, "UserData/ProductKey/Key");
  for (const { element, path } of [...activating, ...choosing]) {
    const key = document.valueOf(element);
    if (key !== undefined && key !== "" && !keyForm.test(key)) {
      report("product-key-form", element, `${path.join("/")} is not five groups of five characters`);
    }
  }
  const [activates] = activating;
  const [chooses] = choosing;
  if (activates !== undefined && chooses !== undefined) {
    const [first, second] = [activates, chooses].map(({ element }) => document.valueOf(element));
    if (first !== undefined && second !== undefined && first.toUpperCase() !== second.toUpperCase()) {
      report(
        "product-key-purpose",
        activates.element,
        "The key that activates differs from the one that chooses the edition",
      );
    }
    return;
  }
  const installs = document.components.find(({ name, pass }) => name === setup && pass === "windowsPE");
  const chosen = document.at(setup, "ImageInstall/OSImage/InstallFrom/MetaData").length > 0;
  if (activates !== undefined && installs !== undefined && !chosen) {
    report(
      "product-key-purpose",
      activates.element,
      "Nothing chooses the edition: this key only activates it",
    );
  }
};

/** Accounts that keep CopyProfile from taking the Administrator's profile. */
export const copyProfileRule: Rule = (document, report) => {
  const copy = document
    .at(shell, "CopyProfile")
    .find(({ element }) => booleanOf(document.valueOf(element)) === true);
  if (copy === undefined) return;
  const accounts = ["LocalAccounts/LocalAccount", "DomainAccounts"].flatMap((path) =>
    document.at(shell, `UserAccounts/${path}`).filter(({ component }) => component.pass === "auditSystem"),
  );
  if (accounts.length > 0) {
    report("copy-profile", copy.element, "CopyProfile is set, and auditSystem makes accounts");
  }
  const logon = document.at(shell, "AutoLogon").find(({ component, element }) => {
    const user = document.valueAt(element, "Username");
    return component.pass === "auditSystem" && user !== undefined && user.toLowerCase() !== "administrator";
  });
  if (logon !== undefined) {
    report(
      "copy-profile",
      copy.element,
      "CopyProfile is set, and auditSystem logs on another user than Administrator",
    );
  }
};

/** A workgroup that Windows does not look at. */
export const workgroupRule: Rule = (document, report) => {
  const groups = document.at("Microsoft-Windows-UnattendedJoin", "Identification/JoinWorkgroup");
  for (const { element, parent } of groups) {
    if (document.valueOf(element) && document.valueAt(parent, "JoinDomain")) {
      report("workgroup-ignored", element, "Identification has JoinDomain as well as JoinWorkgroup");
    }
  }
};
