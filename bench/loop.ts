import { createReceiver } from '../src/app/receive-alerts.ts';
import type { RuleMatch } from '../src/app/slot-request.ts';
import { sha256, systemClock } from '../src/adapters/system/clock.ts';
import { INSTALLATION_BUDGET } from '../src/core/charges.ts';
import type { FailPoint } from '../src/core/fail-point.ts';
import { canonicalJson } from '../src/core/json.ts';
import { defaultTiming } from '../src/core/timing.ts';
import { quietTelemetry, startEngine, type Engine } from '../test/support/engine.ts';
import { recordingLog } from '../test/support/log.ts';
import { startRedis } from '../test/support/redis.ts';
import { startSandbox } from '../test/support/sandbox.ts';
import { startServer } from '../test/integration/http/support.ts';
import { labelsOf, NAMESPACE, restartOnce, workloads } from './fleet.ts';
import { ApiTime } from './api-time.ts';
import { quantile } from './http-client.ts';
import { printTable } from './table.ts';

/**
 * From a webhook to its effect, one alert at a time on an idle daemon: the real server, receiver, store, queue, guards and gate in one
 * process, as the daemon has them, and the sandbox behind its socket. What the cluster's API takes for itself is told apart.
 */
const alerts = Number(process.env['ALERTS'] ?? 200);
const warmUp = 20;

/** Marks of one alert, ms of the monotonic clock. */
interface Marks {
  sent: number;
  accepted: number;
  go: number;
  effect: number;
  apiAtGo: number;
  apiAtEffect: number;
}

export async function benchLoop(): Promise<void> {
  await using redis = await startRedis();
  await using sandbox = await startSandbox({ namespaces: { [NAMESPACE]: {} }, workloads: workloads(alerts + warmUp) });
  const api = new ApiTime(sandbox.cluster());
  const reached = new Map<FailPoint, () => void>();
  const failPoint = (point: FailPoint): Promise<void> => Promise.resolve(reached.get(point)?.());
  const installationBudget = { ...INSTALLATION_BUDGET, max: 1_000_000 };
  await using engine = await startEngine({ socket: redis.socket, cluster: api.cluster, parts: { failPoint, installationBudget } });
  await using server = await serve(engine, failPoint);
  const marks: Marks[] = [];
  for (let index = 1; index < alerts + warmUp; index += 1) {
    const mark = await oneAlert(server.url, index, api, reached);
    if (index > warmUp) marks.push(mark);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  tell(marks);
}

async function serve(engine: Engine, failPoint: (point: FailPoint) => Promise<void>) {
  const edition = restartOnce();
  const hash = sha256(canonicalJson(edition));
  await engine.store.putBlob(hash, JSON.stringify(edition), null);
  const match: RuleMatch = { rule: edition.rule.name, hash, edition, dry: null };
  const receive = createReceiver({
    store: engine.store,
    nearlyFull: () => Promise.resolve(false),
    match: () => [match],
    clusters: { defaultName: 'sandbox' },
    hints: engine.hints,
    telemetry: quietTelemetry,
    clock: systemClock,
    timing: defaultTiming,
    log: recordingLog(),
    failPoint,
  });
  return startServer({ receive });
}

async function oneAlert(url: string, index: number, api: ApiTime, reached: Map<FailPoint, () => void>): Promise<Marks> {
  const { promise, resolve } = Promise.withResolvers<Marks>();
  const mark: Marks = { sent: 0, accepted: 0, go: 0, effect: 0, apiAtGo: 0, apiAtEffect: 0 };
  const before = api.total;
  reached.set('accept.after', () => Object.assign(mark, { accepted: performance.now() }));
  reached.set('begin.after', () => Object.assign(mark, { go: performance.now(), apiAtGo: api.total - before }));
  reached.set('perform.after', () => resolve(Object.assign(mark, { effect: performance.now(), apiAtEffect: api.total - before })));
  const body = JSON.stringify(webhook(index));
  mark.sent = performance.now();
  const answer = await fetch(`${url}/api/v1/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (!answer.ok) throw new Error(`the webhook was answered ${answer.status}: ${await answer.text()}`);
  await answer.text();
  return promise;
}

function webhook(index: number) {
  const alert = {
    status: 'firing',
    labels: labelsOf(index),
    annotations: {},
    startsAt: new Date().toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
  };
  const group = { groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: '', groupKey: '{}:{}', truncatedAlerts: 0 };
  return { version: '4', receiver: 'remediad', status: 'firing', alerts: [alert], ...group };
}

function tell(marks: readonly Marks[]): void {
  const row = (name: string, values: number[], p50: number, p99: number): string[] => {
    const sorted = values.toSorted((a, b) => a - b);
    const [half, most] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
    return [name, half.toFixed(1), most.toFixed(1), `${p50} / ${p99}`, half <= p50 && most <= p99 ? 'reached' : 'missed'];
  };
  console.log(`\nFrom webhook to effect, idle, ${marks.length} alerts one at a time (ms; the API's own time left out)`);
  printTable(
    ['what', 'p50', 'p99', 'must reach', ''],
    [
      row(
        'accept → GO',
        marks.map((mark) => mark.go - mark.accepted - mark.apiAtGo),
        3,
        15,
      ),
      row(
        'webhook → effect',
        marks.map((mark) => mark.effect - mark.sent - mark.apiAtEffect),
        5,
        20,
      ),
    ],
  );
  const own = marks.map((mark) => mark.apiAtEffect).toSorted((a, b) => a - b);
  console.log(`The API's own time until the effect: p50 ${quantile(own, 0.5).toFixed(1)} ms, p99 ${quantile(own, 0.99).toFixed(1)} ms.`);
}

if (import.meta.main) await benchLoop();
