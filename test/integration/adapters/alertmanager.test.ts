import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAlertmanager } from '../../../src/adapters/alertmanager/alertmanager.ts';
import { createWeb } from '../../../src/adapters/web/web.ts';
import { startAlertmanager, type Alertmanager } from '../../support/alertmanager.ts';
import { eventually } from '../../support/eventually.ts';
import { startSink } from '../../support/http-sink.ts';

const config = `
route: { receiver: none }
receivers: [{ name: none }]
inhibit_rules: [{ source_matchers: ['alertname="ClusterDown"'], target_matchers: ['alertname="Down"'], equal: [namespace] }]
`;
const soon = () => AbortSignal.timeout(10_000);
const labels = (pod: string, more: Record<string, string> = {}) => ({ alertname: 'Down', namespace: 'chain', pod, ...more });

let first: Alertmanager;
let second: Alertmanager;
let endpoints: Record<string, string> = {};
const web = createWeb(() => endpoints);

/** `settleMs`: how long each must be up; negative = none is long enough. */
function source(urls: readonly string[] = [first.url, second.url], settleMs = 0) {
  return createAlertmanager({ urls, web, clock: { now: () => Date.now() }, timing: { alertmanagerSettleMs: settleMs } });
}

beforeAll(async () => {
  // Two that know nothing of each other: what one was told the other does not list.
  [first, second] = await Promise.all([startAlertmanager({ config }), startAlertmanager({ config })]);
  endpoints = { first: first.url, second: second.url };
});
afterAll(async () => {
  web[Symbol.dispose]();
  await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
});

describe('whether an alert fires', () => {
  test('one peer that lists it is enough', async () => {
    await second.post({ labels: labels('one') });
    expect(await source().state(labels('one'), soon())).toBe('firing');
  });

  test('all peers that do not are needed to say no', async () => {
    expect(await source().state(labels('none'), soon())).toBe('not-firing');
  });

  test('resolved is not firing', async () => {
    await first.post({ labels: labels('gone') });
    expect(await source().state(labels('gone'), soon())).toBe('firing');
    await first.resolve({ labels: labels('gone') });
    expect(await source().state(labels('gone'), soon())).toBe('not-firing');
  });

  test('labels that it is not asked for may differ, those asked for may not', async () => {
    await first.post({ labels: labels('extra', { instance: '10.0.0.1:9999' }) });
    expect(await source().state(labels('extra'), soon())).toBe('firing');
    expect(await source().state(labels('extra', { instance: '' }), soon())).toBe('not-firing');
    expect(await source().state(labels('extra', { instance: '10.0.0.2:9999' }), soon())).toBe('not-firing');
  });

  test.each(['quo"te', 'back\\slash', 'new\nline', 'brace}', 'comma,', 'ünïcode', '.*'])('a value like %j matches itself', async (pod) => {
    await first.post({ labels: labels(pod) });
    expect(await source().state(labels(pod), soon())).toBe('firing');
    expect(await source().state(labels(`${pod}x`), soon())).toBe('not-firing');
  });

  test('a silenced alert still fires', async () => {
    await first.post({ labels: labels('quiet') });
    await first.silence({ pod: 'quiet' }, 60_000);
    expect(await source().state(labels('quiet'), soon())).toBe('firing');
  });
});

