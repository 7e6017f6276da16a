import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

/** Parts of age that the page never uses, 35 KB of them: post-quantum and P-256 recipients, passphrases. */
const absent = fileURLToPath(new URL("../shared/src/absent.ts", import.meta.url));
const mute = fileURLToPath(new URL("src/mute.ts", import.meta.url));
const unused = ["@noble/post-quantum/hybrid.js", "@noble/curves/nist.js", "@noble/hashes/scrypt.js"];

/** Nothing that is loaded later has anything to load before it: Vite's helper for that would be 0.6 KB. */
const direct: Plugin = {
  name: "direct",
  enforce: "pre",
  load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null),
};

export default defineConfig({
  base: "./",
  plugins: [direct],
  resolve: { alias: unused.map((find) => ({ find, replacement: absent })) },
  worker: {
    format: "es",
    // The worker tells the page a code; the words for it would be in both, 2 KB of them.
    plugins: () => [{ name: "mute", enforce: "pre", resolveId: (id) => (id === "./trouble" ? mute : null) }],
  },
  build: {
    target: "es2022",
    // Phones of 2022: nesting and light-dark() are written out for them.
    cssTarget: ["chrome105", "safari16", "firefox110"],
    // An inlined asset would be a data: URL, which the page's CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { entryFileNames: "assets/[name]-[hash].js" } },
  },
});
