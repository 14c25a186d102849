import { expect, test } from 'vitest';
import type { FailPoint } from '../../../src/core/fail-point.ts';
import { startEngine, type Engine } from '../../support/engine.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { checkStep, escalateStep, ladder } from '../../unit/core/reduce/steps.ts';

const NS = 'archivechain-prod';
const APP = 'archivechain-full-archive';
const labels = { alertname: 'ArchiveChainNodeDown', namespace: NS, pod: `${APP}-1`, app: APP };

test('an end that is refused because something came in loses nothing of what the audit was to be told', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  const sample = ladder([checkStep('health'), checkStep('again'), escalateStep('over')]);
  const edition = { ...sample, rule: { ...sample.rule, guards: { ...sample.rule.guards, minAgeMs: 0 } } };
  let engine: Engine | null = null;
  let ends = 0;
  const failPoint = async (point: FailPoint) => {
    if (point !== 'end.before') return;
    ends += 1;
    if (ends === 1) await engine?.fire(edition, { ...labels, severity: 'critical' });
  };
  await using started = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), parts: { failPoint } });
  engine = started;

  const run = await started.ended(await started.fire(edition, labels));

  expect(ends).toBe(2);
  expect(run).toMatchObject({ state: 'escalated', end: { reason: 'handed-over' } });
  const audit = (await started.store.run(run.id))?.audit ?? [];
  expect(audit.filter(({ kind }) => kind === 'step').map(({ data }) => data['path'])).toEqual(['health', 'again']);
  expect(audit.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
});
