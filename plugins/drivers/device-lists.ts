import { readFile } from "node:fs/promises";
import { type DriverChoice, type PhaseBuilder, readDevices } from "../../core/index.ts";

/** The devices of lists that a config names. @throws SERVICING_INPUT_NOT_FOUND */
export async function devicesIn(
  lists: string | readonly string[],
  builder: PhaseBuilder,
): Promise<DriverChoice["devices"]> {
  if (lists.length === 0) return [];
  const found = await builder.find(lists, "a list of devices");
  return Promise.all(
    found.map(async (list) => {
      const read = readDevices(await readFile(list), list);
      for (const { line, message } of read.diagnostics) builder.warn(`${list}, line ${line}: ${message}`);
      return { list: list.split(/[\\/]/).at(-1) ?? list, devices: read.devices };
    }),
  );
}
