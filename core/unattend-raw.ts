import type { ComponentPasses, SettingPasses } from "./formats/unattend-components.ts";
import type { UnattendPass, UnattendSetting } from "./operation.ts";

type Value = UnattendSetting["value"];

/** A setting, with whatever lies below it: `OOBE`, `OOBE/HideEULAPage`, `Link[1]/Path`. */
type Below<Setting extends string> = { [Path in Setting]?: Value } & {
  [Path in `${Setting}/${string}` | `${Setting}[${string}`]: Value;
};

type NamesIn<Passes, Pass> = {
  [Name in keyof Passes]: Pass extends Passes[Name] ? Name : never;
}[keyof Passes];

type ValuesOf<Component, Pass> = Component extends keyof SettingPasses
  ? Below<NamesIn<SettingPasses[Component], Pass> & string>
  : Record<string, Value>;

/**
 * Pass → component → path → value, where a component is valid in the pass by the Unattended Windows Setup Reference; of
 * components whose settings differ in their passes, the settings as well.
 */
export type UnattendRaw = {
  readonly [Pass in UnattendPass]?: {
    readonly [Component in NamesIn<ComponentPasses, Pass>]?: ValuesOf<Component, Pass>;
  };
};
