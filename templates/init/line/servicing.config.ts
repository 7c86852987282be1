import { defineConfig, settings } from "servicing";

/** One product line. `servicing plan` says what it would do, `servicing run` does it. */
export default defineConfig({
  line: "__LINE__",
  image: {
    file: "sources/install.wim",
    // A number, a name, an edition id or "all".
    index: 1,
  },
  plugins: [
    settings({ registry: { "HKLM\\SOFTWARE\\__LINE__": { Line: "__LINE__" } } }),
    // drivers({ from: "drivers/" }), languages({ … }), updates({ … }), apps({ … }), unattend({ … }), and your own
  ],
});
