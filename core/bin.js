#!/usr/bin/env node
// Plain JavaScript without a static import, which even an old Node can parse, so that it can say what is wrong.
const version = process.versions.node.split(".").map(Number);
const fits = version[0] >= 24 || (version[0] === 22 && version[1] >= 18);

if (fits) {
  process.getBuiltinModule("node:module").enableCompileCache();
  import("./cli.ts")
    .then((cli) => cli.main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    });
} else {
  process.stderr.write(
    "servicing needs Node 22.18 or later in the 22 line, or Node 24 or later; this is Node " +
      process.versions.node +
      ".\nGet it from https://nodejs.org, with `nvm install 24`, or for one run: `npx --package=node@24 -- servicing …`\n",
  );
  process.exitCode = 2;
}
