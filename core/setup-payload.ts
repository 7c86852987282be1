import type { Contribution, DeviceCommand } from "./engine.ts";
import { home } from "./engines/setup-road.ts";

/**
 * Keeps two host files apart that would travel under one name: the later one moves to `…\Drivers\2\netkvm`, and with it
 * every command and setting of its contribution that names it.
 */
export function keepApart(contributions: readonly Contribution[]): readonly Contribution[] {
  const taken = new Map<string, string>();
  return contributions.map((contribution) => {
    let placed = contribution;
    for (const { from, to } of contribution.payload ?? []) {
      const unit = unitOf(to);
      let free = unit;
      for (let count = 2; (taken.get(free.toLowerCase()) ?? from) !== from; count += 1) {
        free = numbered(unit, count);
      }
      taken.set(free.toLowerCase(), from);
      if (free !== unit) placed = moved(placed, unit, free);
    }
    return placed;
  });
}

/** The file or folder directly below `\Windows\Setup\Servicing\Drivers`. */
function unitOf(to: string): string {
  return to
    .split("\\")
    .slice(0, home.split("\\").length + 2)
    .join("\\");
}

function numbered(unit: string, count: number): string {
  const cut = unit.lastIndexOf("\\");
  return `${unit.slice(0, cut)}\\${count}${unit.slice(cut)}`;
}

function moved(contribution: Contribution, from: string, to: string): Contribution {
  const text = (value: string) => {
    const at = value.indexOf(from);
    const end = value[at + from.length];
    return at === -1 || (end !== undefined && end !== "\\" && end !== "]")
      ? value
      : value.slice(0, at) + to + value.slice(at + from.length);
  };
  const commands = (all: readonly DeviceCommand[]) =>
    all.map((command) => ({
      ...command,
      file:
        typeof command.file === "string" ? command.file : { ...command.file, path: text(command.file.path) },
      args: command.args.map((arg) => (typeof arg === "string" ? arg : { ...arg, path: text(arg.path) })),
    }));
  const { payload, settings, packages, specialize, setupComplete, firstLogon } = contribution;
  return {
    ...contribution,
    ...(payload && { payload: payload.map((one) => ({ ...one, to: text(one.to) })) }),
    ...(settings && {
      settings: settings.map((setting) => ({
        ...setting,
        path: setting.path.map(text),
        value: typeof setting.value === "string" ? text(setting.value) : setting.value,
      })),
    }),
    ...(packages && {
      packages: packages.map((one) =>
        one.source === undefined ? one : { ...one, source: text(one.source) },
      ),
    }),
    ...(specialize && { specialize: commands(specialize) }),
    ...(setupComplete && { setupComplete: commands(setupComplete) }),
    ...(firstLogon && { firstLogon: commands(firstLogon) }),
  };
}
