import assert from "node:assert/strict";
import { heartbeatText, readHeartbeat } from "../../core/audit/heartbeat.ts";
import type { Heartbeat } from "../../core/audit/job.ts";
import { deadlinesOf } from "../../core/devices/deadlines.ts";
import { physical, type PhysicalOptions } from "../../core/devices/physical.ts";
import { qemu, type QemuOptions } from "../../core/devices/qemu.ts";
import { heard, overdue, patience, type Watch, watchFrom } from "../../core/devices/watch.ts";
import { inheritedProperties } from "../../core/formats/wim-xml.ts";
import { image } from "../support/operations.ts";

const minute = 60_000;

/** What it is ended for when nothing more is heard, and when. */
function ending(watch: Watch): readonly [number, string | undefined] {
  const at = patience(watch, 0);
  assert.equal(overdue(watch, at - 1), undefined);
  return [at / minute, overdue(watch, at)?.stage];
}

const refused = (options: unknown, code: string, text: RegExp) =>
  assert.throws(() => qemu(options as QemuOptions), { code, message: text });

const refuse = (options: unknown, code: string, text: RegExp) =>
  assert.throws(() => physical(options as PhysicalOptions), { code, message: text });

describe("the options of reference devices", () => {
  it("of qemu are all checked", () => {
    refused({ memroy: 4 }, "SERVICING_PLUGIN_OPTIONS", /qemu\.memroy: unknown option.*memory/s);
    refused({ memory: "8 gigs" }, "SERVICING_PLUGIN_OPTIONS", /qemu\.memory: must be a number of MiB/);
    refused({ cpus: 0 }, "SERVICING_PLUGIN_OPTIONS", /qemu\.cpus: must be 1 or more/);
    refused({ accelerator: "hvf" }, "SERVICING_PLUGIN_OPTIONS", /qemu\.accelerator/);
    refused({ deadlines: { start: 0 } }, "SERVICING_PLUGIN_OPTIONS", /qemu\.deadlines\.start/);
    refused({ deadlines: { begin: 1 } }, "SERVICING_PLUGIN_OPTIONS", /qemu\.deadlines\.begin/);
    refused(
      { firmware: { code: "/x" } },
      "SERVICING_PLUGIN_OPTIONS",
      /qemu\.firmware\.variables: is missing/,
    );
    refused({ size: 300 }, "SERVICING_DISK_LAYOUT", /./);
    refused({ winpe: "winpe" }, "SERVICING_DEVICE_OPTIONS", /winpe is no absolute path/);
  });

  it("of physical are all checked", () => {
    refuse({}, "SERVICING_PLUGIN_OPTIONS", /physical\.folder: is missing/);
    refuse({ folder: "device" }, "SERVICING_DEVICE_OPTIONS", /device is no absolute path/);
    refuse({ folder: "/srv/my device" }, "SERVICING_DEVICE_OPTIONS", /the name of the folder/);
    refuse({ folder: "/srv/device", bootWim: "boot.wim" }, "SERVICING_DEVICE_OPTIONS", /boot\.wim is no/);
    refuse({ folder: "/srv/device", disk: { id: 200 } }, "SERVICING_DISK_LAYOUT", /./);
  });

  it("say of which images a device is none", () => {
    assert.match(qemu().refuse?.({ ...image, architecture: "arm64" }) ?? "", /the image is for arm64/);
    assert.equal(qemu({ winpe: "/media" }).refuse?.(image), undefined);
    assert.match(
      qemu({ sizes: { windows: 10_240 } }).refuse?.(image) ?? "",
      /has 10240 MiB, and needs 19259/,
    );
  });

  it("say in the title that a disk without boot files starts no Windows", () => {
    assert.equal(qemu().title, "QEMU, 4 GiB, a disk without boot files");
    assert.equal(qemu({ memory: 3000, winpe: "/media" }).title, "QEMU, 3000 MiB");
  });
});