describe('silence is no answer', () => {
  test('of one that has just started', async () => {
    await expect(source([first.url], 3_600_000).state(labels('none'), soon())).rejects.toMatchObject({
      name: 'ClusterError',
      message: /started too short a while ago/,
    });
  });

  test('but what it lists is', async () => {
    await first.post({ labels: labels('early') });
    expect(await source([first.url], 3_600_000).state(labels('early'), soon())).toBe('firing');
  });

  test('of some while another peer does not answer', async () => {
    await using down = await startSink('reset');
    endpoints = { ...endpoints, down: down.url };
    await expect(source([first.url, down.url]).state(labels('none'), soon())).rejects.toMatchObject({ name: 'ClusterError' });
    await first.post({ labels: labels('seen') });
    expect(await source([first.url, down.url]).state(labels('seen'), soon())).toBe('firing');
  });

  test('of none', async () => {
    await expect(source([]).state(labels('none'), soon())).rejects.toMatchObject({ message: 'no Alertmanager is configured' });
  });

  test.each([
    [{ status: 503, body: 'too many' }, /answered 503: too many/],
    [{ status: 403, body: '' }, /answered 403/],
    [{ status: 500, body: '' }, /answered 500/],
    [{ status: 404, body: '' }, /answered 404/],
    [{ status: 200, body: '{}' }, /in a form that is not known/],
    [{ status: 200, body: '<html>' }, /in a form that is not known/],
  ])('of something that answers %j', async (answer, message) => {
    await using sink = await startSink(answer);
    endpoints = { ...endpoints, sink: sink.url };
    await expect(source([sink.url]).state(labels('none'), soon())).rejects.toMatchObject({ name: 'ClusterError', message });
  });

  test('of one that settles with its peers, or does not tell since when it is up', async () => {
    for (const [uptime, status, message] of [
      ['2020-01-01T00:00:00.000Z', 'settling', /still settling/],
      ['long', 'ready', /started too short/],
    ] as const) {
      await using sink = await startSink(({ path }) => ({
        status: 200,
        body: path.startsWith('/api/v2/status') ? JSON.stringify({ uptime, cluster: { status } }) : '[]',
      }));
      endpoints = { ...endpoints, sink: sink.url };
      await expect(source([sink.url]).state(labels('none'), soon())).rejects.toMatchObject({ message });
    }
  });
});

describe('who suppresses an alert', () => {
  const fingerprintOf = async (pod: string) => (await first.alerts(`pod="${pod}"`))[0]?.fingerprint ?? '';

  test('nobody', async () => {
    await first.post({ labels: labels('free') });
    expect(await source().suppression(await fingerprintOf('free'), labels('free'), soon())).toEqual({ silencedBy: [], inhibitedBy: [] });
  });

  test('a silence', async () => {
    await first.post({ labels: labels('muted') });
    const id = await first.silence({ pod: 'muted' }, 60_000);
    const fingerprint = await fingerprintOf('muted');
    const silenced = () => source().suppression(fingerprint, labels('muted'), soon());
    expect(await silenced()).toEqual({ silencedBy: [id], inhibitedBy: [] });
    await first.expireSilence(id);
    await eventually('the silence to end', async () => (await silenced())?.silencedBy.length === 0);
  });

  test('another alert', async () => {
    const inhibited = { ...labels('shadowed'), namespace: 'shadow' };
    await first.post({ labels: { alertname: 'ClusterDown', namespace: 'shadow' } }, { labels: inhibited });
    const [source1] = await first.alerts('alertname="ClusterDown"');
    await eventually('the inhibition', async () => {
      const said = await source().suppression(await fingerprintOf('shadowed'), inhibited, soon());
      return said?.inhibitedBy.includes(source1?.fingerprint ?? '?');
    });
  });

  test('of several with its labels, the alert itself counts; where it is not listed, one that is free lets all go', async () => {
    await first.post({ labels: labels('twice', { instance: 'a' }) }, { labels: labels('twice', { instance: 'b' }) });
    const id = await first.silence({ pod: 'twice', instance: 'a' }, 60_000);
    const listed = await first.alerts('pod="twice"');
    const of = (instance: string) => listed.find((alert) => alert.labels['instance'] === instance)?.fingerprint ?? '';
    const said = (fingerprint: string) => source().suppression(fingerprint, labels('twice'), soon());
    expect(await said(of('a'))).toEqual({ silencedBy: [id], inhibitedBy: [] });
    expect(await said(of('b'))).toEqual({ silencedBy: [], inhibitedBy: [] });
    expect(await said('before the restart')).toEqual({ silencedBy: [], inhibitedBy: [] });
    const all = await first.silence({ pod: 'twice' }, 60_000);
    expect((await said('before the restart'))?.silencedBy).toContain(all);
  });

  test('an alert that nobody knows is null, and unknown while somebody may', async () => {
    expect(await source().suppression('f', labels('nobody'), soon())).toBeNull();
    await expect(source([first.url], 3_600_000).suppression('f', labels('nobody'), soon())).rejects.toMatchObject({ name: 'ClusterError' });
  });

  test('an alert that was not looked at yet is unknown', async () => {
    const alert = { fingerprint: 'f', labels: labels('new'), status: { state: 'unprocessed', silencedBy: [], inhibitedBy: [] } };
    await using sink = await startSink({ status: 200, body: JSON.stringify([alert]) });
    endpoints = { ...endpoints, sink: sink.url };
    await expect(source([sink.url]).suppression('f', labels('new'), soon())).rejects.toMatchObject({ message: /has not looked at/ });
  });
});
