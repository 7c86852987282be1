import { dism } from "../../core/engines/dism.ts";
import { engineContract } from "./engine.ts";

engineContract("dism", dism);
