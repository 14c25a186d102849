import { defineConfig } from 'vitest/config';

/**
 * Projects by what they may touch: `unit` has no I/O, `integration` starts a redis-server per file, `acceptance` real Alertmanager
 * and Prometheus processes, `torture` kills worker processes, `cluster` a real Kubernetes control plane, started once for all of its files.
 * `test/repository` (the repository tests itself) belongs to `unit`.
 *
 * The coverage threshold is on src/core alone, which is pure and so has no excuse; `scripts/test.ts` asks for it in the unit run.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/repository/**/*.test.ts'],
          testTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      project('integration', { testTimeout: 30_000, maxWorkers: 3, groupOrder: 1 }),
      project('acceptance', { testTimeout: 120_000, maxWorkers: 3, groupOrder: 2 }),
      project('torture', { testTimeout: 300_000, maxWorkers: 3, groupOrder: 3 }),
      project('cluster', { testTimeout: 60_000, maxWorkers: 2, groupOrder: 4, globalSetup: ['test/cluster/global-setup.ts'] }),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/core/**/*.ts'],
      reporter: [['text', { skipFull: true }]],
      thresholds: { lines: 100, functions: 100, branches: 100, statements: 100 },
    },
  },
});

interface ProjectLimits {
  readonly testTimeout: number;
  readonly maxWorkers: number;
  readonly groupOrder: number;
  readonly globalSetup?: string[];
}

/** A project of tests that start processes: each file has a process of its own, and few run at a time on two cores. */
function project(name: string, { testTimeout, maxWorkers, groupOrder, globalSetup = [] }: ProjectLimits) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      setupFiles: ['test/support/leak-check.ts'],
      testTimeout,
      hookTimeout: testTimeout,
      pool: 'forks' as const,
      maxWorkers,
      sequence: { groupOrder },
      globalSetup,
    },
  };
}
