import type { LineConfig, WorkspaceConfig } from "./line.ts";

/** Gives a config its type, and returns it as it is. */
export function defineConfig(config: LineConfig): LineConfig;
export function defineConfig(config: WorkspaceConfig): WorkspaceConfig;
export function defineConfig(config: LineConfig | WorkspaceConfig): LineConfig | WorkspaceConfig {
  return config;
}
