import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Parts of age that the page never uses, 35 KB of them: post-quantum and P-256 recipients, passphrases. */
const absent = fileURLToPath(new URL("../shared/src/absent.ts", import.meta.url));
const unused = ["@noble/post-quantum/hybrid.js", "@noble/curves/nist.js", "@noble/hashes/scrypt.js"];

export default defineConfig({
  base: "./",
  resolve: { alias: unused.map((find) => ({ find, replacement: absent })) },
  worker: { format: "es" },
  build: {
    target: "es2022",
    // An inlined asset would be a data: URL, which the page's CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { entryFileNames: "assets/[name]-[hash].js" } },
  },
});
