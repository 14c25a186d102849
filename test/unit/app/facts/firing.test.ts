import { describe, expect, test } from 'vitest';
import { probeAlert, readFiring, readSuppression, type AlertSources } from '../../../../src/app/facts/firing.ts';
import { alertLabels } from '../../../../src/app/facts/run-alerts.ts';
import { ClusterError, type AlertSource, type SuppressionSource } from '../../../../src/core/ports.ts';
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

/** Alerts that joined bear the labels of the run, but for those of these fingerprints. */
function from(
  sources: readonly AlertSource[],
  suppression: SuppressionSource | null = null,
  others: Readonly<Record<string, Readonly<Record<string, string>> | null>> = {},
): AlertSources {
  const episode = (fingerprint: string) => {
    const own = others[fingerprint];
    const labels = { ...run.labels, ...own };
    const record = {
      fingerprint,
      status: 'firing' as const,
      startsAt: NOON,
      endsAt: null,
      lastSeen: NOON,
      labels,
      annotations: {},
      slots: [],
    };
    return Promise.resolve(own === null ? null : record);
  };
  return { sources, suppression, episodes: { episode } };
}

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
    expect(await readFiring(from([first, source('alertmanager', 'firing')]), run, named, signal)).toEqual({
      source: 'prometheus',
      state: 'pending',
      resolvedByWebhook: false,
    });
    expect(asked).toEqual([alertLabels(run, named)]);
  });

  test('is asked of the next one where the first cannot tell', async () => {
    expect(await readFiring(from([silent, source('alertmanager', 'not-firing')]), run, named, signal)).toEqual({
      source: 'alertmanager',
      state: 'not-firing',
      resolvedByWebhook: false,
    });
  });

  test('is unknown where none can, with all their reasons', async () => {
    const other = source('alertmanager', new ClusterError('timeout', 'no answer'));
    await expect(readFiring(from([silent, other]), run, named, signal)).rejects.toThrow(
      new ClusterError('unreachable', 'prometheus: connection refused; alertmanager: no answer'),
    );
  });

  test('is left to the webhook where no source is configured', async () => {
    expect(await readFiring(from([]), run, named, signal)).toEqual({ source: null, state: 'firing', resolvedByWebhook: false });
    const over = sampleRun({ episodes: episodes('resolved', 'resolved') });
    expect(await readFiring(from([]), over, named, signal)).toEqual({ source: null, state: 'not-firing', resolvedByWebhook: true });
  });

  test('counts as resolved by webhook when every episode is', async () => {
    const said = async (of: Run['episodes']) =>
      (await readFiring(from([source('prometheus', 'firing')]), sampleRun({ episodes: of }), named, signal)).resolvedByWebhook;
    expect(await said(episodes('resolved', 'resolved'))).toBe(true);
    expect(await said(episodes('resolved', 'firing'))).toBe(false);
    expect(await said({})).toBe(false);
  });

  test('is not asked where no alert started the run', async () => {
    const manual = sampleRun({ trigger: byHand });
    expect(await readFiring(from([silent]), manual, named, signal)).toMatchObject({ source: null });
  });

  test('a bug in a source is no reading', async () => {
    await expect(readFiring(from([source('prometheus', new TypeError('x is not a function'))]), run, named, signal)).rejects.toThrow(
      TypeError,
    );
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
    expect(await readSuppression(from([], source), run, named, signal)).toEqual({ silencedBy: ['s1'], inhibitedBy: [] });
    expect(asked).toEqual(['f00dfeed', alertLabels(run, named), signal]);
  });

  test('is nobody where Alertmanager does not know the alert', async () => {
    expect(await readSuppression(from([], said(null)), run, named, signal)).toEqual({ silencedBy: [], inhibitedBy: [] });
  });

  test('is no question without Alertmanager or alert', async () => {
    expect(await readSuppression(from([], null), run, named, signal)).toBeNull();
    expect(await readSuppression(from([], said(null)), sampleRun({ trigger: onSchedule }), named, signal)).toBeNull();
  });
});

