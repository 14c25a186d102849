import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/core/audit.ts';
import type { Message } from '../../src/core/incident.ts';
import { eventually } from '../support/eventually.ts';
import { startSink, type HttpSink, type SinkRequest } from '../support/http-sink.ts';
import { fleetOf, NAMESPACE, restart, ruleOf, startChain, type Chain } from './chain.ts';

type Told = Pick<Message, 'event' | 'dedupKey' | 'incident' | 'priority' | 'report'>;
interface PagerdutyEvent {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: { readonly summary: string; readonly severity: string; readonly custom_details: Readonly<Record<string, unknown>> };
}

let pagerduty: HttpSink;
let chain: Chain;
beforeAll(async () => {
  pagerduty = await startSink({ status: 202 });
  const poke = {
    name: 'poke',
    steps: [{ name: 'poke', action: 'kubernetes/signal-process', with: { process: 'archive-node', signal: 'SIGUSR1' } }],
  };
  const handOver = { name: 'hand-over', steps: [{ name: 'over', escalate: 'oncall', message: 'nobody can mend this from here' }] };
  chain = await startChain({
    fleet: fleetOf({ name: 'slow', replicas: 3, start: 3_000 }),
    rules: [
      ruleOf({
        remediations: [{ use: 'poke' }, { use: 'restart' }],
        verify: { within: '4s', stable_for: '500ms' },
      }),
      ruleOf({
        name: 'node-stuck',
        matchers: ['alertname="NodeStuck"'],
        remediations: [{ use: 'poke' }, { use: 'restart' }],
        verify: { within: '1s', stable_for: '500ms' },
        priority: 'P1',
      }),
      ruleOf({ name: 'slow-node', matchers: ['alertname="SlowNode"'], escalate_after: '1s' }),
      ruleOf({ name: 'node-lost', matchers: ['alertname="NodeLost"'], remediations: [{ use: 'hand-over' }] }),
    ],
    remediations: [restart, poke, handOver],
    receivers: [{ name: 'pagerduty', type: 'pagerduty', url: `${pagerduty.url}/v2/enqueue`, routing_key_file: 'pager.secret' }],
  });
});
afterAll(async () => {
  await chain[Symbol.asyncDispose]();
  await pagerduty[Symbol.asyncDispose]();
});

/** The messages about this target, each read only after its signature was found right. */
function toldAbout(pod: string): Told[] {
  return chain.pager.requests.map(signed).filter(({ report }) => report.target.includes(pod));
}

function signed({ headers, body }: SinkRequest): Told {
  const [, seconds = '', signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['remediad-signature'])) ?? [];
  expect(signature).toBe(createHmac('sha256', chain.secret).update(`${seconds}.${body}`).digest('hex'));
  expect(Math.abs(Date.now() / 1000 - Number(seconds))).toBeLessThan(60);
  return JSON.parse(body) as Told;
}

const eventsOf = (dedupKey: string): PagerdutyEvent[] =>
  pagerduty.requests.map(({ body }) => JSON.parse(body) as PagerdutyEvent).filter((event) => event.dedup_key === dedupKey);

test('a rung that does not help is followed by the next one, and the run succeeds on it', async () => {
  await chain.takeDown('archive-0');
  await chain.comeBack('archive-0');

  const run = await chain.remediad.ended('archive-0');

  expect(run).toMatchObject({ state: 'succeeded', rung: 1 });
  expect(run.tried).toMatchObject([{ remediation: 'poke', outcome: 'ineffective' }]);
  expect(await chain.effects()).toMatchObject([
    { effect: 'signal', signal: 'USR1', run: run.id },
    { effect: 'delete-pod', run: run.id },
  ]);
  expect(await chain.remediad.incidents()).toEqual([]);
});

