/** The power schemes that Windows comes with (microsoft-windows-powercpl-preferredplan). */
export const powerSchemes = {
  balanced: "381b4222-f694-41f0-9685-ff5bb260df2e",
  highPerformance: "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c",
  powerSaver: "a1841308-3541-4fab-bc81-f71556f20b4a",
} as const;

export type PowerScheme = keyof typeof powerSchemes;

/** Of its name, or of itself in lower case; undefined for what is neither. */
export function powerSchemeGuid(scheme: string): string | undefined {
  if (Object.hasOwn(powerSchemes, scheme)) return powerSchemes[scheme as PowerScheme];
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(scheme) ? scheme.toLowerCase() : undefined;
}
