import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** One page per window, so that each window is a web process of its own, and one for the frame of the customer's page. */
const PAGES = ["index", "start", "unlock", "reveal", "bring", "trouble", "preview"];

export default defineConfig({
  plugins: [svelte()],
  // Relative, so that the page works from the app's own scheme on every system.
  base: "./",
  build: {
    target: "es2022",
    // The content security policy has no data: for anything.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: PAGES.map((page) => fileURLToPath(new URL(`${page}.html`, import.meta.url))),
    },
  },
  test: { environment: "node", include: ["test/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});
