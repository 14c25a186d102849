import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { PID_FILE } from '../../src/adapters/redis/server-config.ts';
import type { AuditEvent } from '../../src/core/audit.ts';
import type { Incident, Message } from '../../src/core/incident.ts';
import { isEnded, type Run } from '../../src/core/run.ts';
import type { Timing } from '../../src/core/timing.ts';
import { eventually } from './eventually.ts';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { startProcess, type Process } from './process.ts';
import { withRetriedPort } from './server.ts';
import { tempDir } from './temp-dir.ts';

/** What every daemon of a test has unless it says otherwise: short, but with room for a busy machine. */
const quickTiming: Partial<Timing> = {
  leaseMs: 4_000,
  performMs: 2_000,
  startMarginMs: 400,
  abortMarginMs: 200,
  leaseMarginMs: 800,
  lookUpDelayMs: 300,
  sweepEveryMs: 200,
  sweepPushMs: 1_000,
  auditEveryMs: 500,
  readMs: 2_000,
  holdPollMs: 300,
  verifyPollMs: 100,
  backoffMs: 100,
  backoffMaxMs: 500,
  breakerMs: 300,
  incidentClearMs: 500,
  groupWaitMs: 200,
  deliverMs: 2_000,
  deliverBackoffMs: 100,
  deliverBackoffMaxMs: 500,
  notFiringHoldMs: 1_000,
  configLookMs: 100,
  alertmanagerSettleMs: 0,
};

export interface RemediadOptions {
  /** `remediad.yaml` as an object. Address and storage are the test's unless it says them; a new store holds nothing back. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Other files, by their path beside `remediad.yaml`: text as it stands, anything else as YAML. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly timing?: Partial<Timing>;
  readonly env?: Readonly<Record<string, string>>;
}

/** One run as the API shows it. */
export type ShownRun = Run & { readonly v: number; readonly dueAt: number | null; readonly locks: string[]; readonly audit: AuditEvent[] };
export type ShownIncident = Incident & { readonly messages: readonly Message[] };

/** What a command of ours said and how it ended. */
export interface Said {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  /** Standard output and standard error. */
  readonly output: string;
}

const program = resolve(import.meta.dirname, '../../bin/remediad');
/** It is started again and again: what one compiled, the next one need not. */
const compiled = { NODE_COMPILE_CACHE: resolve(import.meta.dirname, '../../node_modules/.cache/remediad') };

/** Runs `bin/remediad` to its end. */
export async function runRemediad(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<Said> {
  await using process = await startProcess(program, args, { ...options, env: { ...compiled, ...options.env } });
  const code = await process.waitForEnd(20_000);
  await eventually('the last of its output', () => process.drained, { withinMs: 5_000 });
  return { code, stdout: process.stdout, output: process.output };
}

/** Writes files into the folder, by their path in it: text as it stands, anything else as YAML. */
export async function writeFiles(dir: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : stringify(content, { aliasDuplicateObjects: false }));
  }
}

