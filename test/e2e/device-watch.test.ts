import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { perform } from "../../core/acts/perform.ts";
import { heartbeatText } from "../../core/audit/heartbeat.ts";
import type { Process } from "../../core/engine.ts";
import type { ServicingError } from "../../core/error.ts";
import { createRunner } from "../../core/runner.ts";
import { type Rig, rig } from "../support/rig.ts";

/** A socket stands for the pipe of a machine of Hyper-V's, and a file for its state: none was ever there. */
describe("a machine that something else runs", function () {
  let here: Rig;
  let server: Server;
  let state: Process;
  let progress: string[];

  beforeEach(async () => {
    [here, progress] = [rig(), []];
    mkdirSync(here.path("logs"));
    const off = JSON.stringify(here.path("off"));
    state = {
      run: process.execPath,
      args: ["-p", `fs.existsSync(${off}) ? "Off" : "Running"`],
      writes: false,
    };
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write(`${heartbeatText({ says: "begin", id: "job-1", steps: 4 })}\r\n`);
      socket.write(`${heartbeatText({ says: "step", step: 3, minutes: 1, title: "Agent" })}\r\n`);
    });
    await new Promise<void>((done) => void server.listen(here.path("port"), done));
  });

  afterEach(() => void server.close());

  function watched(silence: number, endsWell: boolean, asked = state): Promise<void> {
    const deadlines = { start: 1, silence, generalize: 1, whole: 1 };
    return perform(
      {
        act: "watch machine",
        device: "Hyper-V",
        port: here.path("port"),
        state: asked,
        deadlines,
        job: "job-1",
      },
      {
        runner: createRunner(),
        signal: new AbortController().signal,
        log: here.path("logs/07-device.log"),
        target: undefined,
        onProgress(percent, what) {
          progress.push(`${percent} ${what}`);
          if (endsWell) writeFileSync(here.path("off"), "");
        },
        warn: assert.fail,
      },
    );
  }

  it("is heard, and is done when it is off", async () => {
    await watched(1, true);
    assert.deepEqual(progress, ["50 step 3 of 4: Agent"]);
  });

  it("is given up at its deadline, and where nobody knows its state", async () => {
    await assert.rejects(watched(0.01, false), (error: ServicingError) => {
      assert.equal(error.code, "SERVICING_DEVICE_TIMEOUT");
      assert.match(error.message, /Hyper-V was to say that it is still at work.*servicing: step 3/s);
      return true;
    });
    const lost = { run: process.execPath, args: ["-e", "process.exit(1)"], writes: false };
    await assert.rejects(watched(1, false, lost), { code: "SERVICING_DEVICE_ENDED" });
  });
});