describe("what a device is waited for", () => {
  const deadlines = { start: 10, silence: 3, generalize: 20, whole: 100 };

  function after(...heartbeats: readonly (readonly [number, Heartbeat])[]): Watch {
    return heartbeats.reduce(
      (watch, [minutes, heartbeat]) => heard(watch, heartbeat, minutes * minute, deadlines),
      watchFrom(0, deadlines),
    );
  }

  const begin = { says: "begin", id: "x", steps: 2 } as const;
  const step = { says: "step", step: 1, minutes: 5, title: "Agent" } as const;

  it("is its start, its words, each step, its restarts and its end", () => {
    assert.deepEqual(ending(after()), [10, "come to its first word"]);
    assert.deepEqual(ending(after([4, begin])), [7, "say that it is still at work"]);
    assert.deepEqual(ending(after([4, begin], [5, { says: "restart" }])), [
      15,
      "restart and go on with the job",
    ]);
    assert.deepEqual(ending(after([4, begin], [6, { says: "end", ok: true }])), [
      26,
      "generalize and switch itself off",
    ]);
    assert.deepEqual(ending(after([4, begin], [6, { says: "end", ok: false }])), [16, "switch itself off"]);
  });

  it("is a step's own time and a while, however often it is heard", () => {
    const beats = [5, 7, 9, 11, 12].map((at) => [at, { says: "beat" }] as const);
    assert.deepEqual(ending(after([4, begin], [4, step], ...beats)), [12, "carry out step 1 (Agent)"]);
    assert.deepEqual(ending(after([4, begin], [4, step])), [7, "say that it is still at work"]);
    const next = { ...step, step: 2, minutes: 30 };
    assert.deepEqual(ending(after([4, begin], [4, step], ...beats, [12, next])), [
      15,
      "say that it is still at work",
    ]);
  });

  it("is in all no longer than the whole", () => {
    const restarts = Array.from({ length: 20 }, (_, at) => [at * 5, { says: "restart" }] as const);
    assert.deepEqual(ending(after(...restarts)), [100, "come to its end"]);
    assert.deepEqual(deadlinesOf({ start: 1, silence: 2, generalize: 3 }, 10), {
      start: 1,
      silence: 2,
      generalize: 3,
      whole: 63,
    });
  });

  it("is read from lines that are the job's, and from no others", () => {
    for (const heartbeat of [begin, step, { says: "beat" }, { says: "restart" }] as const)
      assert.deepEqual(readHeartbeat(heartbeatText(heartbeat)), heartbeat);
    for (const line of ["", "BdsDxe: starting Boot0001", "servicing", "servicing: dance"])
      assert.equal(readHeartbeat(line), undefined, line);
  });
});

describe("what a capture inherits", () => {
  it("is what the image says of itself, save what was found of Windows", () => {
    const before =
      '<IMAGE INDEX="1"><NAME>Pro</NAME><DESCRIPTION>A &amp; B</DESCRIPTION><FLAGS>Professional</FLAGS><TOTALBYTES>5</TOTALBYTES><CREATIONTIME><HIGHPART>0x1</HIGHPART></CREATIONTIME><WINDOWS><ARCH>9</ARCH><LANGUAGES><LANGUAGE>en-US</LANGUAGE><LANGUAGE>de-DE</LANGUAGE></LANGUAGES></WINDOWS></IMAGE>';
    const after =
      '<IMAGE INDEX="1"><NAME>captured</NAME><TOTALBYTES>9</TOTALBYTES><WINDOWS><ARCH>12</ARCH></WINDOWS></IMAGE>';
    assert.deepEqual(inheritedProperties(before, after), [
      "NAME=Pro",
      "DESCRIPTION=A & B",
      "FLAGS=Professional",
      "CREATIONTIME/HIGHPART=0x1",
      "WINDOWS/LANGUAGES/LANGUAGE[1]=en-US",
      "WINDOWS/LANGUAGES/LANGUAGE[2]=de-DE",
    ]);
    assert.deepEqual(inheritedProperties(before, before), []);
  });
});
