import { dism } from "../../../core/engines/dism.ts";
import { wimlib } from "../../../core/engines/wimlib.ts";
import type { Engine } from "../../../core/engine.ts";

const { platforms: _, ...anywhere } = dism;

/** The product's engine for DISM on a host that is not Windows, where the stand-in is what it starts. */
export const dismHere: readonly [Engine, Engine] = [anywhere, wimlib];
