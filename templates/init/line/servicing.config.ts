import { defineConfig } from "servicing";

/** One product line. `servicing plan` says what it would do, `servicing run` does it. */
export default defineConfig({
  line: "__LINE__",
  image: {
    file: "sources/install.wim",
    // A number, a name, an edition id or "all".
    index: 1,
  },
  plugins: [
    // drivers({ from: "drivers/" }), languages({ … }), updates({ … }), apps({ … }), and your own
    {
      name: "__LINE__",
      apply({ hooks }) {
        hooks.modify.tap("__LINE__", (modify) => {
          modify.add({
            type: "Set-Registry",
            key: "HKLM\\SOFTWARE\\__LINE__",
            name: "Build",
            value: { type: "REG_SZ", data: modify.image.version },
          });
        });
      },
    },
  ],
});
