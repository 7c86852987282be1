import type { Command, Engine, Target } from "../engine.ts";
import type { Operation } from "../operation.ts";
import { within } from "./dism-command.ts";
import { registry } from "./dism-registry.ts";

/** Files and the registry, which DISM leaves to others. */
export const files = {
  "Copy-File": {
    offline: { because: "the file is copied into the mounted image", commands: copy },
    online: { because: "the file is copied to the running Windows", commands: copy },
  },
  "Write-File": {
    offline: { because: "the text is written into the mounted image", commands: write },
    online: { because: "the text is written on the running Windows", commands: write },
  },
  "Remove-File": {
    offline: { because: "the file is deleted from the mounted image", commands: remove },
    online: { because: "the file is deleted from the running Windows", commands: remove },
  },
  ...registry,
} satisfies Partial<Engine["roads"]>;

function copy({ from, to }: Operation<"Copy-File">, target: Target): readonly Command[] {
  return [{ act: "copy", from, to: within(target, to) }];
}

function write({ to, text, encoding, secrets }: Operation<"Write-File">, target: Target): readonly Command[] {
  return [
    {
      act: "write",
      to: within(target, to),
      text,
      ...(encoding === undefined ? {} : { encoding }),
      ...(secrets === undefined ? {} : { secrets }),
    },
  ];
}

function remove({ path, optional }: Operation<"Remove-File">, target: Target): readonly Command[] {
  return [{ act: "delete", path: within(target, path), ...(optional === undefined ? {} : { optional }) }];
}
