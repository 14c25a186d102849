import { describe, expect, test } from 'vitest';
import { REPORT_LIMITS, reportOf, reportOfAlert, reportOfInstallation } from '../../../src/core/report.ts';
import { byHand, NOON, sampleEdition, sampleEffect, sampleRefusal, sampleRun } from '../../support/sample.ts';

const links = { externalUrl: 'https://ops.example', alertmanagerUrl: 'http://alertmanager:9093' };
const report = (run = sampleRun(), detail = '') => reportOf(run, sampleEdition(), 'ladder-end', detail, links);

describe('a report', () => {
  test('says what fired, where and why a human is needed', () => {
    expect(report(sampleRun({ since: NOON + 240_000 }))).toMatchObject({
      title: 'P1 ArchiveChainNodeDown on pod:main/archivechain-prod/node-1: ladder-end',
      rule: 'archivechain-node-down',
      target: 'pod:main/archivechain-prod/node-1',
      reason: 'ladder-end',
      reasonText: 'Every rung of the ladder was tried.',
      firedAt: NOON - 60_000,
      labels: { alertname: 'ArchiveChainNodeDown', pod: 'node-1' },
      annotations: { summary: 'node-1 does not answer' },
    });
    const { summary } = report(sampleRun({ state: 'escalated', since: NOON + 240_000, end: null }), 'node-1 stayed down');
    expect(summary).toBe('Every rung of the ladder was tried: node-1 stayed down. 0 effects done, 0 of 1 rung tried. It fired 5m before.');
  });

  test('of a run that no alert started says who did', () => {
    const { summary, links: shown } = report(sampleRun({ trigger: byHand, episodes: {} }));
    expect(summary).toContain('0 of 1 rung tried. Started by hand of ana.');
    expect(shown.map(({ text }) => text)).not.toContain('silence');
  });

  test('of a run that goes on says so, and what it does', () => {
    expect(report(sampleRun({ state: 'running' })).summary).toMatch(/remediad goes on: Works on rung 1, step 1\.$/);
  });

  test('names the rule where the alert has no name, and the acceptance where no episode is known', () => {
    const bare = report(sampleRun({ labels: {}, episodes: {} }));
    expect(bare.title).toContain('archivechain-node-down on pod:');
    expect(bare.firedAt).toBe(NOON);
  });

  test('counts from the oldest episode that still fires', () => {
    const episodes = {
      a: { status: 'resolved', startsAt: NOON - 500, lastSeen: NOON },
      b: { status: 'firing', startsAt: NOON - 300, lastSeen: NOON },
      c: { status: 'firing', startsAt: NOON - 200, lastSeen: NOON },
    } as const;
    expect(report(sampleRun({ episodes })).firedAt).toBe(NOON - 300);
    expect(report(sampleRun({ episodes: { a: episodes.a } })).firedAt).toBe(NOON - 500);
  });

  test('tells effects, rungs and steps in the order of time, each with its result', () => {
    const run = sampleRun({
      effects: [sampleEffect({ at: NOON + 2 }), sampleEffect({ id: '1/restart/1', at: NOON + 5, result: 'unknown', message: 'timeout' })],
      tried: [
        { rung: 0, remediation: 'node-recovery', outcome: 'ineffective', detail: 'still firing', at: NOON + 4 },
        { rung: 1, remediation: 'hand-over', outcome: 'not-applicable', detail: '', at: NOON + 9 },
      ],
      outputs: {
        health: { result: 'failed', message: 'HTTP 503', at: NOON + 1, fields: {} },
        volume: { result: 'unknown', message: 'no answer', at: NOON + 6, fields: {} },
        restart: { result: 'done', message: '', at: NOON + 2, fields: {} },
        peers: { result: 'skipped', message: 'needs health', at: NOON + 2, fields: {} },
      },
    });
    const told = report(run);
    expect(told.tried.map(({ what, result }) => `${what}: ${result}`)).toEqual([
      'step health: failed: HTTP 503',
      'delete pod archivechain-prod/node-1 (uid u-1): done',
      'rung 1 of 1, node-recovery: ineffective: still firing',
      'delete pod archivechain-prod/node-1 (uid u-1): nobody can tell whether it happened: timeout',
      'step volume: unknown: no answer',
      'rung 2 of 1, hand-over: not-applicable',
    ]);
    expect(told.summary).toContain('1 effect done, 1 of which nobody can tell, 2 of 1 rung tried.');
  });

  test('keeps every refusal, and all verdicts while they fit', () => {
    const few = [
      { guard: 'lock', result: 'pass', have: 'password=a1b2', need: 'free' },
      { guard: 'brake', result: 'pass' },
      { guard: 'corroboration', result: 'n/a', why: 'no-source' },
      sampleRefusal({ clears: 'token: abc' }),
    ] as const;
    expect(report(sampleRun({ verdicts: few })).verdicts).toEqual([
      { guard: 'lock', result: 'pass', have: 'password=<secret>', need: 'free' },
      ...few.slice(1, 3),
      sampleRefusal({ clears: 'token: <secret>' }),
    ]);
    const many = [...Array.from({ length: 60 }, () => few[0]), sampleRefusal()];
    expect(report(sampleRun({ verdicts: many })).verdicts).toEqual([sampleRefusal()]);
  });

  test('shows at most ten lines of evidence, the last ones, shared fairly and without secrets', () => {
    const piece = (path: string, excerpt: string[]) => ({ path, collector: 'kubernetes/logs', sha256: 'x', bytes: 1, excerpt });
    const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
    const run = sampleRun({
      evidence: [
        piece('logs', [...lines(1, 30), '', `password=hunter2 ${'x'.repeat(400)}`]),
        piece('events', ['one', 'two\u001b[2J']),
        piece('none', []),
      ],
    });
    const { evidence } = report(run);
    expect(evidence).toHaveLength(10);
    expect(evidence.slice(0, 7)).toEqual(lines(24, 30).map((line) => `logs: ${line}`));
    expect(evidence[7]).toMatch(/^logs: password=<secret> x+…$/);
    expect(evidence.slice(8)).toEqual(['events: one', String.raw`events: two\u001b[2J`]);
    expect(report().evidence).toEqual([]);
  });

  test('carries the links and the commands', () => {
    expect(report().links.map(({ text }) => text)).toEqual(['run', 'alert', 'graph', 'silence']);
    expect(report().commands[0]).toEqual({ text: 'see what was done and why', command: 'remediad runs show r-1a' });
  });

  test('stays bounded and holds no secret, whatever alert and world say', () => {
    const long = 'ü'.repeat(100_000);
    const run = sampleRun({
      labels: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`label_${index}`, long.slice(0, 4096)])),
      annotations: { description: `token=s3cr3t-value ${long}`, api_key: 'plain-key' },
      effects: Array.from({ length: 200 }, () => sampleEffect({ describe: long, message: long })),
      verdicts: Array.from({ length: 200 }, () => sampleRefusal({ have: long, need: long, clears: long })),
      evidence: Array.from({ length: 50 }, (_, index) => ({
        path: `e${index}`,
        collector: 'c',
        sha256: 'x',
        bytes: 1,
        excerpt: [long, long],
      })),
    });
    const told = report(run, long);
    expect(told.tried).toHaveLength(REPORT_LIMITS.tried);
    expect(told.verdicts).toHaveLength(REPORT_LIMITS.verdicts);
    expect(told.evidence).toHaveLength(REPORT_LIMITS.evidence);
    expect(new TextEncoder().encode(JSON.stringify(told)).length).toBeLessThan(400_000);
    expect(JSON.stringify(told)).not.toMatch(/s3cr3t|plain-key/);
  });
});

describe('a report without a run', () => {
  test('tells of an alert that nothing covers', () => {
    const alert = {
      rule: 'node-down',
      target: 'pod:main/ns/a',
      priority: 'P2',
      labels: { pod: 'a', token: 'x' },
      annotations: {},
      startsAt: NOON,
    } as const;
    expect(reportOfAlert(alert, 'orphaned', '', links)).toMatchObject({
      title: 'P2 node-down on pod:main/ns/a: orphaned',
      summary: 'A firing alert was found that nothing covers. Since 2025-07-24 12:00:00 UTC.',
      labels: { pod: 'a', token: '<secret>' },
      links: [{ text: 'silence' }],
      commands: [{ command: 'remediad status' }],
    });
    expect(reportOfAlert({ ...alert, labels: { alertname: 'Down' } }, 'orphaned', '', links).title).toContain('P2 Down on');
  });

  test('tells of the installation itself', () => {
    expect(reportOfInstallation('prod', 'store-away', 'no answer', NOON)).toMatchObject({
      title: 'P1 remediad prod: store-away',
      target: 'prod',
      firedAt: NOON,
      tried: [],
      reasonText: expect.stringMatching(/no answer\.$/),
    });
  });
});
