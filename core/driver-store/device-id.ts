import { foldName } from "../formats/hive.ts";
import type { Installation, InstalledModel, InstallSection } from "../formats/inf/installation.ts";

/** An id that a package is found by. */
export interface StoreDeviceId {
  readonly id: string;
  /** The model that describes it, the first that has it as hardware id before those that have it as compatible id. */
  readonly model: InstalledModel;
  readonly section: InstallSection;
  /** The value below DeviceIds: see rankBytes. */
  readonly rank: Uint8Array;
}

interface Listed {
  readonly id: string;
  readonly model: InstalledModel;
  readonly section: InstallSection;
  readonly compatible: boolean;
  readonly position: number;
}

/** Each id of the models once, in the order of the INF; models without a section have no part in it. */
export function deviceIds(installation: Installation): readonly StoreDeviceId[] {
  const byId = new Map<string, Listed[]>();
  for (const listed of listedIds(installation)) {
    const of = byId.get(foldName(listed.id));
    if (of === undefined) byId.set(foldName(listed.id), [listed]);
    else of.push(listed);
  }
  return [...byId.values()].map((of) => {
    const { id, model, section } = of.find(({ compatible }) => !compatible) ?? of[0]!;
    return { id, model, section, rank: rankBytes(of) };
  });
}

function* listedIds({ models, sections }: Installation): Generator<Listed> {
  const byName = new Map(sections.map((section) => [section.name.toLowerCase(), section]));
  for (const model of models) {
    const section = byName.get(model.section?.toLowerCase() ?? "");
    if (section === undefined) continue;
    const of = { model, section };
    if (model.hardwareId !== "") yield { ...of, id: model.hardwareId, compatible: false, position: 0 };
    for (const [position, id] of model.compatibleIds.entries())
      yield { ...of, id, compatible: true, position };
  }
}

/**
 * How well the INF knows the device, in four bytes: 1 as hardware id, 2 as compatible id, 3 as both; the best
 * FeatureScore; the first place among the compatible ids of a model, 16 bit, zero for hardware ids.
 */
function rankBytes(of: readonly Listed[]): Uint8Array {
  const kind = of.reduce((bits, { compatible }) => bits | (compatible ? 2 : 1), 0);
  const bytes = Buffer.alloc(4);
  bytes[0] = kind;
  bytes[1] = of.reduce((best, { section }) => Math.min(best, section.featureScore), 0xff);
  bytes.writeUInt16LE(
    of.reduce((first, { position }) => Math.min(first, position), 0xffff),
    2,
  );
  return bytes;
}
