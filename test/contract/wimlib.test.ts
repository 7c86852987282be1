import { wimlib } from "../../core/engines/wimlib.ts";
import { engineContract } from "./engine.ts";

engineContract("wimlib", wimlib);
