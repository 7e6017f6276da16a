import { defineConfig } from "vitest/config";

// One after the other: each test has a screen, an app and a customer of its own.
export default defineConfig({
  test: {
    include: ["*.test.mjs"],
    fileParallelism: false,
    testTimeout: 420_000,
    // A busy machine takes its time; a test waits for what it names, not for a duration.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 420_000,
  },
});
