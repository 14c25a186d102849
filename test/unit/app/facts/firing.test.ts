import { describe, expect, test } from 'vitest';
import { alertLabels, probeAlert, readFiring, readSuppression } from '../../../../src/app/facts/firing.ts';
import { ClusterError, type AlertSource } from '../../../../src/core/ports.ts';
import type { Run } from '../../../../src/core/run.ts';
import { byHand, NOON, onSchedule, sampleEdition, sampleRun } from '../../../support/sample.ts';

const signal = new AbortController().signal;
const edition = sampleEdition();
const named = {
  ...edition,
  rule: { ...edition.rule, verify: { ...edition.rule.verify, alertLabels: ['alertname', 'namespace', 'pod', 'shard'] } },
};
const run = sampleRun();

const source = (kind: AlertSource['kind'], state: 'firing' | 'pending' | 'not-firing' | Error): AlertSource => ({
  kind,
  state: () => (state instanceof Error ? Promise.reject(state) : Promise.resolve(state)),
});
const silent = source('prometheus', new ClusterError('unreachable', 'connection refused'));

function episodes(...statuses: ('firing' | 'resolved')[]): Run['episodes'] {
  return Object.fromEntries(statuses.map((status, i) => [`f${i}`, { status, startsAt: NOON, lastSeen: NOON + i }]));
}

test('the alert is named by the labels of verify, an absent one by an empty value', () => {
  expect(alertLabels(run, named)).toEqual({ alertname: 'ArchiveChainNodeDown', namespace: 'archivechain-prod', pod: 'node-1', shard: '' });
});

describe('whether the alert fires', () => {
  test('is asked of the sources in their order, with those labels', async () => {
    const asked: unknown[] = [];
    const first: AlertSource = { kind: 'prometheus', state: (labels) => Promise.resolve(asked.push(labels) === 1 ? 'pending' : 'firing') };
    expect(await readFiring([first, source('alertmanager', 'firing')], run, named, signal)).toEqual({
      source: 'prometheus',
      state: 'pending',
      resolvedByWebhook: false,
    });
    expect(asked).toEqual([alertLabels(run, named)]);
  });

  test('is asked of the next one where the first cannot tell', async () => {
    expect(await readFiring([silent, source('alertmanager', 'not-firing')], run, named, signal)).toEqual({
      source: 'alertmanager',
      state: 'not-firing',
      resolvedByWebhook: false,
    });
  });

  test('is unknown where none can, with all their reasons', async () => {
    const other = source('alertmanager', new ClusterError('timeout', 'no answer'));
    await expect(readFiring([silent, other], run, named, signal)).rejects.toThrow(
      new ClusterError('unreachable', 'prometheus: connection refused; alertmanager: no answer'),
    );
  });

  test('is left to the webhook where no source is configured', async () => {
    expect(await readFiring([], run, named, signal)).toEqual({ source: null, state: 'firing', resolvedByWebhook: false });
    const over = sampleRun({ episodes: episodes('resolved', 'resolved') });
    expect(await readFiring([], over, named, signal)).toEqual({ source: null, state: 'not-firing', resolvedByWebhook: true });
  });

  test('counts as resolved by webhook when every episode is', async () => {
    const said = async (of: Run['episodes']) =>
      (await readFiring([source('prometheus', 'firing')], sampleRun({ episodes: of }), named, signal)).resolvedByWebhook;
    expect(await said(episodes('resolved', 'resolved'))).toBe(true);
    expect(await said(episodes('resolved', 'firing'))).toBe(false);
    expect(await said({})).toBe(false);
  });

  test('is not asked where no alert started the run', async () => {
    const manual = sampleRun({ trigger: byHand });
    expect(await readFiring([silent], manual, named, signal)).toMatchObject({ source: null });
  });

  test('a bug in a source is no reading', async () => {
    await expect(readFiring([source('prometheus', new TypeError('x is not a function'))], run, named, signal)).rejects.toThrow(TypeError);
  });
});

