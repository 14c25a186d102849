import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needBinary } from './binary.ts';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { startProcess, type Process } from './process.ts';
import { waitUntilReady, withRetriedPort } from './server.ts';
import { tempDir } from './temp-dir.ts';

export interface AlertmanagerOptions {
  /** The whole alertmanager.yml. */
  readonly config: string;
  /** Gossip addresses (`clusterAddress`) of the others. Clustering is off unless this is given; an empty list is a first member. */
  readonly peers?: readonly string[];
  /** Added to the command line. */
  readonly args?: readonly string[];
}

/** As `POST /api/v2/alerts` takes it: times are RFC 3339. Without `endsAt` it fires until `resolve_timeout`. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** The part of `GET /api/v2/alerts` that tests look at. */
export interface ListedAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: {
    readonly state: 'active' | 'suppressed' | 'unprocessed';
    readonly silencedBy: string[];
    readonly inhibitedBy: string[];
  };
}

/** A real Alertmanager of the test's own. */
export interface Alertmanager extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Gossip address for other members' `peers`, or null when clustering is off. */
  readonly clusterAddress: string | null;
  readonly output: string;
  post(...alerts: PostedAlert[]): Promise<void>;
  /** Posts the alert with an `endsAt` of now. */
  resolve(alert: PostedAlert): Promise<void>;
  /** All alerts, or those that match each of these matchers (`alertname="X"`). */
  alerts(...filters: string[]): Promise<ListedAlert[]>;
  /** Silences what has exactly these labels, for so long; the silence's id. */
  silence(labels: Readonly<Record<string, string>>, forMs: number): Promise<string>;
  expireSilence(id: string): Promise<void>;
  /** Replaces the configuration file and reloads. */
  reload(config: string): Promise<void>;
  /** Ends it (SIGTERM, so that its notification log is saved; or SIGKILL) and starts it again on the same data and port. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Ends it for good; `restart` brings it back. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const folder = await tempDir();
  await writeFile(join(folder.path, 'alertmanager.yml'), options.config);
  try {
    return await withRetriedPort(async () => {
      const place = { dir: folder.path, port: await freePort(), gossip: options.peers === undefined ? null : await freePort() };
      const server = await launch(place, options);
      return new StartedAlertmanager(place, options, server, folder);
    });
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

interface Place {
  readonly dir: string;
  readonly port: number;
  readonly gossip: number | null;
}

async function launch({ dir, port, gossip }: Place, { peers = [], args = [] }: AlertmanagerOptions): Promise<Process> {
  const cluster =
    gossip === null
      ? ['--cluster.listen-address=']
      : [`--cluster.listen-address=127.0.0.1:${gossip}`, ...peers.map((peer) => `--cluster.peer=${peer}`)];
  const server = await startProcess(
    needBinary('prometheus-alertmanager', 'alertmanager'),
    [
      `--config.file=${join(dir, 'alertmanager.yml')}`,
      `--storage.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...cluster,
      ...args,
    ],
    { graceMs: 10_000 },
  );
  await waitUntilReady(server, { name: 'Alertmanager', url: `http://127.0.0.1:${port}`, readyPath: '/-/ready' });
  return server;
}

class StartedAlertmanager implements Alertmanager {
  readonly url: string;
  readonly clusterAddress: string | null;
  readonly #place: Place;
  readonly #options: AlertmanagerOptions;
  readonly #folder: AsyncDisposable;
  #server: Process;

  constructor(place: Place, options: AlertmanagerOptions, server: Process, folder: AsyncDisposable) {
    this.url = `http://127.0.0.1:${place.port}`;
    this.clusterAddress = place.gossip === null ? null : `127.0.0.1:${place.gossip}`;
    this.#place = place;
    this.#options = options;
    this.#server = server;
    this.#folder = folder;
  }

  get pid(): number {
    return this.#server.pid;
  }

  get output(): string {
    return this.#server.output;
  }

  async post(...alerts: PostedAlert[]): Promise<void> {
    await this.#ask('POST', '/api/v2/alerts', alerts);
  }

  resolve(alert: PostedAlert): Promise<void> {
    return this.post({ ...alert, endsAt: new Date().toISOString() });
  }

  async alerts(...filters: string[]): Promise<ListedAlert[]> {
    const query = new URLSearchParams(filters.map((filter): [string, string] => ['filter', filter]));
    return (await this.#ask('GET', `/api/v2/alerts?${query.toString()}`)) as ListedAlert[];
  }

  async silence(labels: Readonly<Record<string, string>>, forMs: number): Promise<string> {
    const now = Date.now();
    const { silenceID } = (await this.#ask('POST', '/api/v2/silences', {
      matchers: Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + forMs).toISOString(),
      createdBy: 'test',
      comment: 'test',
    })) as { silenceID: string };
    return silenceID;
  }

  async expireSilence(id: string): Promise<void> {
    await this.#ask('DELETE', `/api/v2/silence/${id}`);
  }

  async reload(config: string): Promise<void> {
    await writeFile(join(this.#place.dir, 'alertmanager.yml'), config);
    await this.#ask('POST', '/-/reload');
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#server.signal(signal);
    await this.#server.waitForEnd();
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#server.ended === null) await this.stop(signal);
    this.#server = await launch(this.#place, this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status} to ${method} ${path}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }
}
