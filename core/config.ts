import type { LineConfig, WorkspaceConfig } from "./line.ts";

/** Gives a config its type, and returns it as it is. */
export function defineConfig<const C extends LineConfig>(config: C & LineConfig): C;
export function defineConfig<const C extends WorkspaceConfig>(config: C & WorkspaceConfig): C;
export function defineConfig(config: LineConfig | WorkspaceConfig): LineConfig | WorkspaceConfig {
  return config;
}