test('a ladder that does not help wakes humans with all that was tried and every verdict, and they hear when it is over', async () => {
  const { remediad, sandbox, alertmanager } = chain;
  const stuck = { labels: { alertname: 'NodeStuck', namespace: NAMESPACE, pod: 'archive-1' } };
  const fault = await chain.breakNode('archive-1', 'forever');
  await alertmanager.post(stuck);

  const run = await remediad.ended('archive-1');
  expect(run).toMatchObject({ state: 'escalated', end: { reason: 'ladder-end' } });
  const [incident] = await remediad.incidents();
  expect(incident).toMatchObject({ state: 'open', priority: 'P1', runs: [run.id], targets: [run.target.key] });

  await eventually('both receivers to be told', () => toldAbout('archive-1').length === 1 && pagerduty.requests.length === 1);
  const [message] = toldAbout('archive-1');
  expect(message).toMatchObject({ event: 'trigger', incident: incident?.id, priority: 'P1', report: { reason: 'ladder-end' } });
  const tried = message?.report.tried.map(({ what, result }) => `${what}: ${result}`).join('\n') ?? '';
  expect(tried).toMatch(/send SIGUSR1 to archive-node .* in pod chain\/archive-1/);
  expect(tried).toMatch(/delete pod chain\/archive-1/);
  expect(message?.report.verdicts.map(({ guard }) => guard)).toEqual(
    expect.arrayContaining(['brake', 'corroboration', 'target', 'lock', 'cooldown', 'budget', 'health', 'loop', 'rights', 'mode']),
  );
  const dedupKey = message?.dedupKey ?? '';
  const [trigger] = eventsOf(dedupKey);
  expect(trigger).toMatchObject({
    routing_key: chain.secret,
    event_action: 'trigger',
    payload: { severity: 'error', summary: expect.stringContaining('archive-1') as string },
  });
  expect(JSON.stringify(trigger?.payload?.custom_details)).toContain('delete pod chain/archive-1');

  // A human mends it.
  await sandbox.admin.lift(fault);
  await alertmanager.resolve(stuck);
  await eventually('both to hear that it is over', () => toldAbout('archive-1').length === 2 && eventsOf(dedupKey).length === 2, {
    withinMs: 15_000,
  });
  expect(toldAbout('archive-1')[1]).toMatchObject({ event: 'resolve', dedupKey });
  expect(eventsOf(dedupKey)[1]).toEqual({ routing_key: chain.secret, event_action: 'resolve', dedup_key: dedupKey });
  expect(await remediad.incident(incident?.id ?? '')).toMatchObject({ state: 'resolved' });
});

test('escalate_after wakes a human while the run goes on, and its success resolves the incident', async () => {
  const { remediad, alertmanager } = chain;
  const slow = { labels: { alertname: 'SlowNode', namespace: NAMESPACE, pod: 'slow-0' } };
  await chain.breakNode('slow-0');
  await alertmanager.post(slow);

  await eventually('a human to be woken', () => toldAbout('slow-0').length > 0, { withinMs: 10_000 });
  expect(toldAbout('slow-0')[0]).toMatchObject({ event: 'trigger', report: { reason: 'overdue' } });
  const [live] = await remediad.runs();
  expect(live).toMatchObject({ target: { find: { value: 'slow-0' } }, end: null });
  await eventually('slow-0 to be ready', () => chain.ready('slow-0'), { withinMs: 15_000 });
  await alertmanager.resolve(slow);

  expect(await remediad.ended('slow-0')).toMatchObject({ state: 'succeeded' });
  const key = toldAbout('slow-0')[0]?.dedupKey ?? '';
  await eventually('both to hear that it is over', () => toldAbout('slow-0').length === 2 && eventsOf(key).length === 2, {
    withinMs: 10_000,
  });
  expect(toldAbout('slow-0')[1]).toMatchObject({ event: 'resolve', dedupKey: key });
  expect(eventsOf(key).map(({ event_action: event }) => event)).toEqual(['trigger', 'resolve']);
});

test('a message whose delivery was not recorded because the daemon was killed comes again under the same key, and then no more', async () => {
  const { remediad, alertmanager, pager } = chain;
  await eventually('all earlier messages to be recorded', async () => (await undelivered()) === 0, { withinMs: 15_000 });
  await remediad.restart({ REMEDIAD_FAIL_POINT: 'deliver.sent:kill' });
  await alertmanager.post({ labels: { alertname: 'NodeLost', namespace: NAMESPACE, pod: 'archive-2' } });
  expect(await remediad.process.waitForEnd(20_000)).toBe('SIGKILL');
  const sentBefore = sendings('archive-2');
  expect(sentBefore.length).toBeGreaterThanOrEqual(1);

  await remediad.restart();

  const [incident] = await remediad.incidents();
  const delivered = async () => (await remediad.audit()).filter(isDeliveryOf(incident?.id ?? ''));
  await eventually('both messages to be recorded', async () => (await delivered()).length === 2, { withinMs: 15_000 });
  const sent = sendings('archive-2');
  expect(sent.length, 'one of them came twice').toBeGreaterThan(2);
  await sleep(1_000);
  expect(sendings('archive-2')).toEqual(sent);
  const keys = pager.requests.filter(({ body }) => body.includes('archive-2')).map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(1);
  const dedupKeys = sent.map(({ body }) => JSON.parse(body) as { dedupKey?: string; dedup_key?: string });
  expect(new Set(dedupKeys.map((one) => one.dedupKey ?? one.dedup_key)).size).toBe(1);
});

const sendings = (pod: string): SinkRequest[] => [...chain.pager.requests, ...pagerduty.requests].filter(({ body }) => body.includes(pod));

/** Messages that were queued and of which nothing more was recorded. */
async function undelivered(): Promise<number> {
  const told = (await chain.remediad.audit()).filter(({ kind }) => kind === 'message').map(({ data }) => data);
  const over = new Set(told.filter((data) => data['change'] !== 'queued').map((data) => data['message']));
  return told.filter((data) => data['change'] === 'queued' && !over.has(data['message'])).length;
}

const isDeliveryOf =
  (incident: string) =>
  ({ kind, data }: AuditEvent): boolean =>
    kind === 'message' && data['change'] === 'delivered' && data['incident'] === incident;
