import { expect, test } from 'vitest';
import { inLadder, inPriority, inStep, inTarget } from '../../../src/config/compile/variables.ts';
import { environmentOf } from '../../../src/core/environment.ts';
import type { WorkloadEntry } from '../../../src/core/edition.ts';
import { sampleEdition, sampleRun } from '../../support/sample.ts';

const entry: WorkloadEntry = {
  kind: 'StatefulSet',
  name: 'chain',
  container: 'node',
  process: 'chain-node',
  ports: { metrics: 9090 },
  healthPath: '/health',
  peersCommand: ['peers'],
  claimPrefix: 'data',
  replicas: 3,
};

test('what load checks say can be read is what expressions are given', () => {
  const edition = sampleEdition({ workloads: { chain: entry } });
  const run = sampleRun({ labels: { app: 'chain' } });
  const given: Readonly<Record<string, unknown>> = { ...environmentOf(run, edition, '') };
  const readable = inStep('any', {});
  expect(Object.keys(given).sort()).toEqual(Object.keys(readable).sort());
  for (const [root, shape] of Object.entries(inLadder)) {
    if (typeof shape === 'object') expect(Object.keys(given[root] as object).sort(), root).toEqual(Object.keys(shape).sort());
  }
});

test('a target and a priority are told from the alert alone', () => {
  expect(Object.keys(inTarget)).toEqual(['labels', 'annotations', 'rule']);
  expect(Object.keys(inPriority)).toEqual(['labels', 'annotations']);
});
