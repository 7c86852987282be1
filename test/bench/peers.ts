import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeWim } from "../../templates/sample/wim-writer.ts";
import { type Contender, command, diskUse } from "./measure.ts";

export type Peer = "mount-commit" | "update-batch" | "apply-capture" | "add-drivers";

/** A script of peers/, which gets `arguments` and puts what it makes into `out`. */
export function peer(name: Peer, out: string, args: readonly string[], rounds: number): Contender {
  return {
    rounds,
    before: async () => rmSync(out, { recursive: true, force: true }),
    measure: async () => {
      const script = join(import.meta.dirname, `peers/${name}.sh`);
      const { milliseconds } = await command(script, args, { env: { TMPDIR: dirname(out) } });
      const disk = await diskUse([out]);
      rmSync(out, { recursive: true });
      return { milliseconds, disk };
    },
  };
}

/** Why images cannot be mounted here; undefined where they can. Mounts one, with a time limit: /dev/fuse alone proves little. */
export async function whyNoMounts(folder: string): Promise<string | undefined> {
  const home = join(folder, "probe");
  mkdirSync(join(home, "payload/common"), { recursive: true });
  mkdirSync(join(home, "payload/line"));
  const base = join(home, "base.wim");
  await writeWim(base, {
    images: [{ name: "Probe", time: new Date(0), tree: { name: "", entries: [] } }],
  });
  try {
    const script = join(import.meta.dirname, "peers/mount-commit.sh");
    await command(script, [base, join(home, "payload"), join(home, "out"), "line"], {
      seconds: 20,
      env: { TMPDIR: home },
    });
    return undefined;
  } catch (error) {
    const lines = String(error).split("\n");
    return lines.find((line) => line.includes("[ERROR]"))?.replace("[ERROR] ", "") ?? lines[0];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
