import type { ReferenceDevice } from "./device.ts";
import type { Deployment, Engine, Road, SetupRoad, SetupRoads, Verdict } from "./engine.ts";
import type { ImageInfo } from "./image.ts";
import type { Operation, OperationType, Phase, Strategy } from "./operation.ts";

/** What decides where an operation goes, besides the operation and the image. */
export interface Terrain {
  /** The line's own engine first; the others only say what they would do. */
  readonly engines: readonly [Engine, ...Engine[]];
  readonly setup: SetupRoads;
  readonly prefer: readonly Strategy[];
  readonly deployment: Deployment;
  /** Absent where the config names none. */
  readonly device?: ReferenceDevice | undefined;
}

export const noDevice = "the config names no reference device";

const imageVerbs: ReadonlySet<OperationType> = new Set([
  "Mount-Image",
  "Commit-Image",
  "Unmount-Image",
  "Export-Image",
  "Split-Image",
  "Service-Image",
  "New-Media",
  "New-ISO",
  "New-USB",
  "New-DeploymentFolder",
  "New-Disk",
  "Apply-Image",
  "Capture-Image",
  "Append-Image",
  "Delete-Image",
  "Remount-Image",
  "Cleanup-Mountpoints",
  "Capture-FFU",
  "Apply-FFU",
  "Split-FFU",
  "Optimize-FFU",
]);

/** What every engine says to an operation, by every strategy, in the order in which they are preferred. */
export function verdicts(
  operation: Operation,
  phase: Phase,
  image: ImageInfo,
  terrain: Terrain,
): readonly Verdict[] {
  const order = operation.strategy === undefined ? terrain.prefer : [operation.strategy];
  return order.flatMap((strategy) => {
    if (strategy === "setup")
      return [verdict("setup", strategy, setupAnswer(operation, image, terrain), operation, phase)];
    // An engine that knows no such road at all has nothing to say; the line's own engine always answers.
    const engines = terrain.engines.filter((engine) => engine.roads[operation.type][strategy] !== undefined);
    const asked = engines.length > 0 ? engines : [terrain.engines[0]];
    return asked.map((engine) =>
      verdict(engine.name, strategy, answer(operation, image, engine, strategy, terrain), operation, phase),
    );
  });
}

type Answer = { readonly accepted: boolean; readonly because: string };

function verdict(
  engine: string,
  strategy: Strategy,
  given: Answer,
  operation: Operation,
  phase: Phase,
): Verdict {
  const misplaced = misplacedIn(phase, operation, strategy);
  if (misplaced !== undefined) return { engine, strategy, accepted: false, because: misplaced };
  const closed = operation.refuse?.[strategy];
  if (closed !== undefined) return { engine, strategy, accepted: false, because: closed };
  return { engine, strategy, ...given };
}

/** Phases of the reference device: what is done to an image there would come after its export, and be lost. */
export const onDevice: ReadonlySet<Phase> = new Set(["apply", "audit", "generalize", "capture"]);

function misplacedIn(phase: Phase, operation: Operation, strategy: Strategy): string | undefined {
  const verb = imageVerbs.has(operation.type);
  if ((phase === "prepare" || phase === "deploy") && !verb)
    return `no image is open in ${phase}; a plugin adds it in modify`;
  if (onDevice.has(phase) && strategy !== "online")
    return `the image is finished before ${phase}, and only its device is left; a plugin adds it in modify`;
  if (phase === "modify" && verb) return "an image verb belongs in prepare or deploy";
  return undefined;
}

function answer(
  operation: Operation,
  image: ImageInfo,
  engine: Engine,
  strategy: "offline" | "online",
  terrain: Terrain,
): Answer {
  const road = (
    engine.roads[operation.type] as { offline?: Road<OperationType>; online?: Road<OperationType> }
  )[strategy];
  if (road === undefined) return no(`${engine.name} has no ${strategy} form of ${operation.type}`);
  if ("refused" in road) return no(road.refused);
  const reason = road.refuse?.(operation as never, image);
  if (reason !== undefined) return no(reason);
  // What runs inside Windows is the same wherever the device is driven from.
  if (strategy === "online") return onlineAnswer(image, road.because, terrain);
  if (engine !== terrain.engines[0]) return no(`it is not this line's engine; there: ${road.because}`);
  return { accepted: true, because: road.because };
}

function onlineAnswer(image: ImageInfo, because: string, { device }: Terrain): Answer {
  if (device === undefined) return no(`${noDevice}; with one: ${because}`);
  const reason = image.architecture === "unknown" ? unknownArchitecture : device.refuse?.(image);
  return reason === undefined ? { accepted: true, because } : no(reason);
}

const unknownArchitecture =
  "an answer file must name the architecture, which the image does not say; set image.architecture in the config";

function setupAnswer(operation: Operation, image: ImageInfo, terrain: Terrain): Answer {
  const road = terrain.setup[operation.type] as SetupRoad<OperationType>;
  if ("refused" in road) return no(road.refused);
  const reason = road.refuse?.(operation as never, image, terrain.deployment);
  return reason === undefined ? { accepted: true, because: road.because } : no(reason);
}

function no(because: string): Answer {
  return { accepted: false, because };
}
