import assert from "node:assert/strict";
import { win32 } from "node:path";
import * as fc from "fast-check";
import { dism, undoOf } from "../../core/engines/dism.ts";
import type { Command, Process, Road, Target } from "../../core/engine.ts";
import { ServicingError } from "../../core/error.ts";
import type { Operation, OperationType } from "../../core/operation.ts";
import { image } from "../support/operations.ts";
import { complaint } from "../support/stand-in-dism/grammar.ts";

const mounted = dism.target(image, "C:\\work");
const online = { kind: "online", image, work: "C:\\work" } as const;

function commands(operation: Operation, target = mounted): readonly Command[] {
  const road = dism.roads[operation.type].offline as Road<OperationType>;
  assert.ok("commands" in road);
  return road.commands(operation, target);
}

function refusal(operation: Operation, strategy: "offline" | "online"): string | undefined {
  const road = dism.roads[operation.type][strategy] as Road<OperationType>;
  return "refused" in road ? road.refused : road.refuse?.(operation, image);
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ServicingError) return error.code;
    throw error;
  }
  return "no error";
}

const set = (key: string, name = "Name", data = "data"): Operation<"Set-Registry"> => ({
  type: "Set-Registry",
  key,
  name,
  value: { type: "REG_SZ", data },
});

const copy = (to: string): Operation => ({ type: "Copy-File", from: "/srv/file", to });

const script = (...args: readonly string[]): Operation => ({
  type: "Run-Installer",
  file: "C:\\x.cmd",
  arguments: args,
});

function keyOf(operation: Operation): string | undefined {
  return (commands(operation)[1] as Process).args[1];
}

function loadedName(target: Target): string | undefined {
  return (commands(set("HKLM\\SOFTWARE\\Contoso"), target)[0] as Process).args[1];
}

function percent(line: string): string | undefined {
  const [cleanup] = commands({ type: "Cleanup-Image" }) as readonly Process[];
  return cleanup?.progress?.exec(line)?.[1];
}

describe("dism: files of the image", () => {
  it("lie below the mount folder", () => {
    assert.deepEqual(commands(copy("\\Windows\\x.dll")), [
      { act: "copy", from: "/srv/file", to: "C:\\work\\mount-1\\Windows\\x.dll" },
    ]);
  });

  for (const path of [
    "Windows\\x.dll",
    "\\..\\x",
    "\\Windows\\..\\..\\x",
    "\\Windows\\.. \\x",
    "\\Windows/../../x",
    "\\Windows\\x.dll:stream",
    "\\\\server\\share",
    "C:\\x",
    "",
    "\\",
  ])
    it(`cannot be ${JSON.stringify(path)}`, () => {
      assert.equal(
        code(() => commands(copy(path))),
        "SERVICING_IMAGE_PATH",
      );
    });

  it("never lie elsewhere, whatever the path", () => {
    const names = fc.constantFrom("..", ".", " ", "\\", "/", "C:", "Windows", "..\\", "\0", ". .");
    const path = fc.oneof(
      fc.string(),
      fc.array(names).map((parts) => `\\${parts.join("\\")}`),
    );
    fc.assert(
      fc.property(path, (to) => {
        try {
          const [command] = commands(copy(to));
          assert.ok(command !== undefined && "act" in command && command.act === "copy");
          assert.ok(win32.resolve(command.to).startsWith("C:\\work\\mount-1\\"), command.to);
        } catch (error) {
          assert.ok(error instanceof ServicingError && error.code === "SERVICING_IMAGE_PATH", String(error));
        }
      }),
    );
  });
});

