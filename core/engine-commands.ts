import type { Command, Engine, Road, Target } from "./engine.ts";
import { failure } from "./error.ts";
import type { Operation, OperationType } from "./operation.ts";
import { operationTitle } from "./operation-title.ts";

/**
 * What an engine does for an operation that goes to it.
 * @throws SERVICING_OUTPUT_FORMAT for one of the line's own exports that the engine cannot make
 */
export function commandsOf(
  operation: Operation,
  strategy: "offline" | "online",
  target: Target,
  engine: Engine,
): readonly Command[] {
  const road = roadOf(operation, strategy, engine);
  if (road === undefined || "refused" in road)
    throw new TypeError(
      `the ${engine.name} engine accepted ${operation.type} ${strategy} but has no road for it`,
    );
  const reason = road.refuse?.(operation as never, target.image);
  if (reason !== undefined && operation.type === "Export-Image")
    throw failure("SERVICING_OUTPUT_FORMAT", { file: operation.to, reason });
  if (reason !== undefined)
    throw new TypeError(`${operationTitle(operation)} went to ${engine.name}: ${reason}`);
  return road.commands(operation as never, target);
}

export function undoOf(operation: Operation, target: Target, engine: Engine): readonly Command[] {
  const road = roadOf(operation, "offline", engine);
  return road === undefined || "refused" in road ? [] : (road.undo?.(operation as never, target) ?? []);
}

function roadOf(
  operation: Operation,
  strategy: "offline" | "online",
  engine: Engine,
): Road<OperationType> | undefined {
  return (engine.roads[operation.type] as { offline?: Road<OperationType>; online?: Road<OperationType> })[
    strategy
  ];
}
