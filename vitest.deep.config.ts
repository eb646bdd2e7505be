import { defineConfig } from 'vitest/config';

/** The long versions, for `.ci/run`. With CI_DEEP=1 a missing prerequisite fails instead of skipping. */
// biome-ignore lint/style/noDefaultExport: vitest asks for it
export default defineConfig({
  test: {
    include: ['test/deep/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    maxConcurrency: 4,
  },
});