describe("dism: the registry", () => {
  it("is edited between the load and the unload of a hive", () => {
    const [load, edit, unload] = commands(set("HKLM\\SOFTWARE\\Contoso")) as readonly Process[];
    assert.deepEqual(load?.args.slice(0, 1), ["load"]);
    assert.equal(load?.args[2], "C:\\work\\mount-1\\Windows\\System32\\config\\SOFTWARE");
    assert.equal(edit?.args[1], `${load?.args[1]}\\Contoso`);
    assert.deepEqual(unload?.args, ["unload", load?.args[1]]);
  });

  it("has ControlSet001 offline where the running Windows has CurrentControlSet", () => {
    assert.match(keyOf(set("HKLM\\SYSTEM\\currentcontrolset\\Services")) ?? "", /\\ControlSet001\\Services$/);
    assert.match(
      keyOf(set("HKLM\\SYSTEM\\CurrentControlSetX\\Services")) ?? "",
      /\\CurrentControlSetX\\Services$/,
    );
    assert.match(keyOf(set("HKLM\\SOFTWARE\\CurrentControlSet")) ?? "", /\\CurrentControlSet$/);
  });

  it("gives every mounted image names of its own", () => {
    const other = dism.target({ ...image, index: 2 }, "C:\\work");
    assert.notEqual(loadedName(mounted), loadedName(other));
  });

  it("sets values of a hive's root, and deletes none as a whole", () => {
    assert.match(keyOf(set("HKLM\\SOFTWARE")) ?? "", /^HKLM\\servicing-SOFTWARE-\w+$/);
    assert.match(refusal({ type: "Set-Registry", key: "HKLM\\SOFTWARE" }, "offline") ?? "", /whole hive/);
  });

  for (const key of ["HKLM", "HKLM\\SOFTWARE\\a\\\\b", "HKCR\\.txt", "HKLM\\SAM\\x", "HKU\\S-1-5-18\\x", ""])
    it(`refuses the key "${key}"`, () => {
      assert.equal(
        code(() => commands(set(key))),
        "SERVICING_REGISTRY_KEY",
      );
    });

  for (const value of [
    { type: "REG_DWORD", data: 2 ** 32 },
    { type: "REG_DWORD", data: 0.5 },
    { type: "REG_QWORD", data: "18446744073709551616" },
    { type: "REG_QWORD", data: "twelve" },
    { type: "REG_BINARY", data: "abc" },
    { type: "REG_MULTI_SZ", data: ["\\0|;,~#"] },
  ] as const)
    it(`refuses ${value.type} ${value.data}`, () => {
      assert.equal(
        code(() => commands({ type: "Set-Registry", key: "HKLM\\SOFTWARE\\x", name: "x", value })),
        "SERVICING_REGISTRY_KEY",
      );
    });

  it("refuses what a command line cannot hold", () => {
    assert.match(refusal(set("HKLM\\SOFTWARE\\x", "x", "a\0b"), "offline") ?? "", /NUL/);
    assert.match(refusal(set("HKLM\\SOFTWARE\\x", "x", "a".repeat(30_001)), "offline") ?? "", /32767/);
    assert.equal(refusal(set("HKLM\\SOFTWARE\\x", "x", "a".repeat(29_000)), "offline"), undefined);
  });

  it("answers any key at all with commands or with its own error", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom("", "HKLM\\SOFTWARE\\", "hkcu\\", "HKEY_USERS\\.DEFAULT\\"),
        (text, root) => {
          assert.ok(["no error", "SERVICING_REGISTRY_KEY"].includes(code(() => commands(set(root + text)))));
        },
      ),
    );
  });

  it("is loaded once for neighbours of the same hive", () => {
    const fuse = dism.fuse;
    assert.ok(fuse);
    const [a, b, c, d] = [
      set("HKLM\\SOFTWARE\\a"),
      set("HKLM\\SOFTWARE\\b"),
      set("HKLM\\SYSTEM\\c"),
      set("HKLM\\SOFTWARE\\d"),
    ].map((operation) => commands(operation)) as [Process[], Process[], Process[], Process[]];
    assert.deepEqual(fuse([...a, ...b, ...c, ...d]), [a[0], a[1], b[1], b[2], ...c, ...d]);
  });

  it("is let go of by its undo, and a mounted image is discarded", () => {
    const [load] = commands(set("HKLM\\SOFTWARE\\a")) as readonly Process[];
    const [unload] = undoOf(set("HKLM\\SOFTWARE\\a"), mounted) as readonly Process[];
    assert.deepEqual(unload?.args, ["unload", load?.args[1]]);
    assert.deepEqual(undoOf(set("HKLM\\SOFTWARE\\a"), online), []);
    const [discard] = undoOf(
      { type: "Mount-Image", file: "C:\\a.wim", index: 1 },
      mounted,
    ) as readonly Process[];
    assert.deepEqual(discard?.args.slice(3), ["/Unmount-Image", "/MountDir:C:\\work\\mount-1", "/Discard"]);
    assert.deepEqual(undoOf({ type: "Cleanup-Image" }, mounted), []);
  });
});

