import { join } from "node:path";
import type { Change, Engine } from "../engine.ts";
import { winre } from "../image.ts";
import type { Operation } from "../operation.ts";
import { unfinishedName } from "../unfinished-name.ts";
import { componentServicing } from "./wimlib-command.ts";

/** The driver store, written as Windows itself was seen to write it: docs/driver-store.md says what from which source. */
export const drivers = {
  "Add-Driver": {
    offline: {
      because: "published in the driver store: all that is needed follows from its INF",
      refuse({ facts }) {
        if (facts === undefined) return "only an INF that was read for this image can be published";
        const [first, ...others] = facts.underivable;
        if (first === undefined) return undefined;
        const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
        return `it cannot be published without Windows: ${first}${more}`;
      },
      commands: (operation, target) =>
        target.kind === "branch"
          ? [{ act: "update", branch: target.branch, changes: [addition(operation.driver, operation)] }]
          : [],
    },
  },
  "Remove-Driver": {
    offline: {
      because: "taken out of the driver store, with all that was published of it",
      commands: ({ driver }, target) =>
        target.kind === "branch"
          ? [{ act: "update", branch: target.branch, changes: [{ change: "remove driver", driver }] }]
          : [],
    },
  },
  "Service-Image": {
    offline: {
      refuse: ({ file, to, packages = [] }) =>
        file === to
          ? "it would be written over its own source"
          : packages.length > 0
            ? componentServicing
            : undefined,
      because: "one of its images becomes a branch, as the line's own do; the file itself is not written",
      commands: (operation, target) => {
        const { file, index } = operation;
        const to = unfinishedName(operation.to);
        const work = join(target.work, "service");
        return [
          { act: "service", file, index, to, work, changes: additions(operation) },
          {
            act: "verify drivers",
            file: to,
            stores: [{ of: "Windows Setup", index, drivers: operation.drivers }],
          },
          { act: "place", file: to, to: operation.to },
        ];
      },
      undo: ({ to }, target) => [
        { act: "delete", path: join(target.work, "service"), optional: true },
        { act: "delete", path: unfinishedName(to), optional: true },
      ],
    },
  },
  "Service-WinRE": {
    offline: {
      because: "the image's own Winre.wim is serviced as an image, and goes back to its place",
      refuse: ({ packages = [] }) => (packages.length > 0 ? componentServicing : undefined),
      commands: (operation, target) =>
        target.kind === "branch"
          ? [
              {
                act: "update",
                branch: target.branch,
                changes: [{ change: "service", path: winre, index: 1, changes: additions(operation) }],
              },
            ]
          : [],
    },
  },
} satisfies Partial<Engine["roads"]>;

function additions(operation: Operation<"Service-Image" | "Service-WinRE">): readonly Change[] {
  return operation.drivers.map((inf) => addition(inf, operation));
}

function addition(inf: string, { forceUnsigned }: { readonly forceUnsigned?: boolean }): Change {
  return { change: "add driver", inf, ...(forceUnsigned === undefined ? {} : { forceUnsigned }) };
}
