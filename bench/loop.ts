import { setTimeout as sleep } from 'node:timers/promises';
import { sha256, systemClock } from '../src/adapters/system/clock.ts';
import { createReceiver } from '../src/app/receive-alerts.ts';
import type { RuleMatch } from '../src/app/slot-request.ts';
import { canonicalJson } from '../src/core/json.ts';
import type { Cluster } from '../src/core/ports.ts';
import { defaultTiming } from '../src/core/timing.ts';
import { startServer } from '../test/integration/http/support.ts';
import { quietTelemetry, startEngine, type Engine } from '../test/support/engine.ts';
import { recordingLog } from '../test/support/log.ts';
import { startRedis } from '../test/support/redis.ts';
import { startSandbox } from '../test/support/sandbox.ts';
import { labelsOf, NAMESPACE, podOf, restartOnce, workloads } from './fleet.ts';
import { quantile } from './http-client.ts';
import { Stopwatch, type Marks } from './stopwatch.ts';
import { printTable } from './table.ts';

/**
 * From a webhook to its effect: the real server, receiver, store, queue, guards and gate in one process, as the daemon has them. What a run
 * spends in calls to the cluster's API is told apart.
 */
const alerts = Number(process.env['ALERTS'] ?? 200);
export const warmUp = 20;

/** A cluster with a workload of one pod for each alert, see `podOf`. */
export interface Fleet {
  readonly name: string;
  readonly cluster: Cluster;
  readonly namespace: string;
}

export async function benchLoop(): Promise<void> {
  await using sandbox = await startSandbox({ namespaces: { [NAMESPACE]: {} }, workloads: workloads(warmUp + alerts) });
  await benchFleet({ name: 'the sandbox', cluster: sandbox.cluster(), namespace: NAMESPACE }, alerts, 0);
}

/** Alerts one at a time, then others all at once. */
export async function benchFleet({ name, cluster, namespace }: Fleet, idle: number, atOnce: number): Promise<void> {
  await using redis = await startRedis();
  const watch = new Stopwatch(cluster);
  const parts = { failPoint: watch.failPoint };
  await using engine = await startEngine({ socket: redis.socket, cluster: watch.cluster, concurrency: 50, parts });
  await using server = await serve(engine, cluster.name, watch);
  const post = (index: number) => watch.time(podOf(index), () => send(server.url, namespace, index));
  const marks: Marks[] = [];
  for (let index = 0; index < warmUp + idle; index += 1) {
    marks.push(await post(index));
    await sleep(20);
  }
  tell(`From webhook to effect at ${name}, idle, ${idle} alerts one at a time`, marks.slice(warmUp));
  if (atOnce === 0) return;
  const together = Array.from({ length: atOnce }, (_, index) => post(warmUp + idle + index));
  tell(`The same, ${atOnce} runs at once`, await Promise.all(together), false);
}

async function serve(engine: Engine, cluster: string, { failPoint }: Stopwatch) {
  const edition = restartOnce();
  const hash = sha256(canonicalJson(edition));
  await engine.store.putBlob(hash, JSON.stringify(edition), null);
  const match: RuleMatch = { rule: edition.rule.name, hash, edition, dry: null };
  const receive = createReceiver({
    store: engine.store,
    nearlyFull: () => Promise.resolve(false),
    match: () => [match],
    clusters: { defaultName: cluster },
    hints: engine.hints,
    telemetry: quietTelemetry,
    clock: systemClock,
    timing: defaultTiming,
    log: recordingLog(),
    failPoint,
  });
  return startServer({ receive });
}

async function send(url: string, namespace: string, index: number): Promise<void> {
  const answer = await fetch(`${url}/api/v1/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(webhook(namespace, index)),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the webhook was answered ${answer.status}: ${text}`);
}

function webhook(namespace: string, index: number) {
  const alert = {
    status: 'firing',
    labels: labelsOf(namespace, index),
    annotations: {},
    startsAt: new Date().toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
  };
  const group = { groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: '', groupKey: '{}:{}', truncatedAlerts: 0 };
  return { version: '4', receiver: 'remediad', status: 'firing', alerts: [alert], ...group };
}

/** The targets are those of an idle machine; under load the figures stand for themselves. */
function tell(title: string, marks: readonly Marks[], withTargets = true): void {
  const row = (name: string, of: (mark: Marks) => number, target = ''): string[] => {
    const sorted = marks.map(of).toSorted((a, b) => a - b);
    return [name, quantile(sorted, 0.5).toFixed(1), quantile(sorted, 0.99).toFixed(1), withTargets ? target : ''];
  };
  console.log(`\n${title} (ms)`);
  printTable(
    ['what', 'p50', 'p99', withTargets ? 'must reach' : ''],
    [
      row("accept → GO, beyond the API's own time", (mark) => mark.go - mark.accepted - mark.apiAtGo, '3 / 15'),
      row("webhook → effect, beyond the API's own time", (mark) => mark.effect - mark.sent - mark.apiAtEffect, '5 / 20'),
      row('webhook → effect', (mark) => mark.effect - mark.sent),
      row("the API's own time until the effect", (mark) => mark.apiAtEffect),
    ],
  );
}

if (import.meta.main) await benchLoop();
