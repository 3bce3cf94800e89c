import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The service keeps no state in its modules, so that files may share them: loading them anew for each took half the time.
    isolate: false,
    globalSetup: 'test/support/global-setup.ts',
    // Most tests wait for sockets and processes: two cores serve two workers well.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
