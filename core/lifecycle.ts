import { AsyncSeriesHook, AsyncSeriesWaterfallHook, type FullTap, SyncBailHook, SyncHook } from "tapable";
import { setupRoads } from "./engines/setup.ts";
import { copiedFiles, type DriverPackage, type InboxDrivers } from "./driver-package.ts";
import type { CallContext, Verdict } from "./engine.ts";
import { failure, isServicingError, ServicingError } from "./error.ts";
import type { Event, Report } from "./event.ts";
import { faultTable } from "./fault-table.ts";
import type { ImageInfo } from "./image.ts";
import type { Media } from "./media.ts";
import { type Operation, type Phase, phases } from "./operation.ts";
import type { DriverOptions, LineResult, PhaseBuilder, Plugin, Servicing } from "./plugin.ts";
import type { Plan } from "./step.ts";
import { didYouMean } from "./suggestion.ts";

/** What a plugin asked for, before anybody decided where it goes. */
export interface Declared {
  /** `drivers/2` */
  readonly id: string;
  readonly phase: Phase;
  readonly by: string;
  /** Index of the image. */
  readonly image: number;
  readonly wish:
    | { readonly operation: Operation }
    | { readonly title: string; readonly run: (context: CallContext) => Promise<void> };
}

/** What taps may read while planning; given by the floor above, which does the reading. */
export type Inputs = Pick<
  PhaseBuilder,
  "engine" | "deployment" | "resolve" | "find" | "inspect" | "media"
> & {
  bootWim(media: Media, warn: (text: string) => void): Promise<string>;
  driver(
    inf: string,
    image: ImageInfo,
    options: Pick<DriverOptions, "forceUnsigned">,
  ): Promise<DriverPackage>;
  /** @param files paths that are looked for */
  inbox(image: ImageInfo, inside: string | undefined, files: readonly string[]): Promise<InboxDrivers>;
  result(image: ImageInfo): LineResult;
};

/** Phases whose hooks are called once a line rather than once an image. */
const oncePerLine: ReadonlySet<Phase> = new Set(["prepare", "deploy"]);

const operationTypes = Object.keys(setupRoads);

const rank = { first: 0, normal: 1, last: 2 } as const;

/** The hooks of a line, with its plugins applied in their order. @throws ServicingError SERVICING_PLUGIN_FAILED */
export function createServicing(line: string, plugins: readonly Plugin[]): Servicing {
  const hooks = {
    ...(Object.fromEntries(
      phases.map((phase) => [phase, new AsyncSeriesHook<[PhaseBuilder]>(["builder"], phase)]),
    ) as { [P in Phase]: AsyncSeriesHook<[PhaseBuilder]> }),
    route: new SyncBailHook<[Operation, readonly Verdict[]], Verdict | undefined>(
      ["operation", "verdicts"],
      "route",
    ),
    plan: new AsyncSeriesWaterfallHook<[Plan]>(["plan"], "plan"),
    event: new SyncHook<[Event]>(["event"], "event"),
    report: new AsyncSeriesHook<[Report]>(["report"], "report"),
  };
  const faults = faultTable();
  let current = "servicing";
  for (const [name, hook] of Object.entries(hooks))
    hook.intercept({ register: (tap: FullTap) => blamed(tap, current, name) });
  for (const plugin of plugins.toSorted((a, b) => rank[a.order ?? "normal"] - rank[b.order ?? "normal"])) {
    current = plugin.name;
    try {
      plugin.apply({ line, faults, hooks });
    } catch (error) {
      throw blame(error, plugin.name, "apply");
    }
  }
  return { line, faults, hooks };
}

/** Whether a line asks for something to be made of its result; what is wrong with its plugins is not said here. */
export function delivers(line: string, plugins: readonly Plugin[]): boolean {
  try {
    return createServicing(line, plugins).hooks.deploy.taps.length > 0;
  } catch {
    return false;
  }
}

interface Provenance {
  readonly by: string;
  readonly count: Map<string, number>;
}

/** A tap gets a builder of its own, so that every operation and every error knows which plugin it came from. */
function blamed(tap: FullTap, by: string, hook: string): FullTap {
  const run = tap.fn as (...values: unknown[]) => unknown;
  const own = (values: unknown[]): unknown[] =>
    isCollector(values[0]) ? [values[0].for(by), ...values.slice(1)] : values;
  const wrapped = {
    sync: (...values: unknown[]) => {
      try {
        return run(...own(values));
      } catch (error) {
        throw blame(error, by, hook);
      }
    },
    promise: async (...values: unknown[]) => {
      try {
        return await run(...own(values));
      } catch (error) {
        throw blame(error, by, hook);
      }
    },
    async: (...values: unknown[]) => {
      const done = values.pop() as (error?: unknown, value?: unknown) => void;
      try {
        run(...own(values), (error: unknown, value: unknown) =>
          done(error ? blame(error, by, hook) : undefined, value),
        );
      } catch (error) {
        done(blame(error, by, hook));
      }
    },
  };
  return { ...tap, fn: wrapped[tap.type] as FullTap["fn"] };
}

