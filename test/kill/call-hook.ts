/**
 * A module for `node --import` that counts what its process does to files and which processes it starts, and writes the
 * list into `file` as it ends; with `kill`, its whole process group dies at once instead of call number `kill`.
 */
export function callHook(file: string, kill?: number): string {
  const code = `
    import fs from "node:fs";
    import children from "node:child_process";
    import { syncBuiltinESMExports } from "node:module";
    const file = ${JSON.stringify(file)};
    const write = fs.writeFileSync;
    const calls = [];
    const handle = await fs.promises.open(process.execPath);
    const handles = Object.getPrototypeOf(handle);
    await handle.close();
    const writing = (flags) => /[wa+]/.test(String(flags ?? "r"));
    const counted = (name, args) => {
      if (/^open/.test(name) && !writing(args[1])) return;
      const what = args.filter((arg) => typeof arg === "string").slice(0, 2).join(" ");
      calls.push((name + " " + what.slice(0, 200)).trim());
      if (calls.length !== ${kill ?? 0}) return;
      write(file, JSON.stringify(calls));
      process.kill(0, "SIGKILL");
      for (;;);
    };
    const wrap = (object, names) => {
      for (const name of names) {
        const real = object[name];
        if (typeof real !== "function") continue;
        object[name] = function (...args) {
          counted(name, args);
          return real.apply(this, args);
        };
      }
    };
    const names = ["appendFile", "copyFile", "cp", "fsync", "ftruncate", "link", "mkdir", "mkdtemp", "open", "rename",
      "rm", "rmdir", "symlink", "truncate", "unlink", "utimes", "write", "writeFile"];
    wrap(fs, names.map((name) => name + "Sync"));
    wrap(fs, ["createWriteStream"]);
    wrap(fs.promises, names);
    wrap(handles, ["write", "writeFile", "appendFile", "truncate", "sync", "datasync"]);
    wrap(children, ["spawn"]);
    syncBuiltinESMExports();
    process.on("exit", () => write(file, JSON.stringify(calls)));`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
