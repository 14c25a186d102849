import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needBinary } from './binary.ts';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { startProcess, type Process } from './process.ts';
import { waitUntilReady, withRetriedPort } from './server.ts';
import { tempDir } from './temp-dir.ts';

export interface PrometheusOptions {
  /** The whole prometheus.yml; relative `rule_files` are looked up among `files`. */
  readonly config: string;
  /** Other files beside prometheus.yml, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** `--query.lookback-delta`, default 5s: short, so that a series that stopped is soon gone. */
  readonly lookback?: string;
  readonly args?: readonly string[];
}

/** A real Prometheus of the test's own. */
export interface Prometheus extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly output: string;
  /** Instant query: the samples, values as numbers. */
  query(expr: string): Promise<{ readonly labels: Readonly<Record<string, string>>; readonly value: number }[]>;
  /** Any GET of the HTTP API, e.g. `/api/v1/targets`: its `data`. */
  get(path: string): Promise<unknown>;
  /** SIGSTOP: it hangs. */
  pause(): void;
  /** SIGCONT */
  resume(): void;
  /** SIGKILL */
  kill(): Promise<void>;
}

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const folder = await tempDir();
  const files = { ...options.files, 'prometheus.yml': options.config };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder.path, name), text)));
  try {
    return await withRetriedPort(async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      return new StartedPrometheus(url, await launch(folder.path, url, options), folder);
    });
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function launch(dir: string, url: string, { lookback = '5s', args = [] }: PrometheusOptions): Promise<Process> {
  const server = await startProcess(needBinary('prometheus'), [
    `--config.file=${join(dir, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
    `--query.lookback-delta=${lookback}`,
    ...args,
  ]);
  await waitUntilReady(server, { name: 'Prometheus', url, readyPath: '/-/ready' });
  return server;
}

interface VectorAnswer {
  readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[];
}

class StartedPrometheus implements Prometheus {
  readonly url: string;
  readonly #server: Process;
  readonly #folder: AsyncDisposable;

  constructor(url: string, server: Process, folder: AsyncDisposable) {
    this.url = url;
    this.#server = server;
    this.#folder = folder;
  }

  get pid(): number {
    return this.#server.pid;
  }

  get output(): string {
    return this.#server.output;
  }

  async query(expr: string): Promise<{ labels: Readonly<Record<string, string>>; value: number }[]> {
    const { result } = (await this.get(`/api/v1/query?query=${encodeURIComponent(expr)}`)) as VectorAnswer;
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async get(path: string): Promise<unknown> {
    const answer = await fetch(this.url + path, { signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Prometheus answered ${answer.status} to ${path}: ${text}`);
    return (JSON.parse(text) as { data: unknown }).data;
  }

  pause(): void {
    this.#server.signal('SIGSTOP');
  }

  resume(): void {
    this.#server.signal('SIGCONT');
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
