import { defineConfig } from "vitest/config";

// One after the other: each test has a browser and a relay of its own.
export default defineConfig({
  test: { include: ["*.test.mjs"], fileParallelism: false, testTimeout: 120_000, hookTimeout: 60_000 },
});
