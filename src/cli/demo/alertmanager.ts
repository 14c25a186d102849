import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { findProgram } from '../../adapters/redis/server-binary.ts';
import { CommandError } from '../command.ts';
import { startChild, type Child } from './child.ts';
import { onFreePort } from './free-port.ts';

/** As `POST /api/v2/alerts` takes it. With `endsAt` in the past it is resolved. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** A real Alertmanager of the demo's own. */
export interface Alertmanager {
  readonly url: string;
  readonly child: Child;
  post(alerts: readonly PostedAlert[], signal: AbortSignal): Promise<void>;
  /** From now on it reports to this webhook. */
  reportTo(webhook: string, signal: AbortSignal): Promise<void>;
}

const READY_MS = 20_000;

/** Debian's name first. Throws one sentence that names the fix. */
export function findAlertmanager(): string {
  const found = findProgram('prometheus-alertmanager') ?? findProgram('alertmanager');
  if (found !== undefined) return found;
  throw new CommandError(
    "the demo needs a real Alertmanager, and there is none on PATH: `make demo` as root installs Debian's, or run `apt-get install prometheus-alertmanager`",
  );
}

/** `keep` is told of the process at once, so that it is ended whatever happens then. */
export async function startAlertmanager(program: string, folder: string, keep: (child: Child) => void, signal: AbortSignal) {
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, config(null));
  return onFreePort(async (port): Promise<Alertmanager> => {
    const url = `http://127.0.0.1:${port}`;
    const child = startChild('Alertmanager', program, [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]);
    keep(child);
    await untilReady(url, child, signal);
    return {
      url,
      child,
      post: (alerts, until) => ask(`${url}/api/v2/alerts`, JSON.stringify(alerts), until),
      async reportTo(webhook, until) {
        writeFileSync(file, config(webhook));
        await ask(`${url}/-/reload`, '', until);
      },
    };
  });
}

/** As monitoring/alertmanager/remediad.yml, but for the times. */
function config(webhook: string | null): string {
  const receiver = { name: 'remediad', webhook_configs: webhook === null ? [] : [{ url: webhook, send_resolved: true, max_alerts: 0 }] };
  const times = { group_wait: '1s', group_interval: '2s', repeat_interval: '1h' };
  return stringify({ route: { receiver: 'remediad', group_by: ['alertname', 'cluster', 'namespace'], ...times }, receivers: [receiver] });
}

async function untilReady(url: string, child: Child, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_MS;
  let end: string | null = null;
  void child.ended.then((how) => (end = how));
  while (!(await answers(`${url}/-/ready`, signal))) {
    signal.throwIfAborted();
    if (end !== null) throw new Error(end);
    if (performance.now() > deadline) throw new Error(`Alertmanager was not ready within ${READY_MS / 1000} s`);
    await sleep(50);
  }
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

async function ask(url: string, body: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${text.trim()}`);
}