describe('who suppresses the alert', () => {
  const said = (answer: { silencedBy: string[]; inhibitedBy: string[] } | null) => ({ suppression: () => Promise.resolve(answer) });

  test('is asked with its fingerprint and the labels of verify', async () => {
    const asked: unknown[] = [];
    const source = {
      suppression: (...args: unknown[]) => {
        asked.push(...args);
        return Promise.resolve({ silencedBy: ['s1'], inhibitedBy: [] });
      },
    };
    expect(await readSuppression(source, run, named, signal)).toEqual({ silencedBy: ['s1'], inhibitedBy: [] });
    expect(asked).toEqual(['f00dfeed', alertLabels(run, named), signal]);
  });

  test('is nobody where Alertmanager does not know the alert', async () => {
    expect(await readSuppression(said(null), run, named, signal)).toEqual({ silencedBy: [], inhibitedBy: [] });
  });

  test('is no question without Alertmanager or alert', async () => {
    expect(await readSuppression(null, run, named, signal)).toBeNull();
    expect(await readSuppression(said(null), sampleRun({ trigger: onSchedule }), named, signal)).toBeNull();
  });
});

describe('whether the alert is gone', () => {
  test.each([
    ['firing', 'firing'],
    ['pending', 'pending'],
    ['not-firing', 'clear'],
  ] as const)('a source that says %s means %s', async (state, alert) => {
    expect(await probeAlert([silent, source('alertmanager', state)], run, named, signal)).toEqual({
      alert,
      message: `alertmanager says ${state}`,
    });
  });

  test('the sources count more than the webhook', async () => {
    const over = sampleRun({ episodes: episodes('resolved') });
    expect(await probeAlert([source('prometheus', 'firing')], over, named, signal)).toMatchObject({ alert: 'firing' });
  });

  describe('by webhook alone', () => {
    const acted = { actedAt: NOON + 1 };
    test.each([
      ['all episodes resolved', { episodes: episodes('resolved', 'resolved'), ...acted }, 'clear'],
      ['reported again after the effect', { episodes: episodes('resolved', 'firing', 'firing'), ...acted }, 'firing'],
      ['last reported before the effect', { episodes: episodes('firing', 'firing'), ...acted }, 'unreadable'],
      [
        'resolved after the effect, the other not heard of',
        { episodes: episodes('firing', 'resolved', 'resolved'), ...acted },
        'unreadable',
      ],
    ] as const)('%s', async (_name, over, alert) => {
      expect(await probeAlert([], sampleRun(over), named, signal)).toMatchObject({ alert });
    });

    test('what was not acted upon counts from the start of verifying, else of the state', async () => {
      const verifying = { why: 'not-applicable', since: NOON + 1, clearSince: null, against: null, clearedAt: null } as const;
      const of = (over: Partial<Run>) =>
        probeAlert([], sampleRun({ episodes: episodes('firing', 'firing'), since: NOON, ...over }), named, signal);
      expect(await of({ verifying })).toMatchObject({ alert: 'unreadable' });
      expect(await of({ verifying: null })).toMatchObject({ alert: 'firing' });
    });

    test('says why the sources did not help', async () => {
      expect(await probeAlert([silent], sampleRun({ actedAt: NOON }), named, signal)).toEqual({
        alert: 'unreadable',
        message: 'prometheus: connection refused; the webhook has not said anything since',
      });
    });
  });

  describe('of a run that no alert started', () => {
    test('is nothing to wait for', async () => {
      const run = sampleRun({ trigger: byHand, episodes: {} });
      expect(await probeAlert([silent], run, named, signal)).toMatchObject({ alert: 'clear' });
    });

    test('is asked for where one joined it', async () => {
      const run = sampleRun({ trigger: byHand, actedAt: NOON, episodes: episodes('firing', 'resolved') });
      expect(await probeAlert([silent], run, named, signal)).toMatchObject({ alert: 'unreadable' });
      const resolved = sampleRun({ trigger: byHand, episodes: episodes('resolved', 'resolved') });
      expect(await probeAlert([silent], resolved, named, signal)).toMatchObject({ alert: 'clear' });
    });

    test('is told by the webhook alone where the labels do not name it', async () => {
      const sources = [source('prometheus', 'not-firing')];
      const run = sampleRun({ trigger: byHand, actedAt: NOON, labels: {}, episodes: episodes('firing', 'resolved') });
      expect(await probeAlert(sources, run, named, signal)).toMatchObject({ alert: 'unreadable' });
      expect(
        await probeAlert(
          sources,
          { ...run, labels: Object.fromEntries(named.rule.verify.alertLabels.map((name) => [name, 'x'])) },
          named,
          signal,
        ),
      ).toMatchObject({ alert: 'clear' });
    });
  });
});
