import { defineConfig } from "vitest/config";

// One after the other: each test has a browser and a relay of its own.
export default defineConfig({
  test: {
    include: ["*.test.mjs"],
    fileParallelism: false,
    testTimeout: 240_000,
    // A busy machine takes its time; a test waits for what it names, not for a duration.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 180_000,
  },
});
