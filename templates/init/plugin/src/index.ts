import type { Plugin } from "servicing";

export interface __OPTIONS__ {
  /** What is written under HKLM\SOFTWARE\__NAME__. */
  readonly label: string;
}

/** Marks an image. Options by closure, one `apply`; what it adds is planned, and no image is touched here. */
export function __FUNCTION__(options: __OPTIONS__): Plugin {
  return {
    name: "__NAME__",
    apply({ hooks }) {
      hooks.modify.tap("__NAME__", (modify) => {
        modify.add({
          type: "Set-Registry",
          key: "HKLM\\SOFTWARE\\__NAME__",
          name: "Label",
          value: { type: "REG_SZ", data: options.label },
        });
      });
    },
  };
}
