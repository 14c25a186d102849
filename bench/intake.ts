import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { fingerprintOf } from '../src/core/alert.ts';
import { startNode, type Process } from '../test/support/process.ts';
import { startRedis, type RedisServer } from '../test/support/redis.ts';
import { postAll, postPaced, quantile, type Round } from './http-client.ts';
import { printTable } from './table.ts';

/**
 * Intake beside the same server with one raw write per alert, on the same Redis (every write synced), in the same run: rounds of both
 * alternate, so that whatever else the machine does hits both. Ratios are told, because absolute figures belong to a machine; and the
 * processor time of server and store, which is what remains comparable when others use the machine too.
 */
const rounds = Number(process.env['ROUNDS'] ?? 7);

interface Case {
  readonly name: string;
  /** Alerts in a webhook. */
  readonly size: number;
  readonly requests: number;
  readonly connections: number;
  /** Each round's webhooks have been posted once before they are measured. */
  readonly known: boolean;
  readonly target: string;
  readonly reached: (figures: { readonly ratio: number; readonly perSecond: number }) => boolean;
}

const cases: readonly Case[] = [
  {
    name: 'one alert, new',
    size: 1,
    requests: 2_000,
    connections: 50,
    known: false,
    target: '0.8 × raw',
    reached: ({ ratio }) => ratio >= 0.8,
  },
  {
    name: 'one alert, repeated',
    size: 1,
    requests: 2_000,
    connections: 50,
    known: true,
    target: '0.8 × raw',
    reached: ({ ratio }) => ratio >= 0.8,
  },
  {
    name: '200 alerts, new',
    size: 200,
    requests: 20,
    connections: 4,
    known: false,
    target: '10,000/s',
    reached: ({ perSecond }) => perSecond >= 10_000,
  },
  {
    name: '200 alerts, repeated',
    size: 200,
    requests: 20,
    connections: 4,
    known: true,
    target: '25,000/s',
    reached: ({ perSecond }) => perSecond >= 25_000,
  },
];

export async function benchIntake(): Promise<void> {
  await using redis = await startRedis();
  await using ours = await startServer('remediad', redis);
  await using bare = await startServer('raw', redis);
  for (const server of [ours, bare]) await warmUp(server);
  const rows: string[][] = [];
  for (const one of cases) rows.push(await measure(one, ours, bare));
  printTable(['webhooks of', 'remediad /s', 'raw /s', 'ratio (min–max)', 'µs CPU', 'raw', 'p50 ms', 'p99 ms', 'target', ''], rows);
  await burst(ours);
  const stored = await countRuns(redis);
  console.log(`${ours.sent.size} alerts acknowledged, ${stored} runs stored: ${ours.sent.size - stored} lost.`);
}

interface Server extends Process {
  readonly url: URL;
  /** Names of the alerts that were sent to it. */
  readonly sent: Set<string>;
  /** ms of processor time, its own and the store's. */
  cpu(): number;
}

async function startServer(kind: 'remediad' | 'raw', redis: RedisServer): Promise<Server> {
  const server = await startNode(new URL('intake-server.ts', import.meta.url).pathname, [kind, redis.socket]);
  const [, url = ''] = await server.waitForLine(/^listening (http:\S+)$/);
  const cpu = (): number => cpuOf(server.pid) + cpuOf(redis.pid);
  return Object.assign(server, { url: new URL('/api/v1/webhooks/alertmanager', url), sent: new Set<string>(), cpu });
}

/** User and system time of a process, which the kernel counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) * 10;
}

interface Batch {
  readonly names: readonly string[];
  readonly bodies: readonly Buffer[];
}

let made = 0;
function batch(requests: number, size: number): Batch {
  const groups = Array.from({ length: requests }, () => Array.from({ length: size }, () => `node-${++made}`));
  return { names: groups.flat(), bodies: groups.map((group) => Buffer.from(JSON.stringify(webhook(group)))) };
}

/** About as large as Alertmanager's own. */
function webhook(pods: readonly string[]): object {
  const group = { groupKey: '{}:{alertname="ArchiveChainNodeDown"}', groupLabels: {}, commonLabels: {}, commonAnnotations: {} };
  const envelope = { version: '4', receiver: 'remediad', status: 'firing', truncatedAlerts: 0, externalURL: 'http://alertmanager:9093' };
  return { ...envelope, ...group, alerts: pods.map(alert) };
}

