import type { TestProject } from 'vitest/node';
import { startCluster, type ClusterPlace } from './control-plane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The control plane that all tests of this run share. */
    readonly cluster: ClusterPlace;
  }
}

const parts = new AsyncDisposableStack();

export async function setup(project: TestProject): Promise<void> {
  const since = performance.now();
  const { place } = parts.use(await startCluster());
  console.log(`control plane ready after ${Math.round(performance.now() - since)} ms`);
  project.provide('cluster', place);
}

export async function teardown(): Promise<void> {
  await parts.disposeAsync();
}