describe('whether the alert is gone', () => {
  test.each([
    ['firing', 'firing'],
    ['pending', 'pending'],
    ['not-firing', 'clear'],
  ] as const)('a source that says %s means %s', async (state, alert) => {
    expect(await probeAlert(from([silent, source('alertmanager', state)]), run, named, signal)).toEqual({
      alert,
      message: `alertmanager says ${state}`,
    });
  });

  test('the sources count more than the webhook', async () => {
    const over = sampleRun({ episodes: episodes('resolved') });
    expect(await probeAlert(from([source('prometheus', 'firing')]), over, named, signal)).toMatchObject({ alert: 'firing' });
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
      expect(await probeAlert(from([]), sampleRun(over), named, signal)).toMatchObject({ alert });
    });

    test('what was not acted upon counts from the start of verifying, else of the state', async () => {
      const verifying = { why: 'not-applicable', since: NOON + 1, clearSince: null, against: null, clearedAt: null } as const;
      const of = (over: Partial<Run>) =>
        probeAlert(from([]), sampleRun({ episodes: episodes('firing', 'firing'), since: NOON, ...over }), named, signal);
      expect(await of({ verifying })).toMatchObject({ alert: 'unreadable' });
      expect(await of({ verifying: null })).toMatchObject({ alert: 'firing' });
    });

    test('says why the sources did not help', async () => {
      expect(await probeAlert(from([silent]), sampleRun({ actedAt: NOON }), named, signal)).toEqual({
        alert: 'unreadable',
        message: 'prometheus: connection refused; the webhook has not said anything since',
      });
    });
  });

  describe('of a run that no alert started', () => {
    test('is nothing to wait for', async () => {
      const run = sampleRun({ trigger: byHand, episodes: {} });
      expect(await probeAlert(from([silent]), run, named, signal)).toMatchObject({ alert: 'clear' });
    });

    test('is asked for where one joined it', async () => {
      const run = sampleRun({ trigger: byHand, actedAt: NOON, episodes: episodes('firing', 'resolved') });
      expect(await probeAlert(from([silent]), run, named, signal)).toMatchObject({ alert: 'unreadable' });
      const resolved = sampleRun({ trigger: byHand, episodes: episodes('resolved', 'resolved') });
      expect(await probeAlert(from([silent]), resolved, named, signal)).toMatchObject({ alert: 'clear' });
    });

    test('is asked for by the labels of the one that joined', async () => {
      const asked: unknown[] = [];
      const source: AlertSource = {
        kind: 'prometheus',
        state: (labels) => Promise.resolve(asked.push(labels) > 0 ? 'not-firing' : 'firing'),
      };
      const manual = sampleRun({ trigger: byHand, actedAt: NOON, labels: {}, episodes: episodes('firing') });
      expect(await probeAlert(from([source]), manual, named, signal)).toMatchObject({ alert: 'clear' });
      expect(asked).toEqual([alertLabels(run, named)]);
    });
  });
});

describe('of several alerts of one run', () => {
  const slow = { alertname: 'NodeSlow' };
  const two = sampleRun({ episodes: { ...run.episodes, f0: { status: 'firing', startsAt: NOON, lastSeen: NOON } } });
  /** Says of each alert, by its name, what is told here. */
  const naming = (states: Readonly<Record<string, 'firing' | 'pending' | 'not-firing' | null>>): AlertSource => ({
    kind: 'prometheus',
    state({ alertname = '' }) {
      const state = states[alertname] ?? null;
      return state === null ? Promise.reject(new ClusterError('unreachable', `nothing of ${alertname}`)) : Promise.resolve(state);
    },
  });

  test.each([
    ['not-firing', 'firing', 'firing'],
    ['firing', null, 'firing'],
    ['pending', null, 'pending'],
    ['pending', 'firing', 'firing'],
    ['not-firing', 'not-firing', 'not-firing'],
  ] as const)('where one is %s and another %s they are %s', async (first, second, state) => {
    const sources = from([naming({ ArchiveChainNodeDown: first, NodeSlow: second })], null, { f0: slow });
    expect(await readFiring(sources, two, named, signal)).toMatchObject({ state });
    expect(await probeAlert(sources, two, named, signal)).toMatchObject({ alert: state === 'not-firing' ? 'clear' : state });
  });

  test('that one of them does not fire does not tell of another that nobody knows', async () => {
    const sources = from([naming({ ArchiveChainNodeDown: 'not-firing' })], null, { f0: slow });
    await expect(readFiring(sources, two, named, signal)).rejects.toThrow('prometheus: nothing of NodeSlow');
    expect(await probeAlert(sources, two, named, signal)).toMatchObject({ alert: 'unreadable' });
  });

  test('one that fires and is forgotten is unknown, one that is over is not asked about', async () => {
    const sources = from([naming({ ArchiveChainNodeDown: 'not-firing' })], null, { f0: null });
    await expect(readFiring(sources, two, named, signal)).rejects.toThrow('nothing is known of alert f0, which fires too');
    const over = sampleRun({ episodes: { ...run.episodes, f0: { status: 'resolved', startsAt: NOON, lastSeen: NOON } } });
    expect(await readFiring(sources, over, named, signal)).toMatchObject({ state: 'not-firing' });
  });

  const free = { silencedBy: [], inhibitedBy: [] };
  const byName = (answers: Readonly<Record<string, typeof free | { silencedBy: string[]; inhibitedBy: string[] } | null>>) => ({
    suppression: (_fingerprint: string, { alertname = '' }: Readonly<Record<string, string>>) =>
      Promise.resolve(answers[alertname] ?? null),
  });
  const silenced = { silencedBy: ['s1'], inhibitedBy: ['f7'] };

  test.each([
    ['one that is free is not held by the silence of another', free, free],
    ['all of them are suppressed', { silencedBy: ['s1', 's2'], inhibitedBy: [] }, { silencedBy: ['s1', 's2'], inhibitedBy: ['f7'] }],
    ['one that Alertmanager does not list says nothing', null, silenced],
  ])('%s', async (_name, second, told) => {
    const source = byName({ ArchiveChainNodeDown: silenced, NodeSlow: second });
    expect(await readSuppression(from([], source, { f0: slow }), two, named, signal)).toEqual(told);
  });

  test('who suppresses is asked of those that fire', async () => {
    const source = byName({ ArchiveChainNodeDown: free, NodeSlow: silenced });
    const left = sampleRun({
      episodes: {
        f00dfeed: { status: 'resolved', startsAt: NOON, lastSeen: NOON },
        f0: { status: 'firing', startsAt: NOON, lastSeen: NOON },
      },
    });
    expect(await readSuppression(from([], source, { f0: slow }), left, named, signal)).toEqual(silenced);
    const over = sampleRun({ episodes: episodes('resolved') });
    expect(await readSuppression(from([], source), over, named, signal)).toEqual(free);
  });
});