describe("dism: the command line", () => {
  it("has a percentage in each bar that DISM draws", () => {
    assert.equal(percent("[=====                      10.0%                          ] "), "10.0");
    assert.equal(percent("[===========================45.6%                          ] "), "45.6");
    assert.equal(percent("[==========================100.0%==========================] "), "100.0");
    assert.equal(percent("The operation completed successfully."), undefined);
  });

  it("never holds a secret product key, even where nobody asked whether it may", () => {
    const operation: Operation = { type: "Set-ProductKey", productKey: { secret: "KEY" } };
    assert.match(refusal(operation, "offline") ?? "", /answer file/);
    assert.equal(
      code(() => commands(operation)),
      "SERVICING_UNEXPECTED",
    );
  });

  it("is not made for a target that is not mounted", () => {
    const branch = { kind: "branch", image, branch: "/work/b.wim", work: "/work" } as const;
    assert.equal(
      code(() => commands({ type: "Cleanup-Image" }, branch)),
      "SERVICING_UNEXPECTED",
    );
  });

  it("keeps a .cmd away from what cmd.exe would read into it", () => {
    for (const bad of ["a&b", "a|b", "%PATH%", 'a"b', "a^b", "!x!", "(a)", "a>b", "a\nb"])
      assert.match(refusal(script(bad), "online") ?? "", /cmd\.exe/, bad);
    assert.equal(refusal(script("a b", "c"), "online"), undefined);
  });
});

describe("the stand-in for DISM", () => {
  const common = ["/English", "/LogPath:C:\\x.log", "/ScratchDir:C:\\x"];

  for (const [line, wrong] of [
    [["/Image:C:\\m", "/Add-Driver"], /required driver/],
    [["/Online", "/Add-Driver", "/Driver:C:\\x.inf"], /not available for a running Windows/],
    [["/Online", "/Set-AllIntl:fr-FR"], /not available for a running Windows/],
    [["/Image:C:\\m", "/Online", "/Add-Package", "/PackagePath:C:\\x.cab"], /cannot be used together/],
    [["/Add-Package", "/PackagePath:C:\\x.cab"], /wants \/Image or \/Online/],
    [["/Image:C:\\m", "/Export-Image"], /neither/],
    [["/Image:C:\\m", "/Add-Package", "/PackagePath:C:\\x.cab", "/Recurse"], /recurse option is unknown/],
    [["/Image:C:\\m", "/Set-AllIntl:fr-FR", "/Set-TimeZone:UTC"], /More than one/],
    [["/Image:C:\\m"], /No servicing command/],
    [["/Image:C:\\m", "/Cleanup-Image", "/StartComponentCleanup", "/Defer"], /wants resetbase/],
    [["/Unmount-Image", "/MountDir:C:\\m"], /Exactly one of commit, discard/],
    [["/Unmount-Image", "/MountDir:C:\\m", "/Commit", "/Discard"], /Exactly one/],
    [["/Image:C:\\m", "/Set-TimeZone:"], /wants a value/],
    [["/Image:C:\\m", "/Cleanup-Image:yes", "/StartComponentCleanup"], /takes no value/],
    [["/Mount-Image", "/ImageFile:C:\\x.wim", "/Index:0", "/MountDir:C:\\m"], /does not take "0"/],
    [["/Image:C:\\m", "/Remove-Driver", "/Driver:x.inf"], /does not take/],
    [["/Image:C:\\m", "add-driver"], /is not an option/],
  ] as const)
    it(`does not take ${line.join(" ")}`, () => {
      assert.match(complaint([...common, ...line]) ?? "well formed", wrong);
    });
});