function blame(error: unknown, plugin: string, hook: string): ServicingError {
  if (isServicingError(error)) {
    const named = error.message.startsWith(`${plugin}: `) || error.message.includes(`plugin "${plugin}"`);
    const message = named ? error.message : `${plugin}: ${error.message}`;
    return new ServicingError(error.code, { message, remedy: error.remedy }, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return failure("SERVICING_PLUGIN_FAILED", { plugin, hook, reason }, { cause: error });
}

/** The builder that a hook is called with, before a tap gets its own. */
interface Collector extends PhaseBuilder {
  for(by: string): PhaseBuilder;
}

function isCollector(value: unknown): value is Collector {
  return typeof value === "object" && value !== null && "for" in value && "phase" in value;
}

/** What the plugins of a line ask for. */
export interface Collected {
  readonly declared: readonly Declared[];
  readonly warnings: readonly string[];
}

/** Calls the hooks of all phases and gathers what the plugins ask for. Touches no image. */
export async function collect(
  servicing: Servicing,
  images: readonly ImageInfo[],
  inputs: Inputs,
): Promise<Collected> {
  const declared: Declared[] = [];
  const warnings = new Set<string>();
  const provenance: Provenance = { by: "servicing", count: new Map() };
  checkOrder(servicing);
  for (const [at, image] of images.entries())
    for (const phase of phases) {
      if (at > 0 && oncePerLine.has(phase)) continue;
      await servicing.hooks[phase].promise(
        collector(phase, image, inputs, { declared, warnings }, provenance),
      );
    }
  return { declared, warnings: [...warnings] };
}

function collector(
  phase: Phase,
  image: ImageInfo,
  inputs: Inputs,
  { declared, warnings }: { declared: Declared[]; warnings: Set<string> },
  provenance: Provenance,
): Collector {
  const nextId = (by: string): string => {
    const count = (provenance.count.get(by) ?? 0) + 1;
    provenance.count.set(by, count);
    return `${by}/${count}`;
  };
  const warn = (by: string, text: string): void => void warnings.add(`${by}: ${text}`);
  const builder = (by: string): PhaseBuilder => ({
    ...inputs,
    phase,
    image,
    result: inputs.result(image),
    add(...operations) {
      for (const operation of operations) {
        checkOperation(operation, by, phase);
        declared.push({ id: nextId(by), phase, by, image: image.index, wish: { operation } });
      }
    },
    get asked() {
      return declared.flatMap((one) =>
        one.image === image.index && "operation" in one.wish ? [one.wish.operation] : [],
      );
    },
    call(title, run) {
      declared.push({ id: nextId(by), phase, by, image: image.index, wish: { title, run } });
    },
    warn: (text) => warn(by, text),
    bootWim: (media) => inputs.bootWim(media, (text) => warn(by, text)),
    driver: (inf, { image: other = image, ...options } = {}) => inputs.driver(inf, other, options),
    inbox: ({ image: other = image, inside, drivers = [] } = {}) =>
      inputs.inbox(other, inside, copiedFiles(drivers)),
  });
  return { ...builder(provenance.by), for: builder };
}

/** A plugin in JavaScript has no compiler: an unknown verb or a value that is undefined would fail deep in a run. */
function checkOperation(operation: Operation, plugin: string, hook: string): void {
  const { type } = operation;
  const reason = operationTypes.includes(type)
    ? undefinedAt(operation).map((path) => `${type}: ${path} is undefined`)[0]
    : `there is no operation ${JSON.stringify(type)}${didYouMean(String(type), operationTypes)}`;
  if (reason !== undefined) throw failure("SERVICING_PLUGIN_FAILED", { plugin, hook, reason });
}

function undefinedAt(value: object, at = ""): readonly string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const path = at === "" ? name : `${at}.${name}`;
    if (inner === undefined) return [path];
    return typeof inner === "object" && inner !== null ? undefinedAt(inner, path) : [];
  });
}

/** Tapable runs a tap whose `before` names nobody first of all, silently. */
function checkOrder(servicing: Servicing): void {
  for (const phase of phases) {
    const { taps } = servicing.hooks[phase];
    const known = taps.map((tap) => tap.name);
    for (const tap of taps)
      for (const before of [tap.before ?? []].flat())
        if (!known.includes(before))
          throw failure("SERVICING_PLUGIN_ORDER", { plugin: tap.name, before, known });
  }
}