/** Starts `remediad serve` with an embedded store of its own and waits until it says that it is ready. */
export async function startRemediad(options: RemediadOptions = {}): Promise<Remediad> {
  const folder = await tempDir();
  try {
    return await withRetriedPort(async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      const global = { fresh_store_hold: '0s', ...(options.config?.['global'] as object | undefined) };
      const config = { web: { listen_address: new URL(url).host }, storage: { path: 'data' }, ...options.config, global };
      await writeFiles(folder.path, { 'remediad.yaml': config, ...options.files });
      return new Remediad(url, folder, await launch(folder.path, options), options);
    });
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function launch(dir: string, { timing, env }: RemediadOptions): Promise<Process> {
  const started = await startProcess(program, ['serve', '--config.file', join(dir, 'remediad.yaml')], {
    env: { ...compiled, REMEDIAD_TEST: '1', REMEDIAD_TIMING: JSON.stringify({ ...quickTiming, ...timing }), ...env },
    cwd: dir,
    endWith: 'SIGTERM',
    graceMs: 15_000,
  });
  try {
    await started.waitForLine(/remediad is ready/, 20_000);
    return started;
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}

/** The whole daemon as a process. Disposing it ends it in order and removes what it stored. */
export class Remediad implements AsyncDisposable {
  /** The same across restarts. */
  readonly url: string;
  readonly #folder: AsyncDisposable & { readonly path: string };
  readonly #options: RemediadOptions;
  #process: Process;

  constructor(url: string, folder: AsyncDisposable & { readonly path: string }, process: Process, options: RemediadOptions) {
    this.url = url;
    this.#folder = folder;
    this.#process = process;
    this.#options = options;
  }

  get webhook(): string {
    return `${this.url}/api/v1/webhooks/alertmanager`;
  }

  /** Where `remediad.yaml` stands. */
  get dir(): string {
    return this.#folder.path;
  }

  /** Of the process that runs now, and of its store. */
  get process(): Process {
    return this.#process;
  }

  async storePid(): Promise<number> {
    return Number(await readFile(join(this.dir, 'data/store', PID_FILE), 'utf8'));
  }

  /** Starts it anew on the same storage; kills it first if it runs. `env` of the first start holds no longer. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#process.kill();
    this.#process = await launch(this.dir, { ...this.#options, env });
  }

  /** SIGTERM; the exit code. */
  terminate(): Promise<number | NodeJS.Signals> {
    this.#process.signal('SIGTERM');
    return this.#process.waitForEnd(20_000);
  }

  /** Runs `bin/remediad` as somebody at this machine would, against this daemon. */
  command(...args: string[]): Promise<Said> {
    return runRemediad(args, { env: { REMEDIAD_URL: this.url } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  /** Posts to the webhook as Alertmanager would; the status, the text, and how long it took. */
  async post(body: unknown): Promise<{ readonly status: number; readonly text: string; readonly tookMs: number }> {
    const since = performance.now();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.webhook, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
    return { status: answer.status, text: await answer.text(), tookMs: performance.now() - since };
  }

  get<T>(path: string): Promise<T> {
    return this.#ask('GET', path);
  }

  /** Sets a brake, as `remediad pause` does. */
  async pause(scope: string, why: string): Promise<void> {
    await this.#ask('POST', '/api/v1/brakes', { scope, by: 'test', why, until: null });
  }

  async resume(scope: string): Promise<void> {
    await this.#ask('DELETE', `/api/v1/brakes?${new URLSearchParams({ scope, by: 'test' }).toString()}`);
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(this.url + path, { method, signal: AbortSignal.timeout(10_000), ...sent });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`remediad answered ${answer.status} to ${method} ${path}: ${text}`);
    return (JSON.parse(text) as { data: T }).data;
  }

  runs(): Promise<Run[]> {
    return this.get('/api/v1/runs?limit=1000');
  }

  run(id: string): Promise<ShownRun> {
    return this.get(`/api/v1/runs/${id}`);
  }

  incidents(): Promise<Incident[]> {
    return this.get('/api/v1/incidents?limit=1000');
  }

  incident(id: string): Promise<ShownIncident> {
    return this.get(`/api/v1/incidents/${id}`);
  }

  /** All of it, oldest first. */
  async audit(): Promise<AuditEvent[]> {
    const all: AuditEvent[] = [];
    for (let page: AuditEvent[] | null = null; page === null || page.length > 0; all.push(...page)) {
      page = await this.get<AuditEvent[]>(`/api/v1/audit?limit=1000&after=${all.at(-1)?.id ?? '0'}`);
    }
    return all;
  }

  /** The value of one series of `/metrics`, written as it stands there. */
  async metric(series: string): Promise<number> {
    const answer = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(10_000) });
    const line = (await answer.text()).split('\n').find((one) => one.startsWith(`${series} `));
    if (line === undefined) throw new Error(`/metrics has no ${series}`);
    return Number(line.slice(series.length + 1));
  }

  /** The run on this target (name of the pod) that is as told, newest first. */
  runWhere(what: string, target: string, is: (run: Run) => boolean, withinMs = 15_000): Promise<Run> {
    const probe = async () => (await this.runs()).find((run) => run.target.find.value === target && is(run));
    return this.#told(eventually(`a run on ${target} that ${what}`, probe, { withinMs }), target);
  }

  /** The newest run on this target, once it has ended. */
  async ended(target: string, withinMs = 20_000): Promise<ShownRun> {
    const { id } = await this.runWhere('has ended', target, ({ state }) => isEnded(state), withinMs);
    return this.run(id);
  }

  /** A wait that fails tells what became of the runs, and what the daemon said last. */
  async #told<T>(waiting: Promise<T>, target: string): Promise<T> {
    try {
      return await waiting;
    } catch (error) {
      const runs = await this.runs().catch(() => []);
      const states = runs
        .filter((run) => run.target.find.value === target)
        .map(({ id, state, hold, end, sleep, verifying }) => JSON.stringify({ id, state, hold, end, sleep, verifying }));
      const said = this.#process.output.trimEnd().split('\n').slice(-12);
      throw new Error([(error as Error).message, 'its runs:', ...states, 'the daemon said:', ...said].join('\n'), { cause: error });
    }
  }
}
