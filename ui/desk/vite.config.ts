import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  // Relative, so that the page works from the app's own scheme on every system.
  base: "./",
  build: {
    target: "es2022",
    // The content security policy has no data: for anything.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { environment: "node", include: ["test/**/*.test.ts"] },
});