function alert(pod: string): object {
  const place = { cluster: 'main', namespace: 'archivechain-prod', pod, job: 'archivechain' };
  const labels = { alertname: 'ArchiveChainNodeDown', severity: 'critical', ...place };
  const annotations = { summary: `Node ${pod} does not answer`, description: 'x'.repeat(250) };
  const times = { startsAt: '2026-11-21T20:53:29.441Z', endsAt: '0001-01-01T00:00:00Z' };
  const generatorURL = 'http://prometheus:9090/graph?g0.expr=up%7Bjob%3D%22archivechain%22%7D+%3D%3D+0&g0.tab=1';
  return { status: 'firing', labels, annotations, ...times, generatorURL, fingerprint: fingerprintOf(labels) };
}

async function post(server: Server, { names, bodies }: Batch, connections: number): Promise<Round & { readonly cpu: number }> {
  const before = server.cpu();
  const round = await postAll(server.url, bodies, connections);
  const others = [...round.statuses].filter(([status]) => status !== 200 && status !== 503);
  if (others.length > 0)
    throw new Error(`answers other than 200 and 503: ${others.map(([status, count]) => `${count} × ${status}`).join(', ')}`);
  for (const name of names) server.sent.add(name);
  return { ...round, cpu: server.cpu() - before };
}

/** The compiler has seen it all before anything is measured. */
async function warmUp(server: Server): Promise<void> {
  await post(server, batch(2_000, 1), 50);
  await post(server, batch(10, 200), 4);
}

async function measure({ name, size, requests, connections, known, target, reached }: Case, ours: Server, bare: Server): Promise<string[]> {
  const told = { ours: [] as Awaited<ReturnType<typeof post>>[], bare: [] as Awaited<ReturnType<typeof post>>[] };
  for (let round = 0; round < rounds; round++) {
    const alerts = batch(requests, size);
    if (known) await post(ours, alerts, connections);
    const order = round % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const);
    for (const who of order) told[who].push(await post(who === 'ours' ? ours : bare, alerts, connections));
  }
  const rate = (round: Round): number => (requests * size) / round.seconds;
  const ratios = told.ours.map((round, at) => rate(round) / rate(told.bare[at] ?? round)).toSorted((a, b) => a - b);
  const [ratio, perSecond] = [quantile(ratios, 0.5), median(told.ours.map(rate))];
  const cpu = (list: typeof told.ours): string => ((1000 * sum(list.map((one) => one.cpu))) / (rounds * requests * size)).toFixed(0);
  const latency = (share: number): string => median(told.ours.map(({ latencies }) => quantile(latencies, share))).toFixed(1);
  return [
    name,
    perSecond.toFixed(0),
    median(told.bare.map(rate)).toFixed(0),
    `${ratio.toFixed(2)} (${ratios[0]?.toFixed(2)}–${ratios.at(-1)?.toFixed(2)})`,
    cpu(told.ours),
    cpu(told.bare),
    latency(0.5),
    latency(0.99),
    `≥ ${target}`,
    reached({ ratio, perSecond }) ? 'reached' : 'MISSED',
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const median = (numbers: readonly number[]): number =>
  quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );

/** The burst that Alertmanager was seen to send; a webhook that is refused comes again, as Alertmanager's does. */
async function burst(server: Server): Promise<void> {
  const alerts = batch(6_000, 1);
  const { latencies, statuses, seconds } = await postPaced(server.url, alerts.bodies, 6_000);
  for (const name of alerts.names) server.sent.add(name);
  const told = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  const times = `p50 ${quantile(latencies, 0.5).toFixed(0)} ms, p99 ${quantile(latencies, 0.99).toFixed(0)} ms`;
  console.log(`6,000 webhooks within a second: ${told}; ${times}; all taken after ${seconds.toFixed(1)} s.`);
}

async function countRuns(redis: RedisServer): Promise<number> {
  const client = new Redis(redis.socket);
  const count = Number(await client.hget('{bench}:states', 'pending'));
  client.disconnect();
  return count;
}

if (import.meta.main) await benchIntake();
