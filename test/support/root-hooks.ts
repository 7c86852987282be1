import { removeFolders } from "./command.ts";
import { removeRigs } from "./rig.ts";

/**
 * Hooks of all tests. A process runs many test files, and what a module of theirs hooks in by itself holds for the first alone.
 * @public mocha's, by .mocharc.mjs
 */
export const mochaHooks = {
  afterEach() {
    removeRigs();
    removeFolders();
  },
};
